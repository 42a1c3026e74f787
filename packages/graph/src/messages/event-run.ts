/**
 * Events in a row without an object for each: what quick sources and filters pass on to components that say that they
 * take it (`createFlowIterator`). Everyone else gets event messages.
 *
 * Columns belong to whoever gave them, and are good until that iterator is asked for more.
 */
import { type ClockClass, cyclesToNs } from '../ir/clock-class.ts';
import type { EventClass, Packet, Stream } from '../ir/trace.ts';
import type { EventMessage, Message } from './message.ts';

/** Events of one packet of one stream: element `i` of each column is event `i`. */
export interface EventColumns {
  readonly stream: Stream;
  readonly packet: Packet | null;
  /** Clock values in cycles: two unsigned integers of 32 bits. They mean nothing when the stream has no clock. */
  readonly clockHigh: Uint32Array;
  readonly clockLow: Uint32Array;
  eventClassAt(index: number): EventClass;
  eventAt(index: number): EventMessage;
}

/** Numbers of a segment: of its columns in `parts`, of its first event, of the event behind its last. */
export const SEGMENT_LENGTH = 3;

/** How segments are found when somebody asks. */
export interface LaterSegments {
  inOrder(): Int32Array;
  byPart(): Int32Array;
}

/** Events of one or more streams in order of time. */
export class EventRun {
  readonly kind = 'event-run';
  readonly parts: readonly EventColumns[];
  /** How many events these are. */
  readonly count: number;
  #segments: Int32Array | LaterSegments;

  /** `segments`: see {@link segments}; they may be found when somebody asks, which not everybody does. */
  constructor(parts: readonly EventColumns[], segments: Int32Array | LaterSegments, count: number) {
    this.parts = parts;
    this.#segments = segments;
    this.count = count;
  }

  /** Events in a row of one part: {@link SEGMENT_LENGTH} numbers for each. */
  get segments(): Int32Array {
    if (!(this.#segments instanceof Int32Array)) this.#segments = this.#segments.inOrder();
    return this.#segments;
  }

  /** The same in longer segments, for those to whom only the order within each part matters. */
  get segmentsByPart(): Int32Array {
    return this.#segments instanceof Int32Array ? this.#segments : this.#segments.byPart();
  }

  /** All `count` events of `columns`. */
  static of(columns: EventColumns, count: number): EventRun {
    return new EventRun([columns], Int32Array.of(0, 0, count), count);
  }

  /** Event messages, one after another. */
  *events(): Generator<EventMessage, void> {
    const { segments } = this;
    for (let at = 0; at < segments.length; at += SEGMENT_LENGTH) {
      const columns = this.parts[segments[at]!]!;
      for (let i = segments[at + 1]!; i < segments[at + 2]!; i++) yield columns.eventAt(i);
    }
  }

  /** Number of the first event at or after `ns` nanoseconds from its clock's origin; `count` when there is none. */
  firstAt(ns: bigint): number {
    const { segments } = this;
    let passed = 0;
    for (let at = 0; at < segments.length; at += SEGMENT_LENGTH) {
      const columns = this.parts[segments[at]!]!;
      const first = segments[at + 1]!;
      const end = segments[at + 2]!;
      const isBefore = isBeforeTime(columns, ns);
      for (let i = first; i < end; i++) if (!isBefore(i)) return passed + i - first;
      passed += end - first;
    }
    return passed;
  }

  /** Whether the last event is before `ns` nanoseconds from its clock's origin. */
  isBefore(ns: bigint): boolean {
    const { segments } = this;
    const at = segments.length - SEGMENT_LENGTH;
    const columns = this.parts[segments[at]!]!;
    return isBeforeTime(columns, ns)(segments[at + 2]! - 1);
  }

  /** The events from number `first` on, before number `end`. */
  slice(first: number, end: number): EventRun {
    const { segments } = this;
    const kept: number[] = [];
    let passed = 0;
    for (let at = 0; at < segments.length; at += SEGMENT_LENGTH) {
      const from = segments[at + 1]!;
      const length = segments[at + 2]! - from;
      const keptFirst = Math.max(first - passed, 0);
      const keptEnd = Math.min(end - passed, length);
      if (keptFirst < keptEnd) kept.push(segments[at]!, from + keptFirst, from + keptEnd);
      passed += length;
    }
    return new EventRun(this.parts, Int32Array.from(kept), Math.max(Math.min(end, this.count) - first, 0));
  }

  /** Columns that the events are in, each once. */
  columns(): readonly EventColumns[] {
    const { segments } = this;
    const numbers = new Set<number>();
    for (let at = 0; at < segments.length; at += SEGMENT_LENGTH) numbers.add(segments[at]!);
    return [...numbers].map((number) => this.parts[number]!);
  }
}

/** What flows to components that take runs. */
export type FlowItem = Message | EventRun;

function isBeforeTime({ stream, clockHigh, clockLow }: EventColumns, ns: bigint): (index: number) => boolean {
  const clock = stream.class.defaultClockClass;
  // Events without a time are never at or after one.
  if (clock === null) return () => true;
  const cycles = firstCyclesAt(clock, ns);
  if (cycles === null) {
    return (index) => {
      const value = (BigInt(clockHigh[index]!) << 32n) | BigInt(clockLow[index]!);
      return cyclesToNs(clock, value) < ns;
    };
  }
  const high = Number(cycles >> 32n);
  const low = Number(cycles & 0xffff_ffffn);
  return (index) => clockHigh[index]! < high || (clockHigh[index] === high && clockLow[index]! < low);
}

const NS_PER_S = 1_000_000_000n;

/** The clock value at `ns` where that is exact; `null` where each clock value must be converted. */
function firstCyclesAt(clock: ClockClass, ns: bigint): bigint | null {
  if (clock.frequencyHz !== NS_PER_S) return null;
  return ns < clock.offsetNs ? 0n : ns - clock.offsetNs;
}
