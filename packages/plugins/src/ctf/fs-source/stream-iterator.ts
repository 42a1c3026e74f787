/** Event records of one data stream to messages of one stream. What is not looked at is not converted. */
import type {
  Message as CtfMessage,
  Packet as CtfPacket,
  DataStream,
  EventRecordMessage,
} from '@lttng-ts/ctf';
import {
  END,
  type EventClass,
  type EventMessage,
  type Message,
  type MessageIteratorBehaviour,
  type NextResult,
  type Packet,
  packetBeginning,
  packetEnd,
  type Stream,
  type StructureValue,
  streamBeginning,
  streamEnd,
} from '@lttng-ts/graph';
import { applyToStructure } from './translate-field-class.ts';
import type { EventTranslation, StreamTranslation } from './translate-trace.ts';

/** Messages given at once. */
const BATCH_LENGTH = 128;

export class StreamIterator implements MessageIteratorBehaviour {
  readonly canSeekForward: boolean;
  readonly #dataStream: DataStream;
  readonly #stream: Stream;
  readonly #translation: StreamTranslation;
  #messages: Iterator<Message, void>;
  #pendingError: unknown = null;

  constructor(dataStream: DataStream, stream: Stream, translation: StreamTranslation) {
    this.#dataStream = dataStream;
    this.#stream = stream;
    this.#translation = translation;
    this.canSeekForward = stream.class.defaultClockClass !== null;
    this.#messages = this.#generate();
  }

  next(): NextResult {
    if (this.#pendingError !== null) throw this.#pendingError;
    const messages: Message[] = [];
    try {
      while (messages.length < BATCH_LENGTH) {
        const { value, done } = this.#messages.next();
        if (done === true) break;
        messages.push(value);
      }
    } catch (error) {
      // What came before the damage is delivered first; the next call fails.
      if (messages.length === 0) throw error;
      this.#pendingError = error;
    }
    return messages.length === 0 ? END : { kind: 'messages', messages };
  }

  seekBeginning(): 'ok' {
    this.#messages = this.#generate();
    this.#pendingError = null;
    return 'ok';
  }

  *#generate(): Generator<Message, void> {
    yield streamBeginning(this.#stream);
    const state = new PacketState(this.#stream, this.#translation);
    for (const message of this.#dataStream.messages()) yield* state.translate(message);
    yield streamEnd(this.#stream);
  }
}

class PacketState {
  readonly #stream: Stream;
  readonly #translation: StreamTranslation;
  #packet: Packet | null = null;
  #previous: CtfPacket | null = null;
  /** Losses before a packet: their times are known when it begins. */
  #losses: (CtfMessage & { count: bigint | null })[] = [];

  constructor(stream: Stream, translation: StreamTranslation) {
    this.#stream = stream;
    this.#translation = translation;
  }

  *translate(message: CtfMessage): Generator<Message, void> {
    const { packetsHaveEndClockSnapshot } = this.#stream.class;
    switch (message.kind) {
      case 'event-record':
        yield new CtfEvent(this.#stream, this.#packet, message, this.#translation);
        break;
      case 'packet-beginning':
        yield* this.#takeLosses(message.packet);
        yield this.#begin(message.packet);
        break;
      case 'packet-end':
        yield packetEnd(this.#packet!, packetsHaveEndClockSnapshot ? message.packet.endCycles : null);
        this.#previous = message.packet;
        break;
      case 'discarded-event-records':
      case 'discarded-packets':
        this.#losses.push(message);
        break;
    }
  }

  #begin({ context, beginCycles }: CtfPacket): Message {
    const { packetContext, packetsHaveBeginningClockSnapshot } = this.#stream.class;
    this.#packet = {
      stream: this.#stream,
      context:
        context === null || packetContext === null
          ? null
          : applyToStructure(this.#translation.packetContext, context),
    };
    return packetBeginning(this.#packet, packetsHaveBeginningClockSnapshot ? beginCycles : null);
  }

  *#takeLosses(packet: CtfPacket): Generator<Message, void> {
    const { class: streamClass } = this.#stream;
    for (const { kind, count } of this.#losses) {
      const isEvents = kind === 'discarded-event-records';
      const hasTimes = isEvents
        ? streamClass.discardedEventsHaveClockSnapshots
        : streamClass.discardedPacketsHaveClockSnapshots;
      const begin = this.#previous === null ? packet.beginCycles : this.#previous.endCycles;
      const end = isEvents ? packet.endCycles : packet.beginCycles;
      yield {
        kind: isEvents ? 'discarded-events' : 'discarded-packets',
        stream: this.#stream,
        count,
        beginCycles: hasTimes ? begin : null,
        endCycles: hasTimes ? end : null,
      };
    }
    this.#losses = [];
  }
}

/** An event whose values are converted when somebody looks. */
class CtfEvent implements EventMessage {
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
