import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountedPacket, PacketAccounting } from './packet-accounting.ts';

const SUBBUFFER = 4096;
const identity = { streamId: 3, subbufferSizeBytes: SUBBUFFER, subbufferCount: 4, isOverwriting: false };

function packet(number: number, changes: Partial<AccountedPacket> = {}): AccountedPacket {
  return {
    positionBytes: number * SUBBUFFER,
    dataSizeBytes: 100,
    paddedSizeBytes: 4096,
    contentSizeBits: 800n,
    packetSizeBits: 32768n,
    sequenceNumber: BigInt(number),
    eventsDiscarded: 0n,
    streamId: 3,
    ...changes,
  };
}

test('packets in order are counted, with the last discarded count', () => {
  const accounting = new PacketAccounting(identity);
  accounting.consumed(packet(0, { eventsDiscarded: 2n }));
  accounting.consumed(packet(1, { eventsDiscarded: 5n }));
  assert.equal(accounting.consumedPacketCount, 2);
  assert.equal(accounting.consumedBytes, 8192);
  assert.equal(accounting.discardedEventCount, 5);
  assert.equal(accounting.lostPacketCount, 0);
});

test('a packet whose count of discarded events goes back, as liblttng-ust sometimes makes it, changes nothing', () => {
  const accounting = new PacketAccounting(identity);
  for (const [number, eventsDiscarded] of [5n, 0n, 7n].entries()) {
    assert.equal(accounting.findContradiction(packet(number, { eventsDiscarded })), null);
    accounting.consumed(packet(number, { eventsDiscarded }));
  }
  assert.equal(accounting.discardedEventCount, 7);
});

test('a gap between two positions is lost packets, also before the first', () => {
  const accounting = new PacketAccounting(identity);
  accounting.consumed(packet(2));
  accounting.consumed(packet(6));
  assert.equal(accounting.lostPacketCount, 2 + 3);
});

test('the end counts what stays in the ring, never more than it holds', () => {
  const accounting = new PacketAccounting(identity);
  accounting.consumed(packet(0));
  accounting.finish(3 * SUBBUFFER + 100, 9);
  assert.equal(accounting.lostPacketCount, 3);
  assert.equal(accounting.discardedEventCount, 9);
  const scribbled = new PacketAccounting(identity);
  scribbled.finish(1e15, 0);
  assert.equal(scribbled.lostPacketCount, 4);
  const complete = new PacketAccounting(identity);
  complete.consumed(packet(0));
  complete.finish(SUBBUFFER, 0);
  complete.finish(SUBBUFFER, 0);
  assert.equal(complete.lostPacketCount, 0);
});

const contradictions: [string, Partial<AccountedPacket>][] = [
  ['position goes back', { positionBytes: 0 }],
  ['position inside a sub-buffer', { positionBytes: SUBBUFFER + 8 }],
  ['sequence number', { sequenceNumber: 7n }],
  ['stream id', { streamId: 4 }],
  ['packet size', { packetSizeBits: 65536n }],
  ['content size', { contentSizeBits: 808n }],
];
for (const [reason, changes] of contradictions) {
  test(`a packet header is refused: ${reason}`, () => {
    const accounting = new PacketAccounting(identity);
    accounting.consumed(packet(0, { eventsDiscarded: 2n }));
    assert.equal(accounting.findContradiction(packet(1, { eventsDiscarded: 2n })), null);
    assert.equal(accounting.findContradiction(packet(1, { eventsDiscarded: 2n, ...changes })), reason);
  });
}

test('writers that overwrite may be any distance ahead', () => {
  const accounting = new PacketAccounting({ ...identity, isOverwriting: true });
  accounting.consumed(packet(0));
  // Between a writer's two steps more is written than the ring holds.
  const positions = { producedBytes: 90 * SUBBUFFER + 84, consumedBytes: 85 * SUBBUFFER };
  assert.equal(accounting.findPositionContradiction(positions), null);
  assert.equal(accounting.reachBytes, Number.POSITIVE_INFINITY);
});

test('positions that cannot be are contradictions', () => {
  const accounting = new PacketAccounting(identity);
  accounting.consumed(packet(0));
  const rows: readonly (readonly [number, number, RegExp | null])[] = [
    [SUBBUFFER, SUBBUFFER, null],
    [2 * SUBBUFFER + 84, SUBBUFFER, null],
    [5 * SUBBUFFER, SUBBUFFER, null],
    [SUBBUFFER, 0, /goes back/],
    [SUBBUFFER, 2 * SUBBUFFER, /before the read position/],
    [5 * SUBBUFFER + 84, SUBBUFFER, /more is written/],
    [2 ** 64, 2 ** 63, /more is written/],
  ];
  for (const [producedBytes, consumedBytes, expected] of rows) {
    const contradiction = accounting.findPositionContradiction({ producedBytes, consumedBytes });
    if (expected === null) assert.equal(contradiction, null);
    else assert.match(contradiction ?? '', expected);
  }
});
