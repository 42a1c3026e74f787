/**
 * A scheduler that has no clock: time is an argument, so tests run hours in microseconds.
 * The edge calls `tick(now)` when the time that the last call returned has come.
 */
import type { MonotonicNs } from './brand.ts';

export interface ScheduledTask {
  /** Runs the task at `now`; returns when it wants to run next, or `null` when it is finished. */
  run(now: MonotonicNs): MonotonicNs | null;
}

export class Scheduler {
  readonly #due = new Map<ScheduledTask, MonotonicNs>();

  /** Time of the next due task, or `null` when there is none. */
  get nextDue(): MonotonicNs | null {
    let next: MonotonicNs | null = null;
    for (const due of this.#due.values()) if (next === null || due < next) next = due;
    return next;
  }

  /** Runs `task` at `due`; a task that is scheduled already gets the new time. */
  schedule(task: ScheduledTask, due: MonotonicNs): void {
    this.#due.set(task, due);
  }

  cancel(task: ScheduledTask): void {
    this.#due.delete(task);
  }

  /** Runs every task due at `now`, earliest first; returns when the next one is due. */
  tick(now: MonotonicNs): MonotonicNs | null {
    const ready = [...this.#due].filter(([, due]) => due <= now).sort(([, a], [, b]) => (a < b ? -1 : 1));
    for (const [task] of ready) {
      // An earlier task of this round may have cancelled it.
      if (!this.#due.delete(task)) continue;
      const again = task.run(now);
      if (again !== null) this.#due.set(task, again);
    }
    return this.nextDue;
  }
}
