/**
 * The clock and the one timer of the consumer.
 */
import process from 'node:process';
import { setImmediate } from 'node:timers';
import { type MonotonicNs, monotonicNs, type ScheduledTask, Scheduler } from '@lttng-ts/base';
import type { PumpPorts } from '../pump.ts';

const NS_PER_MS = 1_000_000n;

export class TimerLoop implements PumpPorts {
  readonly #scheduler = new Scheduler();
  #timer: NodeJS.Timeout | null = null;
  #timerDue: MonotonicNs | null = null;
  #isTicking = false;

  now(): MonotonicNs {
    return monotonicNs(process.hrtime.bigint());
  }

  after(delayNs: bigint): MonotonicNs {
    return monotonicNs(this.now() + delayNs);
  }

  schedule(task: ScheduledTask, due: MonotonicNs): void {
    this.#scheduler.schedule(task, due);
    this.#arm();
  }

  cancel(task: ScheduledTask): void {
    this.#scheduler.cancel(task);
    this.#arm();
  }

  defer(callback: () => void): void {
    setImmediate(callback);
  }

  #arm(): void {
    if (this.#isTicking) return;
    const due = this.#scheduler.nextDue;
    if (due === this.#timerDue) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerDue = due;
    if (due === null) return;
    const left = due - this.now();
    // Rounded up: a timer that fires early would only be armed again.
    const delayMs = left <= 0n ? 0 : Number((left + NS_PER_MS - 1n) / NS_PER_MS);
    this.#timer = setTimeout(() => this.#tick(), delayMs);
  }

  #tick(): void {
    this.#timer = null;
    this.#timerDue = null;
    this.#isTicking = true;
    try {
      this.#scheduler.tick(this.now());
    } finally {
      this.#isTicking = false;
      this.#arm();
    }
  }
}
