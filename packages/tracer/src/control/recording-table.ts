/**
 * Which channels record which events, over all daemons, and the bits that stand for them in the enable words.
 * The low half of a word is for recordings that take every event, the high half for those that ask filters first:
 * a thread sees with one comparison whether it must run any filter.
 */
import type { RecorderChannelId, Recording, Slot } from '@lttng-ts/native';
import { type Alignment, planPayload } from '../encode/plan.ts';
import type { EventClass } from './event-registry.ts';
import type { FilterBytecode } from './event-rule.ts';
import type { ControlPorts } from './ports.ts';

/** Recordings of one event without filters, and with filters: halves of a 32-bit word. */
export const BITS_PER_HALF = 16;

/** A channel's wish to record an event. */
export interface RecordingWish {
  readonly channel: RecorderChannelId;
  readonly eventId: number;
  /** Any accepting one is enough; `null`: every event is taken. */
  readonly filters: readonly FilterBytecode[] | null;
}

interface Attachment extends RecordingWish {
  readonly bit: number;
}

interface Row {
  readonly attachments: Map<object, Attachment>;
  /** Where the search for a free bit goes on: bits are used again as late as possible. */
  readonly nextBit: [number, number];
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
    const row = this.#rowOf(eventClass);
    const current = row.attachments.get(owner);
    if (wish === null) {
      if (current === undefined) return;
      row.attachments.delete(owner);
    } else {
      if (current !== undefined && isSame(current, wish)) return;
      row.attachments.delete(owner);
      const bit = this.#takeBit(eventClass, row, wish.filters === null ? 0 : 1);
      if (bit !== null) {
        const attachment = { ...wish, bit };
        row.attachments.set(owner, attachment);
        this.#publishFilters(attachment, eventClass.slots);
      }
    }
    this.#publish(eventClass, row, eventClass.slots);
  }

  /** Lets a new slot of an event record what its class records. */
  include(eventClass: EventClass, slot: Slot): void {
    const row = this.#rows.get(eventClass);
    if (row === undefined) return;
    for (const attachment of row.attachments.values()) this.#publishFilters(attachment, [slot]);
    this.#publish(eventClass, row, [slot]);
  }

  #rowOf(eventClass: EventClass): Row {
    const row = this.#rows.get(eventClass) ?? { attachments: new Map(), nextBit: [0, 0] };
    this.#rows.set(eventClass, row);
    return row;
  }

  #takeBit(eventClass: EventClass, row: Row, half: 0 | 1): number | null {
    const taken = new Set([...row.attachments.values()].map(({ bit }) => bit));
    for (let i = 0; i < BITS_PER_HALF; i++) {
      const offset = (row.nextBit[half] + i) % BITS_PER_HALF;
      const bit = half * BITS_PER_HALF + offset;
      if (taken.has(bit)) continue;
      row.nextBit[half] = offset + 1;
      return bit;
    }
    this.#ports.log(`Too many recordings of one event: event="${eventClass.definition.name}"`);
    return null;
  }

  #publishFilters({ bit, filters }: Attachment, slots: Iterable<Slot>): void {
    if (filters !== null) this.#ports.threads.publishFilters({ slots: [...slots], bit, filters });
  }

  #publish({ definition }: EventClass, row: Row, slots: Iterable<Slot>): void {
    const { alignBytes: payloadAlignBytes } = planPayload(definition.fields, this.#alignment);
    const recordings = [...row.attachments.values()].map(
      ({ bit, channel, eventId }): Recording => ({ bit, channel, eventId, payloadAlignBytes }),
    );
    for (const slot of slots) this.#ports.recorder.setRecordings(slot, recordings);
  }
}

function isSame(a: RecordingWish, b: RecordingWish): boolean {
  if (a.channel !== b.channel || a.eventId !== b.eventId) return false;
  if (a.filters === null || b.filters === null) return a.filters === b.filters;
  return a.filters.length === b.filters.length && a.filters.every((filter, i) => filter === b.filters?.[i]);
}
