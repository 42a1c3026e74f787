/** What a thread runs that prints text for another one; see `text-threads.ts`. */
import { workerData } from 'node:worker_threads';
import { printForOthers, type SharedMachines } from '@lttng-ts/ctf';

printForOthers(workerData as SharedMachines);
