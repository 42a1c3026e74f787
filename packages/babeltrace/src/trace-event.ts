/** One event as programs like it: names, bigint nanoseconds, plain objects. Nothing is converted before it is asked for. */
import {
  type EventRecordMessage,
  type PlainObject,
  type StructureClass,
  type StructureValue,
  toPlainObject,
} from '@lttng-ts/ctf';

/** What a trace and a data stream are called. */
export interface EventOrigin {
  /** Host and folder, as far as they are known: `host/ust/uid/0/64-bit`. */
  readonly traceName: string;
  /** `hostname`, `domain`, `tracer_name`, …: text, or `bigint` for numbers. */
  readonly environment: ReadonlyMap<string, string | bigint>;
  readonly dataStreamClassId: bigint;
  readonly dataStreamId: bigint;
}

/** An event record. It stays good after the iteration has gone on. */
export class TraceEvent {
  readonly kind = 'event';
  readonly #message: EventRecordMessage;

  constructor(message: EventRecordMessage) {
    this.#message = message;
  }

  /** `provider:event` in LTTng; `null` when the class has no name. */
  get name(): string | null {
    return this.#message.eventRecordClass.name;
  }

  /** Nanoseconds from the clock's origin, for LTTng the Unix epoch; `null` without a clock. */
  get ns(): bigint | null {
    return this.#message.ns;
  }

  /** The clock's own value. */
  get cycles(): bigint | null {
    return this.#message.cycles;
  }

  /** LTTng's log level, 0 (emergency) to 14 (debug). */
  get logLevel(): number | null {
    return this.#message.eventRecordClass.logLevel;
  }

  get origin(): EventOrigin {
    const { trace, dataStreamClass, id } = this.#message.dataStream;
    return {
      traceName: trace.name,
      environment: trace.traceClass.environment,
      dataStreamClassId: dataStreamClass.id,
      dataStreamId: id,
    };
  }

  /** The fields that the tracepoint recorded. */
  get fields(): PlainObject {
    const { eventRecordClass, payload } = this.#message;
    return plain(eventRecordClass.payload, payload);
  }

  /** Context fields: those of the channel, then those of the event. */
  get context(): PlainObject {
    const { dataStream, eventRecordClass, commonContext, specificContext } = this.#message;
    const common = plain(dataStream.dataStreamClass.eventRecordCommonContext, commonContext);
    return { ...common, ...plain(eventRecordClass.specificContext, specificContext) };
  }

  /** Fields of the packet that the event is in, such as `cpu_id`. */
  get packetContext(): PlainObject {
    const { dataStream, packet } = this.#message;
    return plain(dataStream.dataStreamClass.packetContext, packet.context);
  }

  /** What a printer of messages takes. */
  get message(): EventRecordMessage {
    return this.#message;
  }
}

const NOTHING: PlainObject = Object.freeze({});

function plain(fieldClass: StructureClass | null, value: StructureValue | null): PlainObject {
  return fieldClass === null || value === null ? NOTHING : toPlainObject(fieldClass, value);
}
