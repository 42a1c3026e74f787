/**
 * The addon's algorithms against the model: random sequences of operations on two memories, which must be equal
 * byte for byte after each one. Two writers with open reservations, and a reader that holds packets.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  loadNative,
  type Native,
  nativeUnavailableReason,
  type RingReader,
  type RingWriter,
} from '@lttng-ts/native';
import type { RingGeometry } from './geometry.ts';
import { type ModelReservation, RingModel, run } from './model.ts';
import { seededRandom, tinyRing } from './testing/tiny-ring.ts';

const native = loadNative();
const skip = native === null ? `no addon: ${nativeUnavailableReason()}` : false;
const STEPS = 1500;

interface Side {
  readonly model: RingModel;
  c: RingWriter;
  pending: ModelReservation | null;
}

class Pair {
  readonly #memory: ArrayBuffer;
  readonly #mapping;
  readonly #writers: readonly Side[];
  readonly #modelReader: RingModel;
  readonly #reader: RingReader;
  readonly #random: (below: number) => number;
  readonly #openWriter: () => RingWriter;
  readonly log: string[] = [];
  /** What happened at all: a run that never filled the ring proves little. */
  readonly outcomes = new Set<string>();
  #clock = 1000n;
  #isHolding = false;

  constructor(
    addon: Native,
    seed: number,
    geometry: RingGeometry,
    recordHeader: 'compact' | 'large',
    isNaturallyAligned: boolean,
  ) {
    const ring = tinyRing(geometry, { recordHeader, isNaturallyAligned });
    const fd = addon.createSharedMemory('differential', ring.lengthBytes);
    this.#mapping = addon.mmap(fd, ring.lengthBytes, { isWritable: true });
    addon.close(fd);
    this.#memory = new ArrayBuffer(ring.lengthBytes);
    for (const memory of [this.#mapping.buffer, this.#memory]) ring.initialize(memory);
    this.#openWriter = () => {
      const c = addon.openRingWriter(this.#mapping, ring.descriptor);
      assert(c !== null);
      return c;
    };
    const open = (): Side => {
      return { model: new RingModel(this.#memory, ring.descriptor), c: this.#openWriter(), pending: null };
    };
    this.#writers = [open(), open()];
    const reader = addon.openRingReader(this.#mapping, ring.descriptor);
    assert(reader !== null);
    this.#reader = reader;
    this.#modelReader = new RingModel(this.#memory, ring.descriptor);
    this.#random = seededRandom(seed);
  }

  step(): void {
    const writer = this.#writers[this.#random(2)]!;
    const kind = this.#random(20);
    if (kind < 10) this.#write(writer);
    else if (kind === 10) this.#flush(writer);
    else if (kind === 11) this.#die(writer);
    else this.#read(kind);
    assert.equal(
      Buffer.compare(new Uint8Array(this.#memory), new Uint8Array(this.#mapping.buffer)),
      0,
      'memory',
    );
  }

  close(): void {
    for (const { c } of this.#writers) c.close();
    this.#reader.close();
    this.#mapping.unmap();
  }

  #write(writer: Side): void {
    if (writer.pending !== null) {
      if (this.#random(6) === 0) {
        const isDiscarded = run(writer.model.discard(writer.pending));
        this.log.push(`discard ${isDiscarded}`);
        assert.equal(writer.c.discard(), isDiscarded);
        if (isDiscarded) writer.pending = null;
        return;
      }
      this.log.push('commit');
      run(writer.model.commit(writer.pending));
      writer.c.commit();
      writer.pending = null;
      return;
    }
    this.#clock += this.#random(10) === 0 ? 1n << 28n : BigInt(this.#random(1000));
    const ids = [0, 1, 30, 31, 65534, 65535, 100000];
    const payload = Uint8Array.from({ length: this.#random(this.#random(8) === 0 ? 400 : 60) }, () =>
      this.#random(256),
    );
    const record = { eventId: ids[this.#random(ids.length)]!, payload };
    writer.model.clock = this.#clock;
    const expected = run(writer.model.reserve(record));
    const actual = writer.c.reserve({ ...record, timestamp: this.#clock });
    this.log.push(`reserve ${record.eventId} ${payload.length}: ${JSON.stringify(actual)}`);
    this.outcomes.add(typeof expected === 'string' ? expected : 'recorded');
    if (typeof expected === 'string') {
      assert.equal(actual, expected);
      return;
    }
    assert.deepEqual(actual, {
      positionBytes: Number(expected.begin),
      sizeBytes: Number(expected.end - expected.begin),
    });
    writer.pending = expected;
  }

  /** Both writers may die; once nobody is left in a record, what they left is delivered. */
  #die(writer: Side): void {
    if (writer.pending !== null) {
      this.log.push('die');
      writer.pending = null;
      writer.c.close();
      writer.c = this.#openWriter();
    }
    if (this.#isHolding || this.#writers.some(({ pending }) => pending !== null)) return;
    this.#flush(writer);
    const through = this.#reader.samplePositions().producedBytes;
    writer.model.clock = this.#clock;
    const expected = run(writer.model.recover(BigInt(through)));
    this.log.push(`recover: ${JSON.stringify(expected)}`);
    assert.deepEqual(writer.c.recover(through, this.#clock), expected);
    assert.equal(expected.outcome, 'done');
    assert.equal(this.#reader.hasUncommitted(through), false);
    if (expected.truncatedCount > 0) this.outcomes.add('truncated');
  }

  #flush(writer: Side): void {
    const mode = this.#random(2) === 0 ? 'active' : 'final';
    this.log.push(`flush ${mode}`);
    this.#clock += 10n;
    writer.model.clock = this.#clock;
    run(writer.model.flush(mode === 'final'));
    writer.c.flush(mode, this.#clock);
  }

  #read(kind: number): void {
    if (this.#isHolding) {
      const isNext = kind < 17;
      this.log.push(isNext ? 'putNext' : 'put');
      run(isNext ? this.#modelReader.putNext() : this.#modelReader.put());
      if (isNext) this.#reader.putNext();
      else this.#reader.put();
      this.#isHolding = false;
      return;
    }
    const positions = this.#reader.snapshotPositions();
    const isSnapshot = kind >= 18 && positions !== null;
    const position = positions?.consumedBytes ?? 0;
    const expected = run(isSnapshot ? this.#modelReader.get(BigInt(position)) : this.#modelReader.next());
    const actual = isSnapshot ? this.#reader.get(position) : this.#reader.next();
    this.log.push(`get: ${typeof actual === 'string' ? actual : actual.positionBytes}`);
    this.outcomes.add(typeof expected === 'string' ? expected : 'packet');
    if (typeof expected === 'string' || typeof actual === 'string') {
      assert.equal(actual, expected);
      return;
    }
    assert.equal(actual.positionBytes, Number(expected.position));
    assert.equal(actual.memoryOffsetBytes, expected.memoryOffsetBytes);
    assert.equal(actual.dataSizeBytes, expected.dataSizeBytes);
    this.#isHolding = true;
  }
}

for (const mode of ['discard', 'overwrite'] as const) {
  for (const recordHeader of ['compact', 'large'] as const) {
    for (const isNaturallyAligned of [false, true]) {
      const alignment = isNaturallyAligned ? 'aligned' : 'packed';
      test(`C equals the model: ${mode}, ${recordHeader}, ${alignment}`, { skip }, () => {
        const outcomes = new Set<string>();
        for (let seed = 1; seed <= 6; seed++) {
          const subbufferCount = seed % 2 === 0 ? 2 : 4;
          const geometry = { mode, subbufferSizeBytes: 256, subbufferCount };
          const pair = new Pair(native!, seed, geometry, recordHeader, isNaturallyAligned);
          try {
            for (let i = 0; i < STEPS; i++) pair.step();
          } catch (error) {
            console.error(`seed=${seed}\n${pair.log.slice(-12).join('\n')}`);
            throw error;
          } finally {
            pair.close();
            for (const outcome of pair.outcomes) outcomes.add(outcome);
          }
        }
        const rare = mode === 'discard' ? ['full'] : [];
        const expected = [
          'big',
          'no-data',
          'packet',
          'recorded',
          'truncated',
          'uncommitted',
          'wrap',
          ...rare,
        ];
        assert.deepEqual([...outcomes].sort(), expected.sort());
      });
    }
  }
}
