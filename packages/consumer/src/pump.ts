/**
 * Serves the streams that may have packets, one packet each in turn, a bounded amount at a time, so that no
 * stream starves another and the link is always answered.
 */
import { type MonotonicNs, monotonicNs, type ScheduledTask } from '@lttng-ts/base';
import type { RingStream } from './ring-stream.ts';

/** What the pump needs of the outside. */
export interface PumpPorts {
  now(): MonotonicNs;
  /** The time `delayNs` from now. */
  after(delayNs: bigint): MonotonicNs;
  schedule(task: ScheduledTask, due: MonotonicNs): void;
  cancel(task: ScheduledTask): void;
  /** Runs `callback` after the events that wait already. */
  defer(callback: () => void): void;
}

/** Packets per turn: with 512 KiB sub-buffers 32 MiB, some milliseconds of page cache. */
const PACKETS_PER_TURN = 64;

export class Pump {
  readonly #ports: PumpPorts;
  readonly #ready = new Set<RingStream>();
  readonly #retries = new Map<RingStream, ScheduledTask>();
  readonly #afterTurn = new Set<() => void>();
  #isDeferred = false;

  constructor(ports: PumpPorts) {
    this.#ports = ports;
  }

  /** `stream` may have packets: serves it now, or in a later turn when others have more. */
  wake(stream: RingStream): void {
    this.#ready.add(stream);
    if (!this.#isDeferred) this.#turn();
  }

  /** Like {@link wake} for several streams, in turns. */
  wakeAll(streams: Iterable<RingStream>): void {
    for (const stream of streams) this.#ready.add(stream);
    if (!this.#isDeferred) this.#turn();
  }

  /** Forgets `stream`; it is not served any more. */
  forget(stream: RingStream): void {
    this.#ready.delete(stream);
    const retry = this.#retries.get(stream);
    if (retry !== undefined) this.#ports.cancel(retry);
    this.#retries.delete(stream);
  }

  /** Resolves when `isDone` holds, which is asked after each turn. */
  until(isDone: () => boolean): Promise<void> {
    if (isDone()) return Promise.resolve();
    return new Promise((resolve) => {
      const check = (): void => {
        if (!isDone()) return;
        this.#afterTurn.delete(check);
        resolve();
      };
      this.#afterTurn.add(check);
    });
  }

  /** Asks the waiters of {@link until} again: something else than a turn changed what they wait for. */
  recheck(): void {
    for (const check of this.#afterTurn) check();
  }

  #turn(): void {
    const now = this.#ports.now();
    let left = PACKETS_PER_TURN;
    while (left > 0 && this.#ready.size > 0) {
      for (const stream of this.#ready) {
        if (stream.consumeOne(now)) left--;
        else this.#settle(stream);
      }
    }
    if (this.#ready.size > 0) {
      this.#isDeferred = true;
      this.#ports.defer(() => {
        this.#isDeferred = false;
        this.#turn();
      });
    }
    this.recheck();
  }

  /** The stream has nothing more now: it sleeps until a wake-up or its own retry. */
  #settle(stream: RingStream): void {
    this.#ready.delete(stream);
    const { retryAt } = stream;
    const scheduled = this.#retries.get(stream);
    if (retryAt === null) {
      if (scheduled !== undefined) {
        this.#ports.cancel(scheduled);
        this.#retries.delete(stream);
      }
      return;
    }
    const task = scheduled ?? { run: () => this.#retry(stream) };
    this.#retries.set(stream, task);
    this.#ports.schedule(task, monotonicNs(retryAt));
  }

  #retry(stream: RingStream): null {
    // The map keeps the task: settling again schedules the same one.
    this.wake(stream);
    return null;
  }
}
