/**
 * Where the frames of a zstd file begin and end, and what their headers say: RFC 8878 §3.1. Node.js stops behind the first
 * frame of what it is given, and says nothing when a frame is cut.
 */

const MAGIC = 0xfd2fb528;
/** §3.1.2: the lowest four bits are free. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_HEADER_BYTES = 8;
/** §3.1.1.1.1.1: bytes of the content's size by the flag. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
/** §3.1.1.1.1.6 */
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
/** §3.1.1.1.4: a size of two bytes is less this. */
const SHORT_SIZE_OFFSET = 256n;
const MAX_HEADER_BYTES = 18;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
/** §3.1.1.2.2 */
const BLOCK_TYPES = { repeatedByte: 1, reserved: 3 } as const;

export interface ZstdHeader {
  /** What a decoder must keep. */
  readonly windowBytes: number;
  /** What the frame holds; `null`: it does not tell. */
  readonly contentBytes: number | null;
  readonly hasChecksum: boolean;
}

/** Reads the header that `bytes` begins with; `null`: there is none, or not all of it. */
export function readZstdHeader(bytes: Uint8Array): ZstdHeader | null {
  if (bytes.length < 6 || wordOf(bytes) !== MAGIC) return null;
  const descriptor = bytes[4]!;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : CONTENT_SIZE_BYTES[sizeFlag]!;
  const sizeAt = 5 + (isSingleSegment ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3]!;
  if (bytes.length < sizeAt + sizeBytes) return null;
  let content = sizeBytes === 2 ? SHORT_SIZE_OFFSET : 0n;
  for (let i = 0; i < sizeBytes; i++) content += BigInt(bytes[sizeAt + i]!) << BigInt(8 * i);
  const contentBytes = sizeBytes === 0 ? null : Number(content);
  const exponent = bytes[5]! >> 3;
  const windowBytes = isSingleSegment ? contentBytes! : 2 ** (10 + exponent) * (1 + (bytes[5]! & 7) / 8);
  return { windowBytes, contentBytes, hasChecksum: (descriptor & 4) !== 0 };
}

const wordOf = (bytes: Uint8Array, at = 0): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at, true);

/** Follows a file from its beginning on. */
export class ZstdFrames {
  /** A header of which not all is there. */
  readonly #header = new Uint8Array(MAX_HEADER_BYTES);
  #headerBytes = 0;
  /** To the next header. */
  #restBytes = 0;
  #isInFrame = false;
  #isEnding = false;
  #hasChecksum = false;

  /** Whether what was seen ends with a frame. */
  get isWhole(): boolean {
    return this.#headerBytes === 0 && this.#restBytes === 0 && !this.#isInFrame;
  }

  /** The parts of `piece`, which follows what was seen: each ends with the piece, or with a frame. Throws where no frame goes on. */
  *partsOf(piece: Uint8Array): Generator<Uint8Array, void> {
    let from = 0;
    for (let at = 0; at < piece.length; ) {
      if (this.#restBytes > 0) {
        const count = Math.min(this.#restBytes, piece.length - at);
        at += count;
        this.#restBytes -= count;
      } else {
        this.#header[this.#headerBytes++] = piece[at++]!;
        if (this.#isInFrame) this.#lookAtBlock();
        else this.#lookAtFrame();
      }
      if (!this.#isEnding || this.#restBytes > 0) continue;
      this.#isEnding = false;
      yield piece.subarray(from, at);
      from = at;
    }
    if (from < piece.length) yield piece.subarray(from);
  }

  #lookAtFrame(): void {
    const header = this.#header.subarray(0, this.#headerBytes);
    if (header.length < 4) return;
    const magic = wordOf(header);
    if (magic >>> 4 === SKIPPABLE_MAGIC >>> 4) {
      if (header.length < SKIPPABLE_HEADER_BYTES) return;
      this.#headerBytes = 0;
      this.#restBytes = wordOf(header, 4);
      this.#isEnding = true;
      return;
    }
    if (magic !== MAGIC) throw new Error('no frame');
    const found = readZstdHeader(header);
    if (found === null) return;
    this.#headerBytes = 0;
    this.#isInFrame = true;
    this.#hasChecksum = found.hasChecksum;
  }

  /** §3.1.1.2: whether it is the last one, its type and its size. */
  #lookAtBlock(): void {
    if (this.#headerBytes < BLOCK_HEADER_BYTES) return;
    this.#headerBytes = 0;
    const [low, middle, high] = this.#header;
    const word = low! | (middle! << 8) | (high! << 16);
    const type = (word >> 1) & 3;
    if (type === BLOCK_TYPES.reserved) throw new Error('invalid block type');
    this.#restBytes = type === BLOCK_TYPES.repeatedByte ? 1 : word >> 3;
    if ((word & 1) === 0) return;
    this.#isInFrame = false;
    this.#isEnding = true;
    if (this.#hasChecksum) this.#restBytes += CHECKSUM_BYTES;
  }
}
