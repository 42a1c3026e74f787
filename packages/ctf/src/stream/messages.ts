/** What reading a data stream gives, in order. Names and order are those of Babeltrace 2's messages. */
import type { StructureValue } from '../decode/values.ts';
import type { DataStreamClass, EventRecordClass, TraceClass } from '../model/trace-class.ts';

/** The trace that a data stream is part of, as messages show it. */
export interface TraceIdentity {
  readonly traceClass: TraceClass;
  /** The host's name and the trace's folder below the one that was opened, as far as they are known. */
  readonly name: string;
}

export interface DataStreamIdentity {
  readonly trace: TraceIdentity;
  readonly dataStreamClass: DataStreamClass;
  /** Unique among the data streams of its class. */
  readonly id: bigint;
  /** Whether its packets tell `id`; if not, it is only its place among the others. */
  readonly isNumbered: boolean;
  /** Path of its earliest file. */
  readonly name: string;
}

export interface Packet {
  readonly dataStream: DataStreamIdentity;
  readonly context: StructureValue | null;
  readonly beginCycles: bigint | null;
  readonly endCycles: bigint | null;
}

interface Timed {
  readonly dataStream: DataStreamIdentity;
  /** Nanoseconds from the clock's origin; `null` without a clock. */
  readonly ns: bigint | null;
}

export interface EventRecordMessage extends Timed {
  readonly kind: 'event-record';
  readonly packet: Packet;
  readonly eventRecordClass: EventRecordClass;
  /** The clock's value, unwrapped to 64 bits. */
  readonly cycles: bigint | null;
  /** The same as two unsigned integers of 32 bits, which are quicker to have. They mean nothing without a clock. */
  readonly clockHigh: number;
  readonly clockLow: number;
  /** Decoded on the first look at any of them. */
  readonly commonContext: StructureValue | null;
  readonly specificContext: StructureValue | null;
  readonly payload: StructureValue | null;
}

export interface DiscardedMessage extends Timed {
  readonly kind: 'discarded-event-records' | 'discarded-packets';
  /** `null`: some, before the data stream's first packet or in it. */
  readonly count: bigint | null;
  /** The time range of the loss; `null` without a clock. */
  readonly beginNs: bigint | null;
  readonly endNs: bigint | null;
}

export interface BoundaryMessage extends Timed {
  readonly kind: 'packet-beginning' | 'packet-end';
  readonly packet: Packet;
}

export type Message = EventRecordMessage | DiscardedMessage | BoundaryMessage;
