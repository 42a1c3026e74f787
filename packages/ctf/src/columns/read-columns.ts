/**
 * Reads fields of the event records of some class as columns. Other event records are passed over, other fields are not
 * decoded, no object is made for a row. Where functions cannot be generated the reference decoder does the same.
 */
import { FormatError, UsageError } from '@lttng-ts/base';
import type { ReadingFilter } from '@lttng-ts/filter';
import type { Fill, FillTarget } from '../decode/generate-fill.ts';
import { isHostLittleEndian } from '../decode/host-byte-order.ts';
import { type FieldValue, NEGATIVE_NAN } from '../decode/values.ts';
import { filteredRange, filtersOnDay } from '../filter/filtered-time.ts';
import { textEncodingOf } from '../model/field-class.ts';
import type { DataStreamClass, EventRecordClass } from '../model/trace-class.ts';
import { type DataStream, ReadingMemory, type WalkChoice } from '../stream/data-stream.ts';
import type { DataStreamIdentity, EventRecordMessage, Packet } from '../stream/messages.ts';
import type { RecordRun } from '../stream/record-run.ts';
import { startAt, type TimeRange } from '../stream/time-range.ts';
import type { Trace } from '../stream/trace.ts';
import { Column, ColumnBatch } from './column-batch.ts';
import { type ColumnArray, type FlatKind, isFlat, makeArray } from './column-kind.ts';
import { type ColumnSource, findSource, selectionsOf, valueAt } from './column-source.ts';
import { Dictionary } from './dictionary.ts';
import { mergeColumns } from './merged-columns.ts';
import { RowFilter } from './row-filter.ts';
import { ValueTable } from './value-table.ts';

/** What a processor's cache holds. */
const BATCH_ROWS = 8192;

export interface ColumnOptions {
  /** Only what is in this time; all when `null` or not given. */
  readonly range?: TimeRange | null;
  /** Rows of a batch, at most. */
  readonly batchRows?: number;
  /** Only event records that all of them accept; where they bound the time, only the packets that are needed are read. */
  readonly filters?: readonly ReadingFilter[];
  /** All data streams in one order of time, not one after the other. Takes longer: rows are copied. */
  readonly isMerged?: boolean;
}

/**
 * Batches of the event records called `eventName`: data streams one after another, each in order of time, or merged; a batch is of
 * one class, and of one data stream unless they are merged. Throws `UsageError` when no class has that name, or when one of
 * them lacks a field; `FormatError` for damage, after everything before it and after the other data streams.
 */
export function* readColumns(
  traces: readonly Trace[],
  eventName: string,
  fieldNames: readonly string[],
  {
    range: wantedRange = null,
    batchRows = BATCH_ROWS,
    filters: given = [],
    isMerged = false,
  }: ColumnOptions = {},
): Generator<ColumnBatch, void> {
  const filters = filtersOnDay(given, traces);
  const range = filteredRange(filters, wantedRange);
  const twice = fieldNames.find((name, i) => fieldNames.indexOf(name) !== i);
  if (twice !== undefined) throw new UsageError(`Field is asked for twice: name=${JSON.stringify(twice)}`);
  const layouts = layoutsOf(traces, eventName, fieldNames);
  const dataStreams = traces.flatMap((trace) => trace.dataStreams);
  const flows = (
    dataStream: DataStream,
    own: readonly Layout[],
    rows: number,
  ): Generator<ColumnBatch, void> => {
    const tables = own.map((layout) => makeTable(layout, rows));
    return partsInRange(readStream(dataStream, tables, { range, filters }), range);
  };
  const ownOf = ({ identity }: DataStream): readonly Layout[] =>
    layouts.filter(({ dataStreamClass }) => dataStreamClass === identity.dataStreamClass);
  const merged = isMerged
    ? dataStreams.flatMap((dataStream) => ownOf(dataStream).map((layout) => ({ dataStream, layout })))
    : [];
  const rows = Math.min(
    batchRows,
    Math.max(LEAST_ROWS, Math.floor(MERGED_ROWS / Math.max(merged.length, 1))),
  );
  const damages: FormatError[] = [];
  try {
    if (isMerged) {
      const columnFlows = merged.map(({ dataStream, layout }) => ({
        dataStream: dataStream.identity,
        eventRecordClass: layout.eventRecordClass,
        batches: flows(dataStream, [layout], rows),
      }));
      yield* mergeColumns(columnFlows, batchRows);
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    damages.push(error);
  }
  for (const dataStream of isMerged ? [] : dataStreams) {
    const own = ownOf(dataStream);
    if (own.length === 0) continue;
    try {
      yield* flows(dataStream, own, batchRows);
    } catch (error) {
      // Told at the end, as where data streams are merged.
      if (!(error instanceof FormatError)) throw error;
      damages.push(error);
    }
  }
  const [fault] = [...damages, ...traces.flatMap(({ faults }) => faults)];
  if (fault !== undefined) throw fault;
}

/** Rows that all data streams have in memory when they are merged; each has some. */
const MERGED_ROWS = 64 << 10;
const LEAST_ROWS = 64;

/** What is read of one event record class. */
interface Layout {
  readonly eventRecordClass: EventRecordClass;
  readonly dataStreamClass: DataStreamClass;
  readonly sources: readonly ColumnSource[];
}

function layoutsOf(
  traces: readonly Trace[],
  eventName: string,
  fieldNames: readonly string[],
): readonly Layout[] {
  const layouts: Layout[] = [];
  for (const { traceClass } of traces) {
    for (const dataStreamClass of traceClass.dataStreamClasses.values()) {
      for (const eventRecordClass of dataStreamClass.eventRecordClasses.values()) {
        if (eventRecordClass.name !== eventName) continue;
        const sources = fieldNames.map((name) => findSource(name, eventRecordClass, dataStreamClass));
        layouts.push({ eventRecordClass, dataStreamClass, sources });
      }
    }
  }
  if (layouts.length === 0) throw new UsageError(`No such event: name=${JSON.stringify(eventName)}`);
  return layouts;
}

function makeTable({ eventRecordClass, dataStreamClass, sources }: Layout, rows: number): Table | ValueTable {
  const TableClass = sources.every(({ kind }) => isFlat(kind)) ? Table : ValueTable;
  return new TableClass(eventRecordClass, dataStreamClass, sources, rows);
}

function* partsInRange(
  batches: Generator<ColumnBatch, void>,
  range: TimeRange | null,
): Generator<ColumnBatch, void> {
  for (const batch of batches) {
    const part = range === null ? batch : partInRange(batch, range);
    if (part !== null) yield part;
  }
}

/** What is wanted of event records. */
interface Wanted {
  readonly range: TimeRange | null;
  readonly filters: readonly ReadingFilter[];
}

function* readStream(
  dataStream: DataStream,
  own: readonly (Table | ValueTable)[],
  { range, filters }: Wanted,
): Generator<ColumnBatch, void> {
  const { identity } = dataStream;
  const start = range === null || range.beginNs === null ? null : startAt(dataStream, range.beginNs);
  const pending = function* (): Generator<ColumnBatch, void> {
    for (const table of own) if (table.count > 0) yield table.take(identity);
  };
  const [only] = own;
  const memory = new ReadingMemory();
  const filter = filters.length === 0 ? null : new RowFilter(filters, identity);
  const walkOf = filter !== null || only === undefined || own.length > 1 ? null : only.walkOf(identity);
  try {
    for (const item of dataStream.runs(start, memory, walkOf)) {
      if (item.kind === 'event-record-run') {
        filter?.mark(item);
        for (const table of own) yield* table.addRun(item);
      } else if (item.kind === 'event-record') {
        const table = own.find(({ eventRecordClass }) => eventRecordClass === item.eventRecordClass);
        if (table !== undefined && filter?.accepts(item) !== false) yield* table.add(item);
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

/** Columns of one event record class that are being filled, whose fields have no parts. */
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
    this.arrays = sources.map(({ kind }) => makeArray(kind as FlatKind, capacity));
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
      return new Column({
        name,
        kind,
        fieldClass,
        values,
        dictionary: this.dictionaries[number]!,
        parts: [],
      });
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
