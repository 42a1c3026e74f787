/**
 * The control connection as its user sees it: requests in order, each with its reply. Requests do not wait for each
 * other: the relay daemon answers them in order.
 */
import { type LttngError, ProtocolError, SystemError } from '@lttng-ts/base';
import {
  encodeRelayRequest,
  type RelayCommandName,
  RelayReplyFramer,
  relayCommands,
} from '@lttng-ts/protocols/relay';

/** No text of a reply is longer. */
const MAX_TAIL_BYTES = 8192;

interface Awaited {
  readonly name: RelayCommandName;
  readonly headBytes: number;
  /** Where the head tells the size of what follows it, or null. */
  readonly tailSizeAt: number | null;
  readonly resolve: (reply: Uint8Array) => void;
  readonly reject: (error: LttngError) => void;
}

export class RelayControl {
  readonly #send: (bytes: Uint8Array) => void;
  readonly #replies = new RelayReplyFramer();
  readonly #awaited: Awaited[] = [];
  readonly #outgoing: Uint8Array[] = [];
  #head: Uint8Array | null = null;
  #endReason: string | null = null;

  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send;
  }

  /** Whether a reply is to come. */
  get isWaiting(): boolean {
    return this.#awaited.length > 0;
  }

  /**
   * Sends a request; gives its reply of `headBytes`, with what follows when the head tells its size at `tailSizeAt`.
   * Rejects with `SystemError` when the connection ends before.
   */
  async ask(
    name: RelayCommandName,
    payload: Uint8Array,
    headBytes: number,
    tailSizeAt: number | null = null,
  ): Promise<Uint8Array> {
    if (this.#endReason !== null) throw this.#ended(name);
    return await new Promise((resolve, reject) => {
      this.#awaited.push({ name, headBytes, tailSizeAt, resolve, reject });
      this.#enqueue(encodeRelayRequest(relayCommands[name], payload));
    });
  }

  /** Sends a request that has no reply. */
  tell(name: RelayCommandName, payload: Uint8Array): void {
    if (this.#endReason === null) this.#enqueue(encodeRelayRequest(relayCommands[name], payload));
  }

  /** Takes what came. Throws `ProtocolError` for what nobody asked for. */
  receive(chunk: Uint8Array): void {
    this.#replies.push(chunk);
    for (let next = this.#awaited[0]; next !== undefined; next = this.#awaited[0]) {
      this.#head ??= this.#replies.take(next.headBytes)?.slice() ?? null;
      const head = this.#head;
      if (head === null) return;
      const tail = this.#replies.take(tailBytes(next, head));
      if (tail === null) return;
      this.#head = null;
      this.#awaited.shift();
      next.resolve(tail.length === 0 ? head : Buffer.concat([head, tail]));
    }
    this.#replies.requireEmpty();
  }

  /** The connection is over: nothing is sent any more, and what is awaited does not come. */
  end(reason: string): void {
    if (this.#endReason !== null) return;
    this.#endReason = reason;
    for (const { name, reject } of this.#awaited.splice(0)) reject(this.#ended(name));
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    const parts = this.#outgoing.splice(0);
    if (parts.length === 0 || this.#endReason !== null) return;
    this.#send(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
  }

  /** Requests of one turn go in one piece. */
  #enqueue(bytes: Uint8Array): void {
    this.#outgoing.push(bytes);
    if (this.#outgoing.length === 1) queueMicrotask(() => this.flush());
  }

  #ended(command: string): SystemError {
    return new SystemError('relay', 'EPIPE', { command, reason: this.#endReason ?? '' });
  }
}

function tailBytes({ name, tailSizeAt }: Awaited, head: Uint8Array): number {
  if (tailSizeAt === null) return 0;
  const size = new DataView(head.buffer, head.byteOffset, head.length).getUint32(tailSizeAt);
  if (size > MAX_TAIL_BYTES) throw new ProtocolError(`Reply too long: command="${name}", bytes=${size}`);
  return size;
}
