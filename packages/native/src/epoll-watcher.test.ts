import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FdReadiness } from './fd-watcher.ts';
import { native, skip } from './testing/require-native.ts';

/** The next readiness of a watch. */
function readinessOf() {
  let settle: (readiness: FdReadiness) => void = () => undefined;
  let next = new Promise<FdReadiness>((resolve) => (settle = resolve));
  return {
    callback: (readiness: FdReadiness) => settle(readiness),
    async take() {
      const readiness = await next;
      next = new Promise((resolve) => (settle = resolve));
      return readiness;
    },
  };
}

test('readiness is told until the descriptor was read, and the end too', { skip }, async () => {
  const { readEnd, writeEnd } = native.pipe({ isReadNonblocking: true });
  const readiness = readinessOf();
  const watch = native.fdWatcher.watch(readEnd, { isReadable: true }, readiness.callback);
  native.write(writeEnd, Uint8Array.of(1));
  assert.equal((await readiness.take()).isReadable, true);
  // Not read yet: told again.
  assert.equal((await readiness.take()).isReadable, true);
  native.read(readEnd, new Uint8Array(8));
  native.close(writeEnd);
  let last = await readiness.take();
  while (!last.hasHungUp) last = await readiness.take();
  watch.close();
  watch.close();
  native.close(readEnd);
});

test('a watch that is closed in the callback of another is silent', { skip }, async () => {
  const [a, b] = [native.pipe(), native.pipe()];
  let calls = 0;
  await new Promise<void>((resolve) => {
    const watches = [a, b].map(({ readEnd }) =>
      native.fdWatcher.watch(readEnd, { isReadable: true }, () => {
        calls++;
        for (const watch of watches) watch.close();
        setImmediate(resolve);
      }),
    );
    for (const { writeEnd } of [a, b]) native.write(writeEnd, Uint8Array.of(1));
  });
  assert.equal(calls, 1);
  for (const { readEnd, writeEnd } of [a, b]) {
    native.close(readEnd);
    native.close(writeEnd);
  }
});
