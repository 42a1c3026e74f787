/**
 * Writes fields into a packet: the counterpart of `decode/bit-reader.ts`. Positions are in bits from the packet's
 * first bit; memory grows as needed, and padding is zero.
 */
import { AssertionError } from '@lttng-ts/base';
import { reverseBits } from '../decode/bit-reader.ts';
import { NEGATIVE_NAN } from '../decode/values.ts';

const FIRST_BYTES = 4096;

export class BitWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  /** In the memory; bytes that were drained are before it. */
  #atBits = 0;
  #drainedBytes = 0;

  get atBits(): number {
    return this.#drainedBytes * 8 + this.#atBits;
  }

  get drainedBytes(): number {
    return this.#drainedBytes;
  }

  /** The bytes that are held, the last one filled up with zeros. A view: it is good until the next write. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, Math.ceil(this.#atBits / 8));
  }

  /** Empties the writer; memory is kept. */
  reset(): void {
    this.#bytes.fill(0, 0, Math.ceil(this.#atBits / 8));
    this.#atBits = 0;
    this.#drainedBytes = 0;
  }

  /** Gives the whole bytes that are held to `write`, which may not keep them, and holds them no longer; positions go on. */
  drain(write: (bytes: Uint8Array) => void): void {
    const wholeBytes = Math.floor(this.#atBits / 8);
    write(this.#bytes.subarray(0, wholeBytes));
    const begun = this.#bytes[wholeBytes] ?? 0;
    this.#bytes.fill(0, 0, wholeBytes + 1);
    this.#bytes[0] = begun;
    this.#atBits -= wholeBytes * 8;
    this.#drainedBytes += wholeBytes;
  }

  /** Pads with zeros up to a multiple of `alignmentBits`. */
  align(alignmentBits: number): void {
    const beyond = this.atBits % alignmentBits;
    if (beyond !== 0) this.skip(alignmentBits - beyond);
  }

  /** Pads with `sizeBits` zeros. */
  skip(sizeBits: number): void {
    this.#reserve(sizeBits);
    this.#atBits += sizeBits;
  }

  #reserve(sizeBits: number): void {
    const needed = Math.ceil((this.#atBits + sizeBits) / 8);
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  /** Writes the low `sizeBits` bits of `value`. */
  writeInteger(value: number | bigint, sizeBits: number, isLittleEndian: boolean, isReversed = false): void {
    this.#reserve(sizeBits);
    const at = this.#atBits;
    if (at % 8 === 0 && !isReversed && this.#writeWhole(at / 8, value, sizeBits, isLittleEndian)) {
      this.#atBits = at + sizeBits;
      return;
    }
    const natural = BigInt.asUintN(sizeBits, BigInt(value));
    this.#writeBits(at, isReversed ? reverseBits(natural, sizeBits) : natural, sizeBits, isLittleEndian);
    this.#atBits = at + sizeBits;
  }

  #writeWhole(byte: number, value: number | bigint, sizeBits: number, isLittleEndian: boolean): boolean {
    switch (sizeBits) {
      case 8:
        this.#view.setUint8(byte, Number(value));
        return true;
      case 16:
        this.#view.setUint16(byte, Number(value), isLittleEndian);
        return true;
      case 32:
        this.#view.setUint32(byte, Number(value), isLittleEndian);
        return true;
      case 64:
        this.#view.setBigUint64(byte, BigInt.asUintN(64, BigInt(value)), isLittleEndian);
        return true;
      default:
        return false;
    }
  }

  /** Any size at any position, byte by byte. The bits behind the position are zero. */
  #writeBits(at: number, value: bigint, sizeBits: number, isLittleEndian: boolean): void {
    const firstByte = Math.floor(at / 8);
    const endByte = Math.ceil((at + sizeBits) / 8);
    if (isLittleEndian) {
      let rest = value << BigInt(at % 8);
      for (let byte = firstByte; byte < endByte; byte++, rest >>= 8n) this.#or(byte, rest);
    } else {
      let rest = value << BigInt(endByte * 8 - (at + sizeBits));
      for (let byte = endByte - 1; byte >= firstByte; byte--, rest >>= 8n) this.#or(byte, rest);
    }
  }

  #or(byte: number, bits: bigint): void {
    this.#bytes[byte] = this.#bytes[byte]! | Number(bits & 0xffn);
  }

  /** Writes a LEB128 number in as few bytes as it takes. */
  writeVariableLength(value: bigint, isSigned: boolean): void {
    this.align(8);
    for (let rest = value; ; ) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      const isLast = isSigned ? rest === ((low & 0x40) === 0 ? 0n : -1n) : rest === 0n;
      this.writeInteger(isLast ? low : low | 0x80, 8, true);
      if (isLast) return;
    }
  }

  /** Writes an IEEE 754 number. */
  writeFloat(
    value: number | typeof NEGATIVE_NAN,
    sizeBits: 16 | 32 | 64,
    isLittleEndian: boolean,
    isReversed = false,
  ): void {
    const view = new DataView(new ArrayBuffer(8));
    const plain = value === NEGATIVE_NAN ? Number.NaN : value;
    let bits: bigint;
    if (sizeBits === 64) {
      view.setFloat64(0, plain);
      bits = view.getBigUint64(0);
    } else if (sizeBits === 32) {
      view.setFloat32(0, plain);
      bits = BigInt(view.getUint32(0));
    } else bits = BigInt(halfPrecisionBits(plain));
    const sign = 1n << BigInt(sizeBits - 1);
    if (Number.isNaN(plain)) bits = value === NEGATIVE_NAN ? bits | sign : bits & ~sign;
    this.writeInteger(bits, sizeBits, isLittleEndian, isReversed);
  }

  /**
   * Lets `fill` write at most `roomBytes` bytes by itself, on a byte boundary: it gets the memory and the position in
   * it, and gives the position behind what it wrote.
   */
  fill(roomBytes: number, fill: (bytes: Uint8Array, view: DataView, at: number) => number): void {
    this.align(8);
    this.#reserve(roomBytes * 8);
    this.#atBits = fill(this.#bytes, this.#view, this.#atBits / 8) * 8;
  }

  /** Writes `bytes` on a byte boundary. */
  writeBytes(bytes: Uint8Array): void {
    this.align(8);
    this.#reserve(bytes.length * 8);
    this.#bytes.set(bytes, this.#atBits / 8);
    this.#atBits += bytes.length * 8;
  }
}

/** The nearest IEEE 754 binary16 of `value`, ties to even. */
export function halfPrecisionBits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  // Everything from here on rounds to infinity.
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundToEven(magnitude / 2 ** -24);
  const exponent = Math.floor(Math.log2(magnitude));
  // Rounding up may carry into the exponent, and that is right.
  return sign | (((exponent + 15) << 10) + roundToEven((magnitude / 2 ** exponent - 1) * 1024));
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (!Number.isFinite(value)) throw new AssertionError('Only finite numbers are rounded');
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
