/**
 * Texts of traces as binary strings: one character for each byte. Field values are bytes of the trace, whatever their
 * encoding, and go out as they came in; names are encoded in UTF-8.
 */

import { assert } from '@lttng-ts/base';
import type { FieldValue } from '@lttng-ts/graph';

const utf8 = new TextEncoder();
const NON_ASCII = /[^\x00-\x7f]/;

/** Arguments that a call may have, far below the limits of engines. */
const MAX_ARGUMENTS = 4096;

export function bytesToBinary(bytes: Uint8Array): string {
  if (bytes.length <= MAX_ARGUMENTS) return String.fromCharCode.apply(null, bytes as unknown as number[]);
  let binary = '';
  for (let at = 0; at < bytes.length; at += MAX_ARGUMENTS) {
    binary += bytesToBinary(bytes.subarray(at, at + MAX_ARGUMENTS));
  }
  return binary;
}

/** The UTF-8 of `text`. */
export function toBinary(text: string): string {
  return NON_ASCII.test(text) ? bytesToBinary(utf8.encode(text)) : text;
}

/** The bytes of a string field, up to the first NUL: where C ends a text. */
export function stringFieldToBinary(value: FieldValue): string {
  assert(typeof value === 'string' || value instanceof Uint8Array, 'Not a value of a string');
  const binary = typeof value === 'string' ? toBinary(value) : bytesToBinary(value);
  const end = binary.indexOf('\0');
  return end < 0 ? binary : binary.slice(0, end);
}

/** The bytes of a binary string. */
export function binaryToBytes(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
