/**
 * One JavaScript thread that records: its slots, its scratch memory, its wait for the daemons' rules, its filters.
 * Everything outside (other threads, the clock) comes through {@link ControlLink}.
 */
import type { Recorder, Slot } from '@lttng-ts/native';
import { applicationValue } from '../application-contexts.ts';
import type { FilterUpdate } from '../control/ports.ts';
import type { EventDefinition } from '../definition.ts';
import type { AnnouncedEvent } from '../thread-protocol.ts';
import { ApplicationValues } from './application-values.ts';
import { Scratch } from './scratch.ts';
import { type LinkFilter, type SlotFilter, SlotFilters } from './slot-filters.ts';

/** The addon's recorder as a recording thread uses it. */
export type RecordingPort = Pick<
  Recorder,
  'enableWords' | 'allocateSlot' | 'applicationValues' | 'scratch' | 'emit'
>;

/** The thread's link to the control worker. */
export interface ControlLink {
  /** Tells control about all `events` of the thread so far; starts control when nobody has. */
  announce(events: readonly (AnnouncedEvent | null)[]): void;
  /** Tells control that these slots are not recorded any more; what was announced of them is null now. */
  withdraw(slots: readonly Slot[]): void;
  /** Whether a session daemon may want something that control has not put in place yet. */
  isPending(eventCount: number): boolean;
  /** Waits, blocking the thread, until {@link isPending} is false or the time is over. */
  wait(eventCount: number): void;
  /** The same for a program that can wait on its event loop. */
  waitAsync(eventCount: number): Promise<void>;
  readonly filterGeneration: number;
  /** Application contexts by their number, as far as they have arrived with filters. */
  readonly contextNames: readonly string[];
  /** Filters that arrived since the last call. */
  takeFilterUpdates(): readonly FilterUpdate[];
}

/** What generated recording functions read at each call. */
export interface WordsCell {
  /** Enable words by slot; while `isPending`, words that send every call to {@link RecordingThread.settle}. */
  words: Uint32Array;
  isPending: boolean;
}

export class RecordingThread {
  readonly cell: WordsCell;
  readonly scratch: Scratch;
  readonly recorder: RecordingPort;
  readonly #link: ControlLink;
  readonly #slotLimit: number;
  /** In order of definition; null: closed since. */
  readonly #events: (AnnouncedEvent | null)[] = [];
  readonly #filters: SlotFilters;
  readonly #applications: ApplicationValues;
  /** Events that are announced and acknowledged: their words are right. */
  #settledCount = 0;

  /** `slotLimit`: slots from there on are not used. */
  constructor(recorder: RecordingPort, link: ControlLink, linkFilter: LinkFilter, slotLimit = Infinity) {
    this.#applications = new ApplicationValues(recorder.applicationValues, applicationValue);
    this.#slotLimit = slotLimit;
    this.recorder = recorder;
    this.#link = link;
    this.scratch = new Scratch(recorder);
    this.#filters = new SlotFilters(linkFilter);
    this.cell = { words: recorder.enableWords, isPending: false };
  }

  /**
   * Gives events slots, and lets the first call of each wait for the daemons if one is there. Gives fewer slots when no
   * more are left in the process.
   */
  define(definitions: readonly EventDefinition[], payloadBytes: number): readonly Slot[] {
    this.scratch.reserve(payloadBytes);
    const slots: Slot[] = [];
    for (const definition of definitions) {
      const slot = this.#allocateSlot();
      if (slot === null) break;
      slots.push(slot);
      this.#events.push({ slot, definition });
      this.#filters.define(slot, definition);
    }
    this.#link.announce(this.#events);
    this.cell.isPending = true;
    // As long as needed, so that no call reads past its end: generated code would stay slower for ever.
    const slotCount = this.#events.reduce((most, event) => Math.max(most, (event?.slot ?? -1) + 1), 0);
    this.cell.words = new Uint32Array(slotCount).fill(1);
    return slots;
  }

  /** Ends events for good: their recording functions do nothing any more. */
  close(slots: readonly Slot[]): void {
    for (const slot of slots) {
      this.#filters.close(slot);
      const index = this.#events.findIndex((event) => event?.slot === slot);
      // The place stays: control counts definitions.
      this.#events[index] = null;
    }
    this.#link.withdraw(slots);
  }

  #allocateSlot(): Slot | null {
    try {
      const slot = this.recorder.allocateSlot();
      return slot < this.#slotLimit ? slot : null;
    } catch {
      // ENOSPC: a program with that many events keeps running, the last ones cannot be recorded.
      return null;
    }
  }

  /** Whether somebody records the slot's event now. */
  isEnabled(slot: Slot): boolean {
    return (this.cell.isPending ? this.settle(slot) : this.cell.words[slot]) !== 0;
  }

  /** The enable word of a slot, after the wait that its first call may need. */
  settle(slot: Slot): number {
    if (this.#link.isPending(this.#events.length)) {
      const index = this.#events.findIndex((event) => event?.slot === slot);
      // Events of an earlier definition are settled already; only new ones wait.
      if (index >= this.#settledCount) this.#link.wait(this.#events.length);
      else return this.recorder.enableWords[slot] ?? 0;
    }
    this.#settledCount = this.#events.length;
    this.cell.isPending = false;
    this.cell.words = this.recorder.enableWords;
    return this.recorder.enableWords[slot] ?? 0;
  }

  /** The filters of a slot, for {@link accept}. */
  filterOf(slot: Slot): SlotFilter {
    return this.#filters.of(slot);
  }

  /** Resolves when the daemons that are there have put their rules in place, or the time is over. */
  async ready(): Promise<void> {
    await this.#link.waitAsync(this.#events.length);
  }

  /** Asks the program for the application contexts of these bits, for the next record. */
  fillContexts(bits: number): void {
    this.#hear();
    this.#applications.fill(bits, this.#link.contextNames);
  }

  /** The bits of `word` whose recordings take an event with these values. */
  accept(filter: SlotFilter, word: number, values: readonly unknown[]): number {
    this.#hear();
    return filter.accept(word, values, this.recorder.enableWords);
  }

  /** Takes what control has published since. */
  #hear(): void {
    const { filterGeneration } = this.#link;
    if (filterGeneration === this.#filters.generation) return;
    this.#filters.update(filterGeneration, this.#link.takeFilterUpdates());
  }
}
