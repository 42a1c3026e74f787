/**
 * How values are written: what stands around them and in which form they come. A plan is made beside the operations of
 * a root structure, by who knows the format; `text-program.ts` makes a program of both. All strings are binary: one
 * character for each byte.
 */
import type { StructureOperation } from './operations.ts';
import type { FieldValue } from './values.ts';

/** What stands before and after something. */
interface Around {
  readonly before: string;
  readonly after: string;
}

export interface StructurePlan extends Around {
  readonly kind: 'structure';
  /** Plan of each member; its `before` comes first. */
  readonly members: readonly { readonly before: string; readonly plan: TextPlan }[];
}

export interface ArrayPlan extends Around {
  readonly kind: 'array';
  /** What is written around the number of elements before them, and instead of everything else when there are none. */
  readonly count: (Around & { readonly none: string }) | null;
  /** Whether numbers of elements are {@link IntegerPlan} `grouped`. */
  readonly isGrouped: boolean;
  readonly separator: string;
  readonly beforeElement: string;
  /** What stands between the number of an element and its value; `null`: the number is not written. */
  readonly afterNumber: string | null;
  readonly element: TextPlan;
}

export interface OptionalPlan extends Around {
  readonly kind: 'optional';
  /** What is written when the field is not there, instead of everything else. */
  readonly none: string;
  readonly content: TextPlan;
}

export interface VariantPlan extends Around {
  readonly kind: 'variant';
  readonly options: readonly TextPlan[];
}

/**
 * An integer in decimal, with commas between groups of digits when there are more than four, or in hexadecimal with
 * capital letters (its two's complement in some bits).
 */
export interface IntegerPlan extends Around {
  readonly kind: 'integer';
  readonly form: 'decimal' | 'grouped' | { readonly hexadecimalBits: number };
}

/** The bytes of a string up to a zero; code units of one byte only. */
export interface StringPlan extends Around {
  readonly kind: 'string';
  readonly isEscaped: boolean;
  /** As in a JSON string, whatever {@link isEscaped} is. */
  readonly isJson?: boolean;
}

/** A floating point number in `%g`. */
export interface RealPlan extends Around {
  readonly kind: 'real';
}

/** Anything else: `format` gives the text of a value as the reference decoder gives it. */
export interface FormattedPlan extends Around {
  readonly kind: 'formatted';
  readonly format: (value: FieldValue) => string;
}

export type TextPlan =
  | StructurePlan
  | ArrayPlan
  | OptionalPlan
  | VariantPlan
  | IntegerPlan
  | StringPlan
  | RealPlan
  | FormattedPlan;

/** What a program writes, in order. */
export type TextPart =
  /** A binary string. */
  | { readonly kind: 'literal'; readonly text: string }
  /** Bytes that the caller gives. */
  | { readonly kind: 'given' }
  /** A root structure behind the header. */
  | { readonly kind: 'root'; readonly operation: StructureOperation; readonly plan: TextPlan };
