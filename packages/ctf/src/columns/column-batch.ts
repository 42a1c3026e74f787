/** Rows of columns: some event records of one class and one data stream, in order of time. */
import { cycles as toCycles } from '@lttng-ts/base';
import { cyclesToNs } from '../model/clock-class.ts';
import type { FieldClass } from '../model/field-class.ts';
import type { EventRecordClass } from '../model/trace-class.ts';
import type { DataStreamIdentity } from '../stream/messages.ts';
import type { ColumnArray, ColumnKind } from './column-kind.ts';
import type { Dictionary } from './dictionary.ts';

const NS_PER_S = 1_000_000_000n;

export interface ColumnParts {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly fieldClass: FieldClass;
  readonly values: ColumnArray;
  readonly dictionary: Dictionary | null;
}

/** Values of one field: element `i` is that of row `i`. */
export class Column {
  /** As it was asked for. */
  readonly name: string;
  readonly kind: ColumnKind;
  /** Says what the numbers mean: labels of enumerations, say. */
  readonly fieldClass: FieldClass;
  readonly values: ColumnArray;
  /** Texts by the numbers in `values`; `null` unless `kind` is `text`. Later batches may have another one. */
  readonly dictionary: Dictionary | null;

  constructor({ name, kind, fieldClass, values, dictionary }: ColumnParts) {
    this.name = name;
    this.kind = kind;
    this.fieldClass = fieldClass;
    this.values = values;
    this.dictionary = dictionary;
  }

  /** Value of row `index`: text as a string, 0 or 1 as a boolean, else what the array holds. */
  at(index: number): number | bigint | string | boolean {
    const value = this.values[index]!;
    if (this.dictionary !== null) return this.dictionary.textAt(Number(value));
    return this.kind === 'boolean' ? value !== 0 : value;
  }
}

export interface BatchParts {
  readonly dataStream: DataStreamIdentity;
  readonly eventRecordClass: EventRecordClass;
  readonly count: number;
  readonly columns: readonly Column[];
  readonly cycles: BigUint64Array | null;
}

/** Good until the next one is asked for: memory is used again. {@link copy} keeps it. */
export class ColumnBatch {
  readonly dataStream: DataStreamIdentity;
  readonly eventRecordClass: EventRecordClass;
  /** Rows. */
  readonly count: number;
  /** In the order in which they were asked for. */
  readonly columns: readonly Column[];
  /** Clock values; `null` without a clock. */
  readonly cycles: BigUint64Array | null;
  #ns: BigInt64Array | null = null;

  constructor({ dataStream, eventRecordClass, count, columns, cycles }: BatchParts) {
    this.dataStream = dataStream;
    this.eventRecordClass = eventRecordClass;
    this.count = count;
    this.columns = columns;
    this.cycles = cycles;
  }

  /** Nanoseconds from the clock's origin; `null` without a clock. Made when it is first asked for. */
  get ns(): BigInt64Array | null {
    const clock = this.dataStream.dataStreamClass.defaultClockClass;
    if (this.#ns !== null || this.cycles === null || clock === null) return this.#ns;
    const ns = new BigInt64Array(this.count);
    const offset = clock.offsetSeconds * NS_PER_S + clock.offsetCycles;
    const isPlain = clock.frequencyHz === NS_PER_S;
    for (let i = 0; i < this.count; i++) {
      const value = this.cycles[i]!;
      ns[i] = isPlain ? value + offset : cyclesToNs(clock, toCycles(value));
    }
    this.#ns = ns;
    return ns;
  }

  /** The column that was asked for as `name`; `undefined` when none was. */
  column(name: string): Column | undefined {
    return this.columns.find((column) => column.name === name);
  }

  /** The same in memory of its own. */
  copy(): ColumnBatch {
    return new ColumnBatch({
      ...this.#parts,
      cycles: this.cycles?.slice() ?? null,
      columns: this.columns.map((column) => new Column({ ...column, values: column.values.slice() })),
    });
  }

  /** Rows from number `first` on, before number `end`, in the same memory. */
  slice(first: number, end: number): ColumnBatch {
    const columns = this.columns.map(
      (column) => new Column({ ...column, values: column.values.subarray(first, end) }),
    );
    const cycles = this.cycles?.subarray(first, end) ?? null;
    return new ColumnBatch({ ...this.#parts, count: end - first, cycles, columns });
  }

  get #parts(): Pick<BatchParts, 'dataStream' | 'eventRecordClass' | 'count'> {
    return { dataStream: this.dataStream, eventRecordClass: this.eventRecordClass, count: this.count };
  }
}
