import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, quantile, ratioOf, summarize } from './statistics.ts';

test('the median is the middle sample, or lies half-way between the two middle ones', () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([7]), 7);
});

test('a quantile lies between samples in proportion', () => {
  assert.equal(quantile([0, 10], 0.25), 2.5);
  assert.equal(quantile([1, 2, 3, 4, 5], 0.75), 4);
  assert.throws(() => quantile([], 0.5), /needs samples/);
});

test('a summary leaves the samples as they were', () => {
  const samples = [3, 1, 2, 5, 4];
  assert.deepEqual(summarize(samples), {
    count: 5,
    median: 3,
    lowerQuartile: 2,
    upperQuartile: 4,
    least: 1,
    greatest: 5,
  });
  assert.deepEqual(samples, [3, 1, 2, 5, 4]);
});

test('ratios are taken round by round', () => {
  // A machine that becomes ten times slower half-way: the rounds still agree.
  const ratio = ratioOf([2, 2, 20, 20], [1, 1, 10, 10]);
  assert.deepEqual(ratio, { ofMedians: 2, lowerQuartile: 2, upperQuartile: 2 });
});

test('a round that one side did not finish is left out of the rounds', () => {
  assert.deepEqual(ratioOf([4, 4, 400], [2, 2]), { ofMedians: 2, lowerQuartile: 2, upperQuartile: 2 });
});
