/**
 * One connection to a session daemon: bytes with descriptors in, bytes out, without blocking. Reading can be paused, so
 * that a command is performed before the next one is read.
 */
import { toError } from '@lttng-ts/base';
import type { Fd, FdWatch, Native, ReceivedMessage } from '@lttng-ts/native';

export interface UstSocketEvents {
  /** Bytes may wait: call {@link UstSocket.receive} until it gives `null`. */
  readonly onReadable: () => void;
  /** The peer is gone, or the socket failed. Called once; the descriptor is closed already. */
  readonly onClosed: (reason: string) => void;
}

/** No message of the ABI carries more. */
const MAX_FDS = 4;

export class UstSocket {
  readonly #native: Native;
  readonly #fd: Fd;
  readonly #events: UstSocketEvents;
  readonly #watch: FdWatch;
  #outbox: Uint8Array[] = [];
  #isPaused = false;
  #isClosed = false;

  constructor(native: Native, fd: Fd, events: UstSocketEvents) {
    this.#native = native;
    this.#fd = fd;
    this.#events = events;
    // The kernel knows nothing of threads of JavaScript: a daemon would wait for the answers of one that was terminated.
    native.closeAtEnd(fd);
    this.#watch = native.fdWatcher.watch(
      fd,
      { isReadable: true },
      ({ isReadable, isWritable, hasHungUp, hasError }) => {
        if (isWritable) this.#flush();
        if (this.#isClosed) return;
        // Nobody would get the answer to what is being performed.
        if ((hasHungUp || hasError) && (this.#isPaused || !isReadable)) return this.close('hung up');
        if (isReadable && !this.#isPaused) this.#events.onReadable();
      },
    );
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Receives at most `wantedBytes`; `null` when nothing is there now or the connection has ended. */
  receive(wantedBytes: number): { readonly chunk: Uint8Array; readonly fds: readonly Fd[] } | null {
    if (this.#isClosed || wantedBytes <= 0) return null;
    const chunk = new Uint8Array(wantedBytes);
    const received = this.#guard(() => this.#native.receiveMessage(this.#fd, chunk, MAX_FDS));
    if (received === null || received === 'again') return null;
    return this.#accept(received, chunk);
  }

  #accept({ lengthBytes, fds }: ReceivedMessage, chunk: Uint8Array) {
    if (lengthBytes > 0) return { chunk: chunk.subarray(0, lengthBytes), fds };
    this.close('closed by the daemon');
    return null;
  }

  /** Sends bytes, later when the socket is full. */
  send(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.#outbox.push(bytes);
    this.#flush();
  }

  pause(): void {
    this.#isPaused = true;
    this.#updateInterest();
  }

  resume(): void {
    this.#isPaused = false;
    this.#updateInterest();
  }

  /** Closes the connection and tells the owner why. */
  close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#outbox = [];
    this.#watch.close();
    this.#native.close(this.#fd);
    this.#events.onClosed(reason);
  }

  #flush(): void {
    for (let bytes = this.#outbox[0]; bytes !== undefined; bytes = this.#outbox[0]) {
      const message = bytes;
      const sent = this.#guard(() => this.#native.sendMessage(this.#fd, message));
      if (sent === null) return;
      if (sent === 'again') break;
      if (sent === bytes.length) this.#outbox.shift();
      else this.#outbox[0] = bytes.subarray(sent);
    }
    this.#updateInterest();
  }

  #updateInterest(): void {
    if (this.#isClosed) return;
    this.#watch.modify({ isReadable: !this.#isPaused, isWritable: this.#outbox.length > 0 });
  }

  /** A socket that fails is a socket that ended. */
  #guard<T>(call: () => T): T | null {
    try {
      return call();
    } catch (error) {
      this.close(toError(error).message);
      return null;
    }
  }
}
