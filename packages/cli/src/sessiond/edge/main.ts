/** Composition root of `lttng-sessiond`: words and environment in, a daemon, signals, exit code. */
import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LttngError, toError } from '@lttng-ts/base';
import {
  applicationTimeoutMs,
  DaemonAliveError,
  daemonPlaces,
  type Log,
  openDaemon,
} from '@lttng-ts/sessiond';
import { versionInfo } from '../../lttng/commands/version.ts';
import { STDERR, STDOUT, writeAll } from '../../lttng/edge/write-all.ts';
import { ParsedOptions } from '../../lttng/options/option-spec.ts';
import { sessiondOptions } from '../options.ts';
import { parseGetopt } from '../parse-getopt.ts';
import { detachStandardStreams, startInBackground, takeReadyFd, tellReady } from './background.ts';

/** Runs this process's command line to its end. `programUrl`: the program's own file; the consumer is beside it. */
export async function runMain(programUrl: string): Promise<void> {
  process.exit(await run(programUrl));
}

async function run(programUrl: string): Promise<number> {
  const readyFd = takeReadyFd();
  const words = process.argv.slice(2);
  const { uses, positionals, refusal } = parseGetopt(sessiondOptions, words);
  const options = new ParsedOptions(uses, positionals);
  if (refusal !== null) {
    writeAll(STDERR, Buffer.from(`lttng-sessiond: ${refusal}\n`));
    return 1;
  }
  if (options.has('version')) {
    writeAll(STDOUT, Buffer.from(`${versionInfo.compatibleVersion}\n`));
    return 0;
  }
  const isBackground = options.has('daemonize') || options.has('background');
  if (isBackground && readyFd === null) return await startInBackground(words);
  const log: Log = (level, message) => {
    const prefix = { error: 'Error:', warning: 'Warning:', info: 'DBG1 -', debug: 'DBG2 -' }[level];
    if (level === 'error' || level === 'warning' || options.has('verbose')) {
      writeAll(STDERR, Buffer.from(`${prefix} ${message}\n`));
    }
  };
  try {
    return await serve(options, programUrl, readyFd, log);
  } catch (error) {
    if (error instanceof DaemonAliveError) log('error', 'A session daemon is already running.');
    else log('error', error instanceof LttngError ? error.story : (toError(error).stack ?? String(error)));
    return 1;
  }
}

async function serve(
  options: ParsedOptions,
  programUrl: string,
  readyFd: number | null,
  log: Log,
): Promise<number> {
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
  const uid = process.getuid?.() ?? 0;
  const program = fileURLToPath(programUrl);
  const daemon = await openDaemon({
    places: daemonPlaces({ uid, home: process.env['LTTNG_HOME'] ?? process.env['HOME'] ?? '/' }),
    version: versionInfo.name,
    uid,
    tracingGid: groupId(options.find('group') ?? 'tracing'),
    consumerCommand: {
      file: process.execPath,
      args: [join(dirname(program), `lttng-consumerd${extname(program)}`)],
    },
    applicationTimeoutMs: applicationTimeoutMs(process.env['LTTNG_APP_SOCKET_TIMEOUT']),
    log,
  });
  process.title = 'lttng-sessiond';
  if (readyFd !== null) {
    process.chdir('/');
    if (options.has('daemonize')) detachStandardStreams();
    tellReady(readyFd);
  } else if (options.has('sig-parent')) {
    process.kill(process.ppid, 'SIGUSR1');
  }
  await stopped;
  await daemon[Symbol.asyncDispose]();
  return 0;
}

function groupId(name: string): number | null {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((candidate) => candidate.startsWith(`${name}:`));
  return line === undefined ? null : Number(line.split(':')[2]);
}
