/** Composition root of `lttng-relayd`: words, environment and files in; a daemon, and an exit code, out. */
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LttngError, toError } from '@lttng-ts/base';
import { loadNative } from '@lttng-ts/native';
import { openRelay, type RelayServer } from '@lttng-ts/relayd';
import {
  detachStandardStreams,
  startInBackground,
  takeReadyFd,
  tellReady,
} from '../../daemon/edge/background.ts';
import { type LogOutput, openLogOutput } from '../../daemon/edge/log-output.ts';
import { serviceManager } from '../../daemon/edge/notify-manager.ts';
import { configPaths, homeFolder, print, readText, showHelp, tell } from '../../daemon/edge/start-process.ts';
import { stopRequests } from '../../daemon/edge/stop-requests.ts';
import { daemonLog } from '../../daemon/log-lines.ts';
import { COMPATIBLE_VERSION } from '../../lttng/commands/version.ts';
import { STDERR, STDOUT } from '../../lttng/edge/write-all.ts';
import { decideRelaydStart, type RelaydSettings } from '../settings.ts';

const PROGRAM = 'lttng-relayd';
const FAILED = 1;
/** Descriptors that are not files of traces: connections, the standard streams, Node's own. */
const OTHER_DESCRIPTORS = 128;
const FIRST_BYTES_TIMEOUT_MS = 60_000;

/** Runs this process's command line to its end. */
export async function runMain(): Promise<void> {
  process.exit(await run());
}

async function run(): Promise<number> {
  const readyFd = takeReadyFd();
  const words = process.argv.slice(2);
  const home = homeFolder();
  const decision = decideRelaydStart({
    words,
    environment: process.env,
    configPaths: configPaths(home),
    readText,
  });
  // The first process has said it already.
  if (readyFd === null) for (const message of decision.messages) tell(PROGRAM, message);
  switch (decision.kind) {
    case 'refuse':
      return FAILED;
    case 'version':
      print(STDOUT, COMPATIBLE_VERSION);
      return 0;
    case 'help':
      return await showHelp(PROGRAM);
    case 'run': {
      const { settings } = decision;
      if (settings.mode === 'foreground' || readyFd !== null)
        return await serve(settings, words, home, readyFd);
      const start = await startInBackground(words, PROGRAM);
      if (start.kind === 'not-started')
        print(STDERR, `Error: Cannot start in the background: ${start.reason}`);
      return start.kind === 'ready' ? 0 : start.kind === 'ended' ? start.exitCode : FAILED;
    }
  }
}

async function serve(
  settings: RelaydSettings,
  words: readonly string[],
  home: string | null,
  readyFd: number | null,
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
