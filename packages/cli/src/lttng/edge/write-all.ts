/** Writing to the standard streams of a short-lived program: synchronous and complete. */
import { writeSync } from 'node:fs';

export const STDOUT = 1;
export const STDERR = 2;

/** Writes all bytes, however long the reader takes. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A pipe that is full and non-blocking: the reader will make room.
      if (code === 'EAGAIN') continue;
      // Nobody reads any more (`| head`): end like a program that SIGPIPE ends.
      if (code === 'EPIPE') process.exit(128 + 13);
      throw error;
    }
  }
}
