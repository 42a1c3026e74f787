/** Threads that print slices of a text beside this one. Each runs the whole command line for itself. */
import { Worker } from 'node:worker_threads';
import { toError } from '@lttng-ts/base';
import { SharedSlices } from '../jobs/shared-slices.ts';
import type { TextJobs } from '../world.ts';

/**
 * The bundled program comes with its code cache, as `program.cjs`; before it is bundled, it is a module. A string,
 * because a file of its own would be one more that is bundled.
 */
const BOOT = `
const { parentPort, workerData } = require('node:worker_threads');
const { fileURLToPath } = require('node:url');
const load = async (url) =>
  url.endsWith('.code.js') ? require(fileURLToPath(url).replace(/code\\.js$/, 'cjs')) : await import(url);
load(workerData.url)
  .then(({ runSlices }) => runSlices(workerData.words, workerData.memory))
  .then((status) => parentPort.postMessage(status));
`;

/** What is printed becomes garbage soon: room for much of it makes each thread larger, and nothing quicker. */
const YOUNG_GENERATION_MB = 6;

/** Starts `count` threads that run `words`; `url` is that of the module that exports `runSlices`. */
export function startTextJobs(
  url: string,
  words: readonly string[],
  cuts: readonly bigint[],
  count: number,
): TextJobs {
  const slices = SharedSlices.between(cuts);
  const workerData = { url, words, memory: slices.memory };
  const statuses = Array.from({ length: count }, async (): Promise<number> => {
    // Else Node would open the standard streams as its own, and writing to a pipe would no longer wait for its reader.
    const worker = new Worker(BOOT, {
      eval: true,
      workerData,
      stdout: true,
      stderr: true,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    let status: number | null = null;
    return await new Promise<number>((resolve, reject) => {
      worker.once('message', (value: number) => {
        status = value;
      });
      worker.once('error', (error) => {
        slices.end();
        reject(toError(error));
      });
      worker.once('exit', (code) => {
        // Without a status it was made to stop, as when nobody reads any more.
        if (status === null) slices.end();
        resolve(status ?? code);
      });
    });
  });
  // Looked at when this thread has printed its part.
  const all = Promise.all(statuses);
  all.catch(() => undefined);
  return { slices, end: () => slices.end(), finished: async () => Math.max(...(await all)) };
}
