/**
 * Attributes: what CTF 2 lets a producer say, by namespace, about almost everything.
 * Values are those of JSON, with exact integers. Maps, because a name may be `__proto__`.
 */

export type AttributeValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly AttributeValue[]
  | ReadonlyMap<string, AttributeValue>;

/** Attributes by namespace. An integer is a `bigint`, a real number a `number`. */
export type Attributes = ReadonlyMap<string, AttributeValue>;
