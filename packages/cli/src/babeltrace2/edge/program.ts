/**
 * The whole reader around the real process: its streams, signals and exit status. Loaded when a command line needs more
 * than tables; `lttng view` uses it, too.
 */
import { spawnSync } from 'node:child_process';
import { isatty, WriteStream } from 'node:tty';
import { LttngError, toError } from '@lttng-ts/base';
import type { Host } from '@lttng-ts/plugins';
import { isTerminal, nodeHost } from '@lttng-ts/plugins/node';
import { Progress } from '../progress.ts';
import { runBabeltrace2 } from '../run-babeltrace2.ts';
import { nodeWorld, untilClosed } from './node-world.ts';
import { textThreads } from './text-threads.ts';

/** Exit status of a program that aborted: 128 + SIGABRT. */
const ABORTED = 134;
const STDOUT = 1;
const STDERR = 2;
const DEFAULT_COLUMNS = 80;

/** Runs a command line of `babeltrace2` and sets the exit status. */
export async function runProgram(words: readonly string[]): Promise<void> {
  using host = nodeHost();
  const progress = terminalProgress(host);
  const world = nodeWorld({
    host: {
      ...host,
      standardOutput: untilClosed(host.standardOutput),
      ...(progress === null
        ? {}
        : { input: progress.watch(host.input), standardError: progress.besides(host.standardError) }),
    },
    columns: terminalColumns,
    textThreads,
    progress,
  });
  process.on('SIGINT', () => world.interrupt());
  try {
    process.exitCode = await runBabeltrace2(words, world);
  } catch (error) {
    // A bug: the story helps whoever reports it.
    const story = error instanceof LttngError ? error.story : (toError(error).stack ?? String(error));
    host.standardError.write(Buffer.from(`${story}\n`));
    const onAbort = process.env['BABELTRACE_EXEC_ON_ABORT'];
    if (onAbort !== undefined) spawnSync('/bin/sh', ['-c', onAbort], { stdio: 'inherit' });
    process.exitCode = ABORTED;
  }
}

/** Prints all event records in order of time, and warnings about lost ones; gives the exit code. */
export async function printTrace(path: string): Promise<number> {
  using host = nodeHost();
  const world = nodeWorld({ host: { ...host, standardOutput: untilClosed(host.standardOutput) } });
  return await runBabeltrace2(['convert', path], world);
}

/** A bar on standard error, when that is a terminal and what is printed goes elsewhere. */
function terminalProgress({ standardError }: Host): Progress | null {
  if (!isTerminal(STDERR) || isTerminal(STDOUT)) return null;
  return new Progress({
    terminal: standardError,
    // A terminal that does not know its size says 0.
    columns: () => terminalColumns() || DEFAULT_COLUMNS,
    nowMs: () => performance.now(),
  });
}

function terminalColumns(): number | null {
  const terminal = [STDERR, STDOUT].find((descriptor) => descriptor !== undefined && isatty(descriptor));
  return terminal === undefined ? null : new WriteStream(terminal).columns;
}
