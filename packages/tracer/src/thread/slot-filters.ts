/** The filters of a thread's slots: which bits of an enable word ask a filter first, and the compiled filters. */
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

export class SlotFilters {
  readonly #link: LinkFilter;
  readonly #definitions = new Map<Slot, EventDefinition>();
  /** By slot, then by bit. */
  readonly #filters = new Map<Slot, Map<number, readonly ValueFilter[]>>();
  /** Number of the last state that was taken over. */
  generation = 0;

  constructor(link: LinkFilter) {
    this.#link = link;
  }

  define(slot: Slot, definition: EventDefinition): void {
    this.#definitions.set(slot, definition);
  }

  update(generation: number, updates: readonly FilterUpdate[]): void {
    this.generation = generation;
    for (const { slots, bit, filters } of updates) {
      for (const slot of slots) this.#set(slot, bit, filters);
    }
  }

  /** The low half of `word`, and of the high half the bits with a filter that accepts. */
  accept(slot: Slot, word: number, values: readonly unknown[]): number {
    let accepted = word & LOW_HALF;
    const byBit = this.#filters.get(slot);
    for (let rest = word >>> BITS_PER_HALF, bit = BITS_PER_HALF; rest !== 0; rest >>>= 1, bit++) {
      if ((rest & 1) === 0) continue;
      if (byBit?.get(bit)?.some((filter) => filter(values))) accepted |= 1 << bit;
    }
    return accepted;
  }

  #set(slot: Slot, bit: number, filters: readonly FilterBytecode[]): void {
    const definition = this.#definitions.get(slot);
    // Another thread's slot.
    if (definition === undefined) return;
    const byBit = this.#filters.get(slot) ?? new Map();
    byBit.set(
      bit,
      filters.map((filter) => this.#link(filter, definition)),
    );
    this.#filters.set(slot, byBit);
  }
}
