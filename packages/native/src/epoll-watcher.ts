/**
 * {@link FdWatcher} over the addon's epoll thread. Events are one-shot in the kernel: each watch is armed again
 * after its callback, so a slow callback never finds a queue of stale events.
 */
import { type Addon, check } from './addon.ts';
import type { Fd } from './fd.ts';
import type { FdInterest, FdReadiness, FdWatch, FdWatcher } from './fd-watcher.ts';

/** Bits of `epoll_ctl(2)`. */
const EPOLL = { in: 0x1, out: 0x4, err: 0x8, hup: 0x10, rdhup: 0x2000 } as const;

class Watch implements FdWatch {
  readonly id: number;
  readonly fd: Fd;
  readonly callback: (readiness: FdReadiness) => void;
  readonly #owner: EpollWatcher;
  interest: FdInterest;
  isOpen = true;
  isRef = false;

  constructor(
    owner: EpollWatcher,
    id: number,
    fd: Fd,
    interest: FdInterest,
    callback: (readiness: FdReadiness) => void,
  ) {
    this.#owner = owner;
    this.id = id;
    this.fd = fd;
    this.interest = interest;
    this.callback = callback;
  }

  modify(interest: FdInterest): void {
    this.interest = interest;
    if (this.isOpen) this.#owner.arm(this);
  }

  close(): void {
    this.#owner.close(this);
  }

  ref(): this {
    this.#owner.setRef(this, true);
    return this;
  }

  unref(): this {
    this.#owner.setRef(this, false);
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

export class EpollWatcher implements FdWatcher {
  readonly #addon: Addon;
  readonly #watches = new Map<number, Watch>();
  #isStarted = false;
  #nextId = 1;
  #refCount = 0;
  /** The watch whose callback runs: it is armed when the callback has returned. */
  #running: Watch | null = null;

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  watch(fd: Fd, interest: FdInterest, callback: (readiness: FdReadiness) => void): FdWatch {
    this.#start();
    const watch = new Watch(this, this.#nextId++, fd, interest, callback);
    const { isReadable = false, isWritable = false } = interest;
    check(this.#addon.watchAdd(fd, watch.id, isReadable, isWritable), 'epoll_ctl', { fd });
    this.#watches.set(watch.id, watch);
    return watch.ref();
  }

  arm({ fd, id, interest: { isReadable = false, isWritable = false } }: Watch): void {
    if (this.#running?.id === id) return;
    check(this.#addon.watchArm(fd, id, isReadable, isWritable), 'epoll_ctl', { fd });
  }

  close(watch: Watch): void {
    if (!watch.isOpen) return;
    this.setRef(watch, false);
    watch.isOpen = false;
    this.#watches.delete(watch.id);
    // A descriptor that its owner closed too early is gone from the set already.
    this.#addon.watchRemove(watch.fd);
  }

  /** The loop lives while any watch wants it to. */
  setRef(watch: Watch, isRef: boolean): void {
    if (!watch.isOpen || watch.isRef === isRef) return;
    watch.isRef = isRef;
    this.#refCount += isRef ? 1 : -1;
    if (isRef ? this.#refCount === 1 : this.#refCount === 0) this.#addon.watcherRef(isRef);
  }

  #start(): void {
    if (this.#isStarted) return;
    check(
      this.#addon.watcherOpen((id, events) => this.#dispatch(id, events)),
      'epoll_create1',
    );
    this.#isStarted = true;
  }

  #dispatch(id: number, events: number): void {
    // Closed while its event was on the way.
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    this.#running = watch;
    try {
      watch.callback({
        isReadable: (events & EPOLL.in) !== 0,
        isWritable: (events & EPOLL.out) !== 0,
        hasHungUp: (events & (EPOLL.hup | EPOLL.rdhup)) !== 0,
        hasError: (events & EPOLL.err) !== 0,
      });
    } finally {
      this.#running = null;
      if (watch.isOpen) this.arm(watch);
    }
  }
}
