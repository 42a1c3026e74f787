/**
 * Messages: what flows through a graph. For each stream: stream beginning, then packets with events (or events alone
 * where the stream's class has no packets), then stream end; losses in between; times never go back.
 *
 * Times are clock values in cycles (`cycles`, `beginCycles`, …) of the stream's default clock class; `ns` is the same
 * in nanoseconds from the clock's origin. Messages are read-only, and made by whoever wants to: any object of these
 * shapes is one. A source that reads packets hands out views, whose fields decode when they are looked at.
 */
import type { ClockClass } from '../ir/clock-class.ts';
import { cyclesToNs } from '../ir/clock-class.ts';
import type { StructureValue } from '../ir/field-value.ts';
import type { EventClass, Packet, Stream } from '../ir/trace.ts';

export interface StreamBoundaryMessage {
  readonly kind: 'stream-beginning' | 'stream-end';
  readonly stream: Stream;
  /** `null`: unknown, or the stream has no clock. */
  readonly cycles: bigint | null;
}

export interface PacketBoundaryMessage {
  readonly kind: 'packet-beginning' | 'packet-end';
  readonly stream: Stream;
  readonly packet: Packet;
  /** `null` when packets of the stream's class have none. */
  readonly cycles: bigint | null;
}

export interface EventMessage {
  readonly kind: 'event';
  readonly stream: Stream;
  /** `null` when the stream's class has no packets. */
  readonly packet: Packet | null;
  readonly eventClass: EventClass;
  /** `null` when the stream has no clock. */
  readonly cycles: bigint | null;
  readonly commonContext: StructureValue | null;
  readonly specificContext: StructureValue | null;
  readonly payload: StructureValue | null;
}

export interface DiscardedMessage {
  readonly kind: 'discarded-events' | 'discarded-packets';
  readonly stream: Stream;
  /** `null`: some; how many is not known. */
  readonly count: bigint | null;
  /** Time of the loss; `null` when losses of the stream's class have none. */
  readonly beginCycles: bigint | null;
  readonly endCycles: bigint | null;
}

/** Nothing came until that time: lets a merge go on when a live source is silent. */
export interface InactivityMessage {
  readonly kind: 'message-iterator-inactivity';
  readonly clockClass: ClockClass;
  readonly cycles: bigint;
}

export type Message =
  | StreamBoundaryMessage
  | PacketBoundaryMessage
  | EventMessage
  | DiscardedMessage
  | InactivityMessage;

export type MessageKind = Message['kind'];

/** The clock that the times of `message` are of. */
export function clockClassOf(message: Message): ClockClass | null {
  return message.kind === 'message-iterator-inactivity'
    ? message.clockClass
    : message.stream.class.defaultClockClass;
}

/** The time of `message` in cycles; of a loss, its beginning. */
export function cyclesOf(message: Message): bigint | null {
  switch (message.kind) {
    case 'discarded-events':
    case 'discarded-packets':
      return message.beginCycles;
    default:
      return message.cycles;
  }
}

/** The time of `message` in nanoseconds from the clock's origin; `null` when it has none. Throws `FormatError`. */
export function nsOf(message: Message): bigint | null {
  const cycles = cyclesOf(message);
  const clock = cycles === null ? null : clockClassOf(message);
  return cycles === null || clock === null ? null : cyclesToNs(clock, cycles);
}

export const streamBeginning = (stream: Stream, cycles: bigint | null = null): StreamBoundaryMessage => ({
  kind: 'stream-beginning',
  stream,
  cycles,
});

export const streamEnd = (stream: Stream, cycles: bigint | null = null): StreamBoundaryMessage => ({
  kind: 'stream-end',
  stream,
  cycles,
});

export const packetBeginning = (packet: Packet, cycles: bigint | null = null): PacketBoundaryMessage => ({
  kind: 'packet-beginning',
  stream: packet.stream,
  packet,
  cycles,
});

export const packetEnd = (packet: Packet, cycles: bigint | null = null): PacketBoundaryMessage => ({
  kind: 'packet-end',
  stream: packet.stream,
  packet,
  cycles,
});

export interface EventParts {
  readonly stream: Stream;
  readonly packet?: Packet | null;
  readonly eventClass: EventClass;
  readonly cycles?: bigint | null;
  readonly commonContext?: StructureValue | null;
  readonly specificContext?: StructureValue | null;
  readonly payload?: StructureValue | null;
}

/** An event message whose values are there already. */
export function event(parts: EventParts): EventMessage {
  return {
    kind: 'event',
    stream: parts.stream,
    packet: parts.packet ?? null,
    eventClass: parts.eventClass,
    cycles: parts.cycles ?? null,
    commonContext: parts.commonContext ?? null,
    specificContext: parts.specificContext ?? null,
    payload: parts.payload ?? null,
  };
}
