/**
 * Starting in the background: Node cannot fork, so the program starts itself again in a session of its own
 * and waits for a byte on a pipe. The daemon keeps the standard streams until it is ready, so that whoever
 * started it sees what went wrong.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';

/** Descriptor of the pipe in the daemon, told by this variable. */
const READY_VARIABLE = 'LTTNG_TS_SESSIOND_READY_FD';
const READY_FD = 3;
const FAILED = 1;

/** Starts this program again with the same words; gives 0 when the daemon is ready, else its exit code. */
export async function startInBackground(words: readonly string[]): Promise<number> {
  const daemon = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...words], {
    argv0: 'lttng-sessiond',
    detached: true,
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, [READY_VARIABLE]: String(READY_FD) },
  });
  return await new Promise((settle) => {
    daemon.stdio[READY_FD]?.once('data', () => settle(0));
    daemon.once('exit', (code) => settle(code ?? FAILED));
    daemon.once('error', (error) => {
      writeSync(2, `Error: ${error.message}\n`);
      settle(FAILED);
    });
  });
}

/** In the daemon: the descriptor that waits for readiness, or null when nobody does. To be called once. */
export function takeReadyFd(): number | null {
  const text = process.env[READY_VARIABLE];
  // Consumers must not inherit it.
  delete process.env[READY_VARIABLE];
  return text === String(READY_FD) ? READY_FD : null;
}

/** Lets the program that waits return. */
export function tellReady(fd: number): void {
  try {
    writeSync(fd, '\n');
  } catch (error) {
    // It was ended in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
  closeSync(fd);
}

/** Points standard input, output and error to nowhere. */
export function detachStandardStreams(): void {
  for (const fd of [0, 1, 2]) {
    closeSync(fd);
    // The lowest free number is the one just closed.
    openSync('/dev/null', 'r+');
  }
}
