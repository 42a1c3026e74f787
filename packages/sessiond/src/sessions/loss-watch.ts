/**
 * Looks for losses and faults of sessions that record, while somebody listens: nobody announces them, counts lie in
 * memory that applications write.
 */
import { toError } from '@lttng-ts/base';
import type { RecordingFault } from '@lttng-ts/protocols';
import { lossesByChannel } from './losses.ts';
import type { Session } from './session.ts';
import { lossesIn, type SessionsContext } from './sessions-context.ts';

const PERIOD_MS = 1000;

/** What was seen of a session last. */
interface Seen {
  readonly lossCount: number;
  readonly faults: ReadonlyMap<string, boolean>;
}

const keyOf = ({ kind, where }: RecordingFault): string => `${kind} ${where}`;

export class LossWatch {
  readonly #context: SessionsContext;
  readonly #seen = new WeakMap<Session, Seen>();
  #isRunning = false;

  constructor(context: SessionsContext) {
    this.#context = context;
    context.options.events.onFirstListener(() => {
      if (!this.#isRunning) this.#tick();
    });
  }

  /** Compares now: called each period, and where a session's counts were asked for anyway. */
  async look(session: Session): Promise<void> {
    const statistics = await this.#context.ust.statistics(session.identity.id);
    const losses = lossesIn(session, statistics);
    let lossCount = 0;
    for (const each of lossesByChannel(statistics).values()) {
      lossCount += each.discardedEventCount + each.lostPacketCount;
    }
    const before = this.#seen.get(session);
    if (lossCount > (before?.lossCount ?? 0)) this.#context.tell(session, { kind: 'events-lost', losses });
    for (const fault of statistics.faults) {
      if (before?.faults.get(keyOf(fault)) === fault.isOngoing) continue;
      this.#context.tell(session, { kind: 'recording-fault', fault });
    }
    const faults = new Map(statistics.faults.map((fault) => [keyOf(fault), fault.isOngoing]));
    this.#seen.set(session, { lossCount, faults });
  }

  #tick(): void {
    const { options, registry } = this.#context;
    this.#isRunning = options.events.hasListeners;
    if (!this.#isRunning) return;
    const looks = registry.all.filter(({ isActive }) => isActive).map((session) => this.look(session));
    void Promise.allSettled(looks).then((results) => {
      for (const result of results) {
        if (result.status === 'rejected') options.log('debug', toError(result.reason).message);
      }
      options.after(PERIOD_MS, () => this.#tick());
    });
  }
}
