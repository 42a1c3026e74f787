/**
 * What filters compute with: conversions of field values and operators with C's 64-bit arithmetic. Used by the
 * interpreter and by generated code. An integer is a number when it is safe, else a bigint; either is in the range
 * of a signed 64-bit integer, since filters compare all integers as signed. `undefined` means error: reject.
 */
import type { FieldValue, ResolvedField } from '../fields.ts';
import { matchStarGlob } from '../glob.ts';
import type { BitOperator, Comparison } from './link.ts';

/** Integer of a filter: see the head of this file. */
export type Integer = number | bigint;

/** Text with the meaning that literals have: a `prefix` matches whatever begins with `text`. */
export interface Text {
  readonly kind: 'text' | 'prefix' | 'glob';
  readonly text: string;
}

const TO_UTF8 = new TextEncoder();
const FROM_UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Gives a bigint of 64 bits its filter form. */
export function toInteger(value: bigint): Integer {
  const signed = BigInt.asIntN(64, value);
  const number = Number(signed);
  return Number.isSafeInteger(number) ? number : signed;
}

/** Reads an integer field's value as C would store it in `sizeBits` bits. */
export function integerOf(value: unknown, sizeBits: number, isSigned: boolean): Integer | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  if (typeof value === 'number' && !Number.isFinite(value)) return 0;
  const whole = typeof value === 'bigint' ? value : BigInt(Math.trunc(value));
  return toInteger(isSigned ? BigInt.asIntN(sizeBits, whole) : BigInt.asUintN(sizeBits, whole));
}

/** Reads a floating point field's value. */
export function doubleOf(value: unknown, sizeBits: number): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  return sizeBits === 32 ? Math.fround(Number(value)) : Number(value);
}

/** Reads a string or text array: ends at a NUL and at the array's length. */
export function textOf(value: unknown, lengthBytes: number): string | undefined {
  let text: string;
  if (typeof value === 'string') {
    text = value;
    if (text.length * 3 > lengthBytes) {
      const bytes = TO_UTF8.encode(text);
      if (bytes.length > lengthBytes) text = FROM_UTF8.decode(bytes.subarray(0, lengthBytes));
    }
  } else if (value instanceof Uint8Array || value instanceof Int8Array) {
    text = FROM_UTF8.decode(value.subarray(0, Math.min(value.length, lengthBytes)));
  } else {
    return undefined;
  }
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/**
 * Reads one element of an array or sequence; outside of it is an error.
 * Differs from upstream: for a sequence it reads up to eight times the size of the elements, past the end, because
 * it takes their size in bits for bytes.
 */
export function elementOf(value: FieldValue, index: number, field: ResolvedField): Integer | undefined {
  if (typeof value !== 'object' || value === null || index >= value.length) return undefined;
  return integerOf(value[index], field.sizeBits ?? 64, field.isSigned === true);
}

/** Splits a plain literal: its first star that is not escaped ends it, and makes it a prefix. */
export function literalText(raw: string): Text {
  let text = '';
  for (let i = 0; i < raw.length; i += 1) {
    const char = raw[i] ?? '';
    if (char === '*') return { kind: 'prefix', text };
    if (char === '\\') i += 1;
    text += raw[i] ?? '';
  }
  return { kind: 'text', text };
}

/** Orders texts as C compares strings of signed chars; a prefix equals whatever begins with it. */
export function compareTexts(a: Text, b: Text): number {
  if (a.kind === 'prefix' && b.text.startsWith(a.text)) return 0;
  if (b.kind === 'prefix' && a.text.startsWith(b.text)) return 0;
  if (a.text === b.text) return 0;
  const left = TO_UTF8.encode(a.text);
  const right = TO_UTF8.encode(b.text);
  const common = Math.min(left.length, right.length);
  for (let i = 0; i < common; i += 1) {
    const difference = (((left[i] ?? 0) << 24) >> 24) - (((right[i] ?? 0) << 24) >> 24);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Tells whether two texts, of which one may be a glob, are equal in the sense of `==`. */
export function equalTexts(a: Text, b: Text): boolean {
  if (a.kind === 'glob') return matchStarGlob(a.text, b.text);
  if (b.kind === 'glob') return matchStarGlob(b.text, a.text);
  return (
    a.text === b.text ||
    (a.kind === 'prefix' && b.text.startsWith(a.text)) ||
    (b.kind === 'prefix' && a.text.startsWith(b.text))
  );
}

/** Applies a comparison to the sign of an order. */
export function holds(operator: Comparison, order: number): boolean {
  switch (operator) {
    case 'EQ':
      return order === 0;
    case 'NE':
      return order !== 0;
    case 'GT':
      return order > 0;
    case 'LT':
      return order < 0;
    case 'GE':
      return order >= 0;
    case 'LE':
      return order <= 0;
  }
}

/** Compares numbers with JavaScript's operators: exact between numbers and bigints, false with NaN as in C. */
export function compareNumbers(operator: Comparison, a: Integer, b: Integer): boolean {
  switch (operator) {
    case 'EQ':
      // biome-ignore lint/suspicious/noDoubleEquals: compares a number with a bigint by value.
      return a == b;
    case 'NE':
      // biome-ignore lint/suspicious/noDoubleEquals: compares a number with a bigint by value.
      return a != b;
    case 'GT':
      return a > b;
    case 'LT':
      return a < b;
    case 'GE':
      return a >= b;
    case 'LE':
      return a <= b;
  }
}

/** Negates with 64-bit wrap-around. */
export function negate(value: Integer): Integer {
  return typeof value === 'number' ? 0 - value : toInteger(-value);
}

/** Inverts all 64 bits. */
export function invert(value: Integer): Integer {
  return toInteger(~BigInt(value));
}

/** Combines bits; a shift count outside 0..63 is an error. */
export function combineBits(operator: BitOperator, a: Integer, b: Integer): Integer | undefined {
  const left = BigInt.asUintN(64, BigInt(a));
  const right = BigInt.asUintN(64, BigInt(b));
  switch (operator) {
    case 'BIT_AND':
      return toInteger(left & right);
    case 'BIT_OR':
      return toInteger(left | right);
    case 'BIT_XOR':
      return toInteger(left ^ right);
    case 'BIT_LSHIFT':
      return right > 63n ? undefined : toInteger(left << right);
    case 'BIT_RSHIFT':
      return right > 63n ? undefined : toInteger(left >> right);
  }
}

/** Casts a double as x86-64 does: what does not fit becomes the smallest integer. */
export function truncate(value: number): Integer {
  if (!(value >= -(2 ** 63) && value < 2 ** 63)) return -(2n ** 63n);
  return toInteger(BigInt(Math.trunc(value)));
}
