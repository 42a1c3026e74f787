/**
 * Columns of all data streams in order of time: batches of several streams are put together row by row. Rows of equal time come
 * in the order in which messages do.
 */
import { FormatError } from '@lttng-ts/base';
import type { EventRecordClass } from '../model/trace-class.ts';
import { compareDataStreams } from '../stream/merge.ts';
import type { DataStreamIdentity } from '../stream/messages.ts';
import { ColumnBatch } from './column-batch.ts';
import { type ColumnBuilder, makeBuilder } from './column-builder.ts';

/** Rows of one class and one data stream, in order of time. */
export interface ColumnFlow {
  readonly dataStream: DataStreamIdentity;
  readonly eventRecordClass: EventRecordClass;
  readonly batches: Iterator<ColumnBatch, void>;
}

/** A flow with the row that comes next. */
class Head {
  readonly flow: ColumnFlow;
  readonly rank: number;
  batch: ColumnBatch | null = null;
  row = 0;
  #ns: BigInt64Array | null = null;

  constructor(flow: ColumnFlow, rank: number) {
    this.flow = flow;
    this.rank = rank;
  }

  /** Rows without a time come first. */
  get ns(): bigint {
    return this.#ns?.[this.row] ?? -(1n << 63n);
  }

  /** Goes to the next batch; `false` at the end. Throws what reading throws. */
  load(): boolean {
    const next = this.flow.batches.next();
    this.batch = next.done === true ? null : next.value;
    this.#ns = this.batch?.ns ?? null;
    this.row = 0;
    return this.batch !== null;
  }
}

const isBefore = (a: Head, b: Head): boolean => a.ns < b.ns || (a.ns === b.ns && a.rank < b.rank);

/**
 * Batches of at most `batchRows` rows, each of one class, in memory of their own. Damage is thrown when everything else has been
 * given.
 */
export function* mergeColumns(flows: readonly ColumnFlow[], batchRows: number): Generator<ColumnBatch, void> {
  const damages: FormatError[] = [];
  const load = (head: Head): boolean => {
    try {
      return head.load();
    } catch (error) {
      // Told at the end.
      if (!(error instanceof FormatError)) throw error;
      damages.push(error);
      return false;
    }
  };
  const ranked = [...flows].sort((a, b) => compareDataStreams(a.dataStream, b.dataStream));
  /** In order. */
  const heads: Head[] = [];
  for (const [rank, flow] of ranked.entries()) {
    const head = new Head(flow, rank);
    if (load(head)) insert(heads, head);
  }
  let merging: Merging | null = null;
  for (let head = heads.shift(); head !== undefined; head = heads.shift()) {
    const { eventRecordClass } = head.flow;
    if (merging !== null && (merging.count === batchRows || merging.eventRecordClass !== eventRecordClass)) {
      yield merging.take();
      merging = null;
    }
    merging ??= new Merging(head.batch!, eventRecordClass);
    const [next] = heads;
    do merging.add(head.batch!, head.row++, head.flow.dataStream);
    while (
      merging.count < batchRows &&
      head.row < head.batch!.count &&
      (next === undefined || isBefore(head, next))
    );
    if (head.row < head.batch!.count || load(head)) insert(heads, head);
  }
  if (merging !== null) yield merging.take();
  const [damage] = damages;
  if (damage !== undefined) throw damage;
}

/** Puts a head to its place: the order is kept by halving, for there may be hundreds. */
function insert(heads: Head[], head: Head): void {
  let low = 0;
  let high = heads.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(heads[middle]!, head)) low = middle + 1;
    else high = middle;
  }
  heads.splice(low, 0, head);
}

/** A batch that is being put together. */
class Merging {
  readonly eventRecordClass: EventRecordClass;
  readonly #builders: readonly ColumnBuilder[];
  readonly #hasClock: boolean;
  readonly #cycles: bigint[] = [];
  readonly #dataStreams: DataStreamIdentity[] = [];

  constructor({ columns, cycles }: ColumnBatch, eventRecordClass: EventRecordClass) {
    this.eventRecordClass = eventRecordClass;
    this.#builders = columns.map(({ name, fieldClass }) => makeBuilder(name, fieldClass));
    this.#hasClock = cycles !== null;
  }

  get count(): number {
    return this.#dataStreams.length;
  }

  add({ columns, cycles }: ColumnBatch, row: number, dataStream: DataStreamIdentity): void {
    const builders = this.#builders;
    for (let i = 0; i < builders.length; i++) builders[i]!.append(columns[i]!, row);
    if (cycles !== null) this.#cycles.push(cycles[row]!);
    this.#dataStreams.push(dataStream);
  }

  take(): ColumnBatch {
    return new ColumnBatch({
      dataStream: this.#dataStreams[0]!,
      dataStreams: this.#dataStreams,
      eventRecordClass: this.eventRecordClass,
      count: this.count,
      columns: this.#builders.map((builder) => builder.take()),
      cycles: this.#hasClock ? BigUint64Array.from(this.#cycles) : null,
    });
  }
}
