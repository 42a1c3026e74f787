/**
 * The tables and the construction against the original: sizes and offsets as pahole and gdb gave them, lengths as the
 * real daemon sends them, and whole memory images that lttng-sessiond 2.13.9 left on disk.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ProtocolError } from '@lttng-ts/base';
import { buildChannelBlob, type ChannelBlobSpec, parseChannelBlob } from './channel-blob.ts';
import { roundGeometry } from './geometry.ts';
import { lp64Layouts as l } from './layouts.ts';
import { streamLayoutOf } from './stream-layout.ts';
import { initializeStream } from './stream-memory.ts';

/** Memory from a case file: offset and hex per line. */
function image(name: string): Uint8Array<ArrayBuffer> {
  const lines = readFileSync(new URL(`../cases/${name}.shm`, import.meta.url), 'utf8').split('\n');
  const length = Number(/length (\d+)/.exec(lines[1]!)![1]);
  const bytes = new Uint8Array(length);
  for (const line of lines.filter((text) => /^[0-9a-f]{5} /.test(text))) {
    const [at, hex] = line.split(' ');
    bytes.set(Buffer.from(hex!, 'hex'), Number.parseInt(at!, 16));
  }
  return bytes;
}

const spec: ChannelBlobSpec = {
  geometry: { mode: 'discard', subbufferSizeBytes: 4096, subbufferCount: 4 },
  wakeupBy: 'writer',
  blockingTimeoutMs: 0,
  channelId: 0,
  uuid: Uint8Array.from({ length: 16 }, (_, i) => i),
  streamCount: 2,
  switchTimerUs: 0,
  readTimerUs: 0,
  startTimestamp: 1n,
};

test('structs have the sizes of the C compiler', () => {
  const sizes = Object.entries({
    crashRecord: 124,
    buffer: 640,
    hotCounters: 128,
    coldCounters: 128,
    endTimestamp: 8,
    pageReference: 16,
    page: 64,
    writerSubbuffer: 8,
    packetCounter: 8,
    config: 160,
    channel: 664,
    channelClient: 120,
    packetHeader: 84,
  } as const);
  for (const [name, bytes] of sizes) assert.equal(l[name as 'page'].sizeBytes, bytes, name);
});

test('fields have the offsets of the C compiler', () => {
  const offsetsOf = (table: { places: readonly { name: string; offsetBytes: number }[] }) =>
    Object.fromEntries(table.places.map(({ name, offsetBytes }) => [name, offsetBytes]));
  const buffer = offsetsOf(l.buffer);
  const expected = { offset: 128, hotCounters: 136, consumed: 152, recordDisabled: 160, lastTimestamp: 168 };
  const later = {
    coldCounters: 352,
    endTimestamps: 368,
    activeReaders: 384,
    lostFull: 392,
    isFinalized: 432,
  };
  const last = { heldPosition: 440, producedSnapshot: 448, isHeld: 464, self: 472 };
  for (const [name, at] of Object.entries({ ...expected, ...later, ...last }))
    assert.equal(buffer[name], at, name);
  const backend = offsetsOf(l.backend);
  const inBackend = { writerSubbuffers: 176, readerSubbuffer: 192, packetCounters: 200, pageReferences: 216 };
  const inBackend2 = { memory: 232, channel: 248, cpu: 264, recordsRead: 272, isAllocated: 280 };
  for (const [name, at] of Object.entries({ ...inBackend, ...inBackend2 })) {
    assert.equal(176 + backend[name]!, at, name);
  }
  assert.equal(l.page.offsetOf('dataSize'), 24);
  assert.equal(l.channel.offsetOf('privateOffset'), 64);
  assert.equal(120 + l.channelBackend.offsetOf('config'), 184);
  assert.equal(120 + l.channelBackend.offsetOf('name'), 344);
  assert.equal(l.channelClient.offsetOf('uuid'), 100);
});

test('a stream has the length that the original maps', () => {
  const length = (subbufferSizeBytes: number, mode: 'discard' | 'overwrite') =>
    streamLayoutOf({ mode, subbufferSizeBytes, subbufferCount: 4 }).lengthBytes;
  assert.equal(length(16384, 'discard'), 86400);
  assert.equal(length(524288, 'discard'), 2625920);
  assert.equal(length(4096, 'overwrite'), 24960);
});

test('a stream that nobody wrote is byte for byte what the original made', () => {
  const original = image('per-uid-cpu0');
  const header = l.packetHeader.decode(original, 4096);
  const ours = new ArrayBuffer(original.length);
  initializeStream(ours, { ...spec, uuid: header.uuid }, 0, header.timestampBegin);
  // Words of the reader: its seat, and its scratch of the last snapshot test.
  const copy = original.slice();
  const view = new DataView(copy.buffer);
  assert.equal(view.getBigUint64(384, true), 1n, 'the original consumer sat in the reader seat');
  for (const at of [384, 448, 456]) view.setBigUint64(at, 0n, true);
  assert.equal(Buffer.from(ours).compare(copy), 0);
});

for (const name of ['per-uid-cpu1', 'per-pid-cpu0', 'per-pid-cpu1']) {
  test(`the tables read the original's memory: ${name}`, () => {
    const original = image(name);
    const buffer = l.buffer.decode(original);
    assert.equal(buffer.crash.mapLengthBytes, BigInt(original.length));
    const place = streamLayoutOf(spec.geometry);
    assert.equal(buffer.hotCounters.offset, BigInt(place.hotAt));
    assert.equal(buffer.backend.writerSubbuffers.offset, BigInt(place.writerSubbuffersAt));
    // All that was committed in packet 0 is contiguous, and ends where the next record goes.
    assert.equal(l.hotCounters.decode(original, place.hotAt).committed, buffer.offset);
    const cpu = Number(name.at(-1));
    assert.equal(l.packetHeader.decode(original, place.memoryAt).cpu, cpu);
    assert.equal(buffer.self.index, BigInt(1 + cpu));
  });
}

test('a blob for two streams has 920 bytes and parses back', () => {
  const blob = buildChannelBlob(spec);
  assert.equal(blob.length, 920);
  const view = new DataView(blob.buffer);
  assert.equal(view.getBigUint64(64, true), 800n);
  assert.equal(view.getBigUint64(8, true), 0x3fff_ffff_ffff_ffffn);
  assert.deepEqual([1n, 2n], [view.getBigUint64(664, true), view.getBigUint64(680, true)]);
  const { geometry, wakeupBy, channelId, uuid, streamCount } = parseChannelBlob(blob);
  assert.deepEqual(
    { geometry, wakeupBy, channelId, uuid, streamCount },
    {
      geometry: spec.geometry,
      wakeupBy: 'writer',
      channelId: 0,
      uuid: spec.uuid,
      streamCount: 2,
    },
  );
});

test('a damaged blob is a fault of the peer, whatever is damaged', () => {
  const blob = buildChannelBlob(spec);
  for (let length = 0; length < blob.length; length++) {
    assert.throws(() => parseChannelBlob(blob.subarray(0, length)), ProtocolError);
  }
  const breaks: readonly (readonly [number, bigint])[] = [
    [64, 4096n],
    [72, 0xffff_ffffn],
    [120, 1n],
    [128, 4095n],
    [152, 3n],
    [664, 7n],
    [672, 8n],
  ];
  for (const [at, value] of breaks) {
    const damaged = blob.slice();
    new DataView(damaged.buffer).setBigUint64(at, value, true);
    assert.throws(() => parseChannelBlob(damaged), ProtocolError, `at=${at}`);
  }
});

test('sizes and counts are rounded up to powers of two, with a page and two packets as the least', () => {
  assert.deepEqual(roundGeometry({ mode: 'overwrite', subbufferSizeBytes: 5000, subbufferCount: 1 }), {
    mode: 'overwrite',
    subbufferSizeBytes: 8192,
    subbufferCount: 2,
  });
  assert.throws(() => roundGeometry({ mode: 'discard', subbufferSizeBytes: 0, subbufferCount: 1 }));
  assert.throws(() => roundGeometry({ mode: 'discard', subbufferSizeBytes: 2 ** 39, subbufferCount: 64 }));
});
