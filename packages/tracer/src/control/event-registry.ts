/**
 * The events of the whole process. Each thread that loads a program's definitions has slots of its own; slots
 * with equal definitions are one event class for the session daemon.
 */
import type { Slot } from '@lttng-ts/native';
import type { EventDefinition } from '../definition.ts';

/** One event as the session daemon sees it, with the slots that record it. */
export interface EventClass {
  readonly definition: EventDefinition;
  readonly slots: Set<Slot>;
}

export class EventRegistry {
  readonly #classes = new Map<string, EventClass>();
  readonly #bySlot = new Map<Slot, EventClass>();

  /** All classes, in the order of their first definition. */
  get classes(): Iterable<EventClass> {
    return this.#classes.values();
  }

  /** Adds a thread's slot; returns its class, or `null` when the slot is known already. */
  add(slot: Slot, definition: EventDefinition): EventClass | null {
    if (this.#bySlot.has(slot)) return null;
    const found = this.require(definition);
    found.slots.add(slot);
    this.#bySlot.set(slot, found);
    return found;
  }

  /** The class of an event, or null. */
  find(definition: EventDefinition): EventClass | null {
    return this.#classes.get(keyOf(definition)) ?? null;
  }

  /** The class of an event; a new one has no slots: control itself records it. */
  require(definition: EventDefinition): EventClass {
    const key = keyOf(definition);
    const found = this.#classes.get(key) ?? { definition, slots: new Set() };
    this.#classes.set(key, found);
    return found;
  }

  /** Forgets slots whose events were closed; returns the classes that nobody has any more, which are forgotten too. */
  withdraw(slots: readonly Slot[]): readonly EventClass[] {
    const touched = new Set(slots.flatMap((slot) => this.#bySlot.get(slot) ?? []));
    this.remove(slots);
    const gone = [...touched].filter((eventClass) => eventClass.slots.size === 0);
    for (const { definition } of gone) this.#classes.delete(keyOf(definition));
    return gone;
  }

  /** Forgets the slots of a thread that ended. Classes stay: sessions know their ids. */
  remove(slots: Iterable<Slot>): void {
    for (const slot of slots) {
      this.#bySlot.get(slot)?.slots.delete(slot);
      this.#bySlot.delete(slot);
    }
  }
}

function keyOf(definition: EventDefinition): string {
  return JSON.stringify(definition, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
}
