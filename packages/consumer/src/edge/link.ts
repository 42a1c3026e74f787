/**
 * The consumer's end of the link to the session daemon: frames in, handlers, frames out with descriptors.
 */
import { describe, LttngError, ProtocolError, SystemError, toError } from '@lttng-ts/base';
import type { Fd, FdWatch, Native } from '@lttng-ts/native';
import {
  type ConsumerFrame,
  ConsumerFramer,
  type ConsumerHandlers,
  type ConsumerMessage,
  type ConsumerNotifications,
  encodeFrame,
  MAX_FRAME_FDS,
} from '@lttng-ts/protocols';

const RECEIVE_BYTES = 64 << 10;
/** The daemon sends no descriptors; what comes all the same is closed. */
const RECEIVE_FDS = 16;
/** Answers that wait for a daemon that does not read: more is a daemon that never will. */
const MAX_WAITING_BYTES = 64 << 20;

interface OutgoingFrame {
  readonly bytes: Uint8Array;
  readonly fds: readonly Fd[];
  /** Whether `fds` are duplicates of the link's own, made because the frame has to wait. */
  readonly ownsFds: boolean;
  sentBytes: number;
}

export class Link {
  readonly #native: Native;
  readonly #fd: Fd;
  readonly #handlers: ConsumerHandlers;
  readonly #onEnd: (reason: string) => void;
  readonly #framer = new ConsumerFramer();
  readonly #outgoing: OutgoingFrame[] = [];
  readonly #received = new Uint8Array(RECEIVE_BYTES);
  readonly #watch: FdWatch;
  #waitingBytes = 0;
  #isEnded = false;

  /** Serves `fd` until the peer is gone or breaks the rules; then calls `onEnd` once, never from within a call. */
  constructor(native: Native, fd: Fd, handlers: ConsumerHandlers, onEnd: (reason: string) => void) {
    this.#native = native;
    this.#fd = fd;
    this.#handlers = handlers;
    this.#onEnd = onEnd;
    native.setNonblocking(fd);
    native.setCloseOnExec(fd, true);
    this.#watch = native.fdWatcher.watch(fd, { isReadable: true }, ({ isWritable }) => {
      this.#guard(() => {
        if (isWritable) this.#send();
        this.#receive();
      });
    });
  }

  /** A daemon that is gone hears nothing; a timer may know it before the watch does. */
  notify<N extends keyof ConsumerNotifications>(name: N, params: ConsumerNotifications[N]): void {
    this.#guard(() => this.#post({ kind: 'notification', name, params }, []));
  }

  #receive(): void {
    // A bounded number of reads per readiness: streams want their turn.
    for (let reads = 0; reads < 16 && !this.#isEnded; reads++) {
      const message = this.#native.receiveMessage(this.#fd, this.#received, RECEIVE_FDS);
      if (message === 'again') return;
      if (message.lengthBytes === 0) {
        this.#end('The session daemon closed the link');
        return;
      }
      for (const frame of this.#framer.push(this.#received.slice(0, message.lengthBytes), message.fds)) {
        this.#handle(frame);
      }
    }
  }

  #handle({ message, fds }: ConsumerFrame): void {
    for (const fd of fds) this.#native.close(fd as Fd);
    if (message.kind !== 'request' || !Object.hasOwn(this.#handlers, message.command)) {
      throw new ProtocolError(`Unexpected message: kind="${message.kind}"`);
    }
    const { id, command } = message;
    const handler = this.#handlers[command] as (
      params: unknown,
    ) => ReturnType<ConsumerHandlers[typeof command]>;
    handler(message.params).then(
      ({ result, fds = [] }) => this.#guard(() => this.#post({ kind: 'reply', id, result }, fds as Fd[])),
      (error: unknown) => this.#guard(() => this.#refuse(id, command, error)),
    );
  }

  #refuse(id: number, command: string, error: unknown): void {
    // A bug ends the process, as everywhere; what the machine or the peer did is answered.
    if (!(error instanceof LttngError)) throw error;
    const errnoName = error instanceof SystemError ? error.errnoName : '';
    this.#post({ kind: 'failure', id, errnoName, message: error.within('Command', { command }).story }, []);
  }

  #post(message: ConsumerMessage, fds: readonly Fd[]): void {
    if (this.#isEnded) return;
    if (fds.length > MAX_FRAME_FDS) {
      throw new ProtocolError(
        `Too many descriptors in one frame: count=${fds.length}, limit=${MAX_FRAME_FDS}`,
      );
    }
    const bytes = encodeFrame(message, fds.length);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      this.#end('The session daemon does not read its link');
      return;
    }
    // A frame that waits must not depend on what its sender closes meanwhile.
    const ownsFds = this.#outgoing.length > 0;
    const ownFds = ownsFds ? fds.map((fd) => this.#native.dup(fd)) : fds;
    this.#outgoing.push({ bytes, fds: ownFds, ownsFds, sentBytes: 0 });
    this.#send();
    const waiting = this.#outgoing[0];
    if (!ownsFds && waiting !== undefined && waiting.sentBytes === 0) {
      this.#outgoing[0] = { ...waiting, fds: fds.map((fd) => this.#native.dup(fd)), ownsFds: true };
    }
  }

  #send(): void {
    for (let frame = this.#outgoing[0]; frame !== undefined; frame = this.#outgoing[0]) {
      const rest = frame.bytes.subarray(frame.sentBytes);
      const sent = this.#native.sendMessage(this.#fd, rest, frame.sentBytes === 0 ? frame.fds : []);
      if (sent === 'again') break;
      if (frame.sentBytes === 0 && sent > 0) this.#closeOwn(frame);
      frame.sentBytes += sent;
      this.#waitingBytes -= sent;
      if (frame.sentBytes === frame.bytes.length) this.#outgoing.shift();
    }
    this.#watch.modify({ isReadable: true, isWritable: this.#outgoing.length > 0 });
  }

  #closeOwn(frame: OutgoingFrame): void {
    if (frame.ownsFds) for (const fd of frame.fds) this.#native.close(fd);
  }

  /** Runs `step`; a peer that is gone or broke the rules ends the link. */
  #guard(step: () => void): void {
    if (this.#isEnded) return;
    try {
      step();
    } catch (error) {
      if (!(error instanceof LttngError) && !(error instanceof SyntaxError)) throw error;
      this.#end(describe('The link failed', { reason: toError(error).message }));
    }
  }

  #end(reason: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#watch.close();
    for (const fd of this.#framer.pendingFds) this.#native.close(fd as Fd);
    for (const frame of this.#outgoing) if (frame.sentBytes === 0) this.#closeOwn(frame);
    this.#native.close(this.#fd);
    // Whoever tells something is in the middle of a stream's step.
    queueMicrotask(() => this.#onEnd(reason));
  }
}
