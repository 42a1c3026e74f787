/** What is written is read again: packets by the reference decoder, metadata by the parsers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeCtf2Metadata } from '../ctf2/write.ts';
import { BitReader, halfPrecision } from '../decode/bit-reader.ts';
import { compileTrace } from '../decode/operations.ts';
import { ReferenceDecoder } from '../decode/reference.ts';
import type { StructureValue } from '../decode/values.ts';
import { parseMetadataText } from '../metadata/parse.ts';
import type { TraceClass } from '../model/trace-class.ts';
import { Random } from '../testing/random.ts';
import { randomTraceClass } from '../testing/random-classes.ts';
import { type Written, writePacket } from '../testing/random-packets.ts';
import { writeTsdl } from '../tsdl/write.ts';
import { BitWriter, halfPrecisionBits } from './bit-writer.ts';

const CLASSES = 120;

/** Reads it again with `traceClass`. */
function readPacket(traceClass: TraceClass, { packet, contentSizeBits, records }: Written): unknown {
  const operations = compileTrace(traceClass);
  const { packetContext, eventRecordHeader, eventRecordCommonContext, eventRecords } =
    operations.dataStreams.get(0n)!;
  const decoder = new ReferenceDecoder(operations.slotCount);
  const reader = new BitReader(packet, contentSizeBits);
  const decode = (operation: typeof packetContext): StructureValue | null =>
    operation === null ? null : decoder.decode(operation, reader);
  const context = decode(packetContext);
  const read = records.map(() => {
    const header = decode(eventRecordHeader);
    const id = BigInt(header?.[0] as number);
    const { specificContext, payload } = eventRecords.get(id)!;
    return { id, roots: [decode(eventRecordCommonContext), decode(specificContext), decode(payload)] };
  });
  return { context, records: read, atBits: reader.atBits };
}

for (const format of ['ctf-1.8', 'ctf-2'] as const) {
  test(`random packets of ${format} are read as they were written`, () => {
    for (let seed = 1; seed <= CLASSES; seed++) {
      const random = new Random(seed);
      const traceClass = randomTraceClass(random, format);
      const written = writePacket(traceClass, random);
      const { context, records, contentSizeBits } = written;
      const expected = { context, records, atBits: contentSizeBits };
      assert.deepEqual(readPacket(traceClass, written), expected, `seed ${seed}`);
    }
  });

  test(`packets of ${format} that are drained behind each event record are the same`, () => {
    for (let seed = 1; seed <= CLASSES; seed++) {
      const write = (isDrained: boolean): Written => {
        const random = new Random(seed);
        return writePacket(randomTraceClass(random, format), random, { isDrained });
      };
      assert.deepEqual(write(true), write(false), `seed ${seed}`);
    }
  });

  test(`metadata of random classes of ${format} is read as it was written`, () => {
    const write = format === 'ctf-2' ? writeCtf2Metadata : writeTsdl;
    for (let seed = 1; seed <= CLASSES; seed++) {
      const traceClass = randomTraceClass(new Random(seed), format);
      const text = write(traceClass);
      assert.deepEqual(parseMetadataText(text), traceClass, `seed ${seed}\n${text}`);
    }
  });
}

test('half-precision numbers are written as they are read, and others are rounded', () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = halfPrecision(bits);
    if (!Number.isNaN(value)) assert.equal(halfPrecisionBits(value), bits);
  }
  assert.equal(halfPrecision(halfPrecisionBits(1 + 1 / 2048)), 1);
  assert.equal(halfPrecision(halfPrecisionBits(1 + 3 / 2048)), 1 + 2 / 1024);
  assert.equal(halfPrecision(halfPrecisionBits(65519)), 65504);
  assert.equal(halfPrecision(halfPrecisionBits(65520)), Number.POSITIVE_INFINITY);
});

test('variable-length integers take the bytes they need', () => {
  const rows: [bigint, boolean, string][] = [
    [0n, false, '00'],
    [127n, false, '7f'],
    [128n, false, '8001'],
    [624485n, false, 'e58e26'],
    [(1n << 64n) - 1n, false, 'ffffffffffffffffff01'],
    [-1n, true, '7f'],
    [64n, true, 'c000'],
    [-123456n, true, 'c0bb78'],
    [-(1n << 63n), true, '8080808080808080807f'],
  ];
  for (const [value, isSigned, hex] of rows) {
    const writer = new BitWriter();
    writer.writeVariableLength(value, isSigned);
    assert.equal(Buffer.from(writer.written).toString('hex'), hex);
  }
});

test('texts of any characters survive both metadata formats', () => {
  const texts = [
    '',
    'a"b\\c',
    "it's",
    'two\nlines\r\t',
    '\x01\x017\x7f',
    'é😀\u2028',
    '\\x41\\101',
    '*/ };',
    '\x1e',
  ];
  const base = randomTraceClass(new Random(1), 'ctf-1.8');
  const stream = base.dataStreamClasses.get(0n)!;
  for (const text of texts) {
    const event = { ...stream.eventRecordClasses.get(0n)!, name: text, emfUri: text };
    const traceClass: TraceClass = {
      ...base,
      environment: new Map([['a', text]]),
      dataStreamClasses: new Map([[0n, { ...stream, eventRecordClasses: new Map([[0n, event]]) }]]),
    };
    for (const write of [writeTsdl, writeCtf2Metadata]) {
      const read = parseMetadataText(write(traceClass));
      const readEvent = read.dataStreamClasses.get(0n)?.eventRecordClasses.get(0n);
      assert.deepEqual([read.environment.get('a'), readEvent?.name], [text, text]);
      assert.equal(readEvent?.emfUri, text);
    }
  }
});
