/**
 * Notices that a peer who owes answers says nothing: counts the time since it was heard last while something is owed,
 * and asks it a question of its own in between, so that one who is only busy with a long task can show that it lives.
 * Time in which the peer waits for a processor is not its silence: a busy machine is slow, not stopped.
 */
import type { Timers } from './ports.ts';

/** How often it is looked; a peer that was not heard for so long is asked. */
const TICK_MS = 2500;

export interface SilenceWatchPorts {
  readonly timers: Timers;
  /** Whether an answer is owed that tells of life. */
  readonly isOwed: () => boolean;
  /** Asks something that is answered at once. */
  readonly probe: () => void;
  /** How long the peer, which would run, has waited for a processor since it began: never less than before, or 0 where nobody knows. */
  readonly processorWaitMs: () => number;
  /** The peer was not heard for `quietMs`, and owes an answer; called again as it lasts. */
  readonly onQuiet: (quietMs: number) => void;
}

export class SilenceWatch {
  readonly #ports: SilenceWatchPorts;
  #quietMs = 0;
  #waitedMs = 0;
  #isProbed = false;
  #cancel: (() => void) | null = null;

  constructor(ports: SilenceWatchPorts) {
    this.#ports = ports;
  }

  /** An answer is owed from now on. */
  begin(): void {
    if (this.#cancel !== null) return;
    this.#quietMs = 0;
    this.#isProbed = false;
    this.#waitedMs = this.#ports.processorWaitMs();
    this.#schedule();
  }

  /** The peer said something. */
  heard(): void {
    this.#quietMs = 0;
    this.#isProbed = false;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #schedule(): void {
    this.#cancel = this.#ports.timers.after(TICK_MS, () => this.#tick());
  }

  #tick(): void {
    this.#cancel = null;
    if (!this.#ports.isOwed()) return;
    const before = this.#waitedMs;
    this.#waitedMs = this.#ports.processorWaitMs();
    this.#quietMs += Math.max(0, TICK_MS - Math.max(0, this.#waitedMs - before));
    this.#schedule();
    if (!this.#isProbed) {
      this.#isProbed = true;
      this.#ports.probe();
    }
    this.#ports.onQuiet(this.#quietMs);
  }
}
