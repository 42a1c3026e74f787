import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutTimes } from './cut-times.ts';

const MIB = 1n << 20n;

test('little is not cut', () => {
  assert.deepEqual(cutTimes([], 2), []);
  assert.deepEqual(cutTimes([0n, 1000n, MIB], 2), []);
});

test('one packet is cut into equal times', () => {
  assert.deepEqual(cutTimes([1000n, 9000n, 4n * MIB], 2), [3000n, 5000n, 7000n]);
});

test('packets side by side count together', () => {
  const packets = [0n, 1000n, 2n * MIB, 500n, 1000n, 2n * MIB];
  assert.deepEqual(cutTimes(packets, 4), [500n, 667n, 833n]);
});

test('times beyond 2^53 are cut exactly enough, and ascend', () => {
  const origin = 1n << 60n;
  const cuts = cutTimes([origin, origin + 1_000_000n, 64n * MIB], 2);
  assert.equal(cuts.length, 15);
  assert.ok(cuts.every((cut, i) => cut > (cuts[i - 1] ?? origin)));
  assert.equal(cuts[0], origin + 62_500n);
});

test('what is all at one time is not cut', () => {
  assert.ok(cutTimes([5n, 5n, 64n * MIB], 4).length <= 1);
});
