/**
 * What generated encoders call: ordinary functions that put one value into the scratch memory. Each returns the
 * offset after the value, or {@link NO_ROOM}. None throws for any value, and none calls code of the program
 * (`valueOf`, `toString`): a wrong value is recorded as 0 or as empty text.
 */
import type { Buffer } from 'node:buffer';
import type { IntegerStep } from './plan.ts';

/** The scratch memory is too small; nothing is lost, encode again in a larger one. */
export const NO_ROOM = -1;

/** Up to this length a loop over the characters beats the call into C++ (Node 20: 24, Node 22: 8, Node 24: 16). */
const SHORT_CHARS = 16;

const encoder = new TextEncoder();

/** Integers of at most 32 bits: everything that is not a number becomes one without calling the program. */
export function toNumber(value: unknown): number {
  switch (typeof value) {
    case 'number':
      return value;
    case 'bigint':
      return Number(BigInt.asIntN(32, value));
    case 'boolean':
      return value ? 1 : 0;
    default:
      return 0;
  }
}

/** Floating point values. */
export function toFloat(value: unknown): number {
  return typeof value === 'bigint' ? Number(value) : toNumber(value);
}

/** Text of a string field. */
export function toText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      return '';
  }
}

/** Writes 64 bits of any value: bigints wrap at 64 bits, numbers are cut to integers. */
export function put64(view: DataView, at: number, value: unknown, isLittleEndian: boolean): void {
  if (typeof value === 'bigint') {
    view.setBigUint64(at, value, isLittleEndian);
    return;
  }
  let whole = Math.trunc(toNumber(value));
  if (!Number.isFinite(whole)) whole = 0;
  // ToInt32 of a float is exact modulo 2^32, and the division by a power of two is exact too.
  const low = whole | 0;
  const high = low === whole ? low >> 31 : Math.floor(whole / 0x1_0000_0000);
  view.setInt32(at + (isLittleEndian ? 0 : 4), low, isLittleEndian);
  view.setInt32(at + (isLittleEndian ? 4 : 0), high, isLittleEndian);
}

/** Writes one integer of any width. */
export function putInteger(view: DataView, at: number, value: unknown, step: IntegerStep): void {
  switch (step.sizeBytes) {
    case 1:
      view.setUint8(at, toNumber(value));
      break;
    case 2:
      view.setUint16(at, toNumber(value), step.isLittleEndian);
      break;
    case 4:
      view.setUint32(at, toNumber(value), step.isLittleEndian);
      break;
    case 8:
      put64(view, at, value, step.isLittleEndian);
      break;
  }
}

/** Writes text and a NUL; an inner NUL ends it. `limit`: end of the room. */
export function putString(bytes: Buffer, at: number, value: unknown, limit: number): number {
  const text = typeof value === 'string' ? value : toText(value);
  const length = text.length;
  if (at + length >= limit) return NO_ROOM;
  if (length > SHORT_CHARS) return putLongString(bytes, at, text, limit);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0 || code > 0x7f) return putLongString(bytes, at, text, limit);
    bytes[at + i] = code;
  }
  bytes[at + length] = 0;
  return at + length + 1;
}

function putLongString(bytes: Buffer, at: number, text: string, limit: number): number {
  const nul = text.indexOf('\0');
  const end = putUtf8(bytes, at, nul < 0 ? text : text.slice(0, nul), limit - 1);
  if (end === NO_ROOM) return NO_ROOM;
  bytes[end] = 0;
  return end + 1;
}

function putUtf8(bytes: Buffer, at: number, text: string, limit: number): number {
  // No character needs more than three bytes for each of its UTF-16 units: this fits, whatever the text is.
  if (at + text.length * 3 <= limit) return at + bytes.write(text, at);
  const { read, written } = encoder.encodeInto(text, bytes.subarray(at, limit));
  return read < text.length ? NO_ROOM : at + written;
}

/** Writes text into exactly `length` bytes: cut between characters, filled with NUL. */
export function putTextArray(bytes: Buffer, at: number, value: unknown, length: number): number {
  const end = at + length;
  const used = isByteArray(value)
    ? putBytes(bytes, at, value, Math.min(length, value.length))
    : at + encoder.encodeInto(toText(value), bytes.subarray(at, end)).written;
  bytes.fill(0, used, end);
  return end;
}

/** Writes text behind its length in bytes. The room of the length itself is the plan's. */
export function putTextSequence(
  bytes: Buffer,
  view: DataView,
  at: number,
  value: unknown,
  lengthType: IntegerStep,
  limit: number,
): number {
  const start = align(at, lengthType.alignBytes) + lengthType.sizeBytes;
  const most = maxLength(lengthType);
  let end: number;
  if (isByteArray(value)) {
    const length = Math.min(value.length, most);
    end = start + length > limit ? NO_ROOM : putBytes(bytes, start, value, length);
  } else {
    const text = toText(value);
    end = putUtf8(bytes, start, text, Math.max(start, limit));
    // Longer than the length can say: the length type cuts it, as many characters as fit.
    if (end - start > most)
      end = start + encoder.encodeInto(text, bytes.subarray(start, start + most)).written;
  }
  if (end === NO_ROOM) return NO_ROOM;
  putInteger(view, start - lengthType.sizeBytes, end - start, lengthType);
  return end;
}

/** Writes exactly `length` integers; missing ones are 0. */
export function putArray(
  bytes: Buffer,
  view: DataView,
  at: number,
  value: unknown,
  length: number,
  element: IntegerStep,
): number {
  const start = align(at, element.alignBytes);
  const elements = toElements(value);
  const used = putElements(bytes, view, start, elements, Math.min(length, elements.length), element);
  const end = start + length * element.sizeBytes;
  bytes.fill(0, used, end);
  return end;
}

/** Writes a length and that many integers. */
export function putSequence(
  bytes: Buffer,
  view: DataView,
  at: number,
  value: unknown,
  lengthType: IntegerStep,
  element: IntegerStep,
  limit: number,
): number {
  const elements = toElements(value);
  const length = Math.min(elements.length, maxLength(lengthType));
  const lengthAt = align(at, lengthType.alignBytes);
  const start = align(lengthAt + lengthType.sizeBytes, element.alignBytes);
  if (start + length * element.sizeBytes > limit) return NO_ROOM;
  putInteger(view, lengthAt, length, lengthType);
  return putElements(bytes, view, start, elements, length, element);
}

function putElements(
  bytes: Buffer,
  view: DataView,
  at: number,
  elements: ArrayLike<unknown>,
  length: number,
  element: IntegerStep,
): number {
  if (isByteArray(elements) && element.sizeBytes === 1) return putBytes(bytes, at, elements, length);
  const size = element.sizeBytes;
  for (let i = 0; i < length; i++) putInteger(view, at + i * size, elements[i], element);
  return at + length * size;
}

function putBytes(bytes: Buffer, at: number, value: Uint8Array | Int8Array, length: number): number {
  bytes.set(value.length === length ? value : value.subarray(0, length), at);
  return at + length;
}

/** What array fields take; everything else is an empty array. */
export function toElements(value: unknown): ArrayLike<unknown> {
  if (Array.isArray(value)) return value;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return value as unknown as ArrayLike<number>;
  return [];
}

function isByteArray(value: unknown): value is Uint8Array | Int8Array {
  return value instanceof Uint8Array || value instanceof Int8Array;
}

function maxLength(lengthType: IntegerStep): number {
  return lengthType.sizeBytes >= 4 ? 0xffff_ffff : 2 ** (lengthType.sizeBytes * 8) - 1;
}

/** Rounds `at` up; `alignBytes` is a power of two. */
export function align(at: number, alignBytes: number): number {
  return (at + alignBytes - 1) & -alignBytes;
}
