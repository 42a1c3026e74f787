import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type CrashImage, isCrashImage, readCrashImage } from './crash-image.ts';
import { lp64Layouts } from './layouts.ts';
import { RingModel, run } from './model.ts';
import { parsePacket } from './testing/packet-parser.ts';
import { seededRandom, tinyRing } from './testing/tiny-ring.ts';

const PAYLOAD_BYTES = 60;

/** A ring with records, and the ids of those that packets of an image hold. */
function ring(mode: 'discard' | 'overwrite') {
  const made = tinyRing({ mode, subbufferSizeBytes: 256, subbufferCount: 4 });
  const memory = new ArrayBuffer(made.lengthBytes);
  made.initialize(memory);
  const model = new RingModel(memory, made.descriptor);
  model.clock = 5n;
  const record = (eventId: number) => ({ eventId, payload: new Uint8Array(PAYLOAD_BYTES).fill(eventId) });
  return {
    image: new Uint8Array(memory),
    reader: new RingModel(memory, made.descriptor),
    reserve: (eventId: number) => run(model.reserve(record(eventId))),
    write: (eventId: number): void => {
      const reservation = run(model.reserve(record(eventId)));
      if (typeof reservation !== 'string') run(model.commit(reservation));
    },
  };
}

function read(image: Uint8Array): CrashImage {
  const result = readCrashImage(image.slice());
  assert.ok(typeof result !== 'string', String(result));
  return result;
}

function idsOf({ packets }: CrashImage): readonly number[] {
  return packets.flatMap((packet) =>
    parsePacket(open(packet), PAYLOAD_BYTES).records.map(({ eventId }) => eventId),
  );
}

/** A packet that was being written has no end yet. */
function open(packet: Uint8Array): Uint8Array {
  const copy = packet.slice();
  const at = lp64Layouts.packetHeader.offsetOf('timestampEnd');
  new DataView(copy.buffer).setBigUint64(at, 0xffffn, true);
  return copy;
}

for (const mode of ['discard', 'overwrite'] as const) {
  test(`everything that was not read, up to the last whole record: ${mode}`, () => {
    const { image, reader, write } = ring(mode);
    for (let id = 1; id <= 5; id++) write(id);
    assert.deepEqual(idsOf(read(image)), [1, 2, 3, 4, 5]);
    run(reader.next());
    run(reader.putNext());
    assert.deepEqual(idsOf(read(image)), [3, 4, 5]);
    for (let id = 6; id <= 30; id++) write(id);
    const ids = idsOf(read(image));
    assert.ok(ids.length >= 7 && ids.length <= 8, `${ids}`);
    assert.equal(ids.at(-1), mode === 'overwrite' ? 30 : 10);
  });
}

test('a record that was not committed, and what comes behind it in its packet, is left out', () => {
  const { image, reserve, write } = ring('discard');
  write(1);
  reserve(2);
  for (let id = 3; id <= 7; id++) write(id);
  assert.deepEqual(idsOf(read(image)), [1, 3, 4, 5, 6, 7]);
});

test('behind a packet without a header there are more', () => {
  const { image, reserve, write } = ring('discard');
  write(1);
  write(2);
  reserve(3);
  // The writer that opened the second packet died before its header was there.
  const hot = lp64Layouts.buffer.decode(image).hotCounters.offset;
  const second = Number(hot) + lp64Layouts.hotCounters.sizeBytes;
  new DataView(image.buffer).setBigUint64(second + lp64Layouts.hotCounters.offsetOf('sequence'), 0n, true);
  for (let id = 4; id <= 6; id++) write(id);
  assert.deepEqual(idsOf(read(image)), [1, 2, 5, 6]);
});

test('memory that the original left', () => {
  const text = readFileSync(new URL('../cases/per-uid-cpu1.shm', import.meta.url), 'utf8');
  assert.ok(text.length > 0);
  assert.equal(isCrashImage(Buffer.from('/* CTF 1.8 */ trace {')), false);
  assert.equal(readCrashImage(Buffer.from('/* CTF 1.8 */ trace {')), 'not a ring buffer');
});

test('damaged images give a reason or packets inside of the file, never an exception', () => {
  const { image, write } = ring('overwrite');
  for (let id = 1; id <= 20; id++) write(id);
  const random = seededRandom(7);
  let refused = 0;
  for (let round = 0; round < 5000; round++) {
    const damaged = image.slice(0, random(20) === 0 ? random(image.length) : image.length);
    for (let change = random(4); change >= 0; change--) {
      // Most of it in what tells where things are.
      const at = random(round % 2 === 0 ? 256 : damaged.length || 1);
      if (at < damaged.length) damaged[at] = random(256);
    }
    const result = readCrashImage(damaged);
    if (typeof result === 'string') refused++;
    else {
      assert.ok(result.packets.length <= 9);
      for (const packet of result.packets)
        assert.ok(packet.length <= 256 && packet.buffer === damaged.buffer);
    }
  }
  assert.ok(refused > 100 && refused < 5000, `refused=${refused}`);
});
