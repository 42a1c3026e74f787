/** Threads that print text beside this one: each has the text machine and nothing else of the program. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { TextThreads } from '@lttng-ts/plugins';

/** Beside this module; in a bundle, beside the program that this module is in. */
function threadPath(): string {
  const url = import.meta.url;
  const file = url.endsWith('/text-threads.js') ? 'text-thread.js' : 'text-thread.cjs';
  return fileURLToPath(new URL(file, url));
}

export const textThreads = (count: number): TextThreads => ({
  count,
  eventsBefore: 8192,
  start: (machines) => {
    const path = threadPath();
    for (let i = 0; i < count; i++) {
      // Else Node would open the standard streams as its own, and writing to a pipe would no longer wait for its reader.
      const worker = new Worker(path, { workerData: machines, stdout: true, stderr: true });
      // Without it, all text comes from this thread.
      worker.on('error', () => undefined);
      worker.unref();
    }
  },
});
