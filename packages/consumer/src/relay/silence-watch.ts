/**
 * Notices a connection on which something is waited for and nothing comes. A relay daemon that is silent for
 * {@link RELAY_SILENCE_NS} counts as lost.
 */
import { type MonotonicNs, monotonicNs, type ScheduledTask } from '@lttng-ts/base';
import type { RelayClock } from './relay-ports.ts';

/** Longer than TCP needs to go on after half a minute without a network: its attempts are up to 26 s apart then. */
export const RELAY_SILENCE_NS = 90_000_000_000n;

export class SilenceWatch {
  readonly #clock: RelayClock;
  readonly #isWaiting: () => boolean;
  readonly #onSilence: () => void;
  readonly #task: ScheduledTask = { run: (now) => this.#look(now) };
  #isScheduled = false;
  #heardAt: bigint;

  /** `isWaiting`: whether something is to come. */
  constructor(clock: RelayClock, isWaiting: () => boolean, onSilence: () => void) {
    this.#clock = clock;
    this.#isWaiting = isWaiting;
    this.#onSilence = onSilence;
    this.#heardAt = clock.now();
  }

  /** Something is to come from now on, unless it was before. */
  begin(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#heardAt = this.#clock.now();
    this.#clock.schedule(this.#task, this.#clock.after(RELAY_SILENCE_NS));
  }

  /** Something came. */
  heard(): void {
    this.#heardAt = this.#clock.now();
  }

  end(): void {
    this.#clock.cancel(this.#task);
    this.#isScheduled = false;
  }

  #look(now: MonotonicNs): MonotonicNs | null {
    const due = this.#heardAt + RELAY_SILENCE_NS;
    if (this.#isWaiting() && due > now) return monotonicNs(due);
    this.#isScheduled = false;
    if (this.#isWaiting()) this.#onSilence();
    return null;
  }
}
