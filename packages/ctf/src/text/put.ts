/**
 * Text into bytes, without strings: what generated text writers and lines call. Each function writes at `o`, where
 * there must be room, and gives where it ends. What it leaves behind its end means nothing.
 */
import type { NEGATIVE_NAN } from '../decode/values.ts';
import { formatG } from './format-number.ts';
import type { TextBuffer } from './text-buffer.ts';

/** Room that the decimal digits of any 64-bit integer need, with what may be written beyond their end. */
export const MAX_INTEGER_BYTES = 32;

/** Bytes that one byte of a text becomes at most: `\x1f`, in JSON `\u001f`. */
export const MAX_ESCAPED_BYTES = 6;

const ZERO = 0x30;

/** `00` to `99`, both digits of each in one number, the first one in the low byte. */
const PAIRS = Uint16Array.from({ length: 100 }, (_, i) => {
  return (ZERO + Math.floor(i / 10)) | ((ZERO + (i % 10)) << 8);
});

// `| 0` and `>>> 0` tell the engine that a number is an integer, whose division it then does without floating point.

function putPair(out: Uint8Array, o: number, value: number): void {
  const pair = PAIRS[value]!;
  out[o] = pair & 0xff;
  out[o + 1] = pair >>> 8;
}

function putFour(out: Uint8Array, o: number, value: number): void {
  const whole = value | 0;
  const high = (whole / 100) | 0;
  putPair(out, o, high);
  putPair(out, (o + 2) | 0, (whole - Math.imul(high, 100)) | 0);
}

function putEight(out: Uint8Array, o: number, value: number): void {
  const whole = value | 0;
  const high = (whole / 10_000) | 0;
  putFour(out, o, high);
  putFour(out, (o + 4) | 0, (whole - Math.imul(high, 10_000)) | 0);
}

/** Nine digits of a value below 10⁹. */
export function putNine(out: Uint8Array, o: number, value: number): number {
  const whole = value | 0;
  const high = (whole / 100_000_000) | 0;
  out[o] = ZERO + high;
  putEight(out, (o + 1) | 0, (whole - Math.imul(high, 100_000_000)) | 0);
  return (o + 9) | 0;
}

/** Decimal digits of an integer from 0 to 2³²-1. */
export function putUint32(out: Uint8Array, o: number, value: number): number {
  const whole = value >>> 0;
  if (whole < 10) {
    out[o] = ZERO + whole;
    return (o + 1) | 0;
  }
  if (whole < 100) {
    putPair(out, o, whole);
    return (o + 2) | 0;
  }
  if (whole < 10_000) return putUpToFour(out, o, whole);
  if (whole < 100_000_000) {
    const high = (whole / 10_000) >>> 0;
    const end = putUpToFour(out, o, high);
    putFour(out, end, (whole - Math.imul(high, 10_000)) | 0);
    return (end + 4) | 0;
  }
  const high = (whole / 100_000_000) >>> 0;
  const end = putUpToFour(out, o, high);
  putEight(out, end, (whole - Math.imul(high, 100_000_000)) | 0);
  return (end + 8) | 0;
}

/** One to four digits. */
function putUpToFour(out: Uint8Array, o: number, value: number): number {
  const whole = value | 0;
  const high = (whole / 100) | 0;
  const low = (whole - Math.imul(high, 100)) | 0;
  let to = o;
  if (high >= 10) {
    putPair(out, to, high);
    to = (to + 2) | 0;
  } else if (high > 0) {
    out[to] = ZERO + high;
    to = (to + 1) | 0;
  }
  if (high > 0 || low >= 10) {
    putPair(out, to, low);
    return (to + 2) | 0;
  }
  out[to] = ZERO + low;
  return (to + 1) | 0;
}

/** Decimal digits of an integer from -2³¹ to 2³¹-1. */
export function putInt32(out: Uint8Array, o: number, value: number): number {
  const whole = value | 0;
  if (whole >= 0) return putUint32(out, o, whole);
  out[o] = 0x2d;
  return putUint32(out, (o + 1) | 0, -whole >>> 0);
}

/** Decimal digits of a safe integer that is not negative. */
export function putSafe(out: Uint8Array, o: number, value: number): number {
  if (value < 0x1_0000_0000) return putUint32(out, o, value);
  const high = Math.floor(value / 100_000_000);
  // Below 90 071 993.
  const end = putUint32(out, o, high);
  putEight(out, end, value - high * 100_000_000);
  return (end + 8) | 0;
}

// Halves of 64-bit integers are taken as what their 32 bits say, signed or not: a number beyond 31 bits that is passed to a
// function becomes an object. `| 0` makes none of it.

/** Decimal digits of a 64-bit unsigned integer in two halves. */
export function putUint64(out: Uint8Array, o: number, high: number, low: number): number {
  const upper = high >>> 0;
  if (upper === 0) return putUint32(out, o, low);
  if (upper >= 0x20_0000) return putDigits(out, o, ((BigInt(upper) << 32n) | BigInt(low >>> 0)).toString());
  const value = upper * 0x1_0000_0000 + (low >>> 0);
  const front = Math.floor(value / 100_000_000);
  // Below 90 071 993.
  const end = putUint32(out, o, front | 0);
  putEight(out, end, (value - front * 100_000_000) | 0);
  return (end + 8) | 0;
}

/** Decimal digits of a 64-bit signed integer. */
export function putInt64(out: Uint8Array, o: number, high: number, low: number): number {
  if ((high | 0) >= 0) return putUint64(out, o, high, low);
  out[o] = 0x2d;
  // The two's complement: invert and add one.
  return (low | 0) === 0
    ? putUint64(out, (o + 1) | 0, -high | 0, 0)
    : putUint64(out, (o + 1) | 0, ~high, -low | 0);
}

/** After so many rounds engines note which branches are taken. */
const PRACTICE_ROUNDS = 6;
/** Of all lengths: `1 << n`, the last of which is negative. */
const PRACTICE_POWERS = 32;

/**
 * Writes numbers of all lengths to nowhere. Engines optimise writers for the lengths that came by then, and begin anew when
 * another one comes: numbers at the beginning of a trace are often small.
 */
export function practiseNumbers(): void {
  const out = new Uint8Array(64);
  for (let round = 0; round < PRACTICE_ROUNDS; round++) {
    for (let power = 0; power < PRACTICE_POWERS; power++) putInt32(out, 0, 1 << power);
    putInt64(out, 0, 1, round);
    putInt64(out, 0, -1, round);
    putUint64(out, 0, 0x20_0000, round);
  }
}

/** An integer like {@link putUint64} with commas between groups of three digits, when there are more than four. */
export function putGroupedUint64(out: Uint8Array, o: number, high: number, low: number): number {
  const end = putUint64(out, o, high, low);
  const digits = end - o;
  if (digits <= 4) return end;
  const commas = ((digits - 1) / 3) | 0;
  // From the last digit on, so that none is written over before it is moved. The first group stays.
  let from = (end - 3) | 0;
  for (let left = commas; left > 0; left--) {
    const to = (from + left) | 0;
    out[(to + 2) | 0] = out[(from + 2) | 0]!;
    out[(to + 1) | 0] = out[(from + 1) | 0]!;
    out[to] = out[from]!;
    out[(to - 1) | 0] = 0x2c;
    from = (from - 3) | 0;
  }
  return (end + commas) | 0;
}

/** The same of a signed integer. */
export function putGroupedInt64(out: Uint8Array, o: number, high: number, low: number): number {
  if ((high | 0) >= 0) return putGroupedUint64(out, o, high, low);
  out[o] = 0x2d;
  return (low | 0) === 0
    ? putGroupedUint64(out, o + 1, -high | 0, 0)
    : putGroupedUint64(out, o + 1, ~high, -low | 0);
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
  if ((high | 0) === 0) return putHex32(out, o, low);
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

/** Room that `%g` needs. */
export const MAX_REAL_BYTES = 24;

/** Powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const SIX_DIGITS = 1_000_000;
/** A product is off by less than this; what is so close to the middle of two numbers is rounded the slow way. */
const DOUBT = 1e-6;

/** A number as `formatG` gives it. */
export function putReal(out: Uint8Array, o: number, value: number | typeof NEGATIVE_NAN): number {
  if (typeof value !== 'number' || !(value >= 1e-16 || value <= -1e-16))
    return putDigits(out, o, formatG(value));
  const isNegative = value < 0;
  const absolute = isNegative ? -value : value;
  if (absolute > 1e26) return putDigits(out, o, formatG(value));
  let exponent = Math.floor(Math.log10(absolute));
  let scaled = scaledToSix(absolute, exponent);
  // The logarithm may be off by one at a power of ten.
  if (scaled < SIX_DIGITS / 10) scaled = scaledToSix(absolute, --exponent);
  const below = Math.floor(scaled);
  const rest = scaled - below;
  if (scaled >= SIX_DIGITS || Math.abs(rest - 0.5) < DOUBT) return putDigits(out, o, formatG(value));
  let digits = rest > 0.5 ? below + 1 : below;
  if (digits === SIX_DIGITS) {
    digits = SIX_DIGITS / 10;
    exponent++;
  }
  let to = o;
  if (isNegative) out[to++] = 0x2d;
  if (exponent < -4 || exponent >= 6) {
    to = putFraction(out, to, digits, 1);
    out[to] = 0x65;
    out[to + 1] = exponent < 0 ? 0x2d : 0x2b;
    putPair(out, to + 2, Math.abs(exponent));
    return to + 4;
  }
  if (exponent >= 0) return putFraction(out, to, digits, exponent + 1);
  // `0.`, zeros, then the digits without zeros at the end.
  out[to++] = ZERO;
  out[to++] = 0x2e;
  for (let i = -1; i > exponent; i--) out[to++] = ZERO;
  const end = putUint32(out, to, digits);
  return withoutZeros(out, end);
}

function scaledToSix(absolute: number, exponent: number): number {
  const power = 5 - exponent;
  return power >= 0 ? absolute * POWERS_OF_TEN[power]! : absolute / POWERS_OF_TEN[-power]!;
}

/** Six digits with a point behind the first `whole`, without zeros at the end. */
function putFraction(out: Uint8Array, o: number, digits: number, whole: number): number {
  const end = putUint32(out, o, digits);
  if (end - o === whole) return end;
  out.copyWithin(o + whole + 1, o + whole, end);
  out[o + whole] = 0x2e;
  return withoutZeros(out, end + 1);
}

function withoutZeros(out: Uint8Array, end: number): number {
  let to = end;
  while (out[to - 1] === ZERO) to--;
  return out[to - 1] === 0x2e ? to - 1 : to;
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

/** By byte: those that were asked for. */
const sequences: string[] = [];

/** The escape sequence of a byte. */
export function putEscape(out: Uint8Array, o: number, byte: number): number {
  sequences[byte] ??= escapeText(String.fromCharCode(byte));
  return putDigits(out, o, sequences[byte]);
}

/**
 * Bytes from `p` on that are a text, with escape sequences, up to a zero or to `end`: room for
 * {@link MAX_ESCAPED_BYTES} of each must be there.
 */
export function putText(out: Uint8Array, o: number, bytes: Uint8Array, p: number, end: number): number {
  let to = o | 0;
  for (let at = p | 0; at < end; at = (at + 1) | 0) {
    const byte = bytes[at]!;
    if (IS_ESCAPED[byte] === 0) {
      out[to] = byte;
      to = (to + 1) | 0;
    } else if (byte === 0) break;
    else to = putEscape(out, to, byte) | 0;
  }
  return to;
}

/** The same without escape sequences. */
export function putRawText(out: Uint8Array, o: number, bytes: Uint8Array, p: number, end: number): number {
  let to = o | 0;
  for (let at = p | 0; at < end; at = (at + 1) | 0) {
    const byte = bytes[at]!;
    if (byte === 0) break;
    out[to] = byte;
    to = (to + 1) | 0;
  }
  return to;
}

/** Bytes as they are. */
export function putBytes(out: Uint8Array, o: number, bytes: Uint8Array): number {
  const length = bytes.length | 0;
  if (length > 64) out.set(bytes, o);
  else for (let i = 0; i < length; i = (i + 1) | 0) out[(o + i) | 0] = bytes[i]!;
  return (o + length) | 0;
}

/** A short text that is written often: in words of four bytes, which is quicker. */
export class FixedText {
  /** In bytes. */
  readonly length: number;
  /** The last one padded; little-endian. */
  readonly words: Int32Array;

  constructor(bytes: Uint8Array) {
    this.length = bytes.length;
    const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
    padded.set(bytes);
    const view = new DataView(padded.buffer);
    this.words = Int32Array.from({ length: padded.length / 4 }, (_, i) => view.getInt32(4 * i, true));
  }
}

/** Writes a text to where `view` is on. Up to three bytes behind its end are written over, too. */
export function putFixed(view: DataView, o: number, { words, length }: FixedText): number {
  const end = (o + length) | 0;
  let word = 0;
  for (let to = o | 0; to < end; to = (to + 4) | 0) {
    view.setInt32(to, words[word]!, true);
    word = (word + 1) | 0;
  }
  return end;
}

/** A binary string, one character for each byte. Makes room for it and for `needBytes` behind it. */
export function putString(buffer: TextBuffer, o: number, binary: string, needBytes: number): number {
  const { length } = binary;
  buffer.reserve(o, length + needBytes);
  const { bytes } = buffer;
  for (let i = 0; i < length; i++) bytes[o + i] = binary.charCodeAt(i);
  return o + length;
}

/** Letters of short escape sequences of JSON, by the byte that they stand for. */
const JSON_ESCAPES: Readonly<Record<number, string>> = {
  8: 'b',
  9: 't',
  10: 'n',
  12: 'f',
  13: 'r',
  34: '"',
  92: '\\',
};
const HEX_DIGITS = '0123456789abcdef';
/** A byte order mark is a character like others: what is decoded here may be the rest of a text. */
const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const utf8Encoder = new TextEncoder();

/**
 * UTF-8 from `p` to `end` as in a JSON string, without the quotes: what `JSON.stringify` makes of it. Bytes that are no
 * UTF-8 become U+FFFD.
 */
export function putJsonText(out: Uint8Array, o: number, bytes: Uint8Array, p: number, end: number): number {
  for (let at = p | 0; at < end; at = (at + 1) | 0) {
    const byte = bytes[at]!;
    if (byte > 0x7f) {
      const valid = utf8Encoder.encode(utf8Decoder.decode(bytes.subarray(at, end)));
      return putValidJsonText(out, o, valid);
    }
    if (byte >= 0x20 && byte !== 0x22 && byte !== 0x5c) {
      out[o] = byte;
      o = (o + 1) | 0;
    } else o = putJsonEscape(out, o, byte);
  }
  return o;
}

function putValidJsonText(out: Uint8Array, begin: number, bytes: Uint8Array): number {
  let o = begin;
  for (const byte of bytes) {
    if (byte >= 0x20 && byte !== 0x22 && byte !== 0x5c) out[o++] = byte;
    else o = putJsonEscape(out, o, byte);
  }
  return o;
}

function putJsonEscape(out: Uint8Array, o: number, byte: number): number {
  const letter = JSON_ESCAPES[byte] ?? `u00${HEX_DIGITS[byte >> 4]}${HEX_DIGITS[byte & 15]}`;
  out[o] = 0x5c;
  for (let i = 0; i < letter.length; i++) out[o + 1 + i] = letter.charCodeAt(i);
  return o + 1 + letter.length;
}
