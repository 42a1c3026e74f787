/**
 * What generated decoders call: ordinary functions, tested like others. Positions are bytes from the packet's
 * beginning. What is wrong with the bytes is thrown as a plain {@link Damage}; the reference decoder, which then reads
 * the same event record, says what it is.
 */
import { FormatError } from '@lttng-ts/base';
import { floatOfBits, reverseBits } from './bit-reader.ts';
import { NEGATIVE_NAN } from './values.ts';

/** Tells that the reference decoder must have a look. */
export class Damage extends Error {}

/** One for all: to note where each was thrown takes longer than anything else about it. */
const DAMAGE = new Damage('Damaged event record');

export function damage(): never {
  throw DAMAGE;
}

/** Whether an error of a generated function tells that the bytes are wrong. */
export function isDamage(error: unknown): boolean {
  return error instanceof Damage || error instanceof RangeError || error instanceof FormatError;
}

/** A packet being read: what generated functions share. */
export interface Cursor {
  /** Of the same bytes, and maybe some behind them that mean nothing. */
  view: DataView;
  bytes: Uint8Array;
  /** Id of the event record class that the header gave; -1 without one. */
  id: number;
  /** The clock's value: two unsigned integers of 32 bits. */
  clockHigh: number;
  clockLow: number;
  /** Where a variable-length integer ended. */
  next: number;
  /** Values that other root structures need. */
  readonly slots: bigint[];
}

/** Puts the low `sizeBits` bits of a clock, at most 32, in place; carries when that would go back. */
export function updateClock(cursor: Cursor, value: number, sizeBits: number): void {
  if (sizeBits === 32) {
    if (value < cursor.clockLow) cursor.clockHigh = (cursor.clockHigh + 1) >>> 0;
    cursor.clockLow = value;
    return;
  }
  const span = 2 ** sizeBits;
  const low = cursor.clockLow % span;
  const sum = cursor.clockLow - low + value + (value < low ? span : 0);
  if (sum >= 0x1_0000_0000) cursor.clockHigh = (cursor.clockHigh + 1) >>> 0;
  cursor.clockLow = sum >>> 0;
}

/** The same for more than 32 bits. */
export function updateWideClock(cursor: Cursor, value: bigint, sizeBits: number): void {
  const clock = (BigInt(cursor.clockHigh) << 32n) | BigInt(cursor.clockLow);
  const low = BigInt.asUintN(sizeBits, clock);
  const carry = sizeBits < 64 && value < low ? 1n << BigInt(sizeBits) : 0n;
  const updated = BigInt.asUintN(64, (sizeBits === 64 ? 0n : clock - low) + value + carry);
  cursor.clockHigh = Number(updated >> 32n);
  cursor.clockLow = Number(updated & 0xffff_ffffn);
}

/** An unsigned integer of any size at bit `bit` of byte `p`. */
export function readBits(
  bytes: Uint8Array,
  p: number,
  bit: number,
  sizeBits: number,
  isLittleEndian: boolean,
): bigint {
  const end = p + ((bit + sizeBits + 7) >> 3);
  if (end > bytes.length) damage();
  let all = 0n;
  if (isLittleEndian) {
    for (let at = end - 1; at >= p; at--) all = (all << 8n) | BigInt(bytes[at]!);
    all >>= BigInt(bit);
  } else {
    for (let at = p; at < end; at++) all = (all << 8n) | BigInt(bytes[at]!);
    all >>= BigInt((end - p) * 8 - bit - sizeBits);
  }
  return BigInt.asUintN(sizeBits, all);
}

/** The same for at most 32 bits. */
export function readFewBits(
  bytes: Uint8Array,
  p: number,
  bit: number,
  sizeBits: number,
  isLittleEndian: boolean,
): number {
  const end = p + ((bit + sizeBits + 7) >> 3);
  if (end > bytes.length) damage();
  // Up to five bytes: exact in a double.
  let all = 0;
  if (isLittleEndian) {
    for (let at = end - 1; at >= p; at--) all = all * 256 + bytes[at]!;
    all = Math.floor(all / 2 ** bit);
  } else {
    for (let at = p; at < end; at++) all = all * 256 + bytes[at]!;
    all = Math.floor(all / 2 ** ((end - p) * 8 - bit - sizeBits));
  }
  return all % 2 ** sizeBits;
}

export function signed(value: number, sizeBits: number): number {
  return value >= 2 ** (sizeBits - 1) ? value - 2 ** sizeBits : value;
}

/** Where the string at `p` ends, its code unit of zero included. */
export function endOfString(bytes: Uint8Array, p: number): number {
  for (let at = p; at < bytes.length; at++) if (bytes[at] === 0) return at + 1;
  return damage();
}

/** The same for code units of two or four bytes. */
export function endOfWideString(bytes: Uint8Array, p: number, unitBytes: number): number {
  for (let at = p; at + unitBytes <= bytes.length; at += unitBytes) {
    if (bytes[at] === 0 && bytes[at + 1] === 0) {
      if (unitBytes === 2 || (bytes[at + 2] === 0 && bytes[at + 3] === 0)) return at + unitBytes;
    }
  }
  return damage();
}

/** Where the text from byte `p` to `end` ends: at a code unit of zero, if there is one. */
export function endOfText(bytes: Uint8Array, p: number, end: number, unitBytes: number): number {
  for (let at = p; at + unitBytes <= end; at += unitBytes) {
    if (bytes[at] === 0 && (unitBytes === 1 || bytes[at + 1] === 0)) {
      if (unitBytes < 4 || (bytes[at + 2] === 0 && bytes[at + 3] === 0)) return at;
    }
  }
  return end;
}

/** A floating point value as a number: JavaScript has one NaN. */
export function numberOf(value: number | typeof NEGATIVE_NAN): number {
  return typeof value === 'number' ? value : Number.NaN;
}

/** A copy of the text of `length` bytes at `p`, up to a code unit of zero. */
export function text(bytes: Uint8Array, p: number, length: number, unitBytes: number): Uint8Array {
  if (p + length > bytes.length) damage();
  for (let at = p; at + unitBytes <= p + length; at += unitBytes) {
    if (bytes[at] === 0 && (unitBytes === 1 || bytes[at + 1] === 0)) {
      if (unitBytes < 4 || (bytes[at + 2] === 0 && bytes[at + 3] === 0)) return bytes.slice(p, at);
    }
  }
  return bytes.slice(p, p + length);
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
/** Texts up to this length are made character by character, which is quicker than to call a decoder. */
const SHORT_TEXT = 24;

/** The UTF-8 from `p` to `end` as a string. */
export function stringOf(bytes: Uint8Array, p: number, end: number): string {
  if (end - p > SHORT_TEXT) return utf8.decode(bytes.subarray(p, end));
  let made = '';
  for (let at = p; at < end; at++) {
    const byte = bytes[at]!;
    if (byte > 0x7f) return utf8.decode(bytes.subarray(p, end));
    made += String.fromCharCode(byte);
  }
  return made;
}

/** An integer of 64 bits: a number where that is safe, else a bigint. */
export function integer64(
  view: DataView,
  p: number,
  isLittleEndian: boolean,
  isSigned: boolean,
): number | bigint {
  const highAt = isLittleEndian ? p + 4 : p;
  const high = isSigned ? view.getInt32(highAt, isLittleEndian) : view.getUint32(highAt, isLittleEndian);
  if (high >= -0x20_0000 && high < 0x20_0000) {
    const number = high * 0x1_0000_0000 + view.getUint32(isLittleEndian ? p : p + 4, isLittleEndian);
    if (number !== -0x20_0000_0000_0000) return number;
  }
  return isSigned ? view.getBigInt64(p, isLittleEndian) : view.getBigUint64(p, isLittleEndian);
}

/** A copy of `length` bytes at `p`. */
export function blob(bytes: Uint8Array, p: number, length: number): Uint8Array {
  if (p + length > bytes.length) damage();
  return bytes.slice(p, p + length);
}

/** A LEB128 number; `cursor.next` is where it ends. */
export function variableLength(cursor: Cursor, p: number, isSigned: boolean): bigint {
  const { bytes } = cursor;
  let raw = 0n;
  for (let at = p, sizeBits = 0; at < bytes.length; at++, sizeBits += 7) {
    const byte = bytes[at]!;
    raw |= BigInt(byte & 0x7f) << BigInt(sizeBits);
    if (sizeBits === 63 && (isSigned ? byte !== 0 && byte !== 0x7f : byte !== 1)) return damage();
    if ((byte & 0x80) === 0) {
      cursor.next = at + 1;
      return isSigned ? BigInt.asIntN(Math.min(64, sizeBits + 7), raw) : raw;
    }
  }
  return damage();
}

/** A NaN keeps its sign: see {@link NEGATIVE_NAN}. */
export function float32(view: DataView, p: number, isLittleEndian: boolean): number | typeof NEGATIVE_NAN {
  const value = view.getFloat32(p, isLittleEndian);
  return Number.isNaN(value) && view.getInt32(p, isLittleEndian) < 0 ? NEGATIVE_NAN : value;
}

export function float64(view: DataView, p: number, isLittleEndian: boolean): number | typeof NEGATIVE_NAN {
  const value = view.getFloat64(p, isLittleEndian);
  return Number.isNaN(value) && view.getInt32(isLittleEndian ? p + 4 : p, isLittleEndian) < 0
    ? NEGATIVE_NAN
    : value;
}

/** The number whose bits are `bits`. */
export function float(bits: number | bigint, sizeBits: number): number | typeof NEGATIVE_NAN {
  return floatOfBits(BigInt(bits), sizeBits);
}

export { reverseBits };
