/**
 * What fields hold. Values are bare; the field class beside them says what they mean. `toPlain` makes objects of
 * them.
 */
import { assert } from '@lttng-ts/base';
import { type FieldClass, labelsOf, type StructureClass } from './field-class.ts';

/**
 * A NaN with its sign bit set. JavaScript has one NaN, C prints two (`0.0 / 0.0` is `-nan` on x86), and what
 * people see must not depend on who prints it.
 */
export const NEGATIVE_NAN: unique symbol = Symbol.for('lttng-ts.negative-nan');

export interface VariantValue {
  /** Index of the chosen option. */
  readonly option: number;
  readonly value: FieldValue;
}

export interface OptionValue {
  /** `null`: there is no field. */
  readonly content: FieldValue | null;
}

/**
 * | field class | value |
 * |---|---|
 * | boolean | `boolean` |
 * | bit array, integer | `number` (a safe integer) or `bigint` |
 * | real | `number` or {@link NEGATIVE_NAN} |
 * | string | a string, or its bytes in UTF-8 (what a trace holds may be no valid UTF-8) |
 * | BLOB | its bytes |
 * | array | the values of its elements |
 * | structure | the values of its members, in order |
 * | option | {@link OptionValue} |
 * | variant | {@link VariantValue} |
 */
export type FieldValue =
  | boolean
  | number
  | bigint
  | typeof NEGATIVE_NAN
  | string
  | Uint8Array
  | readonly FieldValue[]
  | OptionValue
  | VariantValue;

export type StructureValue = readonly FieldValue[];

/** A value as programs like it: see {@link toPlain}. */
export type PlainValue =
  | boolean
  | number
  | bigint
  | string
  | null
  | Uint8Array
  | PlainEnumeration
  | readonly PlainValue[]
  | PlainObject;

export interface PlainEnumeration {
  readonly value: number | bigint;
  readonly labels: readonly string[];
}

export interface PlainObject {
  readonly [name: string]: PlainValue;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Turns a value into objects (without a prototype: a field may be called `__proto__`) and strings. */
export function toPlain(fieldClass: FieldClass, value: FieldValue): PlainValue {
  if (value === NEGATIVE_NAN) return Number.NaN;
  switch (fieldClass.kind) {
    case 'unsigned-integer':
    case 'signed-integer':
      assert(typeof value === 'number' || typeof value === 'bigint');
      if (fieldClass.mappings === null) return value;
      return { value, labels: labelsOf(fieldClass.mappings, BigInt(value)) };
    case 'string':
      return textOf(value);
    case 'static-array':
    case 'dynamic-array':
      return (value as StructureValue).map((element) => toPlain(fieldClass.element, element));
    case 'structure':
      return toPlainObject(fieldClass, value as StructureValue);
    case 'option':
      return plainOption(fieldClass.content, value as OptionValue);
    case 'variant': {
      const { option, value: chosen } = value as VariantValue;
      return toPlain(fieldClass.options[option]!.fieldClass, chosen);
    }
    default:
      return value as PlainValue;
  }
}

function plainOption(contentClass: FieldClass, { content }: OptionValue): PlainValue {
  return content === null ? null : toPlain(contentClass, content);
}

/** {@link toPlain} of a structure: its members by name. */
export function toPlainObject(fieldClass: StructureClass, value: StructureValue): PlainObject {
  const object: Record<string, PlainValue> = Object.create(null);
  fieldClass.members.forEach(({ name, fieldClass: member }, i) => {
    object[name] = toPlain(member, value[i]!);
  });
  return object;
}

/** The text of a string field. */
export function textOf(value: FieldValue): string {
  assert(typeof value === 'string' || value instanceof Uint8Array, 'Not a value of a string');
  return typeof value === 'string' ? value : utf8.decode(value);
}

/** Finds the value of a member by its name; `undefined` when there is none. */
export function memberValue(
  fieldClass: StructureClass,
  value: StructureValue,
  name: string,
): FieldValue | undefined {
  const index = fieldClass.members.findIndex((member) => member.name === name);
  return index < 0 ? undefined : value[index];
}

/** Makes the value of a structure from an object that has every member. */
export function structureValue(
  { members }: StructureClass,
  object: Readonly<Record<string, FieldValue>>,
): StructureValue {
  return members.map(({ name }) => {
    assert(Object.hasOwn(object, name), `Missing member: name=${JSON.stringify(name)}`);
    return object[name]!;
  });
}
