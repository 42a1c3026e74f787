/** Runs cases through a real program: ours with its start-up, arguments, pipes and exit status; or the original. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { RunCommandLine } from './run-case.ts';

const TIMEOUT_MS = 90_000;

/** A way to run command lines of `program`. */
export function asProgram(program: string): RunCommandLine {
  return async ({ words, environment, workingFolder }) => {
    const child = spawn(program, [...words], {
      cwd: workingFolder,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    const status = await new Promise<number>((settle, fail) => {
      child.once('error', fail);
      child.once('close', (code, signal) =>
        settle(signal === null ? (code ?? -1) : -constants.signals[signal]),
      );
    });
    return { status, stdout: Buffer.concat(output), stderr: Buffer.concat(errors).toString() };
  };
}
