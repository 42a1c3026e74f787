/** Composition root of `lttng`: the process's words, streams and exit code around {@link runLttng}. */
import { dirname } from 'node:path';
import { LttngError, toError } from '@lttng-ts/base';
import { lttngHome } from '../machine.ts';
import type { Streams } from '../render/reporters.ts';
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
  const output = new JoinedOutput();
  const machine = nodeMachine({ programFolder: dirname(programFile), programFile });
  try {
    process.exitCode = await runLttng(process.argv.slice(2), {
      machine,
      streams: output,
      clientFor: (group) => new ControlConnection(controlSocketPaths(group, lttngHome(machine))),
    });
    output.finish();
    // Differs from upstream: no core is dumped; the exit code is that of a process that aborted.
    if (process.exitCode !== 0 && machine.environment['LTTNG_ABORT_ON_ERROR'] === '1') {
      output.stderr('Aborted\n');
      process.exitCode = 134;
    }
  } catch (error) {
    // A bug or a machine that refuses: the story helps whoever reports it.
    output.stderr(
      `Error: ${error instanceof LttngError ? error.story : (toError(error).stack ?? String(error))}\n`,
    );
    process.exitCode = FATAL;
  }
  // The kernel closes the connection and takes the memory back faster than we could.
  process.exit();
}

/**
 * Lines that are printed in one go are written in one go, when the running code has come to its end or something goes to
 * standard error: `lttng status` prints thirty of them, each of which would be a call of the system.
 */
class JoinedOutput implements Streams {
  #text = '';
  #failure: unknown = null;

  readonly stdout = (text: string): void => {
    if (this.#text === '') void Promise.resolve().then(() => this.#tryFlush());
    this.#text += text;
  };

  readonly stderr = (text: string): void => {
    this.#tryFlush();
    writeAll(STDERR, Buffer.from(text));
  };

  /** Writes what is left. Throws when something could not be written. */
  finish(): void {
    this.#tryFlush();
    if (this.#failure !== null) throw this.#failure;
  }

  #tryFlush(): void {
    const text = this.#text;
    this.#text = '';
    try {
      writeAll(STDOUT, Buffer.from(text));
    } catch (error) {
      // Told at the end: nobody could catch it here.
      this.#failure ??= error;
    }
  }
}
