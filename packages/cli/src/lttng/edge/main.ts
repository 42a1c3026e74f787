/** Composition root of `lttng`: the process's words, streams and exit code around {@link runLttng}. */
import { dirname } from 'node:path';
import { LttngError, toError } from '@lttng-ts/base';
import { lttngHome } from '../machine.ts';
import { runLttng } from '../run.ts';
import { ControlConnection } from './control-connection.ts';
import { controlSocketPaths } from './daemon-sockets.ts';
import { nodeMachine } from './node-machine.ts';
import { STDERR, STDOUT, writeAll } from './write-all.ts';

const FATAL = 3;

/** Runs the command line of this process, and ends it with the command's exit code. */
export async function runMain(): Promise<never> {
  process.title = 'lttng';
  const programFile = process.argv[1] ?? '';
  const machine = nodeMachine({ programFolder: dirname(programFile), programFile });
  try {
    process.exitCode = await runLttng(process.argv.slice(2), {
      machine,
      streams: { stdout: (text) => write(STDOUT, text), stderr: (text) => write(STDERR, text) },
      clientFor: (group) => new ControlConnection(controlSocketPaths(group, lttngHome(machine))),
    });
    // Differs from upstream: no core is dumped; the exit code is that of a process that aborted.
    if (process.exitCode !== 0 && machine.environment['LTTNG_ABORT_ON_ERROR'] === '1') {
      write(STDERR, 'Aborted\n');
      process.exitCode = 134;
    }
  } catch (error) {
    // A bug or a machine that refuses: the story helps whoever reports it.
    write(
      STDERR,
      `Error: ${error instanceof LttngError ? error.story : (toError(error).stack ?? String(error))}\n`,
    );
    process.exitCode = FATAL;
  }
  // All output is written. The kernel closes the connection and takes the memory back faster than we could.
  process.exit();
}

const write = (descriptor: number, text: string): void => writeAll(descriptor, Buffer.from(text));
