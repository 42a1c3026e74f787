/**
 * The first message of one input of the muxer, and when it is: as a number relative to the time that the merge counts
 * from, which is quick to compare. Numbers beyond 2⁵³ may be equal though the times are not; then the times decide. Of
 * events in a run the numbers of all are made at once.
 */
import { toError } from '@lttng-ts/base';
import {
  type ClockClass,
  cyclesToNs,
  type EventColumns,
  type FlowItem,
  type FlowIterator,
  type FlowResult,
  type Message,
  nsOf,
  SEGMENT_LENGTH,
} from '@lttng-ts/graph';
import { compareMessages, type Rank } from './compare-messages.ts';
import type { EventTimes } from './event-times.ts';

/** Where a merge counts from: the first time that it sees. */
export class MergeOrigin {
  ns: bigint | null = null;
}

/** Of the events of a run so many are few: `1 / FEW_RATIO`. */
const FEW_RATIO = 4;

/** Before every message that has a time. */
const NO_TIME = Number.NEGATIVE_INFINITY;

const NS_PER_S = 1_000_000_000n;

export class InputHead {
  readonly iterator: FlowIterator;
  /** Time of the first message, when it is in no columns. */
  key = NO_TIME;
  /** The columns that the first message is in; `null`: it is {@link message}. */
  columns: EventColumns | null = null;
  /** What the input failed with, its data being damaged; nothing more comes of it. */
  failure: Error | null = null;
  /** Whether memory of the batch at hand may be used again when the input is asked for more. */
  hasRuns = false;
  readonly #number: number;
  readonly #times: EventTimes;
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

  /** `number`: that of the input in `times`. */
  constructor(iterator: FlowIterator, number: number, times: EventTimes, origin: MergeOrigin) {
    this.iterator = iterator;
    this.#number = number;
    this.#times = times;
    this.#origin = origin;
  }

  /** The first message, when it is in no columns. */
  get message(): Message {
    return this.#items[this.#at] as Message;
  }

  clear(): void {
    this.#items = [];
    this.#at = 0;
    this.columns = null;
    this.failure = null;
    this.#times.set(this.#number, 0, 0);
  }

  /** Makes the input go somewhere else; only what is broken besides its data is thrown. */
  seek(action: (iterator: FlowIterator) => 'ok' | 'again'): 'ok' | 'again' {
    this.clear();
    try {
      return action(this.iterator);
    } catch (error) {
      this.#fail(error);
      return 'ok';
    }
  }

  /** Keeps a failure that concerns this input only; throws any other. */
  #fail(error: unknown): void {
    if (this.iterator.damage === null) throw error;
    this.failure = toError(error);
  }

  /** Asks for the next batch. */
  load(): 'more' | 'again' | 'end' {
    if (this.failure !== null) return 'end';
    let result: FlowResult;
    try {
      result = this.iterator.next();
    } catch (error) {
      this.#fail(error);
      return 'end';
    }
    if (result.kind !== 'messages') return result.kind;
    this.#take(result.messages);
    return 'more';
  }

  /** Asks for more events behind those at hand, which nobody has a part of. */
  refill(): void {
    const left = this.#times.ends[this.#number]! - this.#times.at[this.#number]!;
    const items = this.iterator.nextFrom?.(this.#index) ?? null;
    if (items !== null) this.#take(items);
    const more = this.#times.ends[this.#number]! - this.#times.at[this.#number]!;
    if (more <= left) this.#times.few[this.#number] = 0;
  }

  #take(items: readonly FlowItem[]): void {
    this.#items = items;
    this.hasRuns = false;
    for (let i = 0; i < items.length; i++) if (items[i]!.kind === 'event-run') this.hasRuns = true;
    this.#at = 0;
    this.#begin();
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
      this.#times.set(this.#number, 0, 0);
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
    this.#times.set(this.#number, 0, 0);
    this.#times.few[this.#number] = 0;
    this.key = this.#keyOf(nsOf(item));
  }

  #beginSegment(): void {
    const run = this.#items[this.#at]!;
    if (run.kind !== 'event-run') return;
    const columns = run.parts[run.segments[this.#segment]!]!;
    this.columns = columns;
    const first = run.segments[this.#segment + 1]!;
    const end = run.segments[this.#segment + 2]!;
    const clock = columns.stream.class.defaultClockClass;
    if (clock !== null && (clock !== this.#clock || this.#origin.ns === null)) this.#setClock(clock, first);
    this.#clock = clock;
    const times = this.#times;
    times.reserve(end);
    times.set(this.#number, first, end);
    const isAlone = this.#at === this.#items.length - 1 && run.segments.length === SEGMENT_LENGTH;
    times.few[this.#number] = isAlone ? Math.floor((end - first) / FEW_RATIO) : 0;
    times.setStream(this.#number, columns.stream);
    times.areAscending[this.#number] = Number(this.#makeKeys(columns, first, end));
    this.key = times.values[times.at[this.#number]!]!;
  }

  #setClock(clock: ClockClass, index: number): void {
    this.#origin.ns ??= this.#nsAt(clock, index);
    const base = this.#origin.ns - clock.offsetNs;
    this.#isPlain = clock.frequencyHz === NS_PER_S;
    this.#baseHigh = Number(base >> 32n);
    this.#baseLow = Number(base & 0xffff_ffffn);
  }

  #nsAt(clock: ClockClass, index: number): bigint {
    const { clockHigh, clockLow } = this.columns!;
    const cycles = (BigInt(clockHigh[index]!) << 32n) | BigInt(clockLow[index]!);
    return cyclesToNs(clock, cycles);
  }

  /** Gives whether no key is below the one before it. */
  #makeKeys({ clockHigh, clockLow }: EventColumns, first: number, end: number): boolean {
    const keys = this.#times.values;
    const base = this.#times.baseOf(this.#number);
    const clock = this.#clock;
    let isAscending = true;
    let before = NO_TIME;
    if (clock === null) keys.fill(NO_TIME, base + first, base + end);
    else if (this.#isPlain) {
      const baseHigh = this.#baseHigh;
      const baseLow = this.#baseLow;
      for (let i = first; i < end; i++) {
        const key = (clockHigh[i]! - baseHigh) * 0x1_0000_0000 + (clockLow[i]! - baseLow);
        keys[base + i] = key;
        if (key < before) isAscending = false;
        before = key;
      }
    } else {
      for (let i = first; i < end; i++) {
        const key = this.#keyOf(this.#nsAt(clock, i));
        keys[base + i] = key;
        if (key < before) isAscending = false;
        before = key;
      }
    }
    return isAscending;
  }

  #keyOf(ns: bigint | null): number {
    if (ns === null) return NO_TIME;
    this.#origin.ns ??= ns;
    return Number(ns - this.#origin.ns);
  }

  /** Number of the first event in the columns. */
  get #index(): number {
    return this.#times.at[this.#number]! - this.#times.baseOf(this.#number);
  }

  #exactNs(): bigint | null {
    if (this.columns === null) return nsOf(this.message);
    return this.#clock === null ? null : this.#nsAt(this.#clock, this.#index);
  }

  #rankOf(): Rank {
    const { columns } = this;
    if (columns === null) return this.message;
    return { kind: 'event', stream: columns.stream, eventClass: columns.eventClassAt(this.#index) };
  }

  /** Whether the first message of this input goes before that of `other`, both having the key `key`. */
  isBefore(other: InputHead, key: number): boolean {
    if (key !== NO_TIME && Math.abs(key) > Number.MAX_SAFE_INTEGER) {
      const [ns, otherNs] = [this.#exactNs()!, other.#exactNs()!];
      if (ns !== otherNs) return ns < otherNs;
    }
    return compareMessages(this.#rankOf(), other.#rankOf()) < 0;
  }
}
