/**
 * Checks parameters against a table, with Babeltrace 2's messages. A parameter that the table does not name is an
 * error.
 */
import { UsageError } from '@lttng-ts/base';
import { isArray, isMap, type Value, type ValueKind, type ValueMap, valueKind } from '@lttng-ts/graph';

/** What a value must be. */
export type Shape =
  | { readonly kind: 'boolean' | 'integer' | 'unsigned-integer' | 'real' }
  | { readonly kind: 'string'; readonly choices?: readonly string[] }
  | {
      readonly kind: 'array';
      readonly element: Shape;
      readonly minimumLength?: number;
      readonly maximumLength?: number;
    }
  | { readonly kind: 'any-of'; readonly shapes: readonly Shape[] };

export interface Parameter {
  readonly shape: Shape;
  readonly isMandatory?: boolean;
}

export type Parameters = Readonly<Record<string, Parameter>>;

/** Upstream's names of value types in messages. */
const UPSTREAM_KIND: Readonly<Record<ValueKind | 'unsigned-integer', string>> = {
  null: 'NULL',
  boolean: 'BOOL',
  integer: 'SIGNED_INTEGER',
  'unsigned-integer': 'UNSIGNED_INTEGER',
  real: 'REAL',
  string: 'STRING',
  array: 'ARRAY',
  map: 'MAP',
};

/** Throws `UsageError` unless `params` fit `parameters`. */
export function validateParams(params: ValueMap, parameters: Parameters): void {
  for (const [name, { shape, isMandatory = false }] of Object.entries(parameters)) {
    const value = params.get(name);
    if (value === undefined) {
      if (isMandatory)
        throw new UsageError(`Error validating parameters: missing mandatory entry \`${name}\``);
      continue;
    }
    validate(value, shape, name);
  }
  for (const name of params.keys()) {
    if (!Object.hasOwn(parameters, name)) {
      throw new UsageError(`Error validating parameters: unexpected key \`${name}\``);
    }
  }
}

function validate(value: Value, shape: Shape, where: string): void {
  const fault = faultOf(value, shape, where);
  if (fault !== null) throw new UsageError(fault);
}

function faultOf(value: Value, shape: Shape, where: string): string | null {
  const kind = valueKind(value);
  const invalid = (what: string): string => `Error validating parameter \`${where}\`: ${what}`;
  if (shape.kind === 'any-of') {
    const faults = shape.shapes.map((one) => faultOf(value, one, where));
    return faults.includes(null) ? null : faults[0]!;
  }
  const expected = shape.kind === 'unsigned-integer' ? 'integer' : shape.kind;
  if (kind !== expected) {
    return invalid(
      `unexpected type: expected-type=${UPSTREAM_KIND[shape.kind]}, actual-type=${UPSTREAM_KIND[kind]}`,
    );
  }
  if (shape.kind === 'unsigned-integer' && (value as bigint) < 0n) {
    return invalid('unexpected type: expected-type=UNSIGNED_INTEGER, actual-type=SIGNED_INTEGER');
  }
  if (shape.kind === 'string' && shape.choices !== undefined && !shape.choices.includes(value as string)) {
    const choices = shape.choices.map((choice) => `\`${choice}\``).join(', ');
    return invalid(`string is not amongst the available choices: value=${value}, choices=[${choices}]`);
  }
  if (shape.kind === 'array' && isArray(value)) return faultOfArray(value, shape, where, invalid);
  return null;
}

function faultOfArray(
  value: readonly Value[],
  shape: Shape & { kind: 'array' },
  where: string,
  invalid: (what: string) => string,
): string | null {
  const { minimumLength = 0, maximumLength = Number.POSITIVE_INFINITY } = shape;
  if (value.length < minimumLength) {
    return invalid(
      `array is smaller than the minimum length: array-length=${value.length}, min-length=${minimumLength}`,
    );
  }
  if (value.length > maximumLength) {
    return invalid(
      `array is larger than the maximum length: array-length=${value.length}, max-length=${maximumLength}`,
    );
  }
  for (const [i, element] of value.entries()) {
    const fault = faultOf(element, shape.element, `${where}[${i}]`);
    if (fault !== null) return fault;
  }
  return null;
}

/** Reads a parameter of a kind that was checked before. */
export function stringParam(params: ValueMap, name: string): string | null {
  const value = params.get(name);
  return typeof value === 'string' ? value : null;
}

export function integerParam(params: ValueMap, name: string): bigint | null {
  const value = params.get(name);
  return typeof value === 'bigint' ? value : null;
}

export function booleanParam(params: ValueMap, name: string, absent: boolean): boolean {
  const value = params.get(name);
  return typeof value === 'boolean' ? value : absent;
}

/** A query's parameters, which must be a map. */
export function requireMap(params: Value): ValueMap {
  if (!isMap(params)) throw new UsageError('Query parameters is not a map value object.');
  return params;
}
