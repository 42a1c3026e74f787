/**
 * An event's fields as filters see them: names and shapes when a filter is linked, values when the event happens. Values
 * are the parameters of the recording function. The length field of a sequence is none of them: no filter can name it, as in C.
 */
import type { FieldKind, FieldResolver, FieldValue, ResolvedField } from '@lttng-ts/filter';
import type { EventDefinition } from '../definition.ts';
import { toElements, toFloat, toNumber, toText } from '../encode/runtime.ts';
import type { EnumerationShape, FieldShape } from '../fields.ts';

/** Resolves the names in a filter to the values that {@link createValueReader} gives. */
export function createFieldResolver({ fields }: EventDefinition): FieldResolver {
  const byName = new Map(fields.map(({ name, shape }, position) => [name, resolve(shape, position)]));
  return { findField: (name) => byName.get(name) ?? null };
}

function resolve(shape: FieldShape, position: number): ResolvedField {
  switch (shape.kind) {
    case 'integer': {
      const kind: FieldKind = shape.isSigned ? 'signed' : 'unsigned';
      return { position, kind, sizeBits: shape.sizeBits, isSigned: shape.isSigned };
    }
    case 'enumeration': {
      const { sizeBits, isSigned } = shape.container;
      return { position, kind: 'enum', sizeBits, isSigned };
    }
    case 'float':
      return { position, kind: 'double', sizeBits: shape.sizeBits };
    case 'string':
      return { position, kind: 'string' };
    case 'array':
    case 'sequence': {
      const { sizeBits, isSigned } = shape.element;
      const element = { position, sizeBits, isSigned, hasIntegerElements: !shape.isText };
      if (shape.kind === 'sequence') return { ...element, kind: 'sequence' };
      return { ...element, kind: 'array', length: shape.length };
    }
  }
}

/** Turns the parameters of a recording function into what filters take: the values that would be recorded. */
export function createValueReader({
  fields,
}: EventDefinition): (values: readonly unknown[]) => readonly FieldValue[] {
  const readers = fields.map(({ shape }) => readerOf(shape));
  return (values) => readers.map((reader, i) => reader(values[i]));
}

function readerOf(shape: FieldShape): (value: unknown) => FieldValue {
  switch (shape.kind) {
    case 'integer':
      return toInteger;
    case 'enumeration':
      return labelReader(shape);
    case 'float':
      return shape.sizeBits === 32 ? (value) => Math.fround(toFloat(value)) : toFloat;
    case 'string':
      return (value) => untilNul(toText(value));
    case 'sequence':
      return shape.isText ? toTextElements : (value) => toElements(value) as ArrayLike<number>;
    case 'array': {
      const { length } = shape;
      if (shape.isText) return (value) => firstOf(toTextElements(value), length);
      return (value) => firstOf(toElements(value) as ArrayLike<number>, length);
    }
  }
}

function toInteger(value: unknown): number | bigint {
  return typeof value === 'bigint' ? value : toNumber(value);
}

function labelReader({ entries }: EnumerationShape): (value: unknown) => number | bigint {
  const values = new Map(entries.map(({ label, first }) => [label, first]));
  return (value) => (typeof value === 'string' ? (values.get(value) ?? 0) : toInteger(value));
}

function toTextElements(value: unknown): string | Uint8Array {
  return value instanceof Uint8Array ? value : toText(value);
}

/** What a fixed array records: cut, or filled with zeros. */
function firstOf<T extends string | ArrayLike<number>>(value: T, length: number): FieldValue {
  if (typeof value === 'string' || value.length === length) return value;
  return Array.from({ length }, (_, i) => (value as ArrayLike<number>)[i] ?? 0);
}

function untilNul(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
