/**
 * Events between the connection, which pushes them, and one reader, which takes them in its own time. Pure.
 */
import type { ControlEvent } from '@lttng-ts/protocols';

/** Events that wait for the reader; what comes beyond is counted instead. */
const MAX_WAITING = 10_000;

interface Waiter {
  settle(result: IteratorResult<ControlEvent, undefined>): void;
  fail(error: Error): void;
}

export class ControlEvents implements AsyncIterableIterator<ControlEvent, undefined> {
  readonly #waiting: ControlEvent[] = [];
  readonly #readers: Waiter[] = [];
  #skippedCount = 0;
  #isEnded = false;
  #failure: Error | null = null;

  push(event: ControlEvent): void {
    if (this.#isEnded) return;
    if (this.#waiting.length >= MAX_WAITING) {
      this.#skippedCount++;
      return;
    }
    const { sequence, timeMs } = event;
    if (this.#skippedCount > 0) {
      this.#deliver({ kind: 'events-skipped', count: this.#skippedCount, sequence, timeMs });
      this.#skippedCount = 0;
    }
    this.#deliver(event);
  }

  /** No event follows. What was pushed can still be read; then the iterator ends, or fails once. */
  end(error: Error | null): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#failure = error;
    for (const reader of this.#readers.splice(0)) void this.next().then(reader.settle, reader.fail);
  }

  next(): Promise<IteratorResult<ControlEvent, undefined>> {
    const event = this.#waiting.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (!this.#isEnded) return new Promise((settle, fail) => this.#readers.push({ settle, fail }));
    const failure = this.#failure;
    this.#failure = null;
    return failure === null ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(failure);
  }

  /** The reader wants no more. */
  return(): Promise<IteratorResult<ControlEvent, undefined>> {
    this.#waiting.length = 0;
    this.end(null);
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #deliver(event: ControlEvent): void {
    const reader = this.#readers.shift();
    if (reader === undefined) this.#waiting.push(event);
    else reader.settle({ done: false, value: event });
  }
}
