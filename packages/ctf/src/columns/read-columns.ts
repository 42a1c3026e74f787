/**
 * Reads fields of the event records of some class as columns. Other event records are passed over, other fields are not
 * decoded, no object is made for a row. Where functions cannot be generated the reference decoder does the same.
 */
import { FormatError, UsageError } from '@lttng-ts/base';
import type { Selection } from '../decode/generate.ts';
import type { Fill, FillTarget } from '../decode/generate-fill.ts';
import { type FieldValue, NEGATIVE_NAN, type StructureValue } from '../decode/values.ts';
import { textEncodingOf } from '../model/field-class.ts';
import type { DataStreamClass, EventRecordClass } from '../model/trace-class.ts';
import { type DataStream, ReadingMemory, type WalkChoice } from '../stream/data-stream.ts';
import type { DataStreamIdentity, EventRecordMessage, Packet } from '../stream/messages.ts';
import type { RecordRun } from '../stream/record-run.ts';
import { startAt, type TimeRange } from '../stream/time-range.ts';
import type { Trace } from '../stream/trace.ts';
import { Column, ColumnBatch } from './column-batch.ts';
import { type ColumnArray, makeArray } from './column-kind.ts';
import { type ColumnSource, findSource } from './column-source.ts';
import { Dictionary } from './dictionary.ts';

/** What a processor's cache holds. */
const BATCH_ROWS = 8192;

const isHostLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

export interface ColumnOptions {
  /** Only what is in this time; all when `null` or not given. */
  readonly range?: TimeRange | null;
  /** Rows of a batch, at most. */
  readonly batchRows?: number;
}

/**
 * Batches of the event records called `eventName`: data streams one after another, each in order of time; a batch is of one
 * data stream and one class. Throws `UsageError` when no class has that name, or when one of
 * them lacks a field; `FormatError` for damage, after everything before it and after the other data streams.
 */
export function* readColumns(
  traces: readonly Trace[],
  eventName: string,
  fieldNames: readonly string[],
  { range = null, batchRows = BATCH_ROWS }: ColumnOptions = {},
): Generator<ColumnBatch, void> {
  const twice = fieldNames.find((name, i) => fieldNames.indexOf(name) !== i);
  if (twice !== undefined) throw new UsageError(`Field is asked for twice: name=${JSON.stringify(twice)}`);
  const tables = new Map<EventRecordClass, Table>();
  for (const { traceClass } of traces) {
    for (const dataStreamClass of traceClass.dataStreamClasses.values()) {
      for (const eventRecordClass of dataStreamClass.eventRecordClasses.values()) {
        if (eventRecordClass.name !== eventName) continue;
        const sources = fieldNames.map((name) => findSource(name, eventRecordClass, dataStreamClass));
        tables.set(eventRecordClass, new Table(eventRecordClass, dataStreamClass, sources, batchRows));
      }
    }
  }
  if (tables.size === 0) throw new UsageError(`No such event: name=${JSON.stringify(eventName)}`);
  const damages: FormatError[] = [];
  for (const dataStream of traces.flatMap(({ dataStreams }) => dataStreams)) {
    const { dataStreamClass } = dataStream.identity;
    const own = [...tables.values()].filter((table) => table.dataStreamClass === dataStreamClass);
    if (own.length === 0) continue;
    try {
      for (const batch of readStream(dataStream, tables, own, range)) {
        const part = range === null ? batch : partInRange(batch, range);
        if (part !== null) yield part;
      }
    } catch (error) {
      // Told at the end, as where data streams are merged.
      if (!(error instanceof FormatError)) throw error;
      damages.push(error);
    }
  }
  const [fault] = [...damages, ...traces.flatMap(({ faults }) => faults)];
  if (fault !== undefined) throw fault;
}

function* readStream(
  dataStream: DataStream,
  tables: ReadonlyMap<EventRecordClass, Table>,
  own: readonly Table[],
  range: TimeRange | null,
): Generator<ColumnBatch, void> {
  const { identity } = dataStream;
  const start = range === null || range.beginNs === null ? null : startAt(dataStream, range.beginNs);
  const pending = function* (): Generator<ColumnBatch, void> {
    for (const table of own) if (table.count > 0) yield table.take(identity);
  };
  const [only] = own;
  const memory = new ReadingMemory();
  const walkOf = only === undefined || own.length > 1 ? null : only.walkOf(identity);
  try {
    for (const item of dataStream.runs(start, memory, walkOf)) {
      if (item.kind === 'event-record-run') {
        for (const table of own) yield* table.addRun(item);
      } else if (item.kind === 'event-record') {
        const table = tables.get(item.eventRecordClass);
        if (table !== undefined) yield* table.add(item);
      } else if (item.kind === 'packet-beginning' && isBehind(item.ns, range)) break;
    }
  } catch (error) {
    // What came before the damage is delivered first.
    yield* pending();
    throw error;
  }
  yield* pending();
}

const isBehind = (ns: bigint | null, range: TimeRange | null): boolean =>
  ns !== null && range !== null && range.endNs !== null && ns > range.endNs;

/** Rows in the range; `null` when there are none. */
function partInRange(batch: ColumnBatch, { beginNs, endNs }: TimeRange): ColumnBatch | null {
  const { ns } = batch;
  if (ns === null) return null;
  let first = 0;
  let end = ns.length;
  while (first < end && beginNs !== null && ns[first]! < beginNs) first++;
  while (end > first && endNs !== null && ns[end - 1]! > endNs) end--;
  return first === end ? null : batch.slice(first, end);
}

/** Columns of one event record class that are being filled. */
class Table implements FillTarget {
  readonly eventRecordClass: EventRecordClass;
  readonly dataStreamClass: DataStreamClass;
  readonly capacity: number;
  readonly arrays: readonly ColumnArray[];
  readonly dictionaries: (Dictionary | null)[];
  readonly cycles: Uint32Array;
  count = 0;
  readonly #sources: readonly ColumnSource[];
  /** Rows that have the values of their packet's context: a walk adds rows without. */
  #packetRows = 0;
  /** Number of the class among those that have occurred, and the function for it. */
  #fill: { readonly classNumber: number; readonly fill: Fill } | null = null;

  constructor(
    eventRecordClass: EventRecordClass,
    dataStreamClass: DataStreamClass,
    sources: readonly ColumnSource[],
    capacity: number,
  ) {
    this.capacity = capacity;
    this.cycles = new Uint32Array(2 * capacity);
    this.eventRecordClass = eventRecordClass;
    this.dataStreamClass = dataStreamClass;
    this.#sources = sources;
    this.arrays = sources.map(({ kind }) => makeArray(kind, capacity));
    this.dictionaries = sources.map(newDictionary);
  }

  /** A walk over event records that adds those of this class on its way. */
  walkOf({ dataStreamClass }: DataStreamIdentity): WalkChoice {
    const found = [...dataStreamClass.eventRecordClasses].find(([, each]) => each === this.eventRecordClass);
    return (stream) => {
      const id = stream.hasId ? Number(found![0]) : -1;
      return stream.makeTableWalk(id, selectionsOf(this.#sources), this);
    };
  }

  /** Adds the event records of a run that are of this class. */
  *addRun(run: RecordRun): Generator<ColumnBatch, void> {
    if (run.isFilled) {
      this.#fillPacketColumns(run.packet, this.#packetRows);
      this.#packetRows = this.count;
      if (this.count === this.capacity) yield this.take(run.dataStream);
      return;
    }
    const found = this.#fillOf(run);
    if (found === null) return;
    const { classNumber, fill } = found;
    for (let from = 0; from < run.count; ) {
      const before = this.count;
      from = run.fill(fill, classNumber, from, this);
      this.#fillPacketColumns(run.packet, before);
      if (this.count === this.capacity) yield this.take(run.dataStream);
    }
  }

  *add(record: EventRecordMessage): Generator<ColumnBatch, void> {
    const { commonContext, specificContext, payload, packet } = record;
    const roots = [commonContext, specificContext, payload];
    this.#sources.forEach(({ root, path }, number) => {
      if (root !== 'packet') this.#put(number, this.count, valueAt(roots[root]!, path));
    });
    this.cycles[2 * this.count] = record.clockLow;
    this.cycles[2 * this.count + 1] = record.clockHigh;
    this.count++;
    this.#fillPacketColumns(packet, this.count - 1);
    this.#packetRows = this.count;
    if (this.count === this.capacity) yield this.take(record.dataStream);
  }

  /** Gives the rows that are filled, and begins anew. */
  take(dataStream: DataStreamIdentity): ColumnBatch {
    const { count, eventRecordClass } = this;
    const columns = this.#sources.map(({ name, kind, fieldClass }, number) => {
      const values = this.arrays[number]!.subarray(0, count);
      return new Column({ name, kind, fieldClass, values, dictionary: this.dictionaries[number]! });
    });
    const hasClock = this.dataStreamClass.defaultClockClass !== null;
    const cycles = hasClock ? this.#wholeCycles() : null;
    this.#sources.forEach((source, number) => {
      if (this.dictionaries[number]?.isFull === true) this.dictionaries[number] = newDictionary(source);
    });
    this.count = 0;
    this.#packetRows = 0;
    return new ColumnBatch({ dataStream, eventRecordClass, count, columns, cycles });
  }

  #wholeCycles(): BigUint64Array {
    const { cycles } = this;
    if (!isHostLittleEndian) {
      for (let i = 0; i < 2 * this.count; i += 2) {
        [cycles[i], cycles[i + 1]] = [cycles[i + 1]!, cycles[i]!];
      }
    }
    return new BigUint64Array(cycles.buffer, 0, this.count);
  }

  /** `null`: none of the run's event records can be of this class. */
  #fillOf(run: RecordRun): { readonly classNumber: number; readonly fill: Fill } | null {
    const { records } = run.stream;
    if (this.#fill === null) {
      const classNumber = records.findIndex((record) => record.eventRecordClass === this.eventRecordClass);
      if (classNumber < 0) return null;
      this.#fill = { classNumber, fill: records[classNumber]!.makeFill(selectionsOf(this.#sources)) };
    }
    return this.#fill;
  }

  /** Rows from number `first` on are of `packet`. */
  #fillPacketColumns({ context }: Packet, first: number): void {
    if (first === this.count) return;
    this.#sources.forEach(({ root, path }, number) => {
      if (root !== 'packet') return;
      this.#put(number, first, valueAt(context!, path));
      const array = this.arrays[number]!;
      array.fill(array[first] as never, first, this.count);
    });
  }

  #put(number: number, row: number, value: FieldValue): void {
    this.arrays[number]![row] = this.#element(number, value) as never;
  }

  #element(number: number, value: FieldValue): number | bigint {
    if (value === NEGATIVE_NAN) return Number.NaN;
    if (value instanceof Uint8Array) return this.dictionaries[number]!.idOf(value, 0, value.length);
    return typeof value === 'boolean' ? Number(value) : (value as number | bigint);
  }
}

function newDictionary({ kind, fieldClass }: ColumnSource): Dictionary | null {
  return kind === 'text' ? new Dictionary(textEncodingOf(fieldClass) ?? 'none') : null;
}

function valueAt(structure: StructureValue, path: readonly number[]): FieldValue {
  let value: FieldValue = structure;
  for (const member of path) value = (value as StructureValue)[member]!;
  return value;
}

interface GrowingSelection extends Selection {
  readonly members: Map<number, number | GrowingSelection>;
}

/** Members of each root structure with the numbers of their columns. */
function selectionsOf(sources: readonly ColumnSource[]): readonly (Selection | null)[] {
  const roots: [GrowingSelection | null, GrowingSelection | null, GrowingSelection | null] = [
    null,
    null,
    null,
  ];
  for (const [number, { root, path }] of sources.entries()) {
    if (root === 'packet') continue;
    let selection = roots[root] ?? { members: new Map() };
    roots[root] = selection;
    for (const member of path.slice(0, -1)) {
      const known = selection.members.get(member);
      const inner: GrowingSelection = typeof known === 'object' ? known : { members: new Map() };
      selection.members.set(member, inner);
      selection = inner;
    }
    selection.members.set(path.at(-1)!, number);
  }
  return roots;
}
