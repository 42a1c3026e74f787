/**
 * The first message of one input of the muxer, and when it is: as a number relative to the time that the merge counts
 * from, which is quick to compare. Numbers beyond 2⁵³ may be equal though the times are not; then the times decide.
 */
import {
  type ClockClass,
  cyclesToNs,
  type EventColumns,
  type FlowItem,
  type FlowIterator,
  type Message,
  nsOf,
  SEGMENT_LENGTH,
} from '@lttng-ts/graph';
import { compareMessages, type Rank } from './compare-messages.ts';

/** Where a merge counts from: the first time that it sees. */
export class MergeOrigin {
  ns: bigint | null = null;
}

/** Before every message that has a time. */
const NO_TIME = Number.NEGATIVE_INFINITY;

const NS_PER_S = 1_000_000_000n;

export class InputHead {
  readonly iterator: FlowIterator;
  /** Time of the first message. */
  key = NO_TIME;
  /** The columns that the first message is in; `null`: it is {@link message}. */
  columns: EventColumns | null = null;
  /** First event and the one behind the last of the segment at hand. */
  index = 0;
  end = 0;
  /** For the batch: number of the columns in the run with number `partRun`. */
  part = 0;
  partRun = -1;
  readonly #origin: MergeOrigin;
  #items: readonly FlowItem[] = [];
  #at = 0;
  /** Segment of the run at hand. */
  #segment = 0;
  #clock: ClockClass | null = null;
  /** What is taken from a clock value to get a key, in two halves; where a subtraction does not do, `isPlain` is not set. */
  #isPlain = false;
  #baseHigh = 0;
  #baseLow = 0;

  constructor(iterator: FlowIterator, origin: MergeOrigin) {
    this.iterator = iterator;
    this.#origin = origin;
  }

  /** The first message, when it is in no columns. */
  get message(): Message {
    return this.#items[this.#at] as Message;
  }

  /** Whether memory of the batch at hand may be used again when the input is asked for more. */
  get hasRuns(): boolean {
    return this.#items.some(({ kind }) => kind === 'event-run');
  }

  clear(): void {
    this.#items = [];
    this.#at = 0;
    this.columns = null;
  }

  /** Asks for the next batch. */
  load(): 'more' | 'again' | 'end' {
    const result = this.iterator.next();
    if (result.kind !== 'messages') return result.kind;
    this.#items = result.messages;
    this.#at = 0;
    this.#begin();
    return 'more';
  }

  /** Goes on behind the message, or behind the segment that is used up; `false` at the end of the batch. */
  advance(): boolean {
    const item = this.#items[this.#at]!;
    if (item.kind === 'event-run' && this.#segment + SEGMENT_LENGTH < item.segments.length) {
      this.#segment += SEGMENT_LENGTH;
      this.#beginSegment();
      return true;
    }
    this.#at++;
    if (this.#at >= this.#items.length) {
      this.columns = null;
      return false;
    }
    this.#begin();
    return true;
  }

  #begin(): void {
    const item = this.#items[this.#at]!;
    if (item.kind === 'event-run') {
      this.#segment = 0;
      this.#beginSegment();
      return;
    }
    this.columns = null;
    this.key = this.#keyOf(nsOf(item));
  }

  #beginSegment(): void {
    const run = this.#items[this.#at]!;
    if (run.kind !== 'event-run') return;
    const columns = run.parts[run.segments[this.#segment]!]!;
    if (columns !== this.columns) this.partRun = -1;
    this.columns = columns;
    this.index = run.segments[this.#segment + 1]!;
    this.end = run.segments[this.#segment + 2]!;
    const clock = columns.stream.class.defaultClockClass;
    if (clock !== null && (clock !== this.#clock || this.#origin.ns === null)) this.#setClock(clock);
    this.#clock = clock;
    this.setKey();
  }

  #setClock(clock: ClockClass): void {
    this.#origin.ns ??= this.#nsAt(clock);
    const base = this.#origin.ns - clock.offsetNs;
    this.#isPlain = clock.frequencyHz === NS_PER_S;
    this.#baseHigh = Number(base >> 32n);
    this.#baseLow = Number(base & 0xffff_ffffn);
  }

  #nsAt(clock: ClockClass): bigint {
    const { clockHigh, clockLow } = this.columns!;
    const cycles = (BigInt(clockHigh[this.index]!) << 32n) | BigInt(clockLow[this.index]!);
    return cyclesToNs(clock, cycles);
  }

  /** Sets the key of the event at `index`. */
  setKey(): void {
    const { clockHigh, clockLow } = this.columns!;
    if (this.#clock === null) this.key = NO_TIME;
    else if (this.#isPlain) {
      this.key =
        (clockHigh[this.index]! - this.#baseHigh) * 0x1_0000_0000 + (clockLow[this.index]! - this.#baseLow);
    } else this.key = this.#keyOf(this.#nsAt(this.#clock));
  }

  #keyOf(ns: bigint | null): number {
    if (ns === null) return NO_TIME;
    this.#origin.ns ??= ns;
    return Number(ns - this.#origin.ns);
  }

  /** Passes over events of the segment whose keys are less than `limit`, the first one in any case. */
  passBefore(limit: number): void {
    const { end } = this;
    let index = this.index + 1;
    if (this.#isPlain && this.#clock !== null) {
      const { clockHigh, clockLow } = this.columns!;
      const [baseHigh, baseLow] = [this.#baseHigh, this.#baseLow];
      let key = this.key;
      for (; index < end; index++) {
        key = (clockHigh[index]! - baseHigh) * 0x1_0000_0000 + (clockLow[index]! - baseLow);
        if (key >= limit) break;
      }
      this.index = index;
      this.key = key;
      return;
    }
    for (; index < end; index++) {
      this.index = index;
      this.setKey();
      if (this.key >= limit) return;
    }
    this.index = index;
  }

  #exactNs(): bigint | null {
    if (this.columns === null) return nsOf(this.message);
    return this.#clock === null ? null : this.#nsAt(this.#clock);
  }

  #rankOf(): Rank {
    const { columns } = this;
    if (columns === null) return this.message;
    return { kind: 'event', stream: columns.stream, eventClass: columns.eventClassAt(this.index) };
  }

  /** Whether the first message of this input goes before that of `other`. */
  isBefore(other: InputHead): boolean {
    if (this.key !== other.key) return this.key < other.key;
    if (this.key !== NO_TIME && Math.abs(this.key) > Number.MAX_SAFE_INTEGER) {
      const [ns, otherNs] = [this.#exactNs()!, other.#exactNs()!];
      if (ns !== otherNs) return ns < otherNs;
    }
    return compareMessages(this.#rankOf(), other.#rankOf()) < 0;
  }
}
