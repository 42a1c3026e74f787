/**
 * A thread's side of the link to the control worker: announces definitions, starts control when nobody has, waits on the
 * shared status words.
 */
import { builtin, type Slot } from '@lttng-ts/native';
import type { FilterUpdate } from '../control/ports.ts';
import type { DaemonPlace } from '../daemon-places.ts';
import type { TracerEnvironment } from '../environment.ts';
import type { ControlLink } from '../thread/recording-thread.ts';
import {
  type AnnouncedEvent,
  type Announcement,
  DOWN_CHANNEL,
  type DownMessage,
  STATUS_BYTES,
  statusWords,
  UP_CHANNEL,
  type UpMessage,
} from '../thread-protocol.ts';

/** While waiting, control is told again so often: it may have started after the last time. */
const REPEAT_MS = 10;

/** How often a thread looks whether the control worker, which another thread owns, is still there. */
const WATCH_MS = 2000;

export interface BroadcastLinkOptions {
  readonly environment: TracerEnvironment;
  readonly places: readonly DaemonPlace[];
  /**
   * Starts the control worker, if this thread is the one to do it. `own`: this thread has it; `none`: there will be none,
   * so nobody must wait.
   */
  readonly startControl: (first: Announcement) => 'own' | 'other' | 'none';
  readonly isControlAlive: () => boolean;
}

export class BroadcastLink implements ControlLink {
  readonly #options: BroadcastLinkOptions;
  readonly #sharedStatus = new SharedArrayBuffer(STATUS_BYTES);
  readonly #status = new Int32Array(this.#sharedStatus);
  readonly #threads = builtin('node:worker_threads');
  readonly #down = new this.#threads.BroadcastChannel(DOWN_CHANNEL);
  readonly #threadKey = `${this.#threads.threadId}:${process.hrtime.bigint()}`;
  #events: readonly (AnnouncedEvent | null)[] = [];
  contextNames: readonly string[] = [];
  #updates: FilterUpdate[] = [];
  #isAnnouncementDue = false;
  #hasAnnounced = false;
  #watch: NodeJS.Timeout | null = null;

  constructor(options: BroadcastLinkOptions) {
    this.#options = options;
    this.#down.onmessage = (event) => this.#take((event as { readonly data: DownMessage }).data);
    // Setting the listener makes it hold the event loop; only then can that be undone.
    this.#down.unref();
    // When the main thread ends, everything ends.
    if (!this.#threads.isMainThread)
      process.once('exit', () => this.#post({ kind: 'farewell', threadKey: this.#threadKey }));
  }

  get filterGeneration(): number {
    return Atomics.load(this.#status, statusWords.filterGeneration);
  }

  announce(events: readonly (AnnouncedEvent | null)[]): void {
    this.#events = events;
    if (!this.#hasAnnounced) {
      this.#hasAnnounced = true;
      this.#sendAnnouncement();
      return;
    }
    if (this.#isAnnouncementDue) return;
    this.#isAnnouncementDue = true;
    // Once for all definitions that follow each other; a wait sends it earlier.
    queueMicrotask(() => this.#sendAnnouncement());
  }

  withdraw(slots: readonly Slot[]): void {
    this.#post({ kind: 'withdraw', threadKey: this.#threadKey, slots });
  }

  isPending(eventCount: number): boolean {
    if (this.#word('isSettled') === 0) return isAnyDaemonThere(this.#options.places);
    return this.#word('daemonCount') > 0 && this.#word('announced') < eventCount;
  }

  wait(eventCount: number): void {
    const deadlineMs = this.#deadlineMs();
    while (this.isPending(eventCount)) {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) return;
      this.#sendAnnouncement();
      const word = this.#word('isSettled') === 0 ? statusWords.isSettled : statusWords.announced;
      Atomics.wait(this.#status, word, this.#status[word] ?? 0, Math.min(leftMs, REPEAT_MS));
    }
  }

  async waitAsync(eventCount: number): Promise<void> {
    const deadlineMs = this.#deadlineMs();
    while (this.isPending(eventCount) && performance.now() < deadlineMs) {
      this.#sendAnnouncement();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, REPEAT_MS);
        this.#whenChanged(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  takeFilterUpdates(): readonly FilterUpdate[] {
    for (let got = this.#threads.receiveMessageOnPort(this.#down as never); got !== undefined; ) {
      this.#take(got.message as DownMessage);
      got = this.#threads.receiveMessageOnPort(this.#down as never);
    }
    return this.#updates.splice(0);
  }

  /** When a wait that begins now ends at the latest. */
  #deadlineMs(): number {
    const { registerTimeoutMs } = this.#options.environment;
    return registerTimeoutMs < 0 ? Number.POSITIVE_INFINITY : performance.now() + registerTimeoutMs;
  }

  #word(name: keyof typeof statusWords): number {
    return Atomics.load(this.#status, statusWords[name]);
  }

  #whenChanged(callback: () => void): void {
    const word = this.#word('isSettled') === 0 ? statusWords.isSettled : statusWords.announced;
    const result = waitAsync(this.#status, word, this.#status[word] ?? 0);
    if (result.async) void result.value.then(callback);
    else callback();
  }

  #sendAnnouncement(): void {
    this.#isAnnouncementDue = false;
    const announced = this.#word('announced');
    if (announced >= this.#events.length) return;
    const announcement: Announcement = {
      kind: 'announce',
      threadKey: this.#threadKey,
      status: this.#sharedStatus,
      sequence: this.#events.length,
      events: this.#events.slice(announced).filter((event) => event !== null),
    };
    const owner = this.#options.startControl(announcement);
    if (owner === 'none') Atomics.store(this.#status, statusWords.isSettled, 1);
    else this.#post(announcement);
    if (owner === 'other') this.#watch ??= setInterval(() => this.#watchControl(), WATCH_MS).unref();
  }

  #post(message: UpMessage): void {
    // A channel of its own, closed again: one that stays open would collect what other threads say.
    const up = new this.#threads.BroadcastChannel(UP_CHANNEL);
    up.postMessage(message);
    up.close();
  }

  #take(message: DownMessage): void {
    if (message.kind === 'filters') this.#updates.push(message.update);
    else if (message.kind === 'contexts') this.contextNames = message.names;
    // A new control worker: it may know nothing yet.
    else this.#announceAgain();
  }

  #announceAgain(): void {
    Atomics.store(this.#status, statusWords.announced, 0);
    this.#sendAnnouncement();
  }

  #watchControl(): void {
    if (!this.#options.isControlAlive()) this.#announceAgain();
  }
}

/** `Atomics.waitAsync`, which TypeScript knows only with the library of ES2024. */
const { waitAsync } = Atomics as unknown as {
  waitAsync(
    words: Int32Array,
    index: number,
    expected: number,
  ): { readonly async: false } | { readonly async: true; readonly value: Promise<string> };
};

/** The control worker knows more; this is what decides about waiting. */
function isAnyDaemonThere(places: readonly DaemonPlace[]): boolean {
  return places.some(({ socketPath }) => builtin('node:fs').existsSync(socketPath));
}
