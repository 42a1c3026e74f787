/** The life of the daemon's process: opened, ready, stopped. */
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildInfo, describe, LttngError, toError } from '@lttng-ts/base';
import { loadNative } from '@lttng-ts/native';
import {
  applicationTimeoutMs,
  type ConsumerCommand,
  type Daemon,
  DaemonAliveError,
  daemonPlaces,
  findAccountId,
  type Log,
  openDaemon,
  type PlaceChoices,
} from '@lttng-ts/sessiond';
import { detachStandardStreams, tellReady } from '../../daemon/edge/background.ts';
import { type LogOutput, openLogOutput } from '../../daemon/edge/log-output.ts';
import { serviceManager } from '../../daemon/edge/notify-manager.ts';
import type { StartedProcess } from '../../daemon/edge/run-daemon.ts';
import { stopRequests } from '../../daemon/edge/stop-requests.ts';
import { daemonLog } from '../../daemon/log-lines.ts';
import { readBuildInfo } from '../../lttng/edge/read-build-info.ts';
import type { SessiondSettings } from '../settings.ts';
import { loadAtStart } from './load-at-start.ts';

export interface ServeOptions extends StartedProcess {
  readonly settings: SessiondSettings;
  readonly programUrl: string;
}

const FAILED = 1;

/** Serves until a signal; gives the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  const { settings } = options;
  const output = openLogOutput(loadNative());
  const log = logTo(output, settings);
  const requests = stopRequests(log);
  const manager = serviceManager(log);
  setTitle(options.words);
  try {
    const daemon = await open(options, log);
    try {
      const { home } = options;
      const writeDetail = (line: string): void => output.write(`${line}\n`);
      const failure = await loadAtStart(daemon.handlers, {
        loadPath: settings.loadPath,
        home,
        log,
        writeDetail,
      });
      if (failure !== null) throw new StartRefusal(`Session load failed: ${failure.text}`);
      log('info', 'Ready');
      becomeReady(options, output);
      manager.ready();
      return await requests.stop;
    } finally {
      manager.stopping();
      requests.startDeadline(() => daemon.abandon());
      await daemon[Symbol.asyncDispose]();
    }
  } catch (error) {
    log('error', textOf(error));
    return FAILED;
  }
}

/**
 * Differs from upstream: a daemon without standard streams still tells the person who starts it about
 * errors, because it closes the streams when it is ready; warnings are as silent as upstream's.
 */
function logTo(output: LogOutput, { isQuiet, verbosity, mode }: SessiondSettings): Log {
  const log = daemonLog(
    { isQuiet, verbosity },
    {
      nowNs: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n,
      utcOffsetMinutes: (timeMs) => -new Date(timeMs).getTimezoneOffset(),
      write: (line) => output.write(line),
    },
  );
  return mode === 'daemon' ? (level, text) => (level === 'error' ? log(level, text) : undefined) : log;
}

async function open(options: ServeOptions, log: Log): Promise<Daemon> {
  const { settings, home } = options;
  const uid = process.getuid?.() ?? 0;
  if (home === null && uid !== 0) throw new StartRefusal("Can't get HOME directory for sockets creation.");
  const owner = { uid, home: resolve(home || '/') };
  const places = daemonPlaces(owner, choicesOf(settings));
  const tracingGid = uid === 0 ? await findAccountId('group', settings.groupName) : null;
  if (uid === 0 && tracingGid === null) log('warning', 'No tracing group detected');
  const consumerCommand = consumerOf(settings, options.programUrl);
  const build = readBuildInfo(dirname(fileURLToPath(options.programUrl)));
  logConfiguration(log, { settings, build, places, consumerCommand });
  const daemon = await openDaemon({
    places,
    defaultPlaces: daemonPlaces(owner),
    build,
    uid,
    tracingGid,
    consumerCommand,
    defaultTraceFormat: settings.defaultTraceFormat,
    applicationTimeoutMs: applicationTimeoutMs(process.env['LTTNG_APP_SOCKET_TIMEOUT']),
    log,
  });
  // Differs from upstream: there are no kernel modules of LTTng to load, so the warning is all there is.
  if (settings.tracesKernel && uid === 0) log('warning', 'No kernel tracer available');
  return daemon;
}

/** A start that is refused with these words and nothing more. */
class StartRefusal extends Error {}

function textOf(error: unknown): string {
  if (error instanceof DaemonAliveError) return 'A session daemon is already running.';
  if (error instanceof StartRefusal) return error.message;
  return error instanceof LttngError ? error.story : (toError(error).stack ?? String(error));
}

/**
 * Differs from upstream: relative paths are of the folder in which the daemon was started, also when it
 * then leaves it for the root folder.
 */
function choicesOf({ clientSocket, applicationSocket, pidFile }: SessiondSettings): PlaceChoices {
  return {
    ...(clientSocket === null ? {} : { clientSocket: resolve(clientSocket) }),
    ...(applicationSocket === null ? {} : { applicationSocket: resolve(applicationSocket) }),
    ...(pidFile === null ? {} : { pidFile: resolve(pidFile) }),
  };
}

function consumerOf({ consumerPath, mode }: SessiondSettings, programUrl: string): ConsumerCommand {
  const isSilent = mode === 'daemon';
  if (consumerPath !== null) return { file: resolve(consumerPath), args: [], isSilent };
  const program = fileURLToPath(programUrl);
  const beside = join(dirname(program), `lttng-consumerd${extname(program)}`);
  return { file: process.execPath, args: [beside], isSilent };
}

function logConfiguration(
  log: Log,
  facts: {
    readonly settings: SessiondSettings;
    readonly build: BuildInfo;
    readonly places: object;
    readonly consumerCommand: ConsumerCommand;
  },
): void {
  const { settings, build, places, consumerCommand } = facts;
  const consumer = [consumerCommand.file, ...consumerCommand.args].join(' ');
  log(
    'info',
    describe('Session daemon', { version: build.version, commit: build.commit ?? '', pid: process.pid }),
  );
  log('info', `Settings: ${JSON.stringify({ ...settings, ...places, consumer })}`);
  for (const option of settings.withoutEffect) log('info', describe('Option without effect', { option }));
  if (process.env['LTTNG_DEBUG_NOCLONE'] !== undefined) {
    log('info', 'Variable without effect: name="LTTNG_DEBUG_NOCLONE"');
  }
}

/** What `ps` shows, and the name by which `pgrep -x` finds the process. */
function setTitle(words: readonly string[]): void {
  process.title = ['lttng-sessiond', ...words].join(' ');
  loadNative()?.setThreadName('lttng-sessiond');
}

function becomeReady({ settings, readyFd, parentPid }: ServeOptions, output: LogOutput): void {
  if (readyFd === null) {
    // A parent that is gone has left us to a process that waits for nothing.
    if (settings.signalsParent && process.ppid === parentPid) process.kill(parentPid, 'SIGUSR1');
    return;
  }
  process.chdir('/');
  if (settings.mode === 'daemon') {
    output.close();
    detachStandardStreams();
  }
  tellReady(readyFd);
}
