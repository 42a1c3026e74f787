/** Which array holds the values of a field class, and which classes have no column. */
import type { FieldClass } from '../model/field-class.ts';

/** `text`: numbers of texts in a dictionary. `boolean`: 0 or 1. */
export type ColumnKind =
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
} as const satisfies Record<ColumnKind, unknown>;

export type ColumnArray = InstanceType<(typeof ARRAYS)[ColumnKind]>;

export function makeArray(kind: ColumnKind, length: number): ColumnArray {
  return new ARRAYS[kind](length);
}

/** `null`: values of this class are no numbers and no texts (arrays, variants, optional fields, BLOBs). */
export function columnKindOf(fieldClass: FieldClass): ColumnKind | null {
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
      return fieldClass.isText ? 'text' : null;
    default:
      return null;
  }
}

function unsignedKind(sizeBits: number): ColumnKind {
  return sizeBits <= 8 ? 'uint8' : sizeBits <= 16 ? 'uint16' : sizeBits <= 32 ? 'uint32' : 'uint64';
}

function signedKind(sizeBits: number): ColumnKind {
  return sizeBits <= 8 ? 'int8' : sizeBits <= 16 ? 'int16' : sizeBits <= 32 ? 'int32' : 'int64';
}
