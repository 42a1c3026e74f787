/**
 * Slices of a text that several threads print, in memory that they share: who takes which slice, whose turn it is to
 * write, and the time of the last line.
 */
import type { TextSlice, TextSlices } from '@lttng-ts/plugins';

/** Places in the shared integers. */
const NEXT = 0;
const TURN = 1;
const HAS_ENDED = 2;
const HAS_TIME = 3;
const INTEGERS_BYTES = 16;
/** Place of the last time among the shared times; the cuts come behind it. */
const LAST_TIME = 0;

/** No longer at once: signals want to be heard. */
const WAIT_MS = 20;

export class SharedSlices implements TextSlices {
  readonly memory: SharedArrayBuffer;
  readonly #integers: Int32Array;
  readonly #times: BigInt64Array;
  /** The slice that this thread has; -1: none. */
  #taken = -1;
  /** Whether this thread ended the text. */
  #hasEnded = false;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#integers = new Int32Array(memory, 0, INTEGERS_BYTES / Int32Array.BYTES_PER_ELEMENT);
    this.#times = new BigInt64Array(memory, INTEGERS_BYTES);
  }

  /** Slices between `cuts`, in nanoseconds from the clock's origin, ascending. */
  static between(cuts: readonly bigint[]): SharedSlices {
    const bytes = INTEGERS_BYTES + (1 + cuts.length) * BigInt64Array.BYTES_PER_ELEMENT;
    const slices = new SharedSlices(new SharedArrayBuffer(bytes));
    slices.#times.set(cuts, LAST_TIME + 1);
    return slices;
  }

  take(): TextSlice | null {
    if (this.#isOver) return null;
    const number = Atomics.add(this.#integers, NEXT, 1);
    const cutCount = this.#times.length - 1;
    if (number > cutCount) return null;
    this.#taken = number;
    return {
      number,
      beginNs: number === 0 ? null : this.#times[LAST_TIME + number]!,
      endNs: number === cutCount ? null : this.#times[LAST_TIME + 1 + number]!,
    };
  }

  get #isOver(): boolean {
    return Atomics.load(this.#integers, HAS_ENDED) === 1;
  }

  hasTurn(number: number): boolean {
    return !this.#isOver && Atomics.load(this.#integers, TURN) === number;
  }

  waitForTurn(number: number): 'turn' | 'wait' | 'never' {
    const turn = Atomics.load(this.#integers, TURN);
    if (!this.#isOver && turn !== number) Atomics.wait(this.#integers, TURN, turn, WAIT_MS);
    if (this.#isOver) return 'never';
    return this.hasTurn(number) ? 'turn' : 'wait';
  }

  get lastTime(): bigint | null {
    return Atomics.load(this.#integers, HAS_TIME) === 1 ? this.#times[LAST_TIME]! : null;
  }

  pass(time: bigint | null): void {
    if (time !== null) {
      this.#times[LAST_TIME] = time;
      Atomics.store(this.#integers, HAS_TIME, 1);
    }
    this.#taken = -1;
    Atomics.add(this.#integers, TURN, 1);
    Atomics.notify(this.#integers, TURN);
  }

  end(): void {
    this.#hasEnded = true;
    Atomics.store(this.#integers, HAS_ENDED, 1);
    Atomics.notify(this.#integers, TURN);
  }

  /** Whether this thread may speak: it has the turn, or it is the one that ended the text. */
  get isMine(): boolean {
    return this.#hasEnded || (this.#taken >= 0 && this.hasTurn(this.#taken));
  }
}
