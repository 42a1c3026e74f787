import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutTimes } from './cut-times.ts';

const MIB = 1n << 20n;

test('little is not cut', () => {
  assert.deepEqual(cutTimes([], 2), []);
  assert.deepEqual(cutTimes([0n, 1000n, MIB], 2), []);
});

/** `count` packets of 64 KiB in a row, of 1000 ns each. */
const inARow = (origin: bigint, count: number): bigint[] =>
  Array.from({ length: count }, (_, i) => origin + 1000n * BigInt(i)).flatMap((begin) => [
    begin,
    begin + 1000n,
    65_536n,
  ]);

test('packets in a row are cut into equal times', () => {
  assert.deepEqual(cutTimes(inARow(1000n, 64), 2), [17_000n, 33_000n, 49_000n]);
});

test('packets side by side count together', () => {
  const packets = [...inARow(0n, 32), ...inARow(16_000n, 16)];
  assert.deepEqual(cutTimes(packets, 4), [16_000n, 24_000n]);
});

test('packets that last from beginning to end are not cut: each slice would read all of them', () => {
  const packets = Array.from({ length: 1000 }, () => [0n, 1_000_000n, 65_536n]).flat();
  assert.deepEqual(cutTimes(packets, 2), []);
});

test('times beyond 2^53 are cut exactly enough, and ascend', () => {
  const origin = 1n << 60n;
  const cuts = cutTimes(inARow(origin, 1024), 2);
  assert.equal(cuts.length, 15);
  assert.deepEqual(
    cuts,
    Array.from({ length: 15 }, (_, i) => origin + 64_000n * BigInt(i + 1)),
  );
});

test('what is all at one time is not cut', () => {
  assert.ok(cutTimes([5n, 5n, 64n * MIB], 4).length <= 1);
});
