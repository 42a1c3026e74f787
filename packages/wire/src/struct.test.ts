import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '@lttng-ts/base';
import { LP64_LITTLE_ENDIAN } from './abi.ts';
import { ByteQueue } from './byte-queue.ts';
import { fixedString, padding, u8, u16, u32, u64 } from './kinds.ts';
import { toSafeSize } from './safe-size.ts';
import { natural, packed } from './struct.ts';

const fields = { kind: u8, reserved: padding(3), count: u64, id: u16, name: fixedString(6) };

test('a packed struct has no padding between fields', () => {
  const table = packed('demo', 'big-endian', fields);
  assert.equal(table.sizeBytes, 1 + 3 + 8 + 2 + 6);
  const bytes = table.encode({ kind: 1, count: 0x0102n, id: 3, name: 'ab' });
  assert.equal(Buffer.from(bytes).toString('hex'), '01000000' + '0000000000000102' + '0003' + '616200000000');
  assert.deepEqual(table.decode(bytes), { kind: 1, count: 0x0102n, id: 3, name: 'ab' });
});

test('a natural struct pads as a C compiler does', () => {
  const table = natural('demo', LP64_LITTLE_ENDIAN, { a: u8, b: u64, c: u16, d: u32 });
  assert.deepEqual(
    table.places.map(({ name, offsetBytes }) => [name, offsetBytes]),
    [
      ['a', 0],
      ['b', 8],
      ['c', 16],
      ['d', 20],
    ],
  );
  assert.equal(table.sizeBytes, 24);
});

test('a short message is a fault of the peer', () => {
  assert.throws(() => packed('demo', 'host', { a: u32 }).decode(new Uint8Array(3)), ProtocolError);
});

test('a size from outside is refused above its limit', () => {
  assert.equal(toSafeSize(12n, 'payload', 100), 12);
  assert.throws(() => toSafeSize(1n << 40n, 'payload', 1 << 20), /what="payload", value=1099511627776/);
});

test('a byte queue gives the same bytes however the stream is cut', () => {
  const whole = Uint8Array.from({ length: 64 }, (_, i) => i);
  for (let cut = 1; cut < 64; cut++) {
    const queue = new ByteQueue();
    for (let at = 0; at < whole.length; at += cut) queue.push(whole.subarray(at, at + cut));
    assert.deepEqual([...queue.take(10)!, ...queue.take(54)!], [...whole]);
    assert.equal(queue.take(1), null);
  }
});
