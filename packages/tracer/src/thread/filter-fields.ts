/**
 * An event's fields as filters see them: names and shapes when a filter is linked, values when the event happens. Values
 * are the parameters of the recording function. The length field of a sequence is none of them: no filter can name it, as in C.
 *
 * A filter sees only what it names: reading a value may cost more than comparing it.
 */
import type { FieldKind, FieldResolver, FieldValue, ResolvedField } from '@lttng-ts/filter';
import type { EventDefinition } from '../definition.ts';
import { toElements, toFloat, toNumber, toText } from '../encode/runtime.ts';
import type { EnumerationShape, FieldShape } from '../fields.ts';

/** A field that the filter names. */
interface UsedField {
  readonly parameter: number;
  /** Type of the values that filters take as they are; `null`: all values are read. */
  readonly plainType: 'number' | 'string' | null;
  readonly read: (value: unknown) => FieldValue;
}

/** The fields of one event for one filter. */
export class FilterFields implements FieldResolver {
  readonly #definition: EventDefinition;
  readonly #used: UsedField[] = [];
  readonly #values: FieldValue[] = [];

  constructor(definition: EventDefinition) {
    this.#definition = definition;
  }

  findField(name: string): ResolvedField | null {
    const parameter = this.#definition.fields.findIndex((field) => field.name === name);
    const field = this.#definition.fields[parameter];
    if (field === undefined) return null;
    if (!this.#used.some((used) => used.parameter === parameter)) {
      this.#used.push({ parameter, plainType: plainTypeOf(field.shape), read: readerOf(field.shape) });
    }
    return resolve(field.shape, parameter);
  }

  /** The values that a filter takes: what would be recorded for a call's parameters. The next call may reuse the list. */
  read(parameters: readonly unknown[]): readonly FieldValue[] {
    for (let i = 0; i < this.#used.length; i++) {
      const { parameter, plainType } = this.#used[i]!;
      // The common case costs a comparison of types; the filter itself converts what is of the right type.
      if (typeof parameters[parameter] !== plainType) return this.#readAll(parameters);
    }
    return parameters as readonly FieldValue[];
  }

  #readAll(parameters: readonly unknown[]): readonly FieldValue[] {
    for (const { parameter, read } of this.#used) this.#values[parameter] = read(parameters[parameter]);
    return this.#values;
  }
}

/** Numbers of any size wrap as in C, and texts end at their NUL, in the filter. */
function plainTypeOf({ kind }: FieldShape): UsedField['plainType'] {
  switch (kind) {
    case 'integer':
    case 'float':
    case 'enumeration':
      return 'number';
    case 'string':
      return 'string';
    default:
      return null;
  }
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

function readerOf(shape: FieldShape): (value: unknown) => FieldValue {
  switch (shape.kind) {
    case 'integer':
      return toInteger;
    case 'enumeration':
      return labelReader(shape);
    case 'float':
      return shape.sizeBits === 32 ? (value) => Math.fround(toFloat(value)) : toFloat;
    case 'string':
      // Filters end a text at its NUL themselves.
      return toText;
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
