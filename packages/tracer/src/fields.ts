/**
 * The field vocabulary of an event: factories that a program calls, and the plain shapes that they make.
 * A shape says everything about a field that encoders, filters and the session daemon need; it is plain data, so
 * that it travels to the control worker by structured clone.
 */

export type IntegerBits = 8 | 16 | 32 | 64;
/** The base in which viewers print an integer. */
export type DisplayBase = 2 | 8 | 10 | 16;

export interface IntegerShape {
  readonly kind: 'integer';
  readonly sizeBits: IntegerBits;
  readonly isSigned: boolean;
  readonly base: DisplayBase;
  /** Big-endian in the record, whatever the machine. */
  readonly isNetworkOrder: boolean;
}

export interface FloatShape {
  readonly kind: 'float';
  readonly sizeBits: 32 | 64;
}

export interface StringShape {
  readonly kind: 'string';
}

export interface EnumerationShape {
  readonly kind: 'enumeration';
  readonly name: string;
  readonly container: IntegerShape;
  readonly entries: readonly EnumerationEntry[];
}

/** One label. `isAuto` marks an entry whose value was not written down: metadata then shows the label only. */
export interface EnumerationEntry {
  readonly label: string;
  readonly first: bigint;
  readonly last: bigint;
  readonly isAuto: boolean;
}

export interface ArrayShape {
  readonly kind: 'array';
  readonly length: number;
  readonly element: IntegerShape;
  /** Bytes of UTF-8 text: viewers print a string. */
  readonly isText: boolean;
}

export interface SequenceShape {
  readonly kind: 'sequence';
  readonly lengthType: IntegerShape;
  readonly element: IntegerShape;
  readonly isText: boolean;
}

export type FieldShape =
  | IntegerShape
  | FloatShape
  | StringShape
  | EnumerationShape
  | ArrayShape
  | SequenceShape;

/** One named field; `Value` is what the recording function takes for it. */
export interface Field<Value> {
  readonly name: string;
  readonly shape: FieldShape;
  /** Never there at run time: carries the type. */
  readonly valueType?: Value;
}

/** How an integer is written and shown. */
export interface IntegerOptions {
  /** Default 10. */
  readonly base?: DisplayBase;
  /** `network`: big-endian. Default: the machine's own order. */
  readonly byteOrder?: 'host' | 'network';
}

/** Makes integer fields of one width; also names the element type of arrays and sequences. */
export interface IntegerType<Value> {
  (name: string, options?: IntegerOptions): Field<Value>;
  readonly shape: IntegerShape;
}

function integerType<Value>(sizeBits: IntegerBits, isSigned: boolean): IntegerType<Value> {
  const shape: IntegerShape = { kind: 'integer', sizeBits, isSigned, base: 10, isNetworkOrder: false };
  const make = (name: string, options: IntegerOptions = {}): Field<Value> => ({
    name,
    shape: withOptions(shape, options),
  });
  return Object.assign(make, { shape });
}

function withOptions(shape: IntegerShape, options: IntegerOptions): IntegerShape {
  return { ...shape, base: options.base ?? 10, isNetworkOrder: options.byteOrder === 'network' };
}

// Numbers out of range wrap as a C assignment does; NaN and infinities become 0.
export const i8 = integerType<number>(8, true);
export const i16 = integerType<number>(16, true);
export const i32 = integerType<number>(32, true);
/** Takes bigint or number; a number is exact up to 2^53. */
export const i64 = integerType<bigint | number>(64, true);
export const u8 = integerType<number>(8, false);
export const u16 = integerType<number>(16, false);
export const u32 = integerType<number>(32, false);
/** Takes bigint or number; a number is exact up to 2^53. */
export const u64 = integerType<bigint | number>(64, false);

/** Single precision floating point. */
export const f32 = (name: string): Field<number> => ({ name, shape: { kind: 'float', sizeBits: 32 } });
/** Double precision floating point: a JavaScript number as it is. */
export const f64 = (name: string): Field<number> => ({ name, shape: { kind: 'float', sizeBits: 64 } });

/** UTF-8 text; ends at the first NUL character. Lone surrogates become U+FFFD. */
export const string = (name: string): Field<string> => ({ name, shape: { kind: 'string' } });

/** What array and sequence fields take: typed arrays of any kind, and plain arrays. */
export type Elements<Value> = ArrayLike<Value> & (ArrayBufferView | readonly Value[]);

/** Type of a sequence's length: any unsigned integer. */
export type LengthType = IntegerType<number> | IntegerType<bigint | number>;

/** A fixed number of integers: a shorter value is filled with zeros, a longer one is cut. */
export function array<Value>(
  name: string,
  element: IntegerType<Value>,
  length: number,
  options: IntegerOptions = {},
): Field<Elements<Value>> {
  return {
    name,
    shape: { kind: 'array', length, element: withOptions(element.shape, options), isText: false },
  };
}

/** Any number of integers. Its length is recorded before it as the field `_<name>_length`. */
export function sequence<Value>(
  name: string,
  element: IntegerType<Value>,
  options: IntegerOptions & { readonly length?: LengthType } = {},
): Field<Elements<Value>> {
  const lengthType = (options.length ?? u32).shape;
  return {
    name,
    shape: { kind: 'sequence', lengthType, element: withOptions(element.shape, options), isText: false },
  };
}

/** Text in a fixed number of bytes of UTF-8, NUL padded, cut between characters. */
export function textArray(name: string, lengthBytes: number): Field<string | Uint8Array> {
  return { name, shape: { kind: 'array', length: lengthBytes, element: i8.shape, isText: true } };
}

/** UTF-8 text with its length before it: may contain NUL. */
export function textSequence(
  name: string,
  options: { readonly length?: LengthType } = {},
): Field<string | Uint8Array> {
  const lengthType = (options.length ?? u32).shape;
  return { name, shape: { kind: 'sequence', lengthType, element: i8.shape, isText: true } };
}

/** Where labels lie: a value, a range with both ends included, or `auto`: one more than the entry before. */
export type EnumerationRange = number | bigint | readonly [number | bigint, number | bigint] | 'auto';

/** A named set of labels, used by any number of fields. `Label` are the labels that a recording call may name. */
export interface Enumeration<Label extends string> {
  (fieldName: string): Field<Label | number | bigint>;
  readonly shape: EnumerationShape;
}

/**
 * Defines an enumeration. Entries keep their order; a recording call gives a number, or a label, which stands for
 * the first value of its range.
 */
export function defineEnumeration<const Entries extends Readonly<Record<string, EnumerationRange>>>(
  name: string,
  entries: Entries,
  options: { readonly container?: IntegerType<number> | IntegerType<bigint | number> } = {},
): Enumeration<keyof Entries & string> {
  let next = 0n;
  const rows = Object.entries(entries).map(([label, range]): EnumerationEntry => {
    const [first, last] = Array.isArray(range) ? range : range === 'auto' ? [next, next] : [range, range];
    next = BigInt(last) + 1n;
    return { label, first: BigInt(first), last: BigInt(last), isAuto: range === 'auto' };
  });
  const shape: EnumerationShape = {
    kind: 'enumeration',
    name,
    container: (options.container ?? i32).shape,
    entries: rows,
  };
  return Object.assign((fieldName: string) => ({ name: fieldName, shape }), { shape });
}
