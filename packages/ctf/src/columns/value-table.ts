/**
 * Columns of one event record class that are filled from decoded event records, row by row: where a field with parts is wanted.
 * Slower than a table for fields without parts, which makes no object for a row.
 */
import type { DataStreamClass, EventRecordClass } from '../model/trace-class.ts';
import type { DataStreamIdentity, EventRecordMessage } from '../stream/messages.ts';
import type { RecordRun } from '../stream/record-run.ts';
import { ColumnBatch } from './column-batch.ts';
import { type ColumnBuilder, makeBuilder } from './column-builder.ts';
import { type ColumnSource, valueAt } from './column-source.ts';

/** A batch ends when it has as many bytes: a row may be as large as a packet. */
const BATCH_BYTES = 4 << 20;
/** Rows between two looks at that. */
const ROWS_PER_LOOK = 32;

export class ValueTable {
  readonly eventRecordClass: EventRecordClass;
  readonly dataStreamClass: DataStreamClass;
  readonly #capacity: number;
  readonly #sources: readonly ColumnSource[];
  readonly #builders: readonly ColumnBuilder[];
  #cycles: BigUint64Array;
  count = 0;

  constructor(
    eventRecordClass: EventRecordClass,
    dataStreamClass: DataStreamClass,
    sources: readonly ColumnSource[],
    capacity: number,
  ) {
    this.eventRecordClass = eventRecordClass;
    this.dataStreamClass = dataStreamClass;
    this.#sources = sources;
    this.#capacity = capacity;
    this.#builders = sources.map(({ name, fieldClass }) => makeBuilder(name, fieldClass));
    this.#cycles = new BigUint64Array(capacity);
  }

  /** Event records are looked at one by one. */
  walkOf(): null {
    return null;
  }

  /** Adds the event records of a run that are of this class. */
  *addRun(run: RecordRun): Generator<ColumnBatch, void> {
    const { records } = run.stream;
    const classNumber = records.findIndex((record) => record.eventRecordClass === this.eventRecordClass);
    if (classNumber < 0) return;
    const { classes } = run.columns;
    for (let i = 0; i < run.count; i++) {
      if (classes[i] === classNumber) yield* this.add(run.eventRecordAt(i));
    }
  }

  *add(record: EventRecordMessage): Generator<ColumnBatch, void> {
    const { commonContext, specificContext, payload, packet } = record;
    const roots = { 0: commonContext, 1: specificContext, 2: payload, packet: packet.context };
    for (const [number, { root, path }] of this.#sources.entries()) {
      this.#builders[number]!.push(valueAt(roots[root]!, path));
    }
    yield* this.#addRow(record.cycles ?? 0n, record.dataStream);
  }

  *#addRow(cycles: bigint, dataStream: DataStreamIdentity): Generator<ColumnBatch, void> {
    this.#cycles[this.count++] = cycles;
    const isLarge =
      this.count % ROWS_PER_LOOK === 0 &&
      this.#builders.reduce((sum, { bytes }) => sum + bytes, 0) > BATCH_BYTES;
    if (isLarge || this.count === this.#capacity) yield this.take(dataStream);
  }

  /** Gives the rows that are filled, and begins anew. */
  take(dataStream: DataStreamIdentity): ColumnBatch {
    const { count, eventRecordClass } = this;
    const hasClock = this.dataStreamClass.defaultClockClass !== null;
    const cycles = hasClock ? this.#cycles.subarray(0, count) : null;
    this.#cycles = new BigUint64Array(this.#capacity);
    this.count = 0;
    const columns = this.#builders.map((builder) => builder.take());
    return new ColumnBatch({ dataStream, eventRecordClass, count, columns, cycles });
  }
}
