import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metadataPackets } from './metadata-packets.ts';

const uuid = Uint8Array.from({ length: 16 }, (_, i) => i);

/** Bytes in use per packet of 4096, header included. */
function contents(textBytes: number, isStart: boolean): readonly number[] {
  const packets = metadataPackets(new Uint8Array(textBytes).fill(0x61), uuid, isStart);
  const view = new DataView(packets.buffer, packets.byteOffset);
  return Array.from({ length: packets.length / 4096 }, (_, i) => view.getUint32(i * 4096 + 24, true) / 8);
}

test('packets are cut where lttng-consumerd 2.13 cuts them', () => {
  // As in a trace of the original: 4096, 4093, 4093, 4093, 1109.
  assert.deepEqual(contents(4059 + 3 * 4056 + 1072, true), [4096, 4093, 4093, 4093, 1109]);
  assert.deepEqual(contents(4059 + 109, true), [4096, 146]);
  assert.deepEqual(contents(4059, true), [4096]);
  assert.deepEqual(contents(4059, false), [4093, 40]);
  assert.deepEqual(contents(0, true), []);
});

test('a packet has the header of LTTng-UST and zeros behind its text', () => {
  const packet = metadataPackets(new TextEncoder().encode('/* CTF 1.8 */'), uuid, true);
  const header = Buffer.from(packet.subarray(0, 37)).toString('hex');
  assert.equal(
    header,
    '571dd175' + '000102030405060708090a0b0c0d0e0f' + '00000000' + '90010000' + '00800000' + '0000000108',
  );
  assert.equal(Buffer.from(packet.subarray(37, 50)).toString(), '/* CTF 1.8 */');
  assert.ok(packet.subarray(50).every((byte) => byte === 0));
});
