/**
 * Values: parameters of components, results of queries, user attributes. The same kinds as Babeltrace 2's, in
 * JavaScript's own types.
 *
 * | Babeltrace 2 | here |
 * |---|---|
 * | null, boolean, string | the same |
 * | signed or unsigned integer | `bigint` |
 * | real | `number` |
 * | array | array |
 * | map | `Map`: it keeps the order of its entries and has no names of its own (`__proto__`) |
 *
 * Differs from upstream: signed and unsigned integers are one kind, because `bigint` has room for both.
 */

export type Value = null | boolean | bigint | number | string | readonly Value[] | ValueMap;
export type ValueMap = ReadonlyMap<string, Value>;

export const EMPTY_MAP: ValueMap = new Map();

export type ValueKind = 'null' | 'boolean' | 'integer' | 'real' | 'string' | 'array' | 'map';

/** Says which kind `value` is of. */
export function valueKind(value: Value): ValueKind {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return 'boolean';
    case 'bigint':
      return 'integer';
    case 'number':
      return 'real';
    case 'string':
      return 'string';
    default:
      return Array.isArray(value) ? 'array' : 'map';
  }
}

/** True for maps; TypeScript does not narrow read-only arrays by itself. */
export function isMap(value: Value): value is ValueMap {
  return value instanceof Map;
}

/** True for arrays. */
export function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** What {@link valueMap} takes: as in JSON; whole numbers are reals unless they are `bigint`. */
export type PlainValues = { readonly [name: string]: Value | PlainValues };

/** Makes a map of an object, and maps of the objects in it. */
export function valueMap(object: PlainValues): ValueMap {
  return new Map(
    Object.entries(object).map(([name, value]) => [name, isPlain(value) ? valueMap(value) : value]),
  );
}

function isPlain(value: Value | PlainValues): value is PlainValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

/** Whether two values are equal; maps regardless of the order of their entries. */
export function valuesEqual(a: Value, b: Value): boolean {
  if (isArray(a))
    return isArray(b) && a.length === b.length && a.every((item, i) => valuesEqual(item, b[i]!));
  if (isMap(a)) {
    if (!isMap(b) || a.size !== b.size) return false;
    for (const [name, value] of a) {
      const other = b.get(name);
      if (other === undefined || !valuesEqual(value, other)) return false;
    }
    return true;
  }
  return a === b;
}
