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

export class RecordRun {
  readonly kind = 'event-record-run';
  readonly columns: RecordColumns;
  readonly stream: GeneratedStream;
  /** Whether a table was filled on the way: then columns say nothing but the number of event records. */
  readonly isFilled: boolean;
  /** Whether event records of the same packet may come behind these; for whoever fills the columns to say. */
  hasMore = false;
  readonly #view: PacketView;
  #again: number | null = null;

  constructor(view: PacketView, columns: RecordColumns, isFilled: boolean) {
    const { stream } = view;
    assert(stream !== null, 'Run without generated functions');
    this.stream = stream;
    this.columns = columns;
    this.isFilled = isFilled;
    this.#view = view;
  }

  get count(): number {
    return this.columns.count;
  }

  /**
   * Makes reading go on at event record `index` instead of behind the last one: the run that comes next begins with it, and so has
   * more behind it. `false`: nothing is done, because too few are left behind by it, or none come.
   */
  goBackTo(index: number): boolean {
    if (!this.hasMore || index < this.count - index) return false;
    this.#again = index;
    return true;
  }

  /** Where reading shall go on, asked once; `null`: behind the last event record. */
  takeAgain(): number | null {
    const again = this.#again;
    this.#again = null;
    return again;
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
    return new RecordRun({ packet, stream, cursor: own }, this.columns, this.isFilled);
  }

  /** All of them. */
  eventRecords(): EventRecord[] {
    return Array.from({ length: this.count }, (_, index) => this.eventRecordAt(index));
  }
}
