/**
 * Which channels record which events, over all daemons, and the bits that stand for them in the enable words.
 * The low half of a word is for recordings that take every event, the high half for those that ask filters first:
 * a thread sees with one comparison whether it must run any filter.
 *
 * Recordings without filters share bits when there are more of them than bits: all of them take the event anyhow.
 * Each recording with filters has a bit of its own. When an event has more of them than its word, the others are in the
 * words of *further slots*, which belong to the event in all threads, and the highest bit of the event's own word says
 * that there are some.
 */
import type { RecorderChannelId, Recording, Slot } from '@lttng-ts/native';
import { type Alignment, planPayload } from '../encode/plan.ts';
import type { EventClass } from './event-registry.ts';
import type { FilterBytecode } from './event-rule.ts';
import type { ControlPorts } from './ports.ts';

/** Bits of an event's own word for recordings without filters: the lowest ones. */
export const PLAIN_BITS = 16;
/** The bit of an event's own word that says that there are further slots; those between are for filters. */
export const MORE_BIT = 31;
/** Bits of a further slot's word, all of them for filters. */
const FURTHER_BITS = 32;

/** A channel's wish to record an event. */
export interface RecordingWish {
  readonly channel: RecorderChannelId;
  readonly eventId: number;
  /** Any accepting one is enough; `null`: every event is taken. */
  readonly filters: readonly FilterBytecode[] | null;
}

/** A bit of an event's own word, or of a further slot's. */
interface Place {
  readonly furtherSlot: Slot | null;
  readonly bit: number;
}

interface Attachment extends RecordingWish {
  readonly place: Place;
}

/** Bits that are given out one after another: they are used again as late as possible. */
interface BitRange {
  readonly furtherSlot: Slot | null;
  readonly firstBit: number;
  readonly bitCount: number;
  next: number;
}

interface Row {
  readonly attachments: Map<object, Attachment>;
  readonly plain: BitRange;
  /** The event's own, then those of further slots. */
  readonly filtered: BitRange[];
}

export class RecordingTable {
  readonly #ports: ControlPorts;
  readonly #alignment: Alignment;
  readonly #rows = new Map<EventClass, Row>();

  constructor(ports: ControlPorts, alignment: Alignment) {
    this.#ports = ports;
    this.#alignment = alignment;
  }

  /** Sets or withdraws (`null`) what `owner`, a channel, wants of an event; takes effect at once. */
  set(eventClass: EventClass, owner: object, wish: RecordingWish | null): void {
    if (wish === null && !this.#rows.has(eventClass)) return;
    const row = this.#rowOf(eventClass);
    const current = row.attachments.get(owner);
    if (wish === null) {
      if (current === undefined) return;
      row.attachments.delete(owner);
    } else {
      if (current !== undefined && isSame(current, wish)) return;
      row.attachments.delete(owner);
      const place = wish.filters === null ? sharedPlace(row.plain) : this.#takePlace(eventClass, row);
      if (place !== null) {
        const attachment = { ...wish, place };
        row.attachments.set(owner, attachment);
        this.#publishFilters(attachment, eventClass.slots);
      }
    }
    this.#publishFurther(eventClass, row);
    this.#publish(eventClass, row, eventClass.slots);
  }

  /** Lets a new slot of an event record what its class records. */
  include(eventClass: EventClass, slot: Slot): void {
    const row = this.#rows.get(eventClass);
    if (row === undefined) return;
    for (const attachment of row.attachments.values()) this.#publishFilters(attachment, [slot]);
    this.#publish(eventClass, row, [slot]);
  }

  /** Nobody has the event any more. */
  forget(eventClass: EventClass): void {
    const row = this.#rows.get(eventClass);
    this.#rows.delete(eventClass);
    for (const { furtherSlot } of row?.filtered ?? []) {
      if (furtherSlot !== null) this.#ports.recorder.freeSlot(furtherSlot);
    }
  }

  #rowOf(eventClass: EventClass): Row {
    const own = (firstBit: number, bitCount: number): BitRange => ({
      furtherSlot: null,
      firstBit,
      bitCount,
      next: 0,
    });
    const row = this.#rows.get(eventClass) ?? {
      attachments: new Map(),
      plain: own(0, PLAIN_BITS),
      filtered: [own(PLAIN_BITS, MORE_BIT - PLAIN_BITS)],
    };
    this.#rows.set(eventClass, row);
    return row;
  }

  /** A free bit for a recording with filters; makes a further slot when there is none. */
  #takePlace(eventClass: EventClass, row: Row): Place | null {
    const taken = [...row.attachments.values()].map(({ place }) => place);
    for (const range of row.filtered) {
      const place = freePlace(range, taken);
      if (place !== null) return place;
    }
    const furtherSlot = this.#allocateSlot(eventClass);
    if (furtherSlot === null) return null;
    const range = { furtherSlot, firstBit: 0, bitCount: FURTHER_BITS, next: 0 };
    row.filtered.push(range);
    return freePlace(range, taken);
  }

  #allocateSlot({ definition }: EventClass): Slot | null {
    try {
      return this.#ports.recorder.allocateSlot();
    } catch {
      // ENOSPC: the program has as many events as there are slots, and goes on.
      this.#ports.log(`Too many recordings of one event: event="${definition.name}"`);
      return null;
    }
  }

  #publishFilters({ place, filters }: Attachment, slots: Iterable<Slot>): void {
    if (filters !== null) this.#ports.threads.publishFilters({ ...place, slots: [...slots], filters });
  }

  /** Before the events' own words, which tell threads to look there. */
  #publishFurther(eventClass: EventClass, row: Row): void {
    for (const { furtherSlot } of row.filtered) {
      if (furtherSlot === null) continue;
      this.#ports.recorder.setRecordings(furtherSlot, this.#recordingsAt(eventClass, row, furtherSlot), 0);
    }
  }

  #publish(eventClass: EventClass, row: Row, slots: Iterable<Slot>): void {
    const recordings = this.#recordingsAt(eventClass, row, null);
    const hasMore = [...row.attachments.values()].some(({ place }) => place.furtherSlot !== null);
    const flags = hasMore ? 2 ** MORE_BIT : 0;
    for (const slot of slots) this.#ports.recorder.setRecordings(slot, recordings, flags);
  }

  #recordingsAt({ definition }: EventClass, row: Row, furtherSlot: Slot | null): readonly Recording[] {
    const { alignBytes: payloadAlignBytes } = planPayload(definition.fields, this.#alignment);
    return [...row.attachments.values()]
      .filter(({ place }) => place.furtherSlot === furtherSlot)
      .map(
        ({ place, channel, eventId }): Recording => ({ bit: place.bit, channel, eventId, payloadAlignBytes }),
      );
  }
}

function sharedPlace(range: BitRange): Place {
  return { furtherSlot: range.furtherSlot, bit: range.firstBit + (range.next++ % range.bitCount) };
}

function freePlace(range: BitRange, taken: readonly Place[]): Place | null {
  const { furtherSlot, firstBit, bitCount } = range;
  for (let i = 0; i < bitCount; i++) {
    const offset = (range.next + i) % bitCount;
    const bit = firstBit + offset;
    if (taken.some((place) => place.furtherSlot === furtherSlot && place.bit === bit)) continue;
    range.next = offset + 1;
    return { furtherSlot, bit };
  }
  return null;
}

function isSame(a: RecordingWish, b: RecordingWish): boolean {
  if (a.channel !== b.channel || a.eventId !== b.eventId) return false;
  if (a.filters === null || b.filters === null) return a.filters === b.filters;
  return a.filters.length === b.filters.length && a.filters.every((filter, i) => filter === b.filters?.[i]);
}
