/** Compressed files are decompressed as far as they are read, and damage in one harms what is behind it in that file. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { FormatError } from '@lttng-ts/base';
import { type Notice, type OpenOptions, readMessages, type TimeRange } from '../index.ts';
import { encodeIndexEntry, encodeIndexHeader } from '../index-file.ts';
import { openTraceFolders } from './trace-folder.ts';

const METADATA = `/* CTF 1.8 */
typealias integer { size = 32; align = 8; } := u32;
typealias integer { size = 64; align = 8; } := u64;
trace { major = 1; minor = 8; byte_order = le; packet.header := struct { u32 magic; u32 stream_id; u64 stream_instance_id; }; };
clock { name = monotonic; freq = 1000000000; offset = 0; };
typealias integer { size = 64; align = 8; map = clock.monotonic.value; } := clock_value;
stream {
  id = 0;
  packet.context := struct { clock_value timestamp_begin; clock_value timestamp_end; u64 content_size; u64 packet_size; };
  event.header := struct { u32 id; clock_value timestamp; };
};
event { name = "noise"; id = 0; stream_id = 0; fields := struct { u64 a; u64 b; u64 c; u32 d; }; };
`;
const STREAMS = 2;
const PACKETS = 40;
const EVENTS = 400;
const HEAD_BYTES = 16 + 4 * 8;
const EVENT_BYTES = 12 + 28;
const PACKET_BYTES = HEAD_BYTES + EVENTS * EVENT_BYTES;
const timeOf = (packet: number, event: number): bigint => BigInt((packet * EVENTS + event + 1) * 1000);

/** Numbers that do not compress. */
function* noise(): Generator<number, never> {
  for (let seed = 1; ; ) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    yield (seed ^ (seed >>> 15)) >>> 0;
  }
}

function packetOf(stream: number, packet: number, numbers: Generator<number, never>): Buffer {
  const bytes = Buffer.alloc(PACKET_BYTES);
  bytes.writeUInt32LE(0xc1fc1fc1, 0);
  bytes.writeBigUInt64LE(BigInt(stream), 8);
  const sizeBits = BigInt(PACKET_BYTES * 8);
  for (const [i, value] of [timeOf(packet, 0), timeOf(packet, EVENTS - 1), sizeBits, sizeBits].entries())
    bytes.writeBigUInt64LE(value, 16 + 8 * i);
  for (let event = 0; event < EVENTS; event++) {
    const at = HEAD_BYTES + event * EVENT_BYTES;
    bytes.writeBigUInt64LE(timeOf(packet, event), at + 4);
    for (let word = 0; word < 7; word++) bytes.writeUInt32LE(numbers.next().value, at + 12 + 4 * word);
  }
  return bytes;
}

function indexOf(): Uint8Array {
  const entries = Array.from({ length: PACKETS }, (_, packet) =>
    encodeIndexEntry({
      offsetBytes: BigInt(packet * PACKET_BYTES),
      packetSizeBits: BigInt(PACKET_BYTES * 8),
      contentSizeBits: BigInt(PACKET_BYTES * 8),
      timestampBegin: timeOf(packet, 0),
      timestampEnd: timeOf(packet, EVENTS - 1),
      eventsDiscarded: 0n,
      streamId: 0n,
      streamInstanceId: 0n,
      packetSequenceNumber: 0n,
    }),
  );
  return Buffer.concat([encodeIndexHeader(), ...entries]);
}

/** A frame of raw blocks, which says how much it holds or does not. */
function zstdOf(plain: Uint8Array, saysSize = true): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(plain.length);
  const head = saysSize ? [0x28, 0xb5, 0x2f, 0xfd, 0x80, 0x58, ...size] : [0x28, 0xb5, 0x2f, 0xfd, 0, 0x58];
  const parts: Uint8Array[] = [Uint8Array.from(head)];
  for (let at = 0; at < plain.length; at += 1 << 16) {
    const block = plain.subarray(at, at + (1 << 16));
    const isLast = at + block.length === plain.length;
    const word = (block.length << 3) | (isLast ? 1 : 0);
    parts.push(Uint8Array.of(word & 255, (word >> 8) & 255, word >> 16), block);
  }
  return Buffer.concat(parts);
}

type Pack = (plain: Uint8Array) => Uint8Array;
const packs: Readonly<Record<string, Pack>> = {
  // Of stored blocks: what is behind a change in others may be read as something else.
  '.gz': (plain) => gzipSync(plain, { level: 0 }),
  '.zst': (plain) => zstdOf(plain),
};

interface Written {
  readonly folder: string;
  /** Of the data stream's file, compressed. */
  readonly path: (stream: number) => string;
  readonly packed: readonly Uint8Array[];
}

function writeTrace(t: TestContext, suffix: string, pack: Pack, hasIndex = true): Written {
  const folder = mkdtempSync(join(tmpdir(), 'lttng-compressed-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'metadata'), METADATA);
  if (hasIndex) mkdirSync(join(folder, 'index'));
  const numbers = noise();
  const path = (stream: number): string => join(folder, `channel_${stream}${suffix}`);
  const packed = Array.from({ length: STREAMS }, (_, stream) => {
    const packets = Array.from({ length: PACKETS }, (_, packet) => packetOf(stream, packet, numbers));
    const bytes = pack(Buffer.concat(packets));
    writeFileSync(path(stream), bytes);
    if (hasIndex) writeFileSync(join(folder, 'index', `channel_${stream}.idx`), indexOf());
    return bytes;
  });
  return { folder, path, packed };
}

interface Outcome {
  /** Event records by data stream. */
  readonly events: readonly number[];
  readonly notices: readonly Notice[];
  readonly fault: FormatError | null;
}

function outcome(folder: string, options: OpenOptions = {}, range: TimeRange | null = null): Outcome {
  const notices: Notice[] = [];
  const events = [0, 0];
  using opened = openTraceFolders([folder], { ...options, tell: (notice) => notices.push(notice) });
  try {
    for (const message of readMessages(opened.traces, range))
      if (message.kind === 'event-record') events[Number(message.dataStream.id)]!++;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { events, notices, fault: error };
  }
  return { events, notices, fault: null };
}

const ALL = PACKETS * EVENTS;

/** Where headers of blocks begin, and how long blocks are, with their headers. */
const blocks: Readonly<
  Record<string, { readonly beginAt: number; lengthOf(bytes: Buffer, at: number): number }>
> = {
  '.gz': { beginAt: 10, lengthOf: (bytes, at) => 5 + bytes.readUInt16LE(at + 1) },
  '.zst': { beginAt: 10, lengthOf: (bytes, at) => 3 + (bytes.readUIntLE(at, 3) >> 3) },
};

/** The first block behind the middle becomes one of no type that there is. */
function breakMiddle({ packed, path }: Written, suffix: string): void {
  const bytes = Buffer.from(packed[1]!);
  const { beginAt, lengthOf } = blocks[suffix]!;
  let at = beginAt;
  while (at < bytes.length / 2) at += lengthOf(bytes, at);
  bytes[at]! |= 6;
  writeFileSync(path(1), bytes);
}

for (const [suffix, pack] of Object.entries(packs)) {
  test(`${suffix}: damage is met when reading comes to it, and harms nothing but its file`, (t) => {
    const written = writeTrace(t, suffix, pack);
    assert.deepEqual(outcome(written.folder), { events: [ALL, ALL], notices: [], fault: null });
    breakMiddle(written, suffix);
    const { events, notices, fault } = outcome(written.folder);
    assert.equal(events[0], ALL);
    assert.ok(events[1]! > ALL / 3 && events[1]! < ALL, `events=${events[1]}`);
    assert.match(
      fault!.story,
      /Data stream: file=".*channel_1", packet=\d+, offsetBytes=\d+\n.*Damaged compressed file: path=".*channel_1\./,
    );
    assert.deepEqual(notices, []);
    // Nobody comes to it.
    const endNs = timeOf(4, 0);
    const before = outcome(written.folder, {}, { beginNs: null, endNs });
    assert.deepEqual(before, { events: [4 * EVENTS + 1, 4 * EVENTS + 1], notices: [], fault: null });
  });

  test(`${suffix}: what is behind damage is passed over, and told once`, (t) => {
    const written = writeTrace(t, suffix, pack);
    breakMiddle(written, suffix);
    const whole = outcome(written.folder);
    const { events, notices, fault } = outcome(written.folder, { continuesAfterDamage: true });
    assert.deepEqual([events, fault], [whole.events, null]);
    assert.equal(notices.length, 1);
    const [notice] = notices;
    assert.ok(notice?.kind === 'passed-over');
    const packet = Math.floor(events[1]! / EVENTS);
    assert.deepEqual(
      [notice.packet, notice.offsetBytes, notice.sizeBytes, notice.eventsRead],
      [packet, packet * PACKET_BYTES, (PACKETS - packet) * PACKET_BYTES, events[1]! % EVENTS],
    );
    const lastRead =
      events[1]! % EVENTS === 0 ? timeOf(packet, 0) : timeOf(packet, (events[1]! % EVENTS) - 1);
    assert.equal(notice.durationNs, timeOf(PACKETS - 1, EVENTS - 1) - lastRead);
    assert.match(notice.reason, /Damaged compressed file/);
    // From behind the damage on there is nothing in this file.
    const late = outcome(
      written.folder,
      { continuesAfterDamage: true },
      { beginNs: timeOf(PACKETS - 2, 0), endNs: null },
    );
    assert.deepEqual([late.events, late.notices.length], [[2 * EVENTS, 0], 1]);
  });

  for (const hasIndex of [true, false]) {
    test(`${suffix}: a file that is cut reads as the plain file that is cut, ${hasIndex ? 'with' : 'without'} an index`, (t) => {
      const written = writeTrace(t, suffix, pack, hasIndex);
      truncateSync(written.path(1), written.packed[1]!.length >> 1);
      const { events, fault } = outcome(written.folder);
      assert.equal(events[0], ALL);
      assert.ok(events[1]! > ALL / 3 && events[1]! < ALL * 0.6, `events=${events[1]}`);
      assert.match(
        fault!.story,
        /Data stream: file=".*channel_1", packet=\d+, .*\n.*Damaged compressed file: path=".*channel_1\./,
      );
      const { notices, ...rest } = outcome(written.folder, { continuesAfterDamage: true });
      assert.deepEqual(rest, { events, fault: null });
      assert.equal(notices.filter(({ kind }) => kind === 'passed-over').length, 1);
    });
  }

  test(`${suffix}: a file of which nothing can be read is told`, (t) => {
    const written = writeTrace(t, suffix, pack);
    writeFileSync(written.path(1), 'nothing of this is compressed, however long it is');
    const { events, fault } = outcome(written.folder);
    assert.deepEqual(events, [ALL, 0]);
    assert.match(fault!.story, /Damaged compressed file: path=".*channel_1\./);
    const { notices } = outcome(written.folder, { continuesAfterDamage: true });
    assert.ok(notices.some(({ kind }) => kind === 'passed-over'));
  });
}

test('a frame that does not tell its size is read to its end, so that nothing behind the index is missed', (t) => {
  const { folder, packed, path } = writeTrace(t, '.zst', (plain) => zstdOf(plain, false));
  assert.deepEqual(outcome(folder), { events: [ALL, ALL], notices: [], fault: null });
  const more = packetOf(1, PACKETS, noise());
  writeFileSync(path(1), Buffer.concat([packed[1]!, zstdOf(more, false)]));
  const { events, notices, fault } = outcome(folder);
  assert.deepEqual([events, fault], [[ALL, ALL + EVENTS], null]);
  assert.deepEqual(
    notices.map(({ kind }) => kind),
    ['unfit-index'],
  );
});

test('a file with more than it tells is told', (t) => {
  const { folder, packed, path } = writeTrace(t, '.zst', (plain) => zstdOf(plain));
  writeFileSync(path(1), Buffer.concat([packed[1]!, zstdOf(packetOf(1, PACKETS, noise()))]));
  const { events, fault } = outcome(folder);
  assert.deepEqual(events, [ALL, ALL]);
  assert.match(fault!.story, /Wrong size in compressed file: .*expectedBytes=\d+, plainBytes=\d+/);
});
