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

  /** Reads an integer: a `number` up to 32 bits, else a `bigint`. */
  readInteger(sizeBits: number, isSigned: boolean, isLittleEndian: boolean): number | bigint {
    const at = this.#take(sizeBits, 'integer');
    if (at % 8 === 0) {
      const byte = at / 8;
      switch (sizeBits) {
        case 8:
          return isSigned ? this.#view.getInt8(byte) : this.#view.getUint8(byte);
        case 16:
          return isSigned
            ? this.#view.getInt16(byte, isLittleEndian)
            : this.#view.getUint16(byte, isLittleEndian);
        case 32:
          return isSigned
            ? this.#view.getInt32(byte, isLittleEndian)
            : this.#view.getUint32(byte, isLittleEndian);
        case 64:
          return isSigned
            ? this.#view.getBigInt64(byte, isLittleEndian)
            : this.#view.getBigUint64(byte, isLittleEndian);
      }
    }
    const raw = this.#readBits(at, sizeBits, isLittleEndian);
    const value = isSigned ? BigInt.asIntN(sizeBits, raw) : raw;
    return sizeBits <= 32 ? Number(value) : value;
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
  readFloat(sizeBits: 32 | 64, isLittleEndian: boolean): number | typeof NEGATIVE_NAN {
    const bits = BigInt(this.readInteger(sizeBits, false, isLittleEndian));
    const view = new DataView(new ArrayBuffer(8));
    if (sizeBits === 32) view.setUint32(0, Number(bits));
    else view.setBigUint64(0, bits);
    const value = sizeBits === 32 ? view.getFloat32(0) : view.getFloat64(0);
    return Number.isNaN(value) && bits >> BigInt(sizeBits - 1) === 1n ? NEGATIVE_NAN : value;
  }

  /** Reads bytes up to a NUL, which is consumed and left out. The result is a copy. */
  readString(): Uint8Array {
    this.align(8);
    const start = this.#atBits / 8;
    const end = this.#bytes.subarray(0, Math.floor(this.#endBits / 8)).indexOf(0, start);
    if (end < 0) {
      throw new FormatError(`String without an end: remaining-bits=${this.#endBits - this.#atBits}`);
    }
    this.#atBits = (end + 1) * 8;
    return this.#bytes.slice(start, end);
  }

  /** Reads `length` bytes of text; what follows a NUL in them is left out. The result is a copy. */
  readText(length: number): Uint8Array {
    this.align(8);
    const start = this.#take(length * 8, 'text') / 8;
    const text = this.#bytes.subarray(start, start + length);
    const end = text.indexOf(0);
    return text.slice(0, end < 0 ? length : end);
  }
}
