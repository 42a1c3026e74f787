/**
 * Rotations that nobody asks for: after a period, and after a number of bytes in the output, while the session
 * records. A rotation that is due while one is under way is left out, as upstream does.
 */
import { PeerError, toError } from '@lttng-ts/base';
import type { UstDomain } from '../ust/ust-domain.ts';
import type { Session } from './session.ts';

export interface RotationSchedulerPorts {
  readonly ust: Pick<UstDomain, 'waitForOutput'>;
  /** Calls back once after a time; the returned function cancels it. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
  /** Begins a rotation as a task of the session's queue; a session at rest is left alone. */
  readonly rotate: (session: Session) => Promise<void>;
  readonly onError: (session: Session, error: Error) => void;
}

/** The schedules of one session. Call {@link apply} whenever they, or the session's activity, may have changed. */
export class RotationScheduler {
  readonly #session: Session;
  readonly #ports: RotationSchedulerPorts;
  #timer: { readonly periodUs: number; readonly cancel: () => void } | null = null;
  #size: { readonly sizeBytes: number } | null = null;

  constructor(session: Session, ports: RotationSchedulerPorts) {
    this.#session = session;
    this.#ports = ports;
  }

  apply(): void {
    const { isActive, schedules } = this.#session;
    const periodUs = isActive ? schedules.timerUs : null;
    if (this.#timer !== null && this.#timer.periodUs !== periodUs) {
      this.#timer.cancel();
      this.#timer = null;
    }
    if (periodUs !== null && this.#timer === null) this.#tick(periodUs);
    const sizeBytes = isActive ? schedules.sizeBytes : null;
    if (this.#size !== null && this.#size.sizeBytes !== sizeBytes) this.#size = null;
    if (sizeBytes !== null && this.#size === null) void this.#watch(sizeBytes);
  }

  #tick(periodUs: number): void {
    const cancel = this.#ports.after(Math.max(1, periodUs / 1000), () => {
      this.#tick(periodUs);
      void this.#rotate();
    });
    this.#timer = { periodUs, cancel };
  }

  async #watch(sizeBytes: number): Promise<void> {
    const watch = { sizeBytes };
    this.#size = watch;
    const { id } = this.#session.identity;
    let output = await this.#ports.ust.waitForOutput(id, 0);
    while (this.#size === watch && output.isReached) {
      output = await this.#ports.ust.waitForOutput(id, output.totalBytes + sizeBytes);
      if (this.#size === watch && output.isReached) await this.#rotate();
    }
  }

  async #rotate(): Promise<void> {
    try {
      await this.#ports.rotate(this.#session);
    } catch (error) {
      // One is under way: the next period, or the next bytes, come to it.
      if (error instanceof PeerError && error.peerName === 'ROTATION_PENDING') return;
      this.#ports.onError(this.#session, toError(error));
    }
  }
}
