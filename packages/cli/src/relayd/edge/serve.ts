/** The life of the relay daemon's process: opened, ready, stopped. */
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LttngError, toError } from '@lttng-ts/base';
import { loadNative } from '@lttng-ts/native';
import { openRelay, type RelayServer } from '@lttng-ts/relayd';
import { detachStandardStreams, tellReady } from '../../daemon/edge/background.ts';
import { type LogOutput, openLogOutput } from '../../daemon/edge/log-output.ts';
import { serviceManager } from '../../daemon/edge/notify-manager.ts';
import type { StartedProcess } from '../../daemon/edge/run-daemon.ts';
import { readText } from '../../daemon/edge/start-process.ts';
import { stopRequests } from '../../daemon/edge/stop-requests.ts';
import { daemonLog } from '../../daemon/log-lines.ts';
import type { RelaydSettings } from '../settings.ts';

const PROGRAM = 'lttng-relayd';
const FAILED = 1;
/** Descriptors that are not files of traces: connections, the standard streams, Node's own. */
const OTHER_DESCRIPTORS = 128;
const FIRST_BYTES_TIMEOUT_MS = 60_000;

/** Serves until a signal; gives the exit code. */
export async function serve(
  settings: RelaydSettings,
  { words, home, readyFd }: StartedProcess,
): Promise<number> {
  const output = openLogOutput(loadNative());
  const log = daemonLog(
    { isQuiet: false, verbosity: settings.verbosity },
    {
      nowNs: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n,
      utcOffsetMinutes: (timeMs) => -new Date(timeMs).getTimezoneOffset(),
      write: (line) => output.write(line),
    },
  );
  const requests = stopRequests(log);
  const manager = serviceManager(log);
  process.title = [PROGRAM, ...words].join(' ');
  loadNative()?.setThreadName(PROGRAM);
  try {
    if (settings.workingDirectory !== null) process.chdir(settings.workingDirectory);
    const outputPath = settings.outputPath ?? (home === null ? null : join(home || '/', 'lttng-traces'));
    if (outputPath === null) {
      log('error', 'Home path not found.\n \t\t\t\tPlease specify an output path using -o, --output PATH');
      return FAILED;
    }
    const server = await open(settings, outputPath, log);
    try {
      becomeReady(settings, server, output, readyFd);
      manager.ready();
      return await requests.stop;
    } finally {
      manager.stopping();
      requests.startDeadline(() => undefined);
      await server[Symbol.asyncDispose]();
      if (settings.pidFile !== null) rmSync(settings.pidFile, { force: true });
    }
  } catch (error) {
    log('error', error instanceof LttngError ? error.story : (toError(error).stack ?? String(error)));
    return FAILED;
  }
}

async function open(
  settings: RelaydSettings,
  outputPath: string,
  log: ReturnType<typeof daemonLog>,
): Promise<RelayServer> {
  const limit = descriptorLimit();
  const { control, data, live, grouping, isClearAllowed, keepAlive } = settings;
  const server = await openRelay({
    outputPath,
    control,
    data,
    live,
    grouping,
    isClearAllowed,
    maxOpenFiles: settings.maxOpenFiles ?? Math.max(100, Math.floor(limit / 2)),
    maxConnections: Math.max(64, Math.floor((limit - OTHER_DESCRIPTORS) / 6)),
    firstBytesTimeoutMs: FIRST_BYTES_TIMEOUT_MS,
    keepAlive,
    log,
  });
  log(
    'info',
    `Ready: ${JSON.stringify({ outputPath, control: server.control, data: server.data, live: server.live })}`,
  );
  return server;
}

function becomeReady(
  settings: RelaydSettings,
  server: RelayServer,
  output: LogOutput,
  readyFd: number | null,
): void {
  const { pidFile, mode } = settings;
  if (pidFile !== null) {
    writeFileSync(pidFile, `${process.pid}\n`);
    for (const port of ['control', 'data', 'live'] as const) {
      writeFileSync(join(dirname(pidFile), `lttng-relayd-${port}.port`), `${server[port].port}\n`);
    }
  }
  if (readyFd === null) return;
  process.chdir(settings.workingDirectory ?? '/');
  if (mode === 'daemon') {
    output.close();
    detachStandardStreams();
  }
  tellReady(readyFd);
}

/** Files that this process may have open. */
function descriptorLimit(): number {
  const line = readText('/proc/self/limits')?.match(/^Max open files\s+(\d+)/m);
  return Number(line?.[1] ?? 1024);
}
