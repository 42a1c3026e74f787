/** Words of the filter language, with their places. */

/** Place in the expression's text: offset in UTF-16 units from 0, line and column from 1. */
export interface Place {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** Operators and brackets, as written. Longest first, so that the first match is the right one. */
export const PUNCTUATORS = [
  '...',
  '->',
  '>>',
  '<<',
  '==',
  '!=',
  '<=',
  '>=',
  '&&',
  '||',
  ':=',
  '[',
  ']',
  '(',
  ')',
  '{',
  '}',
  '*',
  '+',
  '-',
  '%',
  '/',
  '<',
  '>',
  '!',
  ':',
  ';',
  '.',
  '=',
  ',',
  '^',
  '&',
  '|',
  '~',
] as const;

/** One of {@link PUNCTUATORS}. */
export type Punctuator = (typeof PUNCTUATORS)[number];

/** A word of the language. `end` closes the text. */
export type Token = { readonly place: Place } & (
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'identifier'; readonly name: string }
  | { readonly kind: 'global'; readonly name: string }
  | { readonly kind: 'punctuator'; readonly text: Punctuator }
  | { readonly kind: 'end' }
);
