import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { native, skip } from './testing/require-native.ts';

/** Calls of a watch, to be waited for. */
function callsOf() {
  let settle: () => void = () => undefined;
  let count = 0;
  return {
    callback: () => {
      count++;
      settle();
    },
    get count() {
      return count;
    },
    next: async () => await new Promise<void>((resolve) => (settle = resolve)),
  };
}

/** Two whole turns of the loop. */
const turns = async () => {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
};

test('readiness is told in each turn until the descriptor was read, and the end too', { skip }, async () => {
  const { readEnd, writeEnd } = native.pipe({ isReadNonblocking: true });
  const calls = callsOf();
  const watch = native.watchInLoop(readEnd, calls.callback)!;
  await turns();
  assert.equal(calls.count, 0);
  native.write(writeEnd, Uint8Array.of(1));
  await calls.next();
  // Not read yet: told again.
  await calls.next();
  watch.set(false);
  const before = calls.count;
  await turns();
  assert.equal(calls.count, before);
  watch.set(true);
  await calls.next();
  assert.equal(native.read(readEnd, new Uint8Array(8)), 1);
  native.close(writeEnd);
  await calls.next();
  assert.equal(native.read(readEnd, new Uint8Array(8)), 0);
  watch.close();
  watch.close();
  native.close(readEnd);
});

test('a failed connection is told, and its read says why', { skip }, async () => {
  const [a, b] = native.socketPair();
  native.write(a, new Uint8Array(8));
  const calls = callsOf();
  // Unread bytes at the other end make the end a reset.
  native.write(b, new Uint8Array(8));
  const watch = native.watchInLoop(a, calls.callback)!;
  native.read(a, new Uint8Array(8));
  native.close(b);
  await calls.next();
  assert.throws(() => native.read(a, new Uint8Array(8)), { errnoName: 'ECONNRESET' });
  watch.close();
  native.close(a);
});

test('a watch that is closed in the callback of another is silent', { skip }, async () => {
  const pipes = [native.pipe(), native.pipe()];
  let calls = 0;
  await new Promise<void>((resolve) => {
    const watches = pipes.map(({ readEnd }) =>
      native.watchInLoop(readEnd, () => {
        calls++;
        for (const watch of watches) watch?.close();
        setImmediate(resolve);
      }),
    );
    for (const { writeEnd } of pipes) native.write(writeEnd, Uint8Array.of(1));
  });
  await turns();
  assert.equal(calls, 1);
  for (const { readEnd, writeEnd } of pipes) {
    native.close(readEnd);
    native.close(writeEnd);
  }
});

test('a descriptor that cannot be watched is refused', { skip }, () => {
  assert.throws(() => native.watchInLoop(native.memfdCreate('file'), () => undefined), {
    errnoName: 'EPERM',
  });
});

test('a worker ends with its watches, terminated or not', { skip }, async () => {
  for (const isTerminated of [false, true]) {
    const { readEnd, writeEnd } = native.pipe();
    const worker = new Worker(
      `const { workerData, parentPort } = require('node:worker_threads');
       import(workerData.module).then(({ loadNative }) => {
         globalThis.watches = [0, 1].map(() => {
           const native = loadNative();
           return native.watchInLoop(native.dup(workerData.fd), () => process.exit(3));
         });
         parentPort.postMessage('watches');
       });`,
      { eval: true, workerData: { module: new URL('./index.js', import.meta.url).href, fd: readEnd } },
    );
    const ended = new Promise<number>((resolve) => worker.once('exit', resolve));
    await new Promise((resolve) => worker.once('message', resolve));
    if (isTerminated) await worker.terminate();
    else native.write(writeEnd, Uint8Array.of(1));
    assert.equal(await ended, isTerminated ? 1 : 3);
    native.close(readEnd);
    native.close(writeEnd);
  }
});
