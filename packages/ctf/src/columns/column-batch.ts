/** Rows of columns: some event records of one class, of one data stream or of several, in order of time. */
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
  readonly parts: readonly Column[];
}

/** What a row holds: see {@link Column.at}. */
export type Cell =
  | number
  | bigint
  | string
  | boolean
  | null
  | Uint8Array
  | readonly Cell[]
  | { readonly [member: string]: Cell };

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
  /** Columns that this one consists of: see {@link NestedKind}. */
  readonly parts: readonly Column[];

  constructor({ name, kind, fieldClass, values, dictionary, parts }: ColumnParts) {
    this.parts = parts;
    this.name = name;
    this.kind = kind;
    this.fieldClass = fieldClass;
    this.values = values;
    this.dictionary = dictionary;
  }

  /**
   * Value of row `index`: text as a string, 0 or 1 of a boolean as one, a list as an array, a BLOB as its bytes, a structure as an
   * object, `null` for an optional field that is not there, of a variant the value; else what the array holds.
   */
  at(index: number): Cell {
    const value = this.values[index];
    switch (this.kind) {
      case 'text':
        return this.dictionary!.textAt(Number(value));
      case 'boolean':
        return value !== 0;
      case 'list': {
        const [begin, end] = [Number(value), Number(this.values[index + 1])];
        return Array.from({ length: end - begin }, (_, i) => this.parts[0]!.at(begin + i));
      }
      case 'blob':
        return (this.parts[0]!.values as Uint8Array).slice(Number(value), Number(this.values[index + 1]));
      case 'optional':
        return value === 0 ? null : this.parts[0]!.at(index);
      case 'variant':
        return this.parts[Number(value)]!.at(index);
      case 'structure':
        return Object.fromEntries(this.parts.map((part) => [part.name, part.at(index)]));
      default:
        return value!;
    }
  }

  /** The same in memory of its own. */
  copy(): Column {
    return new Column({
      ...this,
      values: this.values.slice(),
      parts: this.parts.map((part) => part.copy()),
    });
  }

  /** Rows from number `first` on, before number `end`, in the same memory. */
  slice(first: number, end: number): Column {
    // Lists tell where the last one ends, and their elements stay where they are.
    const isList = this.kind === 'list' || this.kind === 'blob';
    const values = this.values.subarray(first, isList ? end + 1 : end);
    const parts = isList ? this.parts : this.parts.map((part) => part.slice(first, end));
    return new Column({ ...this, values, parts });
  }
}

export interface BatchParts {
  readonly dataStream: DataStreamIdentity;
  /** Of each row, where they are of several. */
  readonly dataStreams?: readonly DataStreamIdentity[] | null;
  readonly eventRecordClass: EventRecordClass;
  readonly count: number;
  readonly columns: readonly Column[];
  readonly cycles: BigUint64Array | null;
}

/** Good until the next one is asked for: memory is used again. {@link copy} keeps it. */
export class ColumnBatch {
  /** Of all rows; of the first one where streams are merged. */
  readonly dataStream: DataStreamIdentity;
  readonly #dataStreams: readonly DataStreamIdentity[] | null;
  readonly eventRecordClass: EventRecordClass;
  /** Rows. */
  readonly count: number;
  /** In the order in which they were asked for. */
  readonly columns: readonly Column[];
  /** Clock values; `null` without a clock. */
  readonly cycles: BigUint64Array | null;
  #ns: BigInt64Array | null = null;

  constructor({ dataStream, dataStreams, eventRecordClass, count, columns, cycles }: BatchParts) {
    this.dataStream = dataStream;
    this.#dataStreams = dataStreams ?? null;
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

  /** The data stream of row `index`. */
  dataStreamAt(index: number): DataStreamIdentity {
    return this.#dataStreams?.[index] ?? this.dataStream;
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
      columns: this.columns.map((column) => column.copy()),
    });
  }

  /** Rows from number `first` on, before number `end`, in the same memory. */
  slice(first: number, end: number): ColumnBatch {
    const columns = this.columns.map((column) => column.slice(first, end));
    const cycles = this.cycles?.subarray(first, end) ?? null;
    const dataStreams = this.#dataStreams?.slice(first, end) ?? null;
    const dataStream = dataStreams?.[0] ?? this.dataStream;
    return new ColumnBatch({ ...this.#parts, dataStream, dataStreams, count: end - first, cycles, columns });
  }

  get #parts(): Pick<BatchParts, 'dataStream' | 'dataStreams' | 'eventRecordClass' | 'count'> {
    const { dataStream, eventRecordClass, count } = this;
    return { dataStream, dataStreams: this.#dataStreams, eventRecordClass, count };
  }
}
