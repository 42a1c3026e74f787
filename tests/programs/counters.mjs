// @ts-check
/** What `counters.c` does, in a Node.js program: ticks around pages that are touched, in the main thread and in a worker. */
import { once } from 'node:events';
import { isMainThread, Worker } from 'node:worker_threads';
import { sample } from './sample-events.mjs';

const PAGES = 1024;
const PAGE_BYTES = 4096;

const writer = isMainThread ? 1 : 2;
// Zeros that nobody has written: the kernel gives the pages when they are touched.
const memory = new Uint8Array(PAGES * PAGE_BYTES);
sample.tick(writer, 0, 'before');
for (let at = 0; at < memory.length; at += PAGE_BYTES) memory[at] = 1;
sample.tick(writer, 1, 'after');
if (isMainThread) {
  await once(new Worker(new URL(import.meta.url)), 'exit');
  console.log('done');
}
