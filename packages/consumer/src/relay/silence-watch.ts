/**
 * Notices a connection on which something is waited for and nothing comes. A relay daemon that is silent for so long
 * counts as lost.
 */
import { type MonotonicNs, monotonicNs, type ScheduledTask } from '@lttng-ts/base';
import type { RelayClock } from './relay-ports.ts';

export class SilenceWatch {
  readonly #clock: RelayClock;
  readonly #silenceNs: bigint;
  readonly #isWaiting: () => boolean;
  readonly #onSilence: () => void;
  readonly #task: ScheduledTask = { run: (now) => this.#look(now) };
  #isScheduled = false;
  #heardAt: bigint;

  /** `isWaiting`: whether something is to come. */
  constructor(clock: RelayClock, silenceNs: bigint, isWaiting: () => boolean, onSilence: () => void) {
    this.#clock = clock;
    this.#silenceNs = silenceNs;
    this.#isWaiting = isWaiting;
    this.#onSilence = onSilence;
    this.#heardAt = clock.now();
  }

  /** Something will be waited for; to be called before `isWaiting` says so. */
  begin(): void {
    // Time in which nothing was to come is no silence.
    if (!this.#isWaiting()) this.#heardAt = this.#clock.now();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#clock.schedule(this.#task, this.#clock.after(this.#silenceNs));
  }

  /** What is waited for has as much time as at its beginning. */
  beginAgain(): void {
    this.#heardAt = this.#clock.now();
    if (this.#isWaiting()) this.begin();
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
    const due = this.#heardAt + this.#silenceNs;
    if (this.#isWaiting() && due > now) return monotonicNs(due);
    this.#isScheduled = false;
    if (this.#isWaiting()) this.#onSilence();
    return null;
  }
}
