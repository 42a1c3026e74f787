/** Runs the owner's command on a chunk: the shell's, with the path as its last word, in a group of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { describe } from '@lttng-ts/base';

/** A command that goes on longer is killed with all that it started. */
const TIME_LIMIT_MS = 3_600_000;
const KEPT_OUTPUT_CHARS = 1000;

export interface ChunkCommand {
  readonly command: string;
  readonly path: string;
  readonly session: string;
}

/** Gives null when it ended well, else the reason with the end of what it printed. */
export async function runCommand({ command, path, session }: ChunkCommand): Promise<string | null> {
  const child = spawn('/bin/sh', ['-c', `${command} "$1"`, 'sh', path], {
    cwd: '/',
    // Nothing of the daemon's own environment: it is another user's.
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LTTNG_SESSION: session, LTTNG_CHUNK: path },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = `${output}${String(chunk)}`.slice(-KEPT_OUTPUT_CHARS);
    });
  }
  const timer = setTimeout(() => killGroup(child), TIME_LIMIT_MS);
  try {
    return await new Promise((settle) => {
      child.once('error', ({ message }) => settle(describe('Command not started', { reason: message })));
      // Not `close`: what it left in the background may hold its output for ever.
      child.once('exit', (code, signal) => {
        if (code === 0) settle(null);
        else settle(describe('Command failed', { status: code ?? String(signal), output: output.trim() }));
      });
    });
  } finally {
    clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It ended a moment before.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
