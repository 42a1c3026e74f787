/**
 * Values as JSON, in binary strings (see `binary-text.ts`). Integers are exact, whatever their size. What JSON has no
 * number for (NaN, infinities) is a string.
 */

import {
  type BitArrayClass,
  type FieldClass,
  type FieldValue,
  type IntegerClass,
  labelsOf,
  NEGATIVE_NAN,
  type OptionValue,
  type StructureClass,
  type StructureValue,
  type VariantValue,
} from '@lttng-ts/graph';
import { bytesToBinary, toBinary } from '../binary-text.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** A text as a JSON string. */
export const quote = (text: string): string => toBinary(JSON.stringify(text));

/** `"NAME":`, behind a comma where it is not the first member. */
export const memberStart = (name: string, isFirst: boolean): string => `${isFirst ? '' : ','}${quote(name)}:`;

/** A string field: bytes that are no UTF-8 become U+FFFD, and a NUL ends it. */
export function stringText(value: FieldValue): string {
  const text = typeof value === 'string' ? value : utf8.decode(value as Uint8Array);
  const end = text.indexOf('\0');
  return quote(end < 0 ? text : text.slice(0, end));
}

/** A floating point number. */
export function realText(value: number | typeof NEGATIVE_NAN): string {
  if (value === NEGATIVE_NAN || Number.isNaN(value)) return '"NaN"';
  if (!Number.isFinite(value)) return value > 0 ? '"Infinity"' : '"-Infinity"';
  return Object.is(value, -0) ? '-0.0' : String(value);
}

/** An integer: bare, or `{"value":…,"labels":[…]}` of an enumeration. */
export function integerText({ mappings }: IntegerClass, value: number | bigint): string {
  if (mappings === null) return String(value);
  return `{"value":${value},"labels":[${labelsOf(mappings, BigInt(value)).map(quote).join(',')}]}`;
}

function bitArrayText({ flags }: BitArrayClass, value: number | bigint): string {
  if (flags.length === 0) return String(value);
  const bits = BigInt(value);
  const isSet = flags.filter(({ ranges }) =>
    ranges.some(({ lower, upper }) => BigInt.asUintN(Number(upper - lower) + 1, bits >> lower) !== 0n),
  );
  return `{"value":${value},"flags":[${isSet.map(({ label }) => quote(label)).join(',')}]}`;
}

/** Any field. */
export function fieldText(fieldClass: FieldClass, value: FieldValue): string {
  switch (fieldClass.kind) {
    case 'boolean':
      return String(value);
    case 'bit-array':
      return bitArrayText(fieldClass, value as number | bigint);
    case 'unsigned-integer':
    case 'signed-integer':
      return integerText(fieldClass, value as number | bigint);
    case 'single-precision-real':
    case 'double-precision-real':
      return realText(value as number | typeof NEGATIVE_NAN);
    case 'string':
      return stringText(value);
    case 'static-blob':
    case 'dynamic-blob':
      return `"${btoa(bytesToBinary(value as Uint8Array))}"`;
    case 'static-array':
    case 'dynamic-array':
      return `[${(value as StructureValue).map((element) => fieldText(fieldClass.element, element)).join(',')}]`;
    case 'structure':
      return structureText(fieldClass, value as StructureValue);
    case 'option': {
      const { content } = value as OptionValue;
      return content === null ? 'null' : fieldText(fieldClass.content, content);
    }
    case 'variant': {
      const { option, value: chosen } = value as VariantValue;
      return fieldText(fieldClass.options[option]!.fieldClass, chosen);
    }
  }
}

/** A structure as an object. */
export function structureText(fieldClass: StructureClass, value: StructureValue): string {
  return `{${membersText(fieldClass, value, NONE, true)}}`;
}

const NONE: ReadonlySet<string> = new Set();

/** Members without the braces; those called like one of `without` are left out. */
export function membersText(
  { members }: StructureClass,
  value: StructureValue,
  without: ReadonlySet<string>,
  isFirst: boolean,
): string {
  let text = '';
  members.forEach(({ name, fieldClass }, i) => {
    if (without.has(name)) return;
    text += memberStart(name, isFirst && text === '') + fieldText(fieldClass, value[i]!);
  });
  return text;
}
