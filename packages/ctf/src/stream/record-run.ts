/**
 * Event records of one packet in a row, as columns of numbers, with what they share. Whoever wants an object asks for
 * one.
 */
import { assert } from '@lttng-ts/base';
import type { GeneratedRecord, GeneratedStream, Select } from '../decode/decoder.ts';
import type { Fill, FillTarget } from '../decode/generate-fill.ts';
import type { RecordColumns } from '../decode/record-columns.ts';
import type { PacketBytes } from '../decode/text-program.ts';
import { EventRecord, type PacketView } from './event-record.ts';
import type { DataStreamIdentity, Packet } from './messages.ts';

/** Who fills a run. */
export interface RunSource {
  /** Whether a table is filled on the way. */
  readonly isFilling: boolean;
  /** See {@link RecordRun.readOn}. */
  readOn(index: number): boolean;
}

export class RecordRun {
  readonly kind = 'event-record-run';
  readonly columns: RecordColumns;
  readonly stream: GeneratedStream;
  /** Whether a table was filled on the way: then columns say nothing but the number of event records. */
  readonly isFilled: boolean;
  readonly #view: PacketView;
  readonly #source: RunSource;

  constructor(view: PacketView, columns: RecordColumns, source: RunSource) {
    const { stream } = view;
    assert(stream !== null, 'Run without generated functions');
    this.stream = stream;
    this.columns = columns;
    this.isFilled = source.isFilling;
    this.#source = source;
    this.#view = view;
  }

  get count(): number {
    return this.columns.count;
  }

  /**
   * Walks on from event record `index`, which becomes the first one: what is left is few beside what comes behind it. `false`: nothing is
   * done, because nothing comes, or more would be walked over again than is left behind.
   */
  readOn(index: number): boolean {
    return this.#source.readOn(index);
  }

  get packet(): Packet {
    return this.#view.packet;
  }

  get dataStream(): DataStreamIdentity {
    return this.#view.packet.dataStream;
  }

  /** The packet's bytes. */
  get bytes(): PacketBytes {
    return this.#view.cursor;
  }

  recordAt(index: number): GeneratedRecord {
    return this.stream.records[this.columns.classes[index]!]!;
  }

  /** Puts values of event record `index`, whose class `select` was made for, into `values`. */
  select(select: Select, index: number, values: unknown[]): void {
    select(this.#view.cursor, this.columns.bodies[index]!, values);
  }

  /** Adds event records of class number `classNumber`, for which `fill` was made, from number `from` on to `target`. */
  fill(fill: Fill, classNumber: number, from: number, target: FillTarget): number {
    const { cursor } = this.#view;
    // The packet is being read: its cursor must stay as it is.
    const own = { ...cursor, slots: [...cursor.slots] };
    return fill(own, this.columns, classNumber, from, target, this.stream.header);
  }

  /** A view on event record `index`. It is good as long as the packet's bytes are. */
  eventRecordAt(index: number): EventRecord {
    const { starts, bodies, clockHigh, clockLow } = this.columns;
    const start = starts[index]!;
    return EventRecord.undecoded(this.#view, {
      record: this.recordAt(index),
      atBytes: start,
      headerBytes: bodies[index]! - start,
      clockHigh: clockHigh[index]!,
      clockLow: clockLow[index]!,
    });
  }

  /** The same with bytes of its own, so that event records made of it stay good. Its columns do not. */
  withOwnBytes(): RecordRun {
    const { packet, stream, cursor } = this.#view;
    const bytes = cursor.bytes.slice();
    const own = { ...cursor, bytes, view: new DataView(bytes.buffer), slots: [...cursor.slots] };
    const source = { isFilling: this.isFilled, readOn: () => false };
    return new RecordRun({ packet, stream, cursor: own }, this.columns, source);
  }

  /** All of them. */
  eventRecords(): EventRecord[] {
    return Array.from({ length: this.count }, (_, index) => this.eventRecordAt(index));
  }
}
