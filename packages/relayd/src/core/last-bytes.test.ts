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
