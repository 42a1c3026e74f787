/** The life of the relay daemon's process: opened, ready, stopped. */
import { lookup } from 'node:dns/promises';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { LttngError, SystemError, systemCall, toError } from '@lttng-ts/base';
import { fd, loadNative } from '@lttng-ts/native';
import { openRelay, type RelayAddress, type RelayServer, RelayTokens } from '@lttng-ts/relayd';
import { detachStandardStreams, tellReady } from '../../daemon/edge/background.ts';
import { type LogOutput, openLogOutput } from '../../daemon/edge/log-output.ts';
import { serviceManager } from '../../daemon/edge/notify-manager.ts';
import type { StartedProcess } from '../../daemon/edge/run-daemon.ts';
import { readText } from '../../daemon/edge/start-process.ts';
import { stopRequests } from '../../daemon/edge/stop-requests.ts';
import { daemonLog } from '../../daemon/log-lines.ts';
import type { RelaydSettings, RelayPortSetting } from '../settings.ts';
import { controlSocketPath, showStatus } from './show-status.ts';

const PROGRAM = 'lttng-relayd';
const FAILED = 1;
/** Descriptors that are not files of traces: connections, the standard streams, Node's own. */
const OTHER_DESCRIPTORS = 128;
const FOLDER_MODE = 0o770;
const AF_INET = 2;
const AF_INET6 = 10;

interface Readiness {
  readonly server: RelayServer;
  readonly output: LogOutput;
  readonly readyFd: number | null;
  readonly pidFile: string | null;
}

/** Serves until a signal; gives the exit code. */
export async function serve(
  settings: RelaydSettings,
  { words, home, readyFd }: StartedProcess,
): Promise<number> {
  const ownHome = home ?? userInfo().homedir;
  if (settings.statusForm !== null) return await showStatus(settings, ownHome);
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
  // Before the folder changes: a relative path is the caller's.
  const pidFile = settings.pidFile === null ? null : resolve(settings.pidFile);
  try {
    const { workingDirectory } = settings;
    if (workingDirectory !== null) {
      systemCall({ path: workingDirectory }, () => process.chdir(workingDirectory));
    }
    const outputPath = settings.outputPath ?? join(ownHome, 'lttng-traces');
    const server = await open(settings, outputPath, ownHome, log);
    try {
      becomeReady(settings, { server, output, readyFd, pidFile });
      manager.ready();
      return await requests.stop;
    } finally {
      manager.stopping();
      requests.startDeadline(() => undefined);
      await server[Symbol.asyncDispose]();
      for (const path of pidFile === null ? [] : [pidFile, ...portFiles(pidFile).values()]) {
        rmSync(path, { force: true });
      }
    }
  } catch (error) {
    if (error instanceof Refusal) for (const line of error.lines) log('error', line);
    else log('error', error instanceof LttngError ? error.story : (toError(error).stack ?? String(error)));
    return FAILED;
  }
}

/** A start that cannot be, in the words of upstream. */
class Refusal extends Error {
  readonly lines: readonly string[];

  constructor(...lines: readonly string[]) {
    super(lines.join(' '));
    this.lines = lines;
  }
}

async function open(
  settings: RelaydSettings,
  outputPath: string,
  home: string,
  log: ReturnType<typeof daemonLog>,
): Promise<RelayServer> {
  const limit = descriptorLimit();
  const { grouping, isClearAllowed, keepAlive, tls, tokenFile } = settings;
  const native = loadNative();
  const [control, data, live] = [
    await addressOf(settings.control),
    await addressOf(settings.data),
    await addressOf(settings.live),
  ];
  try {
    systemCall({ path: outputPath }, () => mkdirSync(outputPath, { recursive: true, mode: FOLDER_MODE }));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new Refusal(`Unable to create ${outputPath}`);
  }
  const server = await openRelay({
    outputPath,
    control,
    data,
    live,
    grouping,
    isClearAllowed,
    maxOpenFiles: settings.maxOpenFiles ?? Math.max(100, Math.floor(limit / 2)),
    maxConnections: Math.max(64, Math.floor((limit - OTHER_DESCRIPTORS) / 8)),
    firstBytesTimeoutMs: settings.firstBytesTimeoutS * 1000 || null,
    stallTimeoutMs: settings.stallTimeoutS * 1000 || null,
    resumeTimeoutS: settings.resumeTimeoutS,
    hostLimits: settings.hostLimits,
    tokens: tokenFile === null ? null : RelayTokens.parse(readFile(tokenFile).toString('utf8')),
    tls:
      tls === null
        ? null
        : {
            certificate: readFile(tls.certificate),
            key: readFile(tls.key),
            peerAuthorities: tls.peerAuthorities === null ? null : readFile(tls.peerAuthorities),
            ports: tls.ports,
          },
    controlSocketPath: (controlPort) => controlSocketPath(controlPort, home),
    metrics: settings.metrics === null ? null : await addressOf(settings.metrics),
    keepAlive,
    applyKeepAlive: native === null ? null : (listenerFd, probes) => native.keepAlive(fd(listenerFd), probes),
    directReads: native,
    log,
  });
  log(
    'info',
    `Ready: ${JSON.stringify({ outputPath, control: server.control, data: server.data, live: server.live })}`,
  );
  return server;
}

/** Resolves the name of a port's host, to the family that its URL has. */
async function addressOf({ what, host, port, family }: RelayPortSetting): Promise<RelayAddress> {
  try {
    const { address } = await lookup(host, { family });
    return { host: address, port };
  } catch {
    // Whatever the resolver says: the name is of no use here.
    const af = family === 6 ? AF_INET6 : AF_INET;
    throw new Refusal(`URI parse bad hostname ${host} for af ${af}`, `Invalid ${what} URI specified`);
  }
}

/** Where the numbers of the ports are written, by name. */
function portFiles(pidFile: string): ReadonlyMap<'control' | 'data' | 'live', string> {
  const names = ['control', 'data', 'live'] as const;
  return new Map(names.map((name) => [name, join(dirname(pidFile), `lttng-relayd-${name}.port`)]));
}

function becomeReady(settings: RelaydSettings, { server, output, readyFd, pidFile }: Readiness): void {
  if (pidFile !== null) {
    systemCall({ path: pidFile }, () => writeFileSync(pidFile, `${process.pid}\n`));
    for (const [port, path] of portFiles(pidFile)) {
      systemCall({ path }, () => writeFileSync(path, `${server[port].port}\n`));
    }
  }
  if (readyFd === null) return;
  process.chdir(settings.workingDirectory ?? '/');
  if (settings.mode === 'daemon') {
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

const readFile = (path: string): Buffer => systemCall({ path }, () => readFileSync(path));
