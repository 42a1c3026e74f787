// @ts-check
/**
 * A Node.js program with application contexts: `node-contexts.mjs` records five ticks, each with other values of
 * $app.shop:request, $app.shop:price, and one more from a worker thread that has no contexts. Prints "done".
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { isMainThread, Worker } from 'node:worker_threads';
import { defineContexts } from '@lttng-ts/tracer';
import { sample } from './sample-events.mjs';

if (!isMainThread) sample.tick(2, 0, 'worker');
else {
  /** @type {AsyncLocalStorage<string>} */
  const request = new AsyncLocalStorage();
  /** @type {readonly import('@lttng-ts/tracer').ContextValue[]} */
  const prices = [7, -1.5, 2n ** 63n, true, undefined];
  let index = 0;
  defineContexts('shop', { request: () => request.getStore(), price: () => prices[index] });
  for (const name of ['r0', 'a longer request', '', 'r3']) {
    await request.run(name, async () => {
      await null;
      sample.tick(1, index, 'tock');
      index++;
    });
  }
  sample.tick(1, index, 'outside');
  await once(new Worker(new URL(import.meta.url)), 'exit');
  console.log('done');
}
