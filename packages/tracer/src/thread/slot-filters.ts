/** The filters of a thread's slots: which bits of an enable word ask a filter first, and the compiled filters. */
import { assert } from '@lttng-ts/base';
import type { Recorder, Slot } from '@lttng-ts/native';
import type { FilterBytecode } from '../control/event-rule.ts';
import type { FilterUpdate } from '../control/ports.ts';
import { MORE_BIT, PLAIN_BITS } from '../control/recording-table.ts';
import type { EventDefinition } from '../definition.ts';

/** A filter ready to run on the values of a recording call. Never throws. */
export type ValueFilter = (values: readonly unknown[]) => boolean;
/** Compiles bytecode for the events of one definition. What cannot be compiled never accepts. */
export type LinkFilter = (bytecode: FilterBytecode, definition: EventDefinition) => ValueFilter;

const PLAIN_MASK = 2 ** PLAIN_BITS - 1;
const MORE_MASK = 1 << MORE_BIT;

interface Entry {
  readonly mask: number;
  readonly accepts: ValueFilter;
}

/** The filters of the bits of a further slot, and which of its recordings took the last event. */
interface FurtherSlot {
  readonly slot: Slot;
  entries: readonly Entry[];
  accepted: number;
}

/** The filters of one slot. */
export class SlotFilter {
  /** The event was closed: its slot may be another event's now. */
  isClosed = false;
  readonly #definition: EventDefinition;
  readonly #link: LinkFilter;
  #entries: readonly Entry[] = [];
  readonly #further: FurtherSlot[] = [];

  constructor(definition: EventDefinition, link: LinkFilter) {
    this.#definition = definition;
    this.#link = link;
  }

  /** Replaces the filters of a bit of the slot's word, or of a further slot's: one that accepts is enough. */
  set(bit: number, filters: readonly FilterBytecode[], furtherSlot: Slot | null): void {
    const linked = filters.map((filter) => this.#link(filter, this.#definition));
    const [first = () => false, second] = linked;
    const accepts: ValueFilter =
      second === undefined ? first : (values) => linked.some((filter) => filter(values));
    const entry = { mask: 1 << bit, accepts };
    if (furtherSlot === null) this.#entries = replaced(this.#entries, entry);
    else {
      const further = this.#requireFurther(furtherSlot);
      further.entries = replaced(further.entries, entry);
    }
  }

  /**
   * The low half of `word`, and of the high half the bits with a filter that accepts. The highest bit says that
   * {@link emitFurther} has something to do; `words` are the words of all slots.
   */
  accept(word: number, values: readonly unknown[], words: Uint32Array): number {
    let accepted = (word & PLAIN_MASK) | acceptedOf(this.#entries, word, values);
    if ((word & MORE_MASK) === 0) return accepted;
    for (let i = 0; i < this.#further.length; i++) {
      const further = this.#further[i]!;
      further.accepted = acceptedOf(further.entries, words[further.slot] ?? 0, values);
      if (further.accepted !== 0) accepted |= MORE_MASK;
    }
    return accepted;
  }

  /** Records the payload into what further slots accepted in the last call of {@link accept}. */
  emitFurther(recorder: Pick<Recorder, 'emit'>, payloadLengthBytes: number): void {
    for (const { slot, accepted } of this.#further) {
      if (accepted !== 0) recorder.emit(slot, payloadLengthBytes, accepted);
    }
  }

  #requireFurther(slot: Slot): FurtherSlot {
    const known = this.#further.find((further) => further.slot === slot);
    if (known !== undefined) return known;
    const made: FurtherSlot = { slot, entries: [], accepted: 0 };
    this.#further.push(made);
    return made;
  }
}

function replaced(entries: readonly Entry[], entry: Entry): readonly Entry[] {
  return [...entries.filter(({ mask }) => mask !== entry.mask), entry];
}

function acceptedOf(entries: readonly Entry[], word: number, values: readonly unknown[]): number {
  let accepted = 0;
  for (let i = 0; i < entries.length; i++) {
    const { mask, accepts } = entries[i]!;
    if ((word & mask) !== 0 && accepts(values)) accepted |= mask;
  }
  return accepted;
}

export class SlotFilters {
  readonly #link: LinkFilter;
  readonly #filters = new Map<Slot, SlotFilter>();
  /** Number of the last state that was taken over. */
  generation = 0;

  constructor(link: LinkFilter) {
    this.#link = link;
  }

  define(slot: Slot, definition: EventDefinition): void {
    this.#filters.set(slot, new SlotFilter(definition, this.#link));
  }

  /** Nothing is recorded any more through the slot as it was defined. */
  close(slot: Slot): void {
    this.of(slot).isClosed = true;
    this.#filters.delete(slot);
  }

  /** The filters of a slot of this thread. */
  of(slot: Slot): SlotFilter {
    const found = this.#filters.get(slot);
    assert(found !== undefined, `Slot of another thread: slot=${slot}`);
    return found;
  }

  update(generation: number, updates: readonly FilterUpdate[]): void {
    this.generation = generation;
    for (const { slots, bit, filters, furtherSlot } of updates) {
      // Slots of other threads are not here.
      for (const slot of slots) this.#filters.get(slot)?.set(bit, filters, furtherSlot);
    }
  }
}
