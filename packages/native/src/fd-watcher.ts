/**
 * Readiness of descriptors in the event loop of the thread that asks. One thread of C per JavaScript thread
 * waits in epoll and calls back; each event is armed again after its callback ran, so the semantics are
 * those of a level: a callback that leaves bytes unread is called again.
 */
import type { Fd } from './fd.ts';

export interface FdInterest {
  readonly isReadable?: boolean;
  readonly isWritable?: boolean;
}

export interface FdReadiness {
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  /**
   * The peer is gone (or has shut down its sending side): bytes may still wait to be read. Like all readiness it
   * is told again and again until the watch is closed.
   */
  readonly hasHungUp: boolean;
  readonly hasError: boolean;
}

/** One watched descriptor. Hang-up and error are always reported, whatever the interest. */
export interface FdWatch extends Disposable {
  /** Changes what is waited for; with no interest at all only hang-up and error call back. */
  modify(interest: FdInterest): void;
  /** Ends the watch; no callback follows. Call it before the descriptor is closed. Later calls do nothing. */
  close(): void;
  /** Lets this watch keep the event loop alive (the default). */
  ref(): this;
  /** Lets the event loop end in spite of this watch. */
  unref(): this;
}

export interface FdWatcher {
  /**
   * Watches `fd`. A descriptor may have one watch at a time (EEXIST); regular files cannot be watched (EPERM).
   * `callback` runs once per readiness; what it throws is an uncaught exception.
   */
  watch(fd: Fd, interest: FdInterest, callback: (readiness: FdReadiness) => void): FdWatch;
}
