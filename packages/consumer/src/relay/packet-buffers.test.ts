import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PacketBuffers } from './packet-buffers.ts';

test('memory of one packet serves others of about its size, and memory of old sizes gives way', () => {
  const buffers = new PacketBuffers();
  const first = buffers.take(300_000);
  assert.equal(first.length, 300_000);
  buffers.give(first);
  const second = buffers.take(290_000);
  assert.equal(second.length, 290_000);
  assert.equal(second.buffer, first.buffer);
  assert.notEqual(buffers.take(290_000).buffer, first.buffer, 'it is in use');
  const olds = Array.from({ length: 200 }, () => buffers.take(50_000));
  for (const old of olds) buffers.give(old);
  const large = buffers.take(4 << 20);
  buffers.give(large);
  assert.equal(buffers.take(4 << 20).buffer, large.buffer);
  for (const sizeBytes of [0, 1, 4096, 4097, 65_536, 65_537, 9 << 20]) {
    assert.equal(buffers.take(sizeBytes).length, sizeBytes);
  }
});
