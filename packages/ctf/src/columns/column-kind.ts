/** Which arrays hold the values of a field class. */
import type { ColumnArray } from '../decode/generate-fill.ts';
import type { FieldClass } from '../model/field-class.ts';

export type { ColumnArray } from '../decode/generate-fill.ts';

/** Kinds with one element for each row. `text`: numbers of texts in a dictionary. `boolean`: 0 or 1. */
export type FlatKind =
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'float32'
  | 'float64'
  | 'boolean'
  | 'text';

/**
 * Kinds with columns of their own:
 *
 * | kind | elements | columns |
 * |---|---|---|
 * | `list` | where the elements of each row begin; one more tells where the last one ends | the elements |
 * | `blob` | the same of bytes | the bytes |
 * | `optional` | 1: the value is there | the value of each row |
 * | `variant` | number of the option | of each option the value of each row |
 * | `structure` | none | the members |
 *
 * In rows in which a value is not there it is 0, an empty text or an empty list.
 */
export type NestedKind = 'list' | 'blob' | 'optional' | 'variant' | 'structure';

export type ColumnKind = FlatKind | NestedKind;

const ARRAYS = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
  boolean: Uint8Array,
  text: Uint32Array,
} as const satisfies Record<FlatKind, new (length: number) => ColumnArray>;

export const isFlat = (kind: ColumnKind): kind is FlatKind => kind in ARRAYS;

export function makeArray(kind: FlatKind, length: number): ColumnArray {
  return new ARRAYS[kind](length);
}

export function columnKindOf(fieldClass: FieldClass): ColumnKind {
  switch (fieldClass.kind) {
    case 'unsigned-integer':
      return fieldClass.isVariableLength === true ? 'uint64' : unsignedKind(fieldClass.sizeBits);
    case 'signed-integer':
      return fieldClass.isVariableLength === true ? 'int64' : signedKind(fieldClass.sizeBits);
    case 'bit-array':
    case 'bit-map':
      return unsignedKind(fieldClass.sizeBits);
    case 'boolean':
      return 'boolean';
    case 'floating-point':
      return fieldClass.sizeBits === 64 ? 'float64' : 'float32';
    case 'null-terminated-string':
      return 'text';
    case 'static-array':
    case 'dynamic-array':
      return fieldClass.isText ? 'text' : 'list';
    case 'static-blob':
    case 'dynamic-blob':
      return 'blob';
    case 'optional':
    case 'variant':
    case 'structure':
      return fieldClass.kind;
  }
}

function unsignedKind(sizeBits: number): FlatKind {
  return sizeBits <= 8 ? 'uint8' : sizeBits <= 16 ? 'uint16' : sizeBits <= 32 ? 'uint32' : 'uint64';
}

function signedKind(sizeBits: number): FlatKind {
  return sizeBits <= 8 ? 'int8' : sizeBits <= 16 ? 'int16' : sizeBits <= 32 ? 'int32' : 'int64';
}
