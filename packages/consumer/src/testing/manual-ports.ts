/**
 * The pump's outside for tests: a clock that the test moves, and deferred turns that it runs.
 */
import { type MonotonicNs, monotonicNs, type ScheduledTask, Scheduler } from '@lttng-ts/base';
import type { PumpPorts } from '../pump.ts';

export class ManualPorts implements PumpPorts {
  readonly #scheduler = new Scheduler();
  readonly #deferred: (() => void)[] = [];
  #now = 0n;

  now(): MonotonicNs {
    return monotonicNs(this.#now);
  }
  after(delayNs: bigint): MonotonicNs {
    return monotonicNs(this.#now + delayNs);
  }
  schedule(task: ScheduledTask, due: MonotonicNs): void {
    this.#scheduler.schedule(task, due);
  }
  cancel(task: ScheduledTask): void {
    this.#scheduler.cancel(task);
  }
  defer(callback: () => void): void {
    this.#deferred.push(callback);
  }

  get isTimerSet(): boolean {
    return this.#scheduler.nextDue !== null;
  }

  /** Runs one deferred turn; `false` when none waits. */
  runDeferred(): boolean {
    const callback = this.#deferred.shift();
    callback?.();
    return callback !== undefined;
  }

  /** Moves the clock by `ms`, running what comes due in order. */
  advance(ms: number): void {
    const end = this.#now + BigInt(ms) * 1_000_000n;
    for (let due = this.#scheduler.nextDue; due !== null && due <= end; due = this.#scheduler.nextDue) {
      if (due > this.#now) this.#now = due;
      this.#scheduler.tick(this.now());
      while (this.runDeferred());
    }
    this.#now = end;
  }
}
