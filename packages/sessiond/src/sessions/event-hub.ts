/** Tells those who listen what happens: each hears of the sessions that it may see. Pure but for the clock given. */
import type { ControlEvent, ControlEventBody } from '@lttng-ts/protocols';
import type { Caller } from './caller.ts';

/** Takes one event, at once: it must neither wait nor throw. */
export type EventListener = (event: ControlEvent) => void;

interface Subscription {
  readonly caller: Caller;
  readonly session: string | null;
  readonly listener: EventListener;
}

export class EventHub {
  readonly #nowMs: () => number;
  readonly #subscriptions = new Set<Subscription>();
  readonly #onAudience = new Set<() => void>();
  #sequence = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get hasListeners(): boolean {
    return this.#subscriptions.size > 0;
  }

  /** Calls back whenever the first listener comes. */
  onFirstListener(callback: () => void): void {
    this.#onAudience.add(callback);
  }

  /** Tells `listener` of everything, or of one session (it need not be there yet); the returned function ends it. */
  subscribe(caller: Caller, session: string | null, listener: EventListener): () => void {
    const subscription = { caller, session, listener };
    this.#subscriptions.add(subscription);
    if (this.#subscriptions.size === 1) for (const callback of this.#onAudience) callback();
    return () => void this.#subscriptions.delete(subscription);
  }

  /** Tells of something; `ownerUid` is the session owner's, null when everybody may know. */
  tell(body: ControlEventBody, ownerUid: number | null): void {
    const event: ControlEvent = { ...body, sequence: ++this.#sequence, timeMs: this.#nowMs() };
    for (const { caller, session, listener } of this.#subscriptions) {
      const isVisible = ownerUid === null || caller.uid === 0 || caller.uid === ownerUid;
      const isWanted = session === null || !('session' in event) || event.session === session;
      if (isVisible && isWanted) listener(event);
    }
  }
}
