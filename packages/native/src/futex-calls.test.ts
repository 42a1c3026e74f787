import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { test } from 'node:test';
import { native, skip } from './testing/require-native.ts';

function withWord(work: (mapping: ReturnType<typeof native.mmap>, word: Int32Array) => Promise<void>) {
  return async () => {
    const memory = native.createSharedMemory('futex', 4096);
    const mapping = native.mmap(memory, 4096, { isWritable: true });
    native.close(memory);
    // A wait does not hold the event loop.
    const hold = setInterval(() => undefined, 1000);
    await work(mapping, new Int32Array(mapping.buffer));
    clearInterval(hold);
    mapping.unmap();
  };
}

/** Wakes until a waiter was there. */
async function wakeOne(mapping: ReturnType<typeof native.mmap>): Promise<void> {
  while (native.futexWake(mapping, 0, 1) === 0) await new Promise((resolve) => setImmediate(resolve));
}

test(
  'a wait ends when somebody wakes it, and the event loop runs meanwhile',
  { skip },
  withWord(async (mapping) => {
    const waiting = native.futexWaitAsync(mapping, 0, 0);
    await wakeOne(mapping);
    assert.equal(await waiting, 'woken');
  }),
);

test(
  'a word that has changed is not waited for',
  { skip },
  withWord(async (mapping, word) => {
    word[0] = 1;
    assert.equal(await native.futexWaitAsync(mapping, 0, 0), 'changed');
  }),
);

test(
  'a wait ends at its time, and when it is cancelled',
  { skip },
  withWord(async (mapping) => {
    assert.equal(await native.futexWaitAsync(mapping, 0, 0, { timeoutMs: 20 }), 'timed-out');
    const abort = new AbortController();
    const waiting = native.futexWaitAsync(mapping, 0, 0, { signal: abort.signal });
    abort.abort();
    assert.equal(await waiting, 'cancelled');
    assert.equal(await native.futexWaitAsync(mapping, 0, 0, { signal: abort.signal }), 'cancelled');
  }),
);

test(
  'offsets outside of the memory are refused',
  { skip },
  withWord(async (mapping) => {
    for (const offset of [-4, 2, 4096]) {
      assert.throws(() => native.futexWake(mapping, offset, 1), { name: 'SystemError', errnoName: 'EINVAL' });
    }
  }),
);

test('a wait keeps no process alive', { skip }, () => {
  const index = new URL('./index.js', import.meta.url).href;
  const source = `
    const { loadNative } = await import(${JSON.stringify(index)});
    const native = loadNative();
    const mapping = native.mmap(native.createSharedMemory('f', 4096), 4096, { isWritable: true });
    void native.futexWaitAsync(mapping, 0, 0);
    console.log('waits');`;
  const options = { encoding: 'utf8', timeout: 240_000 } as const;
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', source], options);
  assert.deepEqual([stdout, status], ['waits\n', 0]);
});
