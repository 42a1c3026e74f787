/** Generated decoders against the reference decoder: same values, same ends, and errors where it has errors. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FormatError } from '@lttng-ts/base';
import type { ClockClass } from '../model/clock-class.ts';
import { integer, structure } from '../model/field-class.ts';
import type { TraceClass } from '../model/trace-class.ts';
import { Random } from '../testing/random.ts';
import { randomTraceClass } from '../testing/random-classes.ts';
import { writePacket } from '../testing/random-packets.ts';
import { BitReader } from './bit-reader.ts';
import { Code, compile, js } from './code.ts';
import { GeneratedStream, isDamage } from './decoder.ts';
import { Unsupported } from './generate.ts';
import { compileTrace, type StructureOperation } from './operations.ts';
import { columnBytes, RecordColumns } from './record-columns.ts';
import { ReferenceDecoder } from './reference.ts';
import type { Cursor } from './runtime.ts';
import type { StructureValue } from './values.ts';
import { WalkMachine } from './walk-machine.ts';
import { WALK_MACHINE_SOURCE } from './walk-machine-code.ts';

type Outcome =
  | { readonly id: bigint; readonly values: readonly (StructureValue | null)[]; readonly end: number }
  | 'damage';

/** Decodes event records from the beginning of `bytes`, which has no packet header, until damage or the end. */
function byReference(traceClass: TraceClass, bytes: Uint8Array): readonly Outcome[] {
  const operations = compileTrace(traceClass);
  const stream = operations.dataStreams.get(0n)!;
  const decoder = new ReferenceDecoder(operations.slotCount);
  const reader = new BitReader(bytes);
  const decode = (operation: StructureOperation | null): StructureValue | null =>
    operation === null ? null : decoder.decode(operation, reader);
  const outcomes: Outcome[] = [];
  try {
    decode(stream.packetContext);
    reader.align(8);
    while (reader.remainingBits > 0) {
      decoder.beginEventRecord(operations.packetSlotCount);
      const id = BigInt(decode(stream.eventRecordHeader)?.[0] as number);
      const record = stream.eventRecords.get(id);
      if (record === undefined) return [...outcomes, 'damage'];
      const values = [
        decode(stream.eventRecordCommonContext),
        decode(record.specificContext),
        decode(record.payload),
      ];
      outcomes.push({ id, values, end: Math.ceil(reader.atBits / 8) });
    }
    return outcomes;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return [...outcomes, 'damage'];
  }
}

/** The same by generated functions; `null` when the header or a class that occurs is not supported. */
function byGenerated(traceClass: TraceClass, bytes: Uint8Array): readonly Outcome[] | null {
  const operations = compileTrace(traceClass);
  const stream = operations.dataStreams.get(0n)!;
  const decoder = new ReferenceDecoder(operations.slotCount);
  const reader = new BitReader(bytes);
  const outcomes: Outcome[] = [];
  try {
    if (stream.packetContext !== null) decoder.decode(stream.packetContext, reader);
    reader.align(8);
    const generated = new GeneratedStream(stream);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const slots = [...decoder.slots];
    const cursor = { view, bytes, id: -1, clockHigh: 0, clockLow: 0, next: 0, slots };
    for (let p = reader.atBits / 8; p < bytes.length; ) {
      const body = generated.header(cursor, p);
      if (!stream.eventRecords.has(BigInt(cursor.id))) return [...outcomes, 'damage'];
      const record = generated.record(cursor.id);
      if (record === null) return null;
      const end = record.skip(cursor, body);
      const values = record.values(cursor, body);
      outcomes.push({ id: BigInt(cursor.id), values, end });
      p = end;
    }
    return outcomes;
  } catch (error) {
    if (error instanceof Unsupported) return null;
    if (!isDamage(error)) throw error;
    return [...outcomes, 'damage'];
  }
}

/** An event record that a walk passed over. */
interface Passed {
  readonly id: bigint;
  readonly end: number;
  readonly clock: readonly [number, number];
}

/** Event records that machines passed over, and those that they left to generated walks (reversed bits, say). */
const passedBy = { machine: 0, walk: 0 };

/**
 * Event records that walks pass over before they stop; both kinds of walk, in small columns. With a machine that does what it can,
 * as when a trace is read.
 */
function byWalk(traceClass: TraceClass, packet: Uint8Array, machine: WalkMachine | null): readonly Passed[] {
  const operations = compileTrace(traceClass);
  const stream = operations.dataStreams.get(0n)!;
  const decoder = new ReferenceDecoder(operations.slotCount);
  const reader = new BitReader(packet);
  const passed: Passed[] = [];
  try {
    if (stream.packetContext !== null) decoder.decode(stream.packetContext, reader);
    reader.align(8);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return [];
  }
  // The first event record is passed over by a call; then a walk is generated for its class.
  const generated = new GeneratedStream(stream, 0);
  const bytes = machine?.take(packet.length) ?? new Uint8Array(packet.length);
  bytes.set(packet);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cursor = { view, bytes, id: -1, clockHigh: 0, clockLow: 0, next: 0, slots: [...decoder.slots] };
  const columns = new RecordColumns(1, machine?.take(columnBytes(1)) ?? undefined);
  for (let p = reader.atBits / 8; p < bytes.length; ) {
    const byMachine = machine?.walk(generated, cursor, p, columns, bytes.length) ?? null;
    const end = byMachine ?? generated.walk(cursor, p, columns);
    if (columns.count === 0) {
      assert.equal(end, p);
      break;
    }
    if (machine !== null) passedBy[byMachine === null ? 'walk' : 'machine']++;
    const record = generated.records[columns.classes[0]!]!;
    assert.deepEqual([columns.starts[0], columns.starts[1]], [p, end]);
    const clock = [columns.clockHigh[0]!, columns.clockLow[0]!] as const;
    assert.deepEqual(clock, [cursor.clockHigh, cursor.clockLow]);
    passed.push({ id: record.eventRecordClass.id, end, clock });
    p = end;
  }
  return passed;
}

/**
 * Gives whether the generated functions took part. They leave a record that ends within the last byte to the reference
 * decoder, which then finds damage behind it.
 */
function compare(traceClass: TraceClass, bytes: Uint8Array, what: string): boolean {
  const generated = byGenerated(traceClass, bytes);
  if (generated === null) return false;
  const expected = byReference(traceClass, bytes);
  const good = generated.flatMap((outcome) => (outcome === 'damage' ? [] : [[outcome.id, outcome.end]]));
  const walked = byWalk(traceClass, bytes, null);
  assert.deepEqual(
    walked.map(({ id, end }) => [id, end]),
    good,
    `${what}, walk`,
  );
  assert.deepEqual(byWalk(traceClass, bytes, WalkMachine.make(0)!), walked, `${what}, machine`);
  assert.deepEqual(byWalk(traceClass, bytes, WalkMachine.make(0, 0)!), walked, `${what}, compiled`);
  const isLeft = generated.length + 1 === expected.length && expected.at(-2) !== 'damage';
  if (isLeft && generated.at(-1) === 'damage')
    assert.deepEqual(generated.slice(0, -1), expected.slice(0, -2), what);
  else assert.deepEqual(generated, expected, what);
  return true;
}

for (const format of ['ctf-1.8', 'ctf-2'] as const) {
  test(`generated decoders equal the reference decoder on random classes of ${format}`, () => {
    let supported = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed);
      const traceClass = randomTraceClass(random, format);
      const { packet } = writePacket(traceClass, random);
      if (compare(traceClass, packet, `seed ${seed}, whole`)) supported++;
      for (let run = 0; run < 6; run++) {
        const bytes = run % 3 === 0 ? random.bytes(random.below(120)) : packet.slice();
        if (run % 3 === 1 && bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
        const cut = run % 3 === 2 ? bytes.slice(0, random.below(bytes.length + 1)) : bytes;
        compare(traceClass, cut, `seed ${seed}, run ${run}`);
      }
    }
    // Bit fields that end within a byte are the reference decoder's; most classes are not.
    assert.ok(supported > 50, `supported=${supported}`);
    assert.ok(passedBy.machine > 3 * passedBy.walk, `passed=${JSON.stringify(passedBy)}`);
  });
}

test('a walk keeps the clock as the header function does, whatever its size', () => {
  const base = randomTraceClass(new Random(1), 'ctf-2');
  const dataStreamClass = base.dataStreamClasses.get(0n)!;
  const clockClass = {} as ClockClass;
  for (let sizeBits = 1; sizeBits <= 64; sizeBits++) {
    const random = new Random(sizeBits);
    const id = integer('unsigned-integer', 8, { roles: ['event-record-class-id'] });
    const clock = integer('unsigned-integer', sizeBits, { alignmentBits: random.pick([1, 8]), clockClass });
    const padding = integer('unsigned-integer', 8, { alignmentBits: 8 });
    const header = structure([
      { name: 'id', fieldClass: id },
      { name: 'timestamp', fieldClass: clock },
      { name: 'padding', fieldClass: padding },
    ]);
    const event = { ...dataStreamClass.eventRecordClasses.get(0n)!, specificContext: null, payload: null };
    const traceClass: TraceClass = {
      ...base,
      dataStreamClasses: new Map([
        [
          0n,
          {
            ...dataStreamClass,
            packetContext: null,
            eventRecordHeader: header,
            eventRecordCommonContext: null,
            eventRecordClasses: new Map([[0n, event]]),
          },
        ],
      ]),
    };
    const stream = new GeneratedStream(compileTrace(traceClass).dataStreams.get(0n)!);
    const sizeBytes = 2 + Math.ceil(sizeBits / 8);
    const bytes = random.bytes(200 * sizeBytes);
    for (let p = 0; p < bytes.length; p += sizeBytes) bytes[p] = 0;
    const clockLow = random.below(2 ** 32);
    for (const machine of [null, WalkMachine.make(0)!, WalkMachine.make(0, 0)!]) {
      const memory = machine?.take(bytes.length) ?? bytes;
      memory.set(bytes);
      const columns = new RecordColumns(200, machine?.take(columnBytes(200)) ?? undefined);
      const view = new DataView(memory.buffer, memory.byteOffset, memory.length);
      const start = (): Cursor => {
        return { view, bytes: memory, id: -1, clockHigh: 0, clockLow, next: 0, slots: [] };
      };
      const [walking, stepping] = [start(), start()];
      const end =
        machine === null
          ? stream.walk(walking, 0, columns)
          : machine.walk(stream, walking, 0, columns, bytes.length);
      assert.equal(end, bytes.length);
      assert.equal(columns.count, 200);
      for (let i = 0; i < 200; i++) {
        stream.header(stepping, i * sizeBytes);
        const { clockHigh, clockLow } = stepping;
        const noted = [columns.clockHigh[i], columns.clockLow[i]];
        assert.deepEqual(noted, [clockHigh, clockLow], `sizeBits=${sizeBits}, record=${i}`);
        assert.ok(columns.maxClockHigh >= clockHigh);
      }
      assert.deepEqual([walking.clockHigh, walking.clockLow], [stepping.clockHigh, stepping.clockLow]);
    }
  }
});

test('the code of the walk machine is that of its source', () => {
  const source = readFileSync(join(import.meta.dirname, '..', '..', 'machine', 'walk-machine.ts'));
  assert.equal(createHash('sha256').update(source).digest('hex'), WALK_MACHINE_SOURCE);
});

test('a string in a hole is a literal, whatever it says', () => {
  const hostile = '"; globalThis.isBroken = true; //\n\u2028`${1}`';
  assert.equal(compile<() => string>(js`() => ${hostile}`, {})(), hostile);
  assert.equal(
    compile<() => unknown>(js`() => [${-1}, ${2n ** 64n}, ${true}]`, {})()?.toString(),
    `-1,${2n ** 64n},true`,
  );
  assert.ok(!('isBroken' in globalThis));
  assert.ok(js`x` instanceof Code);
});

test('fields of hostile names are read like others', () => {
  const names = ['__proto__', 'constructor', 'x; process.exit()//', '\n*/'];
  const payload = structure(names.map((name) => ({ name, fieldClass: integer('unsigned-integer', 8) })));
  const base = randomTraceClass(new Random(1), 'ctf-2');
  const stream = base.dataStreamClasses.get(0n)!;
  const event = { ...stream.eventRecordClasses.get(0n)!, specificContext: null, payload };
  const traceClass: TraceClass = {
    ...base,
    dataStreamClasses: new Map([
      [
        0n,
        {
          ...stream,
          packetContext: null,
          eventRecordCommonContext: null,
          eventRecordClasses: new Map([[0n, event]]),
        },
      ],
    ]),
  };
  const bytes = Uint8Array.from([0, 1, 2, 3, 4]);
  assert.ok(compare(traceClass, bytes, 'hostile names'));
  assert.deepEqual(byReference(traceClass, bytes), [{ id: 0n, values: [null, null, [1, 2, 3, 4]], end: 5 }]);
});
