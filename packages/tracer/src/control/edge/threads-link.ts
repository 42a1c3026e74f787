/**
 * Control's side of the link to the program's threads: hears what they define, keeps their status words, and gives
 * them filters.
 */
import { BroadcastChannel } from 'node:worker_threads';
import type { Slot } from '@lttng-ts/native';
import {
  type Announcement,
  DOWN_CHANNEL,
  type DownMessage,
  statusWords,
  UP_CHANNEL,
  type UpMessage,
} from '../../thread-protocol.ts';
import type { FilterUpdate, ThreadsPort } from '../ports.ts';

/** Status words that have the same value in all threads. */
interface SharedWords {
  isSettled: number;
  filterGeneration: number;
  daemonCount: number;
}

interface Thread {
  readonly status: Int32Array;
  readonly slots: Set<Slot>;
}

export interface ThreadsLinkOptions {
  /** Announces new events to the daemons; the thread is told when that is done. */
  readonly onAnnouncement: (announcement: Announcement) => Promise<void>;
  /** Slots that a living thread gave up. */
  readonly onWithdrawal: (slots: readonly Slot[]) => void;
  readonly onFarewell: (slots: ReadonlySet<Slot>) => void;
}

export class ThreadsLink implements ThreadsPort {
  readonly #up = new BroadcastChannel(UP_CHANNEL);
  readonly #down = new BroadcastChannel(DOWN_CHANNEL);
  readonly #threads = new Map<string, Thread>();
  readonly #options: ThreadsLinkOptions;
  #contexts: readonly string[] = [];
  readonly #shared: SharedWords = { isSettled: 0, filterGeneration: 0, daemonCount: 0 };

  constructor(options: ThreadsLinkOptions) {
    this.#options = options;
    // This listener keeps the worker's event loop alive; the worker itself keeps no process alive.
    this.#up.onmessage = (event) => this.#receive((event as { readonly data: UpMessage }).data);
  }

  /** Takes the first thread's definitions, then asks who else is there. */
  start(first: Announcement): void {
    this.#receive(first);
    this.#post({ kind: 'roll-call' });
  }

  publishFilters(update: FilterUpdate): void {
    this.#post({ kind: 'filters', update });
    this.#setShared('filterGeneration', this.#shared.filterGeneration + 1);
  }

  /** Tells the names of application contexts, by their number. */
  publishContexts(names: readonly string[]): void {
    this.#contexts = names;
    this.#post({ kind: 'contexts', names });
    this.#setShared('filterGeneration', this.#shared.filterGeneration + 1);
  }

  setSettled(): void {
    this.#setShared('isSettled', 1);
  }

  setDaemonCount(count: number): void {
    this.#setShared('daemonCount', count);
  }

  #post(message: DownMessage): void {
    this.#down.postMessage(message);
  }

  #receive(message: UpMessage): void {
    if (message.kind === 'farewell') {
      const thread = this.#threads.get(message.threadKey);
      this.#threads.delete(message.threadKey);
      if (thread !== undefined) this.#options.onFarewell(thread.slots);
      return;
    }
    if (message.kind === 'withdraw') {
      for (const slot of message.slots) this.#threads.get(message.threadKey)?.slots.delete(slot);
      this.#options.onWithdrawal(message.slots);
      return;
    }
    const thread = this.#threadOf(message);
    for (const { slot } of message.events) thread.slots.add(slot);
    void this.#options.onAnnouncement(message).finally(() => acknowledge(thread, message.sequence));
  }

  #threadOf({ threadKey, status }: Announcement): Thread {
    const known = this.#threads.get(threadKey);
    if (known !== undefined) return known;
    const thread: Thread = { status: new Int32Array(status), slots: new Set() };
    this.#threads.set(threadKey, thread);
    // It has not heard of them.
    if (this.#contexts.length > 0) this.publishContexts(this.#contexts);
    for (const [name, value] of Object.entries(this.#shared)) {
      store(thread, statusWords[name as keyof typeof statusWords], value);
    }
    return thread;
  }

  #setShared(name: keyof SharedWords, value: number): void {
    this.#shared[name] = value;
    for (const thread of this.#threads.values()) store(thread, statusWords[name], value);
  }
}

function acknowledge(thread: Thread, sequence: number): void {
  const known = Atomics.load(thread.status, statusWords.announced);
  if (sequence > known) store(thread, statusWords.announced, sequence);
}

function store({ status }: Thread, word: number, value: number): void {
  Atomics.store(status, word, value);
  Atomics.notify(status, word);
}
