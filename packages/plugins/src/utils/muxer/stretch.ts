/**
 * A stretch of time in which all inputs of a merge have their events at hand: these are taken at once. In which order they go
 * is found out when somebody asks, by sorting their times digit by digit: that takes less than a game for each event, and
 * whoever only counts never asks.
 *
 * A stretch ends before the first message, and before the last event at hand of any input: behind it may be anything.
 */
import { type EventColumns, EventRun, SEGMENT_LENGTH, type Stream } from '@lttng-ts/graph';
import { compareStreamIdentities } from './compare-messages.ts';
import type { EventTimes } from './event-times.ts';
import { NOTHING_LEFT } from './loser-tree.ts';

/** Events of a stretch, about: more of them do not stay in the processor's cache. */
const MOST_EVENTS = 8192;
/** Events that each input may have in it, at least. */
const LEAST_SHARE = 32;
/** With fewer, games are as quick. */
const LEAST_EVENTS = 64;
/** So many stretches may be too short before none is looked for some times: when inputs get their next events, many are. */
const FREE_FAILURES = 4;
const MOST_PAUSES = 8;

/** Times are sorted as integers of 32 bits, relative to the first one. */
const SPAN = 2 ** 32;
const DIGIT_BITS = 11;
const DIGIT_COUNT = 1 << DIGIT_BITS;
const DIGIT_MASK = DIGIT_COUNT - 1;

/** An event while it is sorted: its part above, its number below. */
const INDEX_BITS = 16;
const INDEX_MASK = (1 << INDEX_BITS) - 1;
const MOST_PARTS = 1 << 15;

/** Events that each of so many inputs should have in a stretch. */
export const shareOf = (inputCount: number): number =>
  Math.max(Math.floor(MOST_EVENTS / inputCount), LEAST_SHARE);

export class Stretches {
  readonly #times: EventTimes;
  /** Key of the first message of each input. */
  readonly #keys: Float64Array;
  /** Numbers of inputs in the order of their events that are at the same time. */
  #order: readonly number[] = [];
  #orderedChanges = -1;
  #isOrderKnown = false;
  #pauses = 0;
  #failures = 0;
  /** By input: the place behind its events in the stretch. */
  readonly #stops: Int32Array;
  /** By part: its places, and the number of the event at place 0. */
  readonly #partFirsts: Int32Array;
  readonly #partEnds: Int32Array;
  readonly #partBases: Int32Array;
  /** Key of the first event, and what is to be added for the end. */
  #firstKey = 0;
  #span = 0;
  #count = 0;
  /** Of the last stretch, used again for the next one. */
  readonly #parts: EventColumns[] = [];
  readonly #digits = new Int32Array(DIGIT_COUNT);
  #sorting = new Uint32Array(0);
  #segments = new Int32Array(0);

  constructor(times: EventTimes, keys: Float64Array) {
    this.#times = times;
    this.#keys = keys;
    this.#stops = new Int32Array(keys.length);
    this.#partFirsts = new Int32Array(keys.length);
    this.#partEnds = new Int32Array(keys.length);
    this.#partBases = new Int32Array(keys.length);
  }

  /**
   * Takes the events of the stretch that begins now, whose inputs go on behind it; `null` when it is too short. `columnsOf` gives
   * the columns of an input. The run, as its parts, is good until more is asked for.
   */
  take(columnsOf: (input: number) => EventColumns | null): EventRun | null {
    if (this.#pauses > 0) {
      this.#pauses--;
      return null;
    }
    if (!this.#find() || !this.#findOrder()) {
      this.#failures++;
      this.#pauses = Math.min(Math.max(this.#failures - FREE_FAILURES, 0), MOST_PAUSES);
      return null;
    }
    this.#failures = 0;
    return this.#give(columnsOf);
  }

  /** Finds the end of the stretch, in time and in each input. */
  #find(): boolean {
    const keys = this.#keys;
    const { at, ends, values, areAscending, length } = this.#times;
    const inputCount = keys.length;
    if (inputCount < 2 || inputCount > MOST_PARTS || length > INDEX_MASK) return false;
    const share = shareOf(inputCount);
    let first = NOTHING_LEFT;
    let limit = NOTHING_LEFT;
    for (let input = 0; input < inputCount; input++) {
      const key = keys[input]!;
      const place = at[input]!;
      const end = ends[input]!;
      if (place >= end) {
        if (key < limit) limit = key;
        continue;
      }
      if (areAscending[input] === 0) return false;
      if (key < first) first = key;
      const last = values[Math.min(place + share, end - 1)]!;
      if (last < limit) limit = last;
    }
    // Keys beyond this may be equal though times are not.
    if (!(first >= -Number.MAX_SAFE_INTEGER && limit <= Number.MAX_SAFE_INTEGER)) return false;
    limit = Math.min(limit, first + SPAN);
    return limit > first && this.#findStops(first, limit);
  }

  #findStops(first: number, limit: number): boolean {
    const { at, ends, values } = this.#times;
    const stops = this.#stops;
    let count = 0;
    for (let input = 0; input < stops.length; input++) {
      const begin = at[input]!;
      let place = begin;
      // The last one is not before the limit.
      if (begin < ends[input]!) while (values[place]! < limit) place++;
      stops[input] = place;
      count += place - begin;
    }
    this.#firstKey = first;
    this.#span = limit - first;
    this.#count = count;
    return count >= LEAST_EVENTS && count >= stops.length;
  }

  /** Finds the order of inputs; `false` where that of their streams depends on their events. */
  #findOrder(): boolean {
    const { streams, streamChanges } = this.#times;
    if (this.#orderedChanges === streamChanges) return this.#isOrderKnown;
    const known: { readonly input: number; readonly stream: Stream }[] = [];
    for (const [input, stream] of streams.entries()) if (stream !== null) known.push({ input, stream });
    known.sort((a, b) => compareStreamIdentities(a.stream, b.stream));
    this.#isOrderKnown = known.every(
      ({ stream }, i) => i === 0 || compareStreamIdentities(known[i - 1]!.stream, stream) !== 0,
    );
    this.#order = known.map(({ input }) => input);
    this.#orderedChanges = streamChanges;
    return this.#isOrderKnown;
  }

  #give(columnsOf: (input: number) => EventColumns | null): EventRun {
    const times = this.#times;
    const { at, values } = times;
    const stops = this.#stops;
    const parts = this.#parts;
    let partCount = 0;
    for (const input of this.#order) {
      const place = at[input]!;
      const stop = stops[input]!;
      if (place === stop) continue;
      const part = partCount++;
      parts[part] = columnsOf(input)!;
      this.#partFirsts[part] = place;
      this.#partEnds[part] = stop;
      this.#partBases[part] = times.baseOf(input);
      at[input] = stop;
      this.#keys[input] = values[stop]!;
    }
    if (parts.length > partCount) parts.length = partCount;
    const segments = {
      inOrder: () => this.#sorted(parts.length),
      byPart: () => this.#whole(parts.length),
    };
    return new EventRun(parts, segments, this.#count);
  }

  /** One segment for each part. */
  #whole(partCount: number): Int32Array {
    const segments = new Int32Array(SEGMENT_LENGTH * partCount);
    for (let part = 0; part < partCount; part++) {
      const base = this.#partBases[part]!;
      const numbers = [part, this.#partFirsts[part]! - base, this.#partEnds[part]! - base];
      segments.set(numbers, SEGMENT_LENGTH * part);
    }
    return segments;
  }

  /** Segments of the events, in order of time. */
  #sorted(partCount: number): Int32Array {
    const count = this.#count;
    if (this.#segments.length < SEGMENT_LENGTH * count)
      this.#segments = new Int32Array(SEGMENT_LENGTH * count);
    if (partCount === 2) return this.#mergedTwo();
    if (this.#sorting.length < 4 * count) this.#sorting = new Uint32Array(4 * count);
    const memory = this.#sorting;
    let keys = memory.subarray(0, count);
    let events = memory.subarray(count, 2 * count);
    let otherKeys = memory.subarray(2 * count, 3 * count);
    let otherEvents = memory.subarray(3 * count, 4 * count);
    this.#gather(partCount, keys, events);
    for (let shift = 0; 2 ** shift < this.#span; shift += DIGIT_BITS) {
      this.#sortByDigit(shift, keys, events, otherKeys, otherEvents);
      const [keptKeys, keptEvents] = [keys, events];
      keys = otherKeys;
      events = otherEvents;
      otherKeys = keptKeys;
      otherEvents = keptEvents;
    }
    return this.#joined(events);
  }

  /** The same of two parts, which takes one comparison for each event. */
  #mergedTwo(): Int32Array {
    const { values } = this.#times;
    const segments = this.#segments;
    const firstEnd = this.#partEnds[0]!;
    const secondEnd = this.#partEnds[1]!;
    const firstBase = this.#partBases[0]!;
    const secondBase = this.#partBases[1]!;
    let first = this.#partFirsts[0]!;
    let second = this.#partFirsts[1]!;
    let to = 0;
    while (first < firstEnd || second < secondEnd) {
      const limit = second < secondEnd ? values[second]! : NOTHING_LEFT;
      const begin = first;
      while (first < firstEnd && values[first]! <= limit) first++;
      if (first > begin) {
        segments[to] = 0;
        segments[to + 1] = begin - firstBase;
        segments[to + 2] = first - firstBase;
        to += SEGMENT_LENGTH;
      }
      const otherLimit = first < firstEnd ? values[first]! : NOTHING_LEFT;
      const otherBegin = second;
      while (second < secondEnd && values[second]! < otherLimit) second++;
      if (second > otherBegin) {
        segments[to] = 1;
        segments[to + 1] = otherBegin - secondBase;
        segments[to + 2] = second - secondBase;
        to += SEGMENT_LENGTH;
      }
    }
    return segments.subarray(0, to);
  }

  /** Puts times and events of all parts, one part after another, into arrays. */
  #gather(partCount: number, keys: Uint32Array, events: Uint32Array): void {
    const { values } = this.#times;
    const firstKey = this.#firstKey;
    let to = 0;
    for (let part = 0; part < partCount; part++) {
      const end = this.#partEnds[part]!;
      const event = (part << INDEX_BITS) - this.#partBases[part]!;
      for (let place = this.#partFirsts[part]!; place < end; place++) {
        keys[to] = values[place]! - firstKey;
        events[to] = event + place;
        to++;
      }
    }
  }

  /** Sorts by the digit at bit `shift`; what has the same one stays in order. */
  #sortByDigit(
    shift: number,
    keys: Uint32Array,
    events: Uint32Array,
    toKeys: Uint32Array,
    toEvents: Uint32Array,
  ): void {
    const places = this.#digits;
    places.fill(0);
    const count = keys.length;
    for (let i = 0; i < count; i++) places[(keys[i]! >>> shift) & DIGIT_MASK]!++;
    let place = 0;
    for (let digit = 0; digit < DIGIT_COUNT; digit++) {
      const digitCount = places[digit]!;
      places[digit] = place;
      place += digitCount;
    }
    for (let i = 0; i < count; i++) {
      const key = keys[i]!;
      const digit = (key >>> shift) & DIGIT_MASK;
      const to = places[digit]!;
      places[digit] = to + 1;
      toKeys[to] = key;
      toEvents[to] = events[i]!;
    }
  }

  /** Events in a row of one part are one segment. */
  #joined(events: Uint32Array): Int32Array {
    const segments = this.#segments;
    let to = 0;
    let next = -1;
    for (let i = 0; i < events.length; i++) {
      const event = events[i]!;
      if (event === next) segments[to - 1]!++;
      else {
        segments[to] = event >>> INDEX_BITS;
        segments[to + 1] = event & INDEX_MASK;
        segments[to + 2] = (event & INDEX_MASK) + 1;
        to += SEGMENT_LENGTH;
      }
      next = event + 1;
    }
    return segments.subarray(0, to);
  }
}
