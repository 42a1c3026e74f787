import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LastBytes } from './last-bytes.ts';

test('the last bytes are those of the whole, up to the limit', () => {
  const limitBytes = 10_000;
  const last = new LastBytes(limitBytes);
  let whole = Buffer.alloc(0);
  for (const [round, sizeBytes] of [0, 4, 3000, 4, 5000, 1, 1995, 4, 9999, 10_000, 25_000, 4].entries()) {
    const bytes = Uint8Array.from({ length: sizeBytes }, (_, at) => (at * 7 + round) & 0xff);
    last.add(bytes);
    whole = Buffer.concat([whole, bytes]);
    const oldest = Math.max(0, whole.length - limitBytes);
    for (const offset of [oldest, Math.max(oldest, whole.length - 4), whole.length]) {
      assert.deepEqual(Buffer.from(last.from(offset) ?? []), whole.subarray(offset), `${round}: ${offset}`);
    }
    assert.equal(last.from(whole.length + 1), null);
    assert.equal(last.from(-1), null);
    assert.equal(last.from(Number.NaN), null);
  }
  assert.equal(last.from(whole.length - limitBytes - 1), null);
});

test('memory that is refused is the limit from then on', () => {
  const asked: number[] = [];
  const last = new LastBytes(100_000, (bytes) => asked.push(bytes) === 1);
  const bytes = Uint8Array.from({ length: 6000 }, (_, at) => at % 251);
  last.add(bytes);
  assert.deepEqual([asked, last.grantedBytes], [[12_000 - 4096], 12_000 - 4096]);
  last.add(bytes);
  last.add(bytes);
  last.add(bytes);
  assert.deepEqual([asked.length, last.grantedBytes], [2, 12_000 - 4096]);
  assert.deepEqual(Buffer.from(last.from(12_000) ?? []), Buffer.concat([bytes, bytes]));
  assert.equal(last.from(11_999), null);
});

test('without any memory granted the last piece is kept', () => {
  const last = new LastBytes(100_000, () => false);
  last.add(new Uint8Array(9000).fill(1));
  last.add(new Uint8Array(96).fill(2));
  const kept = last.from(9096 - 4096);
  assert.ok(kept?.length === 4096 && kept[3999] === 1 && kept[4000] === 2);
  assert.equal(last.from(9096 - 4097), null);
});
