/** Readiness in the event loop's own turn. */
import { type Addon, check, type Handle } from './addon.ts';
import type { LoopCalls, LoopWatch } from './native.ts';

const NO_SYSTEM_CALL = -38;

/** Makes {@link LoopCalls} out of the addon. */
export function loopCalls(addon: Addon): LoopCalls {
  return {
    watchInLoop(fd, callback) {
      const handle = addon.loopWatch(fd, callback);
      if (handle === NO_SYSTEM_CALL) return null;
      if (typeof handle === 'number') {
        check(handle, 'epoll_ctl', { fd });
        return null;
      }
      return new Watch(addon, handle);
    },
  };
}

class Watch implements LoopWatch {
  readonly #addon: Addon;
  readonly #handle: Handle;
  #isOn = true;
  #isOpen = true;

  constructor(addon: Addon, handle: Handle) {
    this.#addon = addon;
    this.#handle = handle;
  }

  set(isOn: boolean): void {
    if (!this.#isOpen || isOn === this.#isOn) return;
    this.#isOn = isOn;
    check(this.#addon.loopWatchSet(this.#handle, isOn), 'epoll_ctl');
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#addon.close(this.#handle);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
