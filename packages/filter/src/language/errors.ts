/** Refusals of the filter language: which rule, and where. */
import { UsageError } from '@lttng-ts/base';
import type { Place } from './tokens.ts';

/** Kinds of refusal. Upstream answers all of them with the same number (bad filter); people want to know which. */
export type FilterErrorKind =
  | 'syntax'
  | 'limit'
  | 'unsupported-operator'
  | 'not-a-condition'
  | 'operand-type'
  | 'bad-pattern'
  | 'bad-escape'
  | 'bad-name'
  | 'bad-index'
  | 'bad-time';

/** A filter expression that the language refuses. */
export class FilterError extends UsageError {
  readonly kind: FilterErrorKind;
  /** Where in the expression: line and column count from 1. */
  readonly place: Place;

  constructor(kind: FilterErrorKind, place: Place, message: string) {
    super(`${message}: line=${place.line}, column=${place.column}`);
    this.kind = kind;
    this.place = place;
  }
}
