/**
 * One connected socket with descriptors: receives as its owner wants it, sends in order, ends once. Used for
 * applications before and after they are registered, and for consumers.
 */
import { ProtocolError, SystemError, toError } from '@lttng-ts/base';
import type { Fd, FdWatch, Native } from '@lttng-ts/native';

export interface ConnectionOwner {
  /** How many bytes to receive at most; 0: none now, only the end matters. */
  wantedBytes(): number;
  /** Takes bytes; `bytes` and `fds` are the owner's. A `ProtocolError` that it throws ends the connection. */
  receive(bytes: Uint8Array, fds: readonly number[]): void;
  /** The peer is gone, or broke the rules, or the machine refused. The connection is closed already. */
  end(reason: string): void;
}

interface Outgoing {
  readonly bytes: Uint8Array;
  fds: readonly Fd[];
  /** Whether `fds` are duplicates made because the message has to wait. */
  ownsFds: boolean;
  sentBytes: number;
}

/** Reads in one go before others have their turn. */
const READS_PER_TURN = 32;
/** What may wait for a peer that does not read; the largest command of an application is 16 MiB. */
const MAX_WAITING_BYTES = 64 << 20;
/** Messages up to this size arrive in memory that is there already; new memory would cost more than the system call. */
const ARRIVAL_BYTES = 64 << 10;
/** Of all connections: nothing stays in it from one call to the next. */
const arrival = new Uint8Array(ARRIVAL_BYTES);
/** What a message that waits takes besides its bytes, about: a peer could ask for many small ones. */
const MESSAGE_OVERHEAD_BYTES = 512;

export class Connection {
  readonly #native: Native;
  readonly #fd: Fd;
  readonly #maxFds: number;
  readonly #watch: FdWatch;
  readonly #outgoing: Outgoing[] = [];
  #owner: ConnectionOwner;
  #waitingBytes = 0;
  #isClosed = false;

  /** Takes ownership of `fd`, a non-blocking socket. */
  constructor(native: Native, fd: Fd, owner: ConnectionOwner, maxFds = 0) {
    this.#native = native;
    this.#fd = fd;
    this.#owner = owner;
    this.#maxFds = maxFds;
    this.#watch = native.fdWatcher.watch(fd, { isReadable: true }, ({ isWritable, hasHungUp, hasError }) => {
      this.#guard(() => {
        if (isWritable) this.#flush();
        this.#receive(hasHungUp || hasError);
      });
    });
  }

  /** Gives the connection to another owner, with what it has not received yet. */
  setOwner(owner: ConnectionOwner): void {
    this.#owner = owner;
    this.#updateInterest();
  }

  /** Sends bytes after what waits; descriptors go with the first byte and stay the caller's. */
  send(bytes: Uint8Array, fds: readonly number[] = []): void {
    if (this.#isClosed) return;
    this.#guard(() => {
      const message: Outgoing = { bytes, fds: fds as readonly Fd[], ownsFds: false, sentBytes: 0 };
      this.#outgoing.push(message);
      this.#waitingBytes += bytes.length + MESSAGE_OVERHEAD_BYTES;
      this.#flush();
      // The caller may close its descriptors as soon as this returns.
      if (message.sentBytes === 0 && fds.length > 0 && !this.#isClosed) {
        message.fds = message.fds.map((fd) => this.#native.dup(fd));
        message.ownsFds = true;
      }
      if (this.#waitingBytes > MAX_WAITING_BYTES) throw new ProtocolError('The peer does not read');
    });
  }

  /** Closes the socket; nothing is called any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.close();
    for (const message of this.#outgoing) this.#closeOwnFds(message);
    this.#outgoing.length = 0;
    this.#native.close(this.#fd);
  }

  #receive(hasHungUp: boolean): void {
    for (let reads = 0; reads < READS_PER_TURN && !this.#isClosed; reads++) {
      const wantedBytes = this.#owner.wantedBytes();
      if (wantedBytes === 0) {
        if (hasHungUp) this.#end('The peer closed the connection');
        break;
      }
      const into =
        wantedBytes <= ARRIVAL_BYTES ? arrival.subarray(0, wantedBytes) : new Uint8Array(wantedBytes);
      const message = this.#native.receiveMessage(this.#fd, into, this.#maxFds);
      if (message === 'again') break;
      if (message.lengthBytes === 0) {
        this.#end('The peer closed the connection');
        break;
      }
      // A copy of its own for every message: framers keep what they are given.
      this.#owner.receive(into.slice(0, message.lengthBytes), message.fds);
    }
    if (!this.#isClosed) this.#updateInterest();
  }

  #flush(): void {
    for (let message = this.#outgoing[0]; message !== undefined; message = this.#outgoing[0]) {
      const { bytes, sentBytes, fds } = message;
      const sent = this.#native.sendMessage(this.#fd, bytes.subarray(sentBytes), sentBytes === 0 ? fds : []);
      if (sent === 'again') break;
      if (sentBytes === 0) this.#closeOwnFds(message);
      message.sentBytes += sent;
      this.#waitingBytes -= sent;
      if (message.sentBytes < bytes.length) continue;
      this.#outgoing.shift();
      this.#waitingBytes -= MESSAGE_OVERHEAD_BYTES;
    }
    this.#updateInterest();
  }

  #closeOwnFds(message: Outgoing): void {
    if (message.ownsFds) for (const fd of message.fds) this.#native.close(fd);
    message.ownsFds = false;
    message.fds = [];
  }

  #updateInterest(): void {
    if (this.#isClosed) return;
    const isReadable = this.#owner.wantedBytes() > 0;
    this.#watch.modify({ isReadable, isWritable: this.#outgoing.length > 0 });
  }

  /** What the peer or the machine does wrong ends this connection and nothing else. */
  #guard(step: () => void): void {
    if (this.#isClosed) return;
    try {
      step();
    } catch (error) {
      if (!(error instanceof ProtocolError) && !(error instanceof SystemError)) throw error;
      this.#end(toError(error).message);
    }
  }

  #end(reason: string): void {
    if (this.#isClosed) return;
    this.close();
    this.#owner.end(reason);
  }
}
