/**
 * The reading side of a plain data connection where the addon is: content goes from the socket to its file in one call,
 * and JavaScript sees the packets' headers; small packets come with their headers in one read. The event loop itself watches the socket, through a duplicate of its
 * descriptor, as Node has the first one; what is written, and the end, stay Node's.
 *
 * While packets come, the loop is not woken for each part of them. A producer sends a packet, then its index entry, and
 * waits for the reply: the request wakes the daemon, the reply goes, and the packet is read while the producer makes the
 * next one. A packet without a request is read when much has come, or after some milliseconds.
 */
import type { Socket } from 'node:net';
import { SystemError } from '@lttng-ts/base';
import { type Fd, fd, type LoopWatch, type Native } from '@lttng-ts/native';
import type { ContentSource, MovedContent } from '../ports.ts';
import type { Link } from './links.ts';

export type DirectReads = Pick<
  Native,
  'watchInLoop' | 'receiveToFile' | 'setLowWater' | 'read' | 'dup' | 'close'
>;

/** Who reads. */
export interface DirectReaderOwner {
  /** Null until the connection has begun. */
  readonly link: Link | null;
  /** Whether nothing is to be read any more. */
  readonly isEnding: boolean;
  /** Takes what is not content, valid until it returns. */
  take(chunk: Uint8Array): void;
  /** Has the link receive content. */
  takeContent(link: Link, source: ContentSource): number;
  /** The peer sends no more; null: it said so. */
  end(error: SystemError | null): void;
}

/** After so many bytes of content others have their turn: requests, whose replies producers wait for, above all. */
const TURN_BYTES = 256 << 10;
/** Reads of one turn: small packets take two each. */
const TURN_READS = 16;
/** While packets come, what wakes the loop without a request: less than the kernel keeps for a connection. */
const BUSY_LOW_WATER_BYTES = 512 << 10;
/** After this time without a read what has come is read; when that is nothing, packets come no more. */
const TICK_MS = 2;
/** How a connection begins: a token, a key, a header. */
const BEGINNING_BYTES = 1024;
/** Packets up to this are read whole, several of them where they wait: a call for the header alone costs more than a copy. */
const SMALL_PACKET_BYTES = 64 << 10;
const NOTHING_MOVED: MovedContent = { movedBytes: 0, errnoName: null };

/** What was read is taken before anything else is read, by whichever connection. */
let shared: Uint8Array | null = null;

export class DirectReader implements ContentSource, Disposable {
  readonly #calls: DirectReads;
  readonly #owner: DirectReaderOwner;
  readonly #fd: Fd;
  readonly #small = new Uint8Array(BEGINNING_BYTES);
  #watch: LoopWatch | null = null;
  /** Bytes of the next header, behind the content of the last move. */
  #nextBytes = 0;
  /** Whether all that had come was read. */
  #isDrained = false;
  /** The socket's end, which is told when the connection has returned; null: it has not come. */
  #end: { readonly error: SystemError | null } | null = null;
  #isClosed = false;
  #isPaused = false;
  /** While packets come; null: each byte wakes the loop. */
  #tick: NodeJS.Timeout | null = null;
  /** Of what came last, from which follows what comes next. */
  #hasSmallPackets = false;
  /** Bytes read since the last tick. */
  #tickBytes = 0;
  #isTurnDue = false;
  /** One is enough: each turn asks for the next, and would else leave one more behind. */
  #isTurnScheduled = false;

  private constructor(calls: DirectReads, owner: DirectReaderOwner, fd: Fd) {
    this.#calls = calls;
    this.#owner = owner;
    this.#fd = fd;
  }

  /** Reads from `socket`, which Node does not read from; null: this Node, or the limit of descriptors, does not let it. */
  static open(calls: DirectReads, socket: Socket, owner: DirectReaderOwner): DirectReader | null {
    const { _handle: handle } = socket as unknown as { readonly _handle: { readonly fd?: number } | null };
    if (handle?.fd === undefined || handle.fd < 0) return null;
    let own: Fd;
    try {
      own = calls.dup(fd(handle.fd));
    } catch (error) {
      // EMFILE: Node's own way needs none.
      if (!(error instanceof SystemError)) throw error;
      return null;
    }
    const reader = new DirectReader(calls, owner, own);
    reader.#watch = calls.watchInLoop(own, () => reader.#turn());
    if (reader.#watch !== null) return reader;
    calls.close(own);
    return null;
  }

  pause(): void {
    this.#isPaused = true;
    this.#watch?.set(false);
  }

  resume(): void {
    this.#isPaused = false;
    this.#watch?.set(true);
  }

  /** Reads what the loop was not woken for; whether more may be there. */
  readNow(): boolean {
    if (this.#tick === null) return false;
    this.#turn();
    return this.#isTurnDue;
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#tick !== null) clearTimeout(this.#tick);
    this.#watch?.close();
    this.#calls.close(this.#fd);
  }

  moveTo(descriptor: number, offsetBytes: number, maxBytes: number): MovedContent {
    const turnBytes = Math.min(maxBytes, TURN_BYTES);
    const nextBytes = turnBytes < maxBytes ? 0 : (this.#owner.link?.connection.missingHeaderBytes ?? 0);
    const next = this.#small.subarray(0, nextBytes);
    const got = this.#read(() =>
      this.#calls.receiveToFile(this.#fd, fd(descriptor), offsetBytes, turnBytes, next),
    );
    if (got === null) return NOTHING_MOVED;
    this.#nextBytes = got.nextBytes;
    if (got.contentBytes + got.nextBytes < turnBytes + nextBytes) this.#isDrained = true;
    return { movedBytes: got.contentBytes, errnoName: got.fileErrno };
  }

  /** Null: nothing was there, or the socket has ended. */
  #read<T>(call: () => T | 'again' | 'end'): T | null {
    try {
      const got = call();
      if (got !== 'again' && got !== 'end') return got;
      this.#isDrained = true;
      if (got === 'end') this.#end = { error: null };
    } catch (error) {
      // Resets are ends like others.
      if (!(error instanceof SystemError)) throw error;
      this.#end = { error };
    }
    return null;
  }

  #turn(): void {
    if (this.#isClosed || this.#isPaused || this.#hasEnded) return;
    this.#isTurnDue = false;
    // It waits for its last words to be taken: what comes is of no interest, and its readiness would be told for ever.
    if (this.#owner.isEnding) this.pause();
    let bytes = 0;
    this.#isDrained = false;
    for (let i = 0; i < TURN_READS && bytes < TURN_BYTES; i++) {
      if (this.#owner.isEnding || this.#isDrained || this.#hasEnded) break;
      bytes += this.#step();
    }
    this.#tickBytes += bytes;
    if (this.#owner.isEnding || this.#tellEnd()) return;
    if (this.#tick === null && bytes > 0) this.#beginTicks();
    if (this.#tick !== null && !this.#isDrained) this.#turnSoon();
  }

  get #hasEnded(): boolean {
    return this.#end !== null;
  }

  /** Whether the socket has ended. */
  #tellEnd(): boolean {
    if (this.#end === null) return false;
    this.pause();
    this.#owner.end(this.#end.error);
    return true;
  }

  /** What is left may be too little to wake the loop. */
  #turnSoon(): void {
    this.#isTurnDue = true;
    if (this.#isTurnScheduled) return;
    this.#isTurnScheduled = true;
    setImmediate(() => {
      this.#isTurnScheduled = false;
      if (!this.#isTurnDue) return;
      this.#isTurnDue = false;
      this.#turn();
    });
  }

  #beginTicks(): void {
    try {
      this.#calls.setLowWater(this.#fd, BUSY_LOW_WATER_BYTES);
    } catch (error) {
      // It goes without.
      if (!(error instanceof SystemError)) throw error;
      return;
    }
    this.#tickBytes = 0;
    this.#tick = setTimeout(() => this.#onTick(), TICK_MS);
  }

  #onTick(): void {
    if (this.#isClosed) return;
    if (this.#tickBytes === 0) this.#turn();
    if (this.#tickBytes > 0 && !this.#isClosed) {
      this.#tickBytes = 0;
      this.#tick?.refresh();
      return;
    }
    this.#tick = null;
    if (!this.#isClosed) this.#calls.setLowWater(this.#fd, 1);
  }

  /** One read; gives how many bytes it brought, not counting headers that come alone. */
  #step(): number {
    const { link } = this.#owner;
    const missingBytes = link?.connection.missingContentBytes ?? 0;
    if (link === null || missingBytes === 0) {
      if (this.#hasSmallPackets) {
        shared ??= new Uint8Array(SMALL_PACKET_BYTES + BEGINNING_BYTES);
        return this.#readInto(shared);
      }
      this.#readInto(this.#small.subarray(0, link?.connection.missingHeaderBytes ?? BEGINNING_BYTES));
      return 0;
    }
    this.#hasSmallPackets = missingBytes <= SMALL_PACKET_BYTES;
    this.#nextBytes = 0;
    const movedBytes = this.#owner.takeContent(link, this);
    if (this.#nextBytes > 0) this.#owner.take(this.#small.subarray(0, this.#nextBytes));
    return movedBytes;
  }

  /** Reads what is not known to be content alone; gives how many bytes. */
  #readInto(into: Uint8Array): number {
    const got = this.#read(() => {
      const count = this.#calls.read(this.#fd, into);
      return count === 0 ? 'end' : count;
    });
    if (got === null) return 0;
    this.#isDrained = got < into.length;
    this.#owner.take(into.subarray(0, got));
    return got;
  }
}
