/**
 * What a filter sees of an event: the shapes of its fields, known when the filter is linked, and their values,
 * known when the event happens. The tracer gives both.
 */

/** Kinds of field that differ for a filter. Floats of 32 bits are `double`; characters are `array`s of text. */
export type FieldKind = 'signed' | 'unsigned' | 'enum' | 'double' | 'string' | 'array' | 'sequence' | 'other';

/** Shape of one field of an event class, and where its value is among the arguments. */
export interface ResolvedField {
  /** Index of the field's value in the array of values that the filter is called with. */
  readonly position: number;
  readonly kind: FieldKind;
  /** Width of integers and enums (8, 16, 32, 64), and of the elements of arrays and sequences. */
  readonly sizeBits?: number;
  /** Signedness of the container of an enum, and of the elements of arrays and sequences. */
  readonly isSigned?: boolean;
  /** Number of elements of an `array`. */
  readonly length?: number;
  /** The elements of an array or sequence are characters: it is compared as text and cannot be indexed. */
  readonly isText?: boolean;
  /** Elements of an array or sequence are not integers: then it cannot be indexed. */
  readonly hasIntegerElements?: boolean;
}

/** Resolves the names in a filter to the fields of one event class: called only while the filter is linked. */
export interface FieldResolver {
  /** Gives `null` for an unknown name, and for a field that takes no part in filters. */
  findField(name: string): ResolvedField | null;
  /**
   * The same for contexts (`vpid`, `$app.provider:name`, `$event.name`), where they are values like fields: in traces.
   * `dynamic`: one whose type is that of its value, which the `ContextReader` gives. Tracers have none of this: their
   * contexts are those of `FILTER_CONTEXTS`.
   */
  findContext?(name: string): ResolvedField | 'dynamic' | null;
}

/**
 * Value of a field. Integers and enums: number or bigint (what exceeds the field's width wraps as in C);
 * strings: string, or `null` for C's NULL; text arrays and sequences: string or bytes; other arrays and sequences:
 * anything with a length and indexes.
 */
export type FieldValue =
  | number
  | bigint
  | string
  | boolean
  | null
  | undefined
  | Uint8Array
  | ArrayLike<number>
  | ArrayLike<bigint>;

/** Gives contexts of the moment: `vpid`, `procname`; application contexts as `$app.provider:name`. */
export interface ContextReader {
  /** Gives `undefined` when the context has no value now: the filter then rejects. */
  readContext(name: string): number | bigint | string | undefined;
}

/** A filter ready to run: tells whether the event is to be recorded. Never throws. */
export type EventFilter = (fields: readonly FieldValue[], contexts: ContextReader) => boolean;
