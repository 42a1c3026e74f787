import assert from 'node:assert/strict';
import { test } from 'node:test';
import { highestPace } from './pace-search.ts';

/** A consumer that loses above `limit`, fed by a writer that emits at most `writerLimit`. */
function consumer(limit: number, writerLimit = Number.POSITIVE_INFINITY) {
  const paces: number[] = [];
  const probe = async (pace: number) => {
    paces.push(pace);
    const achieved = Math.min(pace, writerLimit);
    return { achieved, lost: achieved > limit ? 1 : 0 };
  };
  return { paces, probe };
}

const window = { low: 1000, high: 2000 };

for (const limit of [1000, 1234, 1999, 600, 2500, 4000]) {
  test(`a limit of ${limit} is found to within 9 per cent`, async () => {
    const { paces, probe } = consumer(limit);
    const found = await highestPace(probe, window);
    assert.ok(found <= limit && found > limit * 0.91, `found ${found}`);
    assert.ok(paces.length <= 16);
  });
}

test('a loss that does not come again is no limit', async () => {
  const { paces, probe } = consumer(1900);
  const seen = new Set<number>();
  const found = await highestPace(async (pace) => {
    const trial = await probe(pace);
    if (seen.has(pace)) return trial;
    seen.add(pace);
    return { ...trial, lost: 1 };
  }, window);
  assert.ok(found > 1700, `found ${found}`);
  assert.ok(paces.length <= 16);
});

test("the writer's own limit ends the search", async () => {
  const { paces, probe } = consumer(1e9, 1500);
  assert.equal(await highestPace(probe, window), 1500);
  assert.deepEqual(paces, [1000, 2000]);
});

test('a consumer that always loses has a limit of 0, after a bounded number of probes', async () => {
  const { paces, probe } = consumer(-1);
  assert.equal(await highestPace(probe, window), 0);
  assert.equal(paces.length, 16);
});
