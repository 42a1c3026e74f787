/** What fields decode to. Values are bare; the field class beside them says what they mean. */
import { assert } from '@lttng-ts/base';
import { type FieldClass, isInteger, labelsOf, type StructureClass } from '../model/field-class.ts';

/**
 * A NaN with its sign bit set. JavaScript has one NaN, C prints two (`0.0 / 0.0` is `-nan` on x86), and what
 * people see must not depend on who prints it.
 */
export const NEGATIVE_NAN: unique symbol = Symbol('-nan');

export interface VariantValue {
  /** Index of the chosen option. */
  readonly option: number;
  readonly value: FieldValue;
}

/**
 * | field class | value |
 * |---|---|
 * | integer of up to 32 bits | `number` |
 * | wider integer | `bigint` |
 * | floating point | `number` or {@link NEGATIVE_NAN} |
 * | string, text array | the bytes, without the NUL that ends them; a copy |
 * | array | the values of its elements |
 * | structure | the values of its members, in order |
 * | variant | {@link VariantValue} |
 */
export type FieldValue =
  | number
  | bigint
  | typeof NEGATIVE_NAN
  | Uint8Array
  | readonly FieldValue[]
  | VariantValue;

export type StructureValue = readonly FieldValue[];

/** A value as programs like it: see {@link toPlain}. */
export type PlainValue = number | bigint | string | PlainEnumeration | readonly PlainValue[] | PlainObject;

export interface PlainEnumeration {
  readonly value: number | bigint;
  readonly labels: readonly string[];
}

export interface PlainObject {
  readonly [name: string]: PlainValue;
}

const utf8 = new TextDecoder();

/** Turns a value into objects (without a prototype: a field may be called `__proto__`) and strings. */
export function toPlain(fieldClass: FieldClass, value: FieldValue): PlainValue {
  if (value === NEGATIVE_NAN) return Number.NaN;
  if (value instanceof Uint8Array) return utf8.decode(value);
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (!isInteger(fieldClass) || fieldClass.mappings === null) return value;
    return { value, labels: labelsOf(fieldClass.mappings, BigInt(value)) };
  }
  switch (fieldClass.kind) {
    case 'structure':
      return toPlainObject(fieldClass, value as StructureValue);
    case 'variant': {
      const { option, value: chosen } = value as VariantValue;
      return toPlain(fieldClass.options[option]!.fieldClass, chosen);
    }
    default: {
      assert(fieldClass.kind === 'static-array' || fieldClass.kind === 'dynamic-array');
      return (value as StructureValue).map((element) => toPlain(fieldClass.element, element));
    }
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
