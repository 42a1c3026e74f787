/** Field classes as filters see them, and the values that filters compute with. */
import type { FieldShape, FieldValue as FilterValue, MemberShape } from '@lttng-ts/filter';
import { decodeText } from '../decode/text-encoding.ts';
import {
  type FieldValue,
  NEGATIVE_NAN,
  type OptionalValue,
  type StructureValue,
  type VariantValue,
} from '../decode/values.ts';
import { type FieldClass, type StructureClass, textEncodingOf } from '../model/field-class.ts';

/** Makes the value of a field the one that a filter computes with. */
export type Convert = (value: FieldValue) => FilterValue;

export function membersOf(structure: StructureClass | null): readonly MemberShape[] {
  return (structure?.members ?? []).map(({ name, fieldClass }) => ({
    name,
    shape: () => shapeOf(fieldClass),
  }));
}

export function shapeOf(fieldClass: FieldClass): FieldShape {
  switch (fieldClass.kind) {
    case 'signed-integer':
    case 'unsigned-integer':
      return {
        kind: 'integer',
        isSigned: fieldClass.kind === 'signed-integer',
        sizeBits: fieldClass.sizeBits,
      };
    case 'bit-array':
    case 'bit-map':
      return { kind: 'integer', isSigned: false, sizeBits: fieldClass.sizeBits };
    case 'boolean':
      return { kind: 'integer', isSigned: false, sizeBits: 8 };
    case 'floating-point':
      return { kind: 'double', sizeBits: fieldClass.sizeBits === 32 ? 32 : 64 };
    case 'null-terminated-string':
      return { kind: 'text' };
    case 'static-array':
    case 'dynamic-array':
      if (fieldClass.isText) return { kind: 'text' };
      return {
        kind: 'array',
        length: fieldClass.kind === 'static-array' ? fieldClass.length : null,
        element: shapeOf(fieldClass.element),
      };
    case 'structure':
      return { kind: 'structure', members: membersOf(fieldClass) };
    case 'optional': {
      const shape = shapeOf(fieldClass.fieldClass);
      // What is named below it would have to be looked for in each event.
      return shape.kind === 'structure' ? { kind: 'other' } : shape;
    }
    case 'variant':
      return { kind: 'dynamic' };
    default:
      return { kind: 'other' };
  }
}

/** `null`: values are as filters want them. */
export function conversionOf(fieldClass: FieldClass): Convert | null {
  switch (fieldClass.kind) {
    case 'floating-point':
      return (value) => (value === NEGATIVE_NAN ? Number.NaN : (value as FilterValue));
    case 'null-terminated-string':
    case 'static-array':
    case 'dynamic-array': {
      const encoding = textEncodingOf(fieldClass);
      if (encoding === null || encoding === 'none' || encoding === 'ascii' || encoding === 'utf-8')
        return null;
      return (value) => decodeText(value as Uint8Array, encoding);
    }
    case 'optional': {
      const convert = conversionOf(fieldClass.fieldClass);
      return (value) => {
        const { content } = value as OptionalValue;
        return content === null || convert === null ? (content as FilterValue) : convert(content);
      };
    }
    case 'variant': {
      const converts = fieldClass.options.map((option) => conversionOf(option.fieldClass));
      return (value) => {
        const { option, value: chosen } = value as VariantValue;
        const convert = converts[option] ?? null;
        return convert === null ? (chosen as FilterValue) : convert(chosen);
      };
    }
    default:
      return null;
  }
}

/** The class of the field that is `path` below a structure. */
export function classAt(structure: StructureClass, path: readonly number[]): FieldClass {
  return path.reduce<FieldClass>((at, index) => (at as StructureClass).members[index]!.fieldClass, structure);
}

/** The value of that field. */
export function valueAt(structure: StructureValue, path: readonly number[]): FieldValue {
  return path.reduce<FieldValue>((at, index) => (at as StructureValue)[index]!, structure);
}
