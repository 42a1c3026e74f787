/**
 * The part of a packet's content that is in memory. It moves forward through the content; what begins in it keeps its
 * alignment, because it begins at a multiple of all alignments.
 */
import { FormatError } from '@lttng-ts/base';
import type { WalkMachine } from '../decode/walk-machine.ts';
import { type ByteSource, readInto } from './byte-source.ts';

/** A packet that must be read as a whole. LTTng's are as large as a sub-buffer; this is far beyond any of those. */
const MAX_PACKET_BYTES = 1 << 30;
/**
 * Bytes behind the window that may be looked at, whatever is in them: a number that is cut off by the window's end is
 * read before anything notices, and engines dislike reads that fail.
 */
const SLACK_BYTES = 64;
/** Event records are not begun so close to the window's end, at first. */
const FIRST_MARGIN_BYTES = 128;

const NO_BYTES = new Uint8Array(0);

export class PacketWindow {
  /** What is in memory. */
  bytes: Uint8Array = NO_BYTES;
  /** The same, and some bytes behind it. */
  view: DataView = new DataView(NO_BYTES.buffer);
  /** Where it begins in the packet. */
  offsetBytes = 0;
  /** `false`: each packet has memory of its own, and is read as a whole. */
  readonly #reusesMemory: boolean;
  #memory: Uint8Array = NO_BYTES;
  /** Whose memory it is, where there is room. */
  #machine: WalkMachine | null = null;
  #isMachines = false;
  #source: ByteSource | null = null;
  #packetOffsetBytes = 0;
  #contentBytes = 0;
  /** How long it becomes when it moves. */
  #fullBytes = 0;
  #marginBytes = FIRST_MARGIN_BYTES;

  constructor(reusesMemory: boolean) {
    this.#reusesMemory = reusesMemory;
  }

  /**
   * Goes to the beginning of a packet and reads `lengthBytes` bytes of it, fewer at the end of its file. Later windows may have up to
   * `fullBytes`. `machine`: where memory may be taken from.
   */
  begin(
    source: ByteSource,
    packetOffsetBytes: number,
    lengthBytes: number,
    fullBytes: number,
    machine: WalkMachine | null,
  ): void {
    this.#source = source;
    this.#machine = machine;
    this.#packetOffsetBytes = packetOffsetBytes;
    this.offsetBytes = 0;
    this.#fullBytes = fullBytes;
    if (!this.#reusesMemory) this.#memory = NO_BYTES;
    // At once, so that nothing is moved when it becomes longer: memory that nobody touches costs nothing.
    else this.#fullBytes = this.#reserve(0, fullBytes, true);
    this.#fill(0, Math.min(lengthBytes, this.#fullBytes));
  }

  /** Tells how much content the packet has. Reads all of it where `isWhole`, or where memory is not used again. */
  setContent(contentBytes: number, isWhole: boolean): void {
    this.#contentBytes = contentBytes;
    if (this.bytes.length > contentBytes) this.#show(contentBytes);
    if (isWhole || !this.#reusesMemory) this.readAll();
  }

  /** Whether it reaches to the content's end. */
  get isLast(): boolean {
    return this.offsetBytes + this.bytes.length >= this.#contentBytes;
  }

  /** Where in the window event records should no longer begin: they may not end in it. */
  get limit(): number {
    const { length } = this.bytes;
    return this.isLast ? length : length - Math.min(this.#marginBytes, length >> 2);
  }

  /** An event record did not end in the window. */
  widenMargin(): void {
    this.#marginBytes *= 2;
  }

  /**
   * Moves on so that byte `at` of the window is near its beginning, or makes the window larger when it is; `false` when
   * nothing came because there is nothing more. `alignmentBytes`: of whatever is read.
   */
  move(at: number, alignmentBytes: number): boolean {
    if (this.isLast) return false;
    const { length } = this.bytes;
    const from = at - (at % alignmentBytes);
    const lengthBytes = from === 0 ? 2 * length : Math.max(length, Math.min(2 * length, this.#fullBytes));
    // A packet's header may end behind it.
    const kept = Math.max(length - from, 0);
    this.#memory.copyWithin(0, length - kept, length);
    this.offsetBytes += from;
    this.#fill(kept, Math.min(lengthBytes, this.#contentBytes - this.offsetBytes));
    return this.bytes.length > kept;
  }

  /** Reads the whole content, as far as its file has it. */
  readAll(): void {
    const contentBytes = this.#contentBytes;
    if (this.offsetBytes === 0 && this.isLast) return;
    if (contentBytes > MAX_PACKET_BYTES) {
      throw new FormatError(`Packet too large: content-bytes=${contentBytes}, limit=${MAX_PACKET_BYTES}`);
    }
    const known = this.offsetBytes === 0 ? this.bytes.length : 0;
    this.offsetBytes = 0;
    const fileBytes = Math.max(this.#source!.sizeBytes - this.#packetOffsetBytes, 0);
    this.#fill(known, Math.min(contentBytes, fileBytes));
  }

  /** Makes the window `lengthBytes` long, of which the first `known` are there. */
  #fill(known: number, lengthBytes: number): void {
    this.#reserve(known, lengthBytes);
    const rest = this.#memory.subarray(known, lengthBytes);
    const offsetBytes = this.#packetOffsetBytes + this.offsetBytes + known;
    const count = rest.length === 0 ? 0 : readInto(this.#source!, offsetBytes, rest);
    this.#show(known + count);
  }

  /**
   * Makes memory for `lengthBytes`, of which the first `known` are kept, and gives how many there is memory for. With `mayBeLess` the
   * machine's memory is not left for more than it has.
   */
  #reserve(known: number, lengthBytes: number, mayBeLess = false): number {
    const sizeBytes = lengthBytes + SLACK_BYTES;
    const { length } = this.#memory;
    if (length >= sizeBytes) return lengthBytes;
    const taken = this.#machine?.take(sizeBytes) ?? null;
    if (taken === null && mayBeLess && this.#isMachines && length > 0) return length - SLACK_BYTES;
    const grown = taken ?? new Uint8Array(sizeBytes);
    this.#isMachines = taken !== null;
    grown.set(this.#memory.subarray(0, known));
    this.#machine?.giveBack(this.#memory);
    this.#memory = grown;
    this.bytes = NO_BYTES;
    this.view = new DataView(grown.buffer, grown.byteOffset, sizeBytes);
    return lengthBytes;
  }

  /** Gives back its memory. */
  close(): void {
    this.#machine?.giveBack(this.#memory);
    this.#memory = NO_BYTES;
    this.#show(0);
  }

  #show(lengthBytes: number): void {
    // Most windows are as long as the one before.
    if (this.bytes.length !== lengthBytes) this.bytes = this.#memory.subarray(0, lengthBytes);
  }
}
