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
    atBytes: number,
    headerBytes: number,
    values: RecordValues | null,
  ) {
    const { cursor } = view;
    this.clockHigh = cursor.clockHigh;
    this.clockLow = cursor.clockLow;
    this.#view = view;
    this.#record = record;
    this.#atBytes = atBytes;
    this.#headerBytes = headerBytes;
    this.#values = values;
  }

  /** With values that generated functions will read. The cursor's clock is the record's. */
  static undecoded(
    view: PacketView,
    record: GeneratedRecord,
    atBytes: number,
    headerBytes: number,
  ): EventRecord {
    return new EventRecord(view, record, atBytes, headerBytes, null);
  }

  /** With values that are known. */
  static decoded(view: PacketView, eventRecordClass: EventRecordClass, values: RecordValues): EventRecord {
    return new EventRecord(view, eventRecordClass, 0, 0, values);
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
