/**
 * Starting in the background: Node cannot fork, so the program starts itself again in a session of its own
 * and waits for a byte on a pipe.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { toError } from '@lttng-ts/base';

/** Tells the second process that it is the daemon, and where the pipe is. */
const READY_VARIABLE = 'LTTNG_TS_DAEMON_READY_FD';
const READY_FD = 3;
const FAILED = 1;

/** What the first process sees of the second. */
export type BackgroundStart =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ended'; readonly exitCode: number }
  | { readonly kind: 'not-started'; readonly reason: string };

/** Starts this program again with the same words, and waits until it is ready or over. */
export async function startInBackground(words: readonly string[], program: string): Promise<BackgroundStart> {
  const daemon = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...words], {
    argv0: program,
    detached: true,
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, [READY_VARIABLE]: String(READY_FD) },
  });
  return await new Promise((settle) => {
    daemon.stdio[READY_FD]?.once('data', () => settle({ kind: 'ready' }));
    daemon.once('exit', (code) => settle({ kind: 'ended', exitCode: code ?? FAILED }));
    daemon.once('error', (error) => settle({ kind: 'not-started', reason: toError(error).message }));
  });
}

/** In the second process: the pipe; null in the first. To be called once. */
export function takeReadyFd(): number | null {
  const text = process.env[READY_VARIABLE];
  // Consumers must not inherit it.
  delete process.env[READY_VARIABLE];
  return text === String(READY_FD) ? READY_FD : null;
}

/** Lets the first process return. */
export function tellReady(fd: number): void {
  try {
    writeSync(fd, '\n');
    closeSync(fd);
  } catch (error) {
    // EPIPE: it was ended in the meantime. EBADF: the variable was somebody else's, and nobody waits.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPIPE' && code !== 'EBADF') throw error;
  }
}

/** Points standard input, output and error to nowhere. */
export function detachStandardStreams(): void {
  for (const fd of [0, 1, 2]) {
    closeSync(fd);
    // The lowest free number is the one just closed.
    openSync('/dev/null', 'r+');
  }
}
