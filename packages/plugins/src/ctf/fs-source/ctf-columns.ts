/** Event records of a packet as the columns and events of the graph. What is not looked at is not converted. */
import type { EventRecordMessage, PacketBytes, RecordRun } from '@lttng-ts/ctf';
import type { EventClass, EventColumns, EventMessage, Packet, Stream, StructureValue } from '@lttng-ts/graph';
import { applyToStructure } from './translate-field-class.ts';
import type { EventTranslation, StreamTranslation } from './translate-trace.ts';

/** Event records of one packet as columns of events. */
export class CtfColumns implements EventColumns {
  readonly stream: Stream;
  readonly packet: Packet | null;
  readonly clockHigh: Uint32Array;
  readonly clockLow: Uint32Array;
  readonly run: RecordRun;
  readonly translation: StreamTranslation;
  // What is looked at for each event lies here, too: of hundreds of streams each step to another object is a cache miss.
  readonly starts: Int32Array;
  readonly bodies: Int32Array;
  readonly classes: Int32Array;
  readonly bytes: PacketBytes;
  /** What a sink keeps for the columns. */
  sinkData: unknown = null;

  constructor(run: RecordRun, stream: Stream, packet: Packet | null, translation: StreamTranslation) {
    this.run = run;
    this.stream = stream;
    this.packet = packet;
    this.clockHigh = run.columns.clockHigh;
    this.clockLow = run.columns.clockLow;
    this.starts = run.columns.starts;
    this.bodies = run.columns.bodies;
    this.classes = run.columns.classes;
    this.bytes = run.bytes;
    this.translation = translation;
  }

  eventClassAt(index: number): EventClass {
    return this.translation.events.get(this.run.recordAt(index).eventRecordClass)!.eventClass;
  }

  eventAt(index: number): EventMessage {
    return new CtfEvent(this.stream, this.packet, this.run.eventRecordAt(index), this.translation);
  }
}

/** An event whose values are converted when somebody looks. */
export class CtfEvent implements EventMessage {
  readonly kind = 'event';
  readonly stream: Stream;
  readonly packet: Packet | null;
  readonly eventClass: EventClass;
  readonly cycles: bigint | null;
  readonly #record: EventRecordMessage;
  readonly #translation: StreamTranslation;
  readonly #event: EventTranslation;

  constructor(
    stream: Stream,
    packet: Packet | null,
    record: EventRecordMessage,
    translation: StreamTranslation,
  ) {
    this.#event = translation.events.get(record.eventRecordClass)!;
    this.stream = stream;
    this.packet = packet;
    this.eventClass = this.#event.eventClass;
    this.cycles = record.cycles;
    this.#record = record;
    this.#translation = translation;
  }

  get commonContext(): StructureValue | null {
    const value = this.#record.commonContext;
    return value === null ? null : applyToStructure(this.#translation.commonContext, value);
  }

  get specificContext(): StructureValue | null {
    const value = this.#record.specificContext;
    return value === null ? null : applyToStructure(this.#event.specificContext, value);
  }

  get payload(): StructureValue | null {
    const value = this.#record.payload;
    return value === null ? null : applyToStructure(this.#event.payload, value);
  }
}
