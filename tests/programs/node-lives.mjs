// @ts-check
/**
 * The lives of a Node.js program that its tests need, beside what sample.mjs does:
 *
 *   node-lives.mjs end MODE    one tick, then the process ends at once: return, exit, throw, reject, abort, kill
 *   node-lives.mjs threads N   N ticks in the main thread and in each of two worker threads
 *   node-lives.mjs serve       obeys lines of standard input:
 *     ticks N          N ticks
 *     busy FILE        holds the event loop until the file is there
 *     define           defines one more provider and records its event
 *     thread N         a worker thread emits N ticks and ends
 *     terminate N      a worker thread emits ticks until it is terminated, after at least N
 *     load           defines the provider of plugin.c and emits its three events
 *     unload         closes it, and calls its function once more
 *     quit
 *
 * With LIVES_MAIN=idle the main thread defines nothing: its workers do.
 */
import { existsSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const isIdle = isMainThread && process.env['LIVES_MAIN'] === 'idle';
const events = isIdle ? null : await import('./sample-events.mjs');

/** @param {number} writer @param {number} count */
function ticks(writer, count) {
  events?.emitTicks(writer, count);
}

/** @param {Record<string, unknown>} work */
function startWorker(work) {
  return new Worker(new URL(import.meta.url), { workerData: work });
}

/** @param {Worker} worker */
const ended = (worker) => new Promise((resolve) => worker.once('exit', resolve));

/** @param {number} count */
async function threads(count) {
  const workers = [1, 2].map((writer) => startWorker({ writer, count }));
  ticks(0, count);
  await Promise.all(workers.map(ended));
  console.log(`done ${count}`);
}

/** @param {number} least */
async function terminate(least) {
  const emitted = new Int32Array(new SharedArrayBuffer(4));
  const worker = startWorker({ emitted });
  const hasEnded = ended(worker);
  while (Atomics.load(emitted, 0) < least) await new Promise((resolve) => setImmediate(resolve));
  await worker.terminate();
  await hasEnded;
  // The last event may be recorded and not counted.
  console.log(`done ${Atomics.load(emitted, 0)}`);
}

/** Runs in a worker thread. */
function work() {
  const { writer, count, emitted } = workerData;
  if (emitted === undefined) return ticks(writer, count);
  for (let i = 0; ; i++) {
    events?.sample.tick(9, i, 'endless');
    Atomics.add(emitted, 0, 1);
  }
}

/** @param {string} mode */
function end(mode) {
  events?.sample.tick(1, 1, mode);
  if (mode === 'exit') process.exit(0);
  if (mode === 'throw') throw new Error('on purpose');
  if (mode === 'reject') void Promise.reject(new Error('on purpose'));
  if (mode === 'abort') process.abort();
  if (mode === 'kill') process.kill(process.pid, 'SIGKILL');
}

/** Computes, as far as the event loop knows. @param {string} file */
function busy(file) {
  while (!existsSync(file));
}

async function define() {
  const { defineProvider, event, u8 } = await import('@lttng-ts/tracer');
  defineProvider('late', { hello: event({ fields: [u8('n')] }) }).hello(5);
}

/** @type {{ worked: (n: number, isOdd: number) => void, close: () => void } | null} */
let plugin = null;

async function load() {
  const { defineEnumeration, defineProvider, event, i32 } = await import('@lttng-ts/tracer');
  const answer = defineEnumeration('answer', { NO: 0, YES: 1 });
  plugin = defineProvider('plugin', { worked: event({ fields: [i32('n'), answer('isodd')] }) });
  for (let n = 1; n <= 3; n++) plugin.worked(n, n % 2);
}

function unload() {
  plugin?.close();
  // Somebody may have kept it.
  plugin?.worked(99, 1);
}

async function serve() {
  for await (const line of createInterface({ input: process.stdin })) {
    const [order, word = ''] = line.split(' ');
    const number = Number(word);
    if (order === 'ticks') ticks(1, number);
    else if (order === 'busy') busy(word);
    else if (order === 'define') await define();
    else if (order === 'load') await load();
    else if (order === 'unload') unload();
    else if (order === 'thread') await ended(startWorker({ writer: 8, count: number }));
    else if (order === 'terminate') {
      await terminate(number);
      continue;
    } else if (order === 'quit') break;
    console.log(`done ${order}`);
  }
  process.stdin.destroy();
}

/** @param {readonly string[]} words */
async function main([order = '', word = '']) {
  console.log('ready');
  if (order === 'end') end(word);
  else if (order === 'threads') await threads(Number(word));
  else if (order === 'serve') await serve();
  else process.exitCode = 2;
}

if (isMainThread) await main(process.argv.slice(2));
else work();
