/**
 * Starts the control worker, once per process: from its own file where there is one, else (in a bundle) from the source
 * text that the build embeds.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { builtin } from '@lttng-ts/native';
import type { DaemonPlace } from '../daemon-places.ts';
import type { Announcement, ControlStart } from '../thread-protocol.ts';
import { controlWorkerSource } from './control-worker-source.ts';

/** A bundle in CommonJS has no `import.meta.url`: the program's own file stands for it. */
const moduleUrl: string = import.meta.url ?? pathToFileURL(process.argv[1] ?? process.cwd()).href;

/** Where the worker lies, from here: as it is built, and in the package for npm. */
const WORKER_FILES = ['../control/edge/control-worker.js', './control-worker.cjs'];

/** Starts the worker; it ends with the process and keeps it not alive. Throws when threads cannot be made. */
export function startControlWorker(
  first: Announcement,
  places: readonly DaemonPlace[],
  log: (message: string) => void,
): void {
  const start: ControlStart = { first, places, moduleUrl };
  const options: WorkerOptions = {
    name: 'lttng-ts-control',
    workerData: start,
    // The program's own hooks (--import, --require) are none of this worker's business.
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '' },
    // Small: it handles messages, nothing else.
    resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 },
  };
  const worker = createWorker(options);
  worker.unref();
  worker.on('error', (error) => log(`Control worker failed: ${error.message}`));
}

function createWorker(options: WorkerOptions): Worker {
  const threads = builtin('node:worker_threads');
  const files = WORKER_FILES.map((file) => fileURLToPath(new URL(file, moduleUrl)));
  const file = files.find((path) => builtin('node:fs').existsSync(path));
  if (file !== undefined) return new threads.Worker(file, options);
  if (controlWorkerSource === null) throw new Error('No control worker in this bundle');
  return new threads.Worker(controlWorkerSource, { ...options, eval: true });
}
