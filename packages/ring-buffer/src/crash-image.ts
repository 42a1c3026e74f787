/**
 * What a file of a ring buffer still holds when nobody is left to write it: the packets from the read to the write
 * position, and of one that was not complete what was whole of it. The file describes itself by its crash record, for
 * any word size and byte order; every number in it is checked. Pure.
 */
import type { Abi } from '@lttng-ts/wire';
import { CRASH_ENDIAN_MARKER, CRASH_MAGIC } from './constants.ts';
import { layoutsOf } from './layouts.ts';

/** The first 16 bytes tell a ring buffer from other files. */
export function isCrashImage(image: Uint8Array): boolean {
  return CRASH_MAGIC.every((byte, at) => image[at] === byte);
}

export interface CrashImage {
  /** Positions, in bytes. */
  readonly producedBytes: bigint;
  readonly consumedBytes: bigint;
  /** In order. The bytes are the image's, with sizes of packets that were not complete put right. */
  readonly packets: readonly Uint8Array[];
}

/** Where the marker of the byte order and the word size lie in every version. */
const MARKER_AT = 0x18;
const WORD_SIZE_AT = 0x1e;
const SUPPORTED_VERSION = '0.0';
/** More sub-buffers than any machine has memory for: a number that says so is damaged. */
const MAX_SUBBUFFERS = 1n << 20n;

/**
 * Reads an image; gives the reason when it cannot be read. Packet sizes in `image` are changed where packets were not
 * complete.
 */
export function readCrashImage(image: Uint8Array): CrashImage | string {
  const abi = abiOf(image);
  if (typeof abi === 'string') return abi;
  const { crashRecord } = layoutsOf(abi);
  if (image.length < crashRecord.sizeBytes) return 'the file is shorter than its description';
  const record = crashRecord.decode(image);
  const version = `${record.major}.${record.minor}`;
  if (version !== SUPPORTED_VERSION) return `version ${version} of the buffers is not known`;
  const { subbufferSizeBytes: size, subbufferCount: count, bufferSizeBytes } = record;
  const isSane =
    isPowerOfTwo(size) &&
    isPowerOfTwo(count) &&
    count <= MAX_SUBBUFFERS &&
    size * count === bufferSizeBytes &&
    size <= BigInt(image.length) &&
    BigInt(Math.max(record.contentSizeOffset, record.packetSizeOffset)) + 8n <= size;
  if (!isSane)
    return `sizes contradict each other: sub-buffers=${count}, bytes=${size}, all=${bufferSizeBytes}`;
  const words = new Words(image, abi);
  const [producedBytes, consumedBytes] = [
    words.word(record.producedOffset),
    words.word(record.consumedOffset),
  ];
  if (producedBytes === null || consumedBytes === null) return 'its positions are outside of the file';
  const unread = producedBytes - consumedBytes;
  if (unread < 0n || unread > 2n * bufferSizeBytes) {
    return `positions contradict each other: produced=${producedBytes}, consumed=${consumedBytes}`;
  }
  const packets: Uint8Array[] = [];
  for (let at = consumedBytes - (consumedBytes % size); at < producedBytes; at += size) {
    const packet = packetAt(image, words, record, at, abi);
    // Differs from upstream: it ends at the first packet that is not there; behind what a dead writer left there are more.
    if (packet !== null) packets.push(packet);
  }
  return { producedBytes, consumedBytes, packets };
}

function abiOf(image: Uint8Array): Abi | string {
  if (!isCrashImage(image) || image.length < WORD_SIZE_AT + 1) return 'not a ring buffer';
  const wordBytes = image[WORD_SIZE_AT];
  if (wordBytes !== 4 && wordBytes !== 8) return `words of ${wordBytes} bytes are not known`;
  const marker = image[MARKER_AT]! | (image[MARKER_AT + 1]! << 8);
  if (marker === CRASH_ENDIAN_MARKER) return { byteOrder: 'little-endian', wordBytes };
  const swapped = ((marker & 0xff) << 8) | (marker >> 8);
  if (swapped === CRASH_ENDIAN_MARKER) return { byteOrder: 'big-endian', wordBytes };
  return `byte order is not known: marker=0x${marker.toString(16)}`;
}

/** Words of an image, or null outside of it. */
class Words {
  readonly #view: DataView;
  readonly #abi: Abi;

  constructor(image: Uint8Array, abi: Abi) {
    this.#view = new DataView(image.buffer, image.byteOffset, image.byteLength);
    this.#abi = abi;
  }

  word(at: number | bigint): bigint | null {
    return this.#abi.wordBytes === 8 ? this.u64(at) : this.#u32(at);
  }

  u64(at: number | bigint): bigint | null {
    if (at < 0 || BigInt(at) + 8n > BigInt(this.#view.byteLength)) return null;
    return this.#view.getBigUint64(Number(at), this.#isLittle);
  }

  setU64(at: number, value: bigint): void {
    this.#view.setBigUint64(at, value, this.#isLittle);
  }

  #u32(at: number | bigint): bigint | null {
    if (at < 0 || BigInt(at) + 4n > BigInt(this.#view.byteLength)) return null;
    return BigInt(this.#view.getUint32(Number(at), this.#isLittle));
  }

  get #isLittle(): boolean {
    return this.#abi.byteOrder === 'little-endian';
  }
}

type CrashRecord = ReturnType<ReturnType<typeof layoutsOf>['crashRecord']['decode']>;

/** The packet at a position, or null when nothing of it is whole. */
function packetAt(
  image: Uint8Array,
  words: Words,
  record: CrashRecord,
  position: bigint,
  abi: Abi,
): Uint8Array | null {
  const { bufferSizeBytes, subbufferSizeBytes: size, subbufferCount: count } = record;
  const index = (position % bufferSizeBytes) / size;
  const sequence = words.word(at(record.hotTableOffset, index, record.hotStride, record.hotSequenceOffset));
  const memoryAt = memoryOf(words, record, index);
  if (sequence === null || memoryAt === null || memoryAt + size > BigInt(image.length)) return null;
  const start = Number(memoryAt);
  const mask = (1n << BigInt(abi.wordBytes * 8)) - 1n;
  const isComplete =
    ((sequence - size) & (mask / count)) ===
    (((position - (position % bufferSizeBytes)) / count) & (mask / count));
  if (isComplete) {
    const packetBits = words.u64(start + record.packetSizeOffset);
    if (packetBits === null || packetBits > size * 8n) return null;
    return image.subarray(start, start + Number(packetBits / 8n));
  }
  const whole = sequence % size;
  if (whole === 0n) return null;
  words.setU64(start + record.contentSizeOffset, whole * 8n);
  words.setU64(start + record.packetSizeOffset, whole * 8n);
  return image.subarray(start, start + Number(whole));
}

/** Where the sub-buffer that writers have at `index` lies in the file. */
function memoryOf(words: Words, record: CrashRecord, index: bigint): bigint | null {
  const { writerSubbuffersOffset, writerSubbufferStride, writerSubbufferIdOffset } = record;
  const id = words.word(at(writerSubbuffersOffset, index, writerSubbufferStride, writerSubbufferIdOffset));
  if (id === null) return null;
  // The rest of the word tells, in overwrite mode, who refers to the sub-buffer.
  const page = id & 0xffff_ffffn;
  const { pageReferencesOffset, pageReferenceStride, referenceOffsetOffset, pageMemoryOffset } = record;
  const pageAt = words.word(at(pageReferencesOffset, page, pageReferenceStride, referenceOffsetOffset));
  return pageAt === null ? null : words.word(pageAt + BigInt(pageMemoryOffset));
}

const at = (table: number, index: bigint, stride: number, offset: number): bigint =>
  BigInt(table) + index * BigInt(stride) + BigInt(offset);

const isPowerOfTwo = (value: bigint): boolean => value > 0n && (value & (value - 1n)) === 0n;
