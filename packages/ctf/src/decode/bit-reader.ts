/**
 * Reads fields from the content of one packet. Every read is checked against the content's end before it
 * happens; positions are in bits from the packet's first bit.
 *
 * Bits in a byte are counted as CTF 1.8 §4.1.5 says: from the least significant one in little-endian fields,
 * from the most significant one in big-endian fields.
 */
import { FormatError } from '@lttng-ts/base';
import { NEGATIVE_NAN } from './values.ts';

export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #endBits: number;
  #atBits = 0;
  /** Byte order of the last field of bits: the bits of one byte must all have the same. */
  #isLittleEndian = false;

  /** `bytes` begins with the packet; its content ends at `endBits`, which must lie in `bytes`. */
  constructor(bytes: Uint8Array, endBits: number = bytes.length * 8) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#endBits = Math.min(endBits, bytes.length * 8);
  }

  get atBits(): number {
    return this.#atBits;
  }

  get remainingBits(): number {
    return this.#endBits - this.#atBits;
  }

  /** Skips padding up to a multiple of `alignmentBits`. */
  align(alignmentBits: number): void {
    const beyond = this.#atBits % alignmentBits;
    if (beyond !== 0) this.#take(alignmentBits - beyond, 'padding');
  }

  /** Moves on by `sizeBits` bits. */
  skip(sizeBits: number): void {
    this.#take(sizeBits, 'skipped');
  }

  #take(sizeBits: number, what: string): number {
    const at = this.#atBits;
    if (sizeBits > this.#endBits - at) {
      throw new FormatError(
        `Field exceeds packet content: what="${what}", size-bits=${sizeBits}, remaining-bits=${this.#endBits - at}`,
      );
    }
    this.#atBits = at + sizeBits;
    return at;
  }

  /**
   * Reads an integer: a `number` up to 32 bits, else a `bigint`. `isReversed`: the first bit of the field is the most
   * significant one where its byte order says the least significant one, and the other way round.
   */
  readInteger(
    sizeBits: number,
    isSigned: boolean,
    isLittleEndian: boolean,
    isReversed = false,
  ): number | bigint {
    const at = this.#take(sizeBits, 'integer');
    if (at % 8 === 0) {
      this.#isLittleEndian = isLittleEndian;
      if (!isReversed) {
        const value = this.#readWhole(at / 8, sizeBits, isSigned, isLittleEndian);
        if (value !== null) return value;
      }
    } else if (isLittleEndian !== this.#isLittleEndian) {
      this.#atBits = at;
      throw new FormatError(
        `Byte order changes within a byte: bit=${at % 8}, from="${orderName(!isLittleEndian)}", to="${orderName(isLittleEndian)}"`,
      );
    }
    const natural = this.#readBits(at, sizeBits, isLittleEndian);
    const raw = isReversed ? reverseBits(natural, sizeBits) : natural;
    const value = isSigned ? BigInt.asIntN(sizeBits, raw) : raw;
    return sizeBits <= 32 ? Number(value) : value;
  }

  #readWhole(
    byte: number,
    sizeBits: number,
    isSigned: boolean,
    isLittleEndian: boolean,
  ): number | bigint | null {
    const view = this.#view;
    switch (sizeBits) {
      case 8:
        return isSigned ? view.getInt8(byte) : view.getUint8(byte);
      case 16:
        return isSigned ? view.getInt16(byte, isLittleEndian) : view.getUint16(byte, isLittleEndian);
      case 32:
        return isSigned ? view.getInt32(byte, isLittleEndian) : view.getUint32(byte, isLittleEndian);
      case 64:
        return isSigned ? view.getBigInt64(byte, isLittleEndian) : view.getBigUint64(byte, isLittleEndian);
      default:
        return null;
    }
  }

  /** Reads a LEB128 number of at most 64 bits, and the number of bits that it was written in. */
  readVariableLength(isSigned: boolean): { readonly value: bigint; readonly sizeBits: number } {
    this.align(8);
    const start = this.#atBits;
    let raw = 0n;
    for (let sizeBits = 0; ; sizeBits += 7) {
      const byte = this.#bytes[this.#take(8, 'variable-length integer') / 8]!;
      raw |= BigInt(byte & 0x7f) << BigInt(sizeBits);
      const isLast = (byte & 0x80) === 0;
      if (isLast && sizeBits < 63) {
        const value = isSigned ? BigInt.asIntN(sizeBits + 7, raw) : raw;
        return { value, sizeBits: sizeBits + 7 };
      }
      if (sizeBits < 63) continue;
      // The tenth byte holds the 64th bit and copies of the sign. Babeltrace 2.1 refuses an unsigned one without it.
      const payload = byte & 0x7f;
      if (isLast && (isSigned ? payload === 0 || payload === 0x7f : payload === 1)) {
        return { value: isSigned ? BigInt.asIntN(64, raw) : raw, sizeBits: 64 };
      }
      this.#atBits = start;
      throw new FormatError('Variable-length integer has more than 64 bits');
    }
  }

  /** Any size at any position, byte by byte. */
  #readBits(at: number, sizeBits: number, isLittleEndian: boolean): bigint {
    const firstByte = Math.floor(at / 8);
    const endByte = Math.ceil((at + sizeBits) / 8);
    let all = 0n;
    if (isLittleEndian) {
      for (let byte = endByte - 1; byte >= firstByte; byte--) all = (all << 8n) | BigInt(this.#bytes[byte]!);
      all >>= BigInt(at % 8);
    } else {
      for (let byte = firstByte; byte < endByte; byte++) all = (all << 8n) | BigInt(this.#bytes[byte]!);
      all >>= BigInt(endByte * 8 - (at + sizeBits));
    }
    return BigInt.asUintN(sizeBits, all);
  }

  /** Reads an IEEE 754 number, at any position. */
  readFloat(
    sizeBits: 16 | 32 | 64,
    isLittleEndian: boolean,
    isReversed = false,
  ): number | typeof NEGATIVE_NAN {
    return floatOfBits(BigInt(this.readInteger(sizeBits, false, isLittleEndian, isReversed)), sizeBits);
  }

  /** Reads code units up to one that is zero, which is consumed and left out. The result is a copy. */
  readString(unitBytes: 1 | 2 | 4 = 1): Uint8Array {
    this.align(8);
    const start = this.#atBits / 8;
    const content = this.#bytes.subarray(0, Math.floor(this.#endBits / 8));
    const end = findZeroUnit(content, start, unitBytes);
    if (end < 0) {
      throw new FormatError(`String without an end: remaining-bits=${this.#endBits - this.#atBits}`);
    }
    this.#atBits = (end + unitBytes) * 8;
    return this.#bytes.slice(start, end);
  }

  /** Reads `length` bytes of text; what follows a code unit of zero in them is left out. The result is a copy. */
  readText(length: number, unitBytes: 1 | 2 | 4 = 1): Uint8Array {
    this.align(8);
    const start = this.#take(length * 8, 'text') / 8;
    const text = this.#bytes.subarray(start, start + length);
    const end = findZeroUnit(text, 0, unitBytes);
    return text.slice(0, end < 0 ? length : end);
  }

  /** Reads `length` bytes. The result is a copy. */
  readBlob(length: number): Uint8Array {
    this.align(8);
    const start = this.#take(length * 8, 'BLOB') / 8;
    return this.#bytes.slice(start, start + length);
  }
}

const orderName = (isLittleEndian: boolean): string => (isLittleEndian ? 'little-endian' : 'big-endian');

/** Offset of the first code unit of zero at or after `start`; -1 without one. */
export function findZeroUnit(bytes: Uint8Array, start: number, unitBytes: 1 | 2 | 4): number {
  if (unitBytes === 1) return bytes.indexOf(0, start);
  for (let at = start; at + unitBytes <= bytes.length; at += unitBytes) {
    if (
      bytes[at] === 0 &&
      bytes[at + 1] === 0 &&
      (unitBytes === 2 || (bytes[at + 2] === 0 && bytes[at + 3] === 0))
    )
      return at;
  }
  return -1;
}

/** Turns the order of the low `sizeBits` bits of `value` around. */
export function reverseBits(value: bigint, sizeBits: number): bigint {
  let reversed = 0n;
  for (let bit = 0; bit < sizeBits; bit++) reversed = (reversed << 1n) | ((value >> BigInt(bit)) & 1n);
  return reversed;
}

/** The value of an IEEE 754 number of 16, 32 or 64 bits. */
export function floatOfBits(bits: bigint, sizeBits: number): number | typeof NEGATIVE_NAN {
  const view = new DataView(new ArrayBuffer(8));
  if (sizeBits === 64) view.setBigUint64(0, bits);
  else view.setUint32(0, Number(bits));
  const value =
    sizeBits === 16 ? halfPrecision(Number(bits)) : sizeBits === 32 ? view.getFloat32(0) : view.getFloat64(0);
  return Number.isNaN(value) && bits >> BigInt(sizeBits - 1) === 1n ? NEGATIVE_NAN : value;
}

/** The value of an IEEE 754 binary16. */
export function halfPrecision(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
