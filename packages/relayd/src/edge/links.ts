/**
 * What stands between a connection and its socket: nothing, or, where a producer has asked for it, the memory that lets
 * another socket go on where one was cut. Both sides count the bytes of a connection; the relay keeps its last replies, the
 * producer what the relay has not acknowledged. A connection does not notice the change, not even within a packet.
 */
import { randomBytes } from 'node:crypto';
import { toError } from '@lttng-ts/base';
import {
  RELAY_RESUME_KEY_BYTES,
  RELAY_UNSET,
  type RelayContinuation,
  relayAcknowledgement,
  relayIdentifier,
} from '@lttng-ts/protocols/relay';
import type { ConnectionPeer } from '../control-connection.ts';
import { LastBytes } from '../core/last-bytes.ts';
import type { ContentSource } from '../ports.ts';

/** What is at the other end of a socket. */
export interface Connection {
  /** Takes bytes that are valid until it returns. */
  receive(chunk: Uint8Array): void;
  /** Takes content that is to go to a file from where it is; gives how many bytes. */
  receiveContent?(source: ContentSource): number;
  /** Bytes of content, and of the header after it, that are missing. */
  readonly missingContentBytes?: number;
  readonly missingHeaderBytes?: number;
  resume(): void;
  end(): void;
  /** Its socket is gone, and another may come (true), or has come (false). */
  wait?(isWaiting: boolean): void;
  readonly bufferedBytes: number;
  readonly isMidMessage: boolean;
}

export interface LinkSocket {
  /** Address of the peer's host. */
  readonly address: string;
  send(bytes: Uint8Array): void;
  readonly isCongested: boolean;
  /** Reads what waits to be read; whether more may be there. */
  readNow(): boolean;
  close(reason: string): void;
  /** Ends it without a word: another has taken its place. */
  detach(): void;
}

type MakeConnection = (peer: ConnectionPeer) => Connection;

/** Replies that a producer may not have got: it has not many requests on their way. */
const MAX_KEPT_BYTES = 1 << 20;
/** The same of all connections; those that find no more keep fewer, and come back if that is enough. */
const MAX_ALL_KEPT_BYTES = 256 << 20;
/** Bytes of a control connection after which a producer is told that they have been taken. */
const ACKNOWLEDGED_CONTROL_BYTES = 64 << 10;
/** Connections that may wait at a time, and bytes of their requests that are not whole: others end with their sockets. */
const MAX_WAITING = 16_384;
const MAX_WAITING_BYTES = 64 << 20;

/** The two connections of a producer that may come back. */
interface Pair {
  readonly key: string;
  readonly control: Link;
  data: Link | null;
}

export class Link {
  readonly connection: Connection;
  readonly #links: Links;
  #socket: LinkSocket | null;
  #pair: Pair | null = null;
  /** Since the pair was made. */
  #receivedBytes = 0;
  #acknowledgedBytes = 0;
  #sent: LastBytes | null = null;
  #stopWaiting: (() => void) | null = null;

  constructor(links: Links, make: MakeConnection, socket: LinkSocket) {
    this.#links = links;
    this.#socket = socket;
    const link = this;
    this.connection = make({
      address: socket.address,
      send: (bytes) => this.#send(bytes),
      get isCongested() {
        return link.#socket?.isCongested ?? false;
      },
      readNow: () => this.#socket?.readNow() ?? false,
      close: (reason) => {
        // It ends by its own will: nothing is to come back to.
        this.#links.forget(this.#pair);
        this.#socket?.close(reason);
      },
      // One key is enough: what a second one would be for is kept already.
      keep: () => (this.#pair === null ? this.#links.keep(this) : null),
      unkeep: () => this.#links.forget(this.#pair),
    });
  }

  get bufferedBytes(): number {
    return this.connection.bufferedBytes;
  }

  get isMidMessage(): boolean {
    return this.connection.isMidMessage;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  receive(chunk: Uint8Array): void {
    if (this.#pair !== null) this.#receivedBytes += chunk.length;
    this.connection.receive(chunk);
    this.#acknowledge();
  }

  /** As {@link receive}, for content that does not pass through here. */
  receiveContent(source: ContentSource): number {
    const sizeBytes = this.connection.receiveContent?.(source) ?? 0;
    if (this.#pair !== null) this.#receivedBytes += sizeBytes;
    this.#acknowledge();
    return sizeBytes;
  }

  resume(): void {
    this.connection.resume();
    // The last one may not have been sent.
    this.acknowledge();
  }

  /** Its socket has ended: so does the connection, unless it may go on. */
  leave(socket: LinkSocket): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    const stop = this.#pair === null ? null : this.#links.wait(this.bufferedBytes, () => this.#giveUp());
    if (stop === null) {
      this.#giveUp();
      return;
    }
    this.#stopWaiting = stop;
    this.connection.wait?.(true);
  }

  /** Nothing is to come back to it: it ends with its socket. */
  abandon(): void {
    this.#links.forget(this.#pair);
  }

  /** It has waited for long enough, or may not wait. */
  #giveUp(): void {
    this.#stopWaiting = null;
    this.#links.forget(this.#pair);
    this.#end();
  }

  #end(): void {
    try {
      this.connection.end();
    } catch (error) {
      // Nobody is there to hear of it, and the sessions of others go on.
      this.#links.onFault(toError(error));
    }
  }

  /** From now on bytes count. */
  join(pair: Pair): void {
    this.#pair = pair;
    this.#receivedBytes = 0;
    this.#acknowledgedBytes = 0;
    this.#sent = new LastBytes(MAX_KEPT_BYTES, (bytes) => this.#links.takeKept(bytes));
  }

  /** The connection ends with its socket again, now if it has none. */
  part(): void {
    this.#pair = null;
    this.#links.giveKept(this.#sent?.grantedBytes ?? 0);
    this.#sent = null;
    if (this.#stopWaiting === null) return;
    this.#stopWaiting();
    this.#stopWaiting = null;
    this.#end();
  }

  /** Goes on with another socket; false: replies that it asks for are not kept. */
  goOn(socket: LinkSocket, peerHasBytes: number): boolean {
    const missing = this.#sent?.from(peerHasBytes) ?? null;
    if (missing === null) return false;
    this.#socket?.detach();
    this.#stopWaiting?.();
    this.#stopWaiting = null;
    this.#socket = socket;
    socket.send(relayIdentifier.encode({ id: BigInt(this.#receivedBytes) }));
    if (missing.length > 0) socket.send(missing);
    this.#acknowledgedBytes = this.#receivedBytes;
    this.connection.wait?.(false);
    // Requests that waited for replies to be taken.
    this.connection.resume();
    return true;
  }

  /** Tells the producer what it need not keep any more: on the data connection, which has no replies. */
  acknowledge(): void {
    const pair = this.#pair;
    if (pair === null) return;
    this.#acknowledgedBytes = this.#receivedBytes;
    const [controlBytes, dataBytes] = [pair.control, pair.data].map((link) =>
      BigInt(link?.receivedBytes ?? 0),
    );
    pair.data?.sendNow(
      relayAcknowledgement.encode({ controlBytes: controlBytes ?? 0n, dataBytes: dataBytes ?? 0n }),
    );
  }

  /** Sends what is not kept, unless much waits to be taken: a later one says the same, and more. */
  sendNow(bytes: Uint8Array): void {
    if (this.#socket?.isCongested === false) this.#socket.send(bytes);
  }

  #acknowledge(): void {
    const pair = this.#pair;
    if (pair === null) return;
    const newBytes = this.#receivedBytes - this.#acknowledgedBytes;
    const isDue = this === pair.control ? newBytes >= ACKNOWLEDGED_CONTROL_BYTES : newBytes > 0;
    if (isDue) this.acknowledge();
  }

  #send(bytes: Uint8Array): void {
    this.#sent?.add(bytes);
    this.#socket?.send(bytes);
  }
}

export class Links {
  readonly #pairs = new Map<string, Pair>();
  readonly #timeoutS: number;
  /** A connection could not be ended as it should. */
  readonly onFault: (error: Error) => void;
  #waitingCount = 0;
  #waitingBytes = 0;
  #keptBytes = 0;

  /** `timeoutS`: how long a connection waits for another socket. */
  constructor(timeoutS: number, onFault: (error: Error) => void) {
    this.#timeoutS = timeoutS;
    this.onFault = onFault;
  }

  make(make: MakeConnection, socket: LinkSocket): Link {
    return new Link(this, make, socket);
  }

  /** Gives the link that goes on with `socket`, or null: there is none, or not from there. */
  continue(
    port: 'control' | 'data',
    { key, receivedBytes }: RelayContinuation,
    make: MakeConnection,
    socket: LinkSocket,
  ): Link | null {
    // Keys are too long to be guessed by the time that a look-up takes.
    const pair = this.#pairs.get(keyText(key));
    if (pair === undefined) {
      socket.send(relayIdentifier.encode({ id: RELAY_UNSET }));
      return null;
    }
    if (port === 'data' && pair.data === null) {
      const link = this.make(make, socket);
      pair.data = link;
      link.join(pair);
      socket.send(relayIdentifier.encode({ id: 0n }));
      return link;
    }
    const link = port === 'control' ? pair.control : pair.data;
    if (link?.goOn(socket, receivedBytes) === true) return link;
    socket.send(relayIdentifier.encode({ id: RELAY_UNSET }));
    return null;
  }

  /** Makes a key under which `control`, and a data connection, can go on. */
  keep(control: Link): Uint8Array {
    const key = randomBytes(RELAY_RESUME_KEY_BYTES);
    const pair: Pair = { key: keyText(key), control, data: null };
    this.#pairs.set(pair.key, pair);
    control.join(pair);
    return key;
  }

  /** Takes memory for replies that are kept; false: there is no more. */
  takeKept(bytes: number): boolean {
    if (this.#keptBytes + bytes > MAX_ALL_KEPT_BYTES) return false;
    this.#keptBytes += bytes;
    return true;
  }

  giveKept(bytes: number): void {
    this.#keptBytes -= bytes;
  }

  forget(pair: Pair | null): void {
    if (pair === null || !this.#pairs.delete(pair.key)) return;
    pair.control.part();
    pair.data?.part();
  }

  /** Ends all that waits. */
  close(): void {
    for (const pair of [...this.#pairs.values()]) this.forget(pair);
  }

  /**
   * A connection waits that holds so many bytes; gives how to stop that, or null: it may not, because too many do. `onTimeout`
   * is called when nothing stops it in time.
   */
  wait(heldBytes: number, onTimeout: () => void): (() => void) | null {
    if (this.#waitingCount >= MAX_WAITING || this.#waitingBytes + heldBytes > MAX_WAITING_BYTES) return null;
    this.#waitingCount++;
    this.#waitingBytes += heldBytes;
    const stop = (): void => {
      clearTimeout(timer);
      this.#waitingCount--;
      this.#waitingBytes -= heldBytes;
    };
    const timer = setTimeout(() => {
      stop();
      onTimeout();
    }, this.#timeoutS * 1000);
    return stop;
  }
}

const keyText = (key: Uint8Array): string => Buffer.from(key).toString('hex');
