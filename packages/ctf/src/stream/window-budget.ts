/**
 * How much of each data stream is in memory at once. All data streams that are read together share one budget, so that
 * the memory that a trace takes does not grow with their number, nor with the size of packets: a window may be smaller
 * than a packet.
 */

import { WalkMachine } from '../decode/walk-machine.ts';

/** What all windows take together. */
const BUDGET_BYTES = 4 << 20;
/** More at once is no quicker: a window should stay in the processor's cache while it is read. */
const MOST_BYTES = 256 << 10;
/** Less at once makes more calls than it saves memory. */
const LEAST_BYTES = 4 << 10;
/** What else lies with a window in a machine's memory: its columns; what all have in common. */
const BESIDE_RATIO = 0.7;
const COMMON_BYTES = 1 << 20;

export class WindowBudget {
  readonly #fixedBytes: number | null;
  readonly #recordsPerCompiling: number | undefined;
  #streamCount = 0;
  /** `undefined`: nobody has asked. */
  #machine: WalkMachine | null | undefined;

  /**
   * `fixedBytes`: what each window takes, whatever their number. `hasMachine`: whether there may be one; `recordsPerCompiling`: as for
   * {@link WalkMachine.make}.
   */
  constructor(fixedBytes: number | null = null, hasMachine = true, recordsPerCompiling?: number) {
    this.#fixedBytes = fixedBytes;
    this.#recordsPerCompiling = recordsPerCompiling;
    if (!hasMachine) this.#machine = null;
  }

  /** In whose memory windows and columns lie as long as there is room. */
  get machine(): WalkMachine | null {
    if (this.#machine === undefined) {
      const windowsBytes = this.windowBytes * Math.max(this.#streamCount, 1);
      const sizeBytes = (1 + BESIDE_RATIO) * windowsBytes + COMMON_BYTES;
      this.#machine = WalkMachine.make(sizeBytes, this.#recordsPerCompiling);
    }
    return this.#machine;
  }

  /** So many more data streams will be read. */
  add(streamCount: number): void {
    this.#streamCount += streamCount;
  }

  /** So many are read no more. */
  remove(streamCount: number): void {
    this.#streamCount -= streamCount;
  }

  /** What a data stream should read at once. */
  get windowBytes(): number {
    if (this.#fixedBytes !== null) return this.#fixedBytes;
    const share = Math.floor(BUDGET_BYTES / Math.max(this.#streamCount, 1));
    return Math.min(Math.max(share, LEAST_BYTES), MOST_BYTES);
  }
}
