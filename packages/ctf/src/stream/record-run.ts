/**
 * Event records of one packet in a row, as columns of numbers, with what they share. Whoever wants an object asks for
 * one.
 */
import { assert } from '@lttng-ts/base';
import type { GeneratedRecord, GeneratedStream } from '../decode/decoder.ts';
import type { RecordColumns } from '../decode/record-columns.ts';
import type { Cursor } from '../decode/runtime.ts';
import { EventRecord, type PacketView } from './event-record.ts';
import type { DataStreamIdentity, Packet } from './messages.ts';

export class RecordRun {
  readonly kind = 'event-record-run';
  readonly columns: RecordColumns;
  readonly stream: GeneratedStream;
  readonly #view: PacketView;
  #ownCursor: Cursor | null = null;

  constructor(view: PacketView, columns: RecordColumns) {
    const { stream } = view;
    assert(stream !== null, 'Run without generated functions');
    this.stream = stream;
    this.columns = columns;
    this.#view = view;
  }

  get count(): number {
    return this.columns.count;
  }

  get packet(): Packet {
    return this.#view.packet;
  }

  get dataStream(): DataStreamIdentity {
    return this.#view.packet.dataStream;
  }

  get bytes(): Uint8Array {
    return this.#view.cursor.bytes;
  }

  recordAt(index: number): GeneratedRecord {
    return this.stream.records[this.columns.classes[index]!]!;
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

  /** A cursor for the generated functions of event record `index`: values of its header are in its slots. */
  cursorAt(index: number): Cursor {
    const { cursor } = this.#view;
    if (!this.recordAt(index).needsHeader) return cursor;
    // The packet may be being read: its cursor must stay as it is.
    this.#ownCursor ??= { ...cursor, slots: [...cursor.slots] };
    this.stream.header(this.#ownCursor, this.columns.starts[index]!);
    return this.#ownCursor;
  }

  /** All of them. */
  eventRecords(): EventRecord[] {
    return Array.from({ length: this.count }, (_, index) => this.eventRecordAt(index));
  }
}
