/** The header of a zstd frame: RFC 8878 §3.1.1.1. */

const MAGIC = 0xfd2fb528;
/** §3.1.1.1.1.1: bytes of the content's size by the flag. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
/** §3.1.1.1.1.6 */
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
/** §3.1.1.1.4: a size of two bytes is less this. */
const SHORT_SIZE_OFFSET = 256n;

export interface ZstdHeader {
  readonly headerBytes: number;
  /** What a decoder must keep. */
  readonly windowBytes: number;
  /** What the frame holds; `null`: it does not tell. */
  readonly contentBytes: number | null;
  readonly hasChecksum: boolean;
}

/** Reads the header that `bytes` begins with; `null`: there is none, or not all of it. */
export function readZstdHeader(bytes: Uint8Array): ZstdHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 6 || view.getUint32(0, true) !== MAGIC) return null;
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
  const hasChecksum = (descriptor & 4) !== 0;
  return { headerBytes: sizeAt + sizeBytes, windowBytes, contentBytes, hasChecksum };
}
