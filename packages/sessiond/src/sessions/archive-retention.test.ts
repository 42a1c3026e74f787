import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ArchivedChunk, chunksToRemove, nextExpiryS } from './archive-retention.ts';

const none = { chunkCount: null, totalBytes: null, ageS: null };
/** Chunks that end at 10, 20, …, of 100 bytes each. */
const chunks = (count: number, change: (at: number) => Partial<ArchivedChunk> = () => ({})) =>
  Array.from({ length: count }, (_, at) => ({
    path: String(at),
    endS: 10 * (at + 1),
    sizeBytes: 100,
    isSettled: true,
    ...change(at),
  }));
const paths = (removed: readonly ArchivedChunk[]) => removed.map(({ path }) => path).join();

for (const [title, keep, expected] of [
  ['no limit', none, ''],
  ['a number', { ...none, chunkCount: 2 }, '0,1,2'],
  ['more than there are', { ...none, chunkCount: 9 }, ''],
  ['bytes', { ...none, totalBytes: 250 }, '0,1,2'],
  ['fewer bytes than the newest has', { ...none, totalBytes: 1 }, '0,1,2,3'],
  ['age', { ...none, ageS: 25 }, '0,1,2'],
  ['all are too old', { ...none, ageS: 1 }, '0,1,2,3'],
  ['several limits', { chunkCount: 4, totalBytes: 1000, ageS: 35 }, '0,1'],
] as const) {
  test(`retention: ${title}`, () => {
    assert.equal(paths(chunksToRemove(chunks(5), keep, 55)), expected);
  });
}

test('what is still worked on is kept, and counts', () => {
  const busy = chunks(5, (at) => ({ isSettled: at !== 1 }));
  assert.equal(paths(chunksToRemove(busy, { ...none, chunkCount: 2 }, 55)), '0,2');
});

test('the next expiry is the oldest chunk’s; the newest alone never expires', () => {
  assert.equal(nextExpiryS(chunks(3), { ...none, ageS: 60 }, 55), 15);
  assert.equal(nextExpiryS(chunks(3), { ...none, ageS: 5 }, 55), 1);
  assert.equal(nextExpiryS(chunks(1), { ...none, ageS: 60 }, 55), null);
  assert.equal(nextExpiryS(chunks(3), none, 55), null);
});
