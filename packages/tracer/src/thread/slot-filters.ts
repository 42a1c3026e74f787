/** The filters of a thread's slots: which bits of an enable word ask a filter first, and the compiled filters. */
import { assert } from '@lttng-ts/base';
import type { Slot } from '@lttng-ts/native';
import type { FilterBytecode } from '../control/event-rule.ts';
import type { FilterUpdate } from '../control/ports.ts';
import { BITS_PER_HALF } from '../control/recording-table.ts';
import type { EventDefinition } from '../definition.ts';

/** A filter ready to run on the values of a recording call. Never throws. */
export type ValueFilter = (values: readonly unknown[]) => boolean;
/** Compiles bytecode for the events of one definition. What cannot be compiled never accepts. */
export type LinkFilter = (bytecode: FilterBytecode, definition: EventDefinition) => ValueFilter;

const LOW_HALF = (1 << BITS_PER_HALF) - 1;

/** The filters of one slot. */
export class SlotFilter {
  readonly #definition: EventDefinition;
  readonly #link: LinkFilter;
  #entries: readonly { readonly mask: number; readonly accepts: ValueFilter }[] = [];

  constructor(definition: EventDefinition, link: LinkFilter) {
    this.#definition = definition;
    this.#link = link;
  }

  /** Replaces the filters of a bit: one that accepts is enough. */
  set(bit: number, filters: readonly FilterBytecode[]): void {
    const mask = 1 << bit;
    const linked = filters.map((filter) => this.#link(filter, this.#definition));
    const [first = () => false, second] = linked;
    const accepts: ValueFilter =
      second === undefined ? first : (values) => linked.some((filter) => filter(values));
    this.#entries = [...this.#entries.filter((entry) => entry.mask !== mask), { mask, accepts }];
  }

  /** The low half of `word`, and of the high half the bits with a filter that accepts. */
  accept(word: number, values: readonly unknown[]): number {
    let accepted = word & LOW_HALF;
    for (let i = 0; i < this.#entries.length; i++) {
      const { mask, accepts } = this.#entries[i]!;
      if ((word & mask) !== 0 && accepts(values)) accepted |= mask;
    }
    return accepted;
  }
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

  /** The filters of a slot of this thread. */
  of(slot: Slot): SlotFilter {
    const found = this.#filters.get(slot);
    assert(found !== undefined, `Slot of another thread: slot=${slot}`);
    return found;
  }

  update(generation: number, updates: readonly FilterUpdate[]): void {
    this.generation = generation;
    for (const { slots, bit, filters } of updates) {
      // Slots of other threads are not here.
      for (const slot of slots) this.#filters.get(slot)?.set(bit, filters);
    }
  }
}
