/**
 * An event record as a view on its packet: values are decoded when somebody looks at one of them, and kept then. It
 * holds on to the packet's bytes; who keeps many event records for long should look at them first.
 */
import { assert, cycles as toCycles } from '@lttng-ts/base';
import { GeneratedRecord, type GeneratedStream, type RecordValues } from '../decode/decoder.ts';
import type { Cursor } from '../decode/runtime.ts';
import type { StructureValue } from '../decode/values.ts';
import { cyclesToNs } from '../model/clock-class.ts';
import type { EventRecordClass } from '../model/trace-class.ts';
import type { DataStreamIdentity, EventRecordMessage, Packet } from './messages.ts';

/** What the event records of one packet share. */
export interface PacketView {
  readonly packet: Packet;
  /** `null`: all of them are decoded already. */
  readonly stream: GeneratedStream | null;
  readonly cursor: Cursor;
}

/** Where an event record is in its packet, and when it was. */
export interface RecordPlace {
  readonly record: GeneratedRecord;
  readonly atBytes: number;
  readonly headerBytes: number;
  readonly clockHigh: number;
  readonly clockLow: number;
}

export class EventRecord implements EventRecordMessage {
  /** The clock's value: two unsigned integers of 32 bits. They mean nothing without a clock. */
  readonly clockHigh: number;
  readonly clockLow: number;
  // There are millions of these: what can be found elsewhere is no field.
  readonly #view: PacketView;
  readonly #record: GeneratedRecord | EventRecordClass;
  /** Where the header begins in the packet, in bytes, and how many it has. */
  readonly #atBytes: number;
  readonly #headerBytes: number;
  #values: RecordValues | null;

  private constructor(
    view: PacketView,
    record: GeneratedRecord | EventRecordClass,
    { atBytes, headerBytes, clockHigh, clockLow }: Omit<RecordPlace, 'record'>,
    values: RecordValues | null,
  ) {
    this.clockHigh = clockHigh;
    this.clockLow = clockLow;
    this.#view = view;
    this.#record = record;
    this.#atBytes = atBytes;
    this.#headerBytes = headerBytes;
    this.#values = values;
  }

  /** With values that generated functions will read. */
  static undecoded(view: PacketView, place: RecordPlace): EventRecord {
    return new EventRecord(view, place.record, place, null);
  }

  /** With values that are known. The cursor's clock is the record's. */
  static decoded(view: PacketView, eventRecordClass: EventRecordClass, values: RecordValues): EventRecord {
    const { clockHigh, clockLow } = view.cursor;
    return new EventRecord(
      view,
      eventRecordClass,
      { atBytes: 0, headerBytes: 0, clockHigh, clockLow },
      values,
    );
  }

  get kind(): 'event-record' {
    return 'event-record';
  }

  get packet(): Packet {
    return this.#view.packet;
  }

  get dataStream(): DataStreamIdentity {
    return this.#view.packet.dataStream;
  }

  get eventRecordClass(): EventRecordClass {
    return this.#record instanceof GeneratedRecord ? this.#record.eventRecordClass : this.#record;
  }

  get cycles(): bigint | null {
    if (this.dataStream.dataStreamClass.defaultClockClass === null) return null;
    return (BigInt(this.clockHigh) << 32n) | BigInt(this.clockLow);
  }

  get ns(): bigint | null {
    const clockClass = this.dataStream.dataStreamClass.defaultClockClass;
    const value = this.cycles;
    return clockClass === null || value === null ? null : cyclesToNs(clockClass, toCycles(value));
  }

  get commonContext(): StructureValue | null {
    return this.#decode()[0];
  }

  get specificContext(): StructureValue | null {
    return this.#decode()[1];
  }

  get payload(): StructureValue | null {
    return this.#decode()[2];
  }

  #decode(): RecordValues {
    if (this.#values !== null) return this.#values;
    const { stream, cursor } = this.#view;
    const record = this.#record;
    assert(record instanceof GeneratedRecord && stream !== null);
    let own = cursor;
    if (record.needsHeader) {
      // The packet may be being read: its cursor must stay as it is.
      own = { ...cursor, slots: [...cursor.slots] };
      stream.header(own, this.#atBytes);
    }
    this.#values = record.values(own, this.#atBytes + this.#headerBytes);
    return this.#values;
  }
}
