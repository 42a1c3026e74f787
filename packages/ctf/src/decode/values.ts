/** What fields decode to. Values are bare; the field class beside them says what they mean. */
import { assert } from '@lttng-ts/base';
import {
  type FieldClass,
  flagsOf,
  labelsOf,
  type StructureClass,
  textEncodingOf,
} from '../model/field-class.ts';
import { decodeText } from './text-encoding.ts';

/**
 * A NaN with its sign bit set. JavaScript has one NaN, C prints two (`0.0 / 0.0` is `-nan` on x86), and what
 * people see must not depend on who prints it. Whoever else tells the two apart takes the same symbol.
 */
export const NEGATIVE_NAN: unique symbol = Symbol.for('lttng-ts.negative-nan');

export interface VariantValue {
  /** Index of the chosen option. */
  readonly option: number;
  readonly value: FieldValue;
}

export interface OptionalValue {
  /** `null`: the field is not there. */
  readonly content: FieldValue | null;
}

/**
 * | field class | value |
 * |---|---|
 * | bit array, bit map, integer of up to 32 bits | `number` |
 * | wider ones, variable-length integer | `bigint` |
 * | boolean | `boolean` |
 * | floating point | `number` or {@link NEGATIVE_NAN} |
 * | string, text array | the bytes, in the encoding of the class, without the code unit of zero that ends them; a copy |
 * | BLOB | the bytes; a copy |
 * | array | the values of its elements |
 * | structure | the values of its members, in order |
 * | optional | {@link OptionalValue} |
 * | variant | {@link VariantValue} |
 */
export type FieldValue =
  | number
  | bigint
  | boolean
  | typeof NEGATIVE_NAN
  | Uint8Array
  | readonly FieldValue[]
  | OptionalValue
  | VariantValue;

export type StructureValue = readonly FieldValue[];

/** A value as programs like it: see {@link toPlain}. */
export type PlainValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PlainEnumeration
  | PlainFlags
  | readonly PlainValue[]
  | PlainObject;

export interface PlainEnumeration {
  readonly value: number | bigint;
  readonly labels: readonly string[];
}

export interface PlainFlags {
  readonly value: number | bigint;
  readonly flags: readonly string[];
}

export interface PlainObject {
  readonly [name: string]: PlainValue;
}

/**
 * Turns a value into objects (without a prototype: a field may be called `__proto__`) and strings. An optional that
 * is not there is `null`.
 */
export function toPlain(fieldClass: FieldClass, value: FieldValue): PlainValue {
  if (value === NEGATIVE_NAN) return Number.NaN;
  if (value instanceof Uint8Array) {
    const encoding = textEncodingOf(fieldClass);
    return encoding === null ? value : decodeText(value, encoding);
  }
  switch (fieldClass.kind) {
    case 'unsigned-integer':
    case 'signed-integer': {
      const number = value as number | bigint;
      if (fieldClass.mappings === null) return number;
      return { value: number, labels: labelsOf(fieldClass.mappings, BigInt(number)) };
    }
    case 'bit-map': {
      const number = value as number | bigint;
      return { value: number, flags: flagsOf(fieldClass.flags, BigInt(number)) };
    }
    case 'structure':
      return toPlainObject(fieldClass, value as StructureValue);
    case 'optional': {
      const { content } = value as OptionalValue;
      return content === null ? null : toPlain(fieldClass.fieldClass, content);
    }
    case 'variant': {
      const { option, value: chosen } = value as VariantValue;
      return toPlain(fieldClass.options[option]!.fieldClass, chosen);
    }
    case 'static-array':
    case 'dynamic-array':
      return (value as StructureValue).map((element) => toPlain(fieldClass.element, element));
    default:
      assert(typeof value !== 'object', `Not a value of its class: kind="${fieldClass.kind}"`);
      return value;
  }
}

/** {@link toPlain} of a structure: its members by name. */
export function toPlainObject(fieldClass: StructureClass, value: StructureValue): PlainObject {
  const object: Record<string, PlainValue> = Object.create(null);
  fieldClass.members.forEach(({ name, fieldClass: member }, i) => {
    object[name] = toPlain(member, value[i]!);
  });
  return object;
}
