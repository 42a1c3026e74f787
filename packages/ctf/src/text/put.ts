/**
 * Text into bytes, without strings: what generated text writers and lines call. Each function writes at `o`, where
 * there must be room, and gives where it ends. What it leaves behind its end means nothing.
 */
import type { TextBuffer } from './text-buffer.ts';

/** Room that the decimal digits of any 64-bit integer need, with what may be written beyond their end. */
export const MAX_INTEGER_BYTES = 24;

/** Bytes that one byte of a text becomes at most: `\x1f`. */
export const MAX_ESCAPED_BYTES = 4;

const ZERO = 0x30;

/** `00` to `99`, both digits of each in one number, the first one in the low byte. */
const PAIRS = Uint16Array.from({ length: 100 }, (_, i) => {
  return (ZERO + Math.floor(i / 10)) | ((ZERO + (i % 10)) << 8);
});

function putPair(out: Uint8Array, o: number, value: number): void {
  const pair = PAIRS[value]!;
  out[o] = pair & 0xff;
  out[o + 1] = pair >>> 8;
}

function putFour(out: Uint8Array, o: number, value: number): void {
  const high = (value / 100) | 0;
  putPair(out, o, high);
  putPair(out, o + 2, value - high * 100);
}

function putEight(out: Uint8Array, o: number, value: number): void {
  const high = (value / 10_000) | 0;
  putFour(out, o, high);
  putFour(out, o + 4, value - high * 10_000);
}

/** Nine digits of a value below 10⁹. */
export function putNine(out: Uint8Array, o: number, value: number): number {
  const high = (value / 100_000_000) | 0;
  out[o] = ZERO + high;
  putEight(out, o + 1, value - high * 100_000_000);
  return o + 9;
}

/** Decimal digits of an integer from 0 to 2³²-1. */
export function putUint32(out: Uint8Array, o: number, value: number): number {
  if (value < 10) {
    out[o] = ZERO + value;
    return o + 1;
  }
  if (value < 100) {
    putPair(out, o, value);
    return o + 2;
  }
  if (value < 1000) {
    const high = (value / 100) | 0;
    out[o] = ZERO + high;
    putPair(out, o + 1, value - high * 100);
    return o + 3;
  }
  if (value < 10_000) {
    putFour(out, o, value);
    return o + 4;
  }
  if (value < 100_000_000) {
    const high = (value / 10_000) | 0;
    const end = putUint32(out, o, high);
    putFour(out, end, value - high * 10_000);
    return end + 4;
  }
  const high = Math.floor(value / 100_000_000);
  const end = putUint32(out, o, high);
  putEight(out, end, value - high * 100_000_000);
  return end + 8;
}

/** Decimal digits of an integer from -2³¹ to 2³¹-1. */
export function putInt32(out: Uint8Array, o: number, value: number): number {
  if (value >= 0) return putUint32(out, o, value);
  out[o] = 0x2d;
  return putUint32(out, o + 1, -value);
}

/** Decimal digits of a safe integer that is not negative. */
export function putSafe(out: Uint8Array, o: number, value: number): number {
  if (value < 0x1_0000_0000) return putUint32(out, o, value);
  const high = Math.floor(value / 100_000_000);
  const end = putSafe(out, o, high);
  putEight(out, end, value - high * 100_000_000);
  return end + 8;
}

/** Decimal digits of a 64-bit unsigned integer in two halves. */
export function putUint64(out: Uint8Array, o: number, high: number, low: number): number {
  if (high === 0) return putUint32(out, o, low);
  if (high < 0x20_0000) return putSafe(out, o, high * 0x1_0000_0000 + low);
  return putDigits(out, o, ((BigInt(high) << 32n) | BigInt(low)).toString());
}

/** Decimal digits of a 64-bit signed integer; `high` is from 0 to 2³²-1, too. */
export function putInt64(out: Uint8Array, o: number, high: number, low: number): number {
  if (high < 0x8000_0000) return putUint64(out, o, high, low);
  out[o] = 0x2d;
  // The two's complement: invert and add one.
  return low === 0
    ? putUint64(out, o + 1, 0x1_0000_0000 - high, 0)
    : putUint64(out, o + 1, 0xffff_ffff - high, 0x1_0000_0000 - low);
}

/** Decimal digits of any integer of up to 64 bits. */
export function putBig(out: Uint8Array, o: number, value: bigint): number {
  return putDigits(out, o, value.toString());
}

function putDigits(out: Uint8Array, o: number, digits: string): number {
  for (let i = 0; i < digits.length; i++) out[o + i] = digits.charCodeAt(i);
  return o + digits.length;
}

/** Upper-case hexadecimal digits, without zeros in front, of an unsigned integer of 32 bits. */
export function putHex32(out: Uint8Array, o: number, value: number): number {
  let count = 1;
  for (let rest = value >>> 4; rest !== 0; rest >>>= 4) count++;
  return putHexDigits(out, o, value, count);
}

/** The same of 64 bits. */
export function putHex64(out: Uint8Array, o: number, high: number, low: number): number {
  if (high === 0) return putHex32(out, o, low);
  return putHexDigits(out, putHex32(out, o, high), low, 8);
}

/** The same of the low `sizeBits` bits of an integer of up to 64. */
export function putBigHex(out: Uint8Array, o: number, value: bigint, sizeBits: number): number {
  const bits = BigInt.asUintN(sizeBits, value);
  return putHex64(out, o, Number(bits >> 32n), Number(bits & 0xffff_ffffn));
}

function putHexDigits(out: Uint8Array, o: number, value: number, count: number): number {
  for (let i = count - 1, rest = value; i >= 0; i--, rest >>>= 4) {
    const digit = rest & 15;
    out[o + i] = digit < 10 ? ZERO + digit : 0x37 + digit;
  }
  return o + count;
}

/** Escapes what C's `iscntrl` calls a control character, quotes, the backslash and, as upstream does, `?`. */
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '?': '\\?',
  '\x07': '\\a',
  '\b': '\\b',
  '\x1b': '\\e',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

const ESCAPED = /[\x00-\x1f\x7f\\'"?]/;

/** Whether a byte of a text is written as an escape sequence. */
export const IS_ESCAPED = Uint8Array.from({ length: 256 }, (_, byte) => {
  return ESCAPED.test(String.fromCharCode(byte)) ? 1 : 0;
});

/** A text, one character for each byte, with escape sequences. */
export function escapeText(binary: string): string {
  if (!ESCAPED.test(binary)) return binary;
  return binary.replace(/[\x00-\x1f\x7f\\'"?]/g, (character) => {
    return ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

/** The escape sequence of a byte. */
export function putEscape(out: Uint8Array, o: number, byte: number): number {
  return putDigits(out, o, escapeText(String.fromCharCode(byte)));
}

/**
 * Bytes from `p` on that are a text, with escape sequences, up to a zero or to `end`: room for
 * {@link MAX_ESCAPED_BYTES} of each must be there.
 */
export function putText(out: Uint8Array, o: number, bytes: Uint8Array, p: number, end: number): number {
  let to = o;
  for (let at = p; at < end; at++) {
    const byte = bytes[at]!;
    if (IS_ESCAPED[byte] === 0) out[to++] = byte;
    else if (byte === 0) break;
    else to = putEscape(out, to, byte);
  }
  return to;
}

/** Bytes as they are. */
export function putBytes(out: Uint8Array, o: number, bytes: Uint8Array): number {
  const { length } = bytes;
  if (length > 64) out.set(bytes, o);
  else for (let i = 0; i < length; i++) out[o + i] = bytes[i]!;
  return o + length;
}

/** The same. Makes room for them and for `needBytes` behind them. */
export function putGiven(buffer: TextBuffer, o: number, bytes: Uint8Array, needBytes: number): number {
  buffer.reserve(o, bytes.length + needBytes);
  return putBytes(buffer.bytes, o, bytes);
}

/** A binary string, one character for each byte. Makes room for it and for `needBytes` behind it. */
export function putString(buffer: TextBuffer, o: number, binary: string, needBytes: number): number {
  const { length } = binary;
  buffer.reserve(o, length + needBytes);
  const { bytes } = buffer;
  for (let i = 0; i < length; i++) bytes[o + i] = binary.charCodeAt(i);
  return o + length;
}
