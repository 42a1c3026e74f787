/**
 * Dates in filters over traces: a text that `$time` is compared with is a time as `--begin` takes it, and becomes the
 * number of nanoseconds that it means.
 */
import { onDayOf, parseBound, type TimeOfDay, UsageError } from '@lttng-ts/base';
import type { BinaryExpression, BinaryOperator, Expression, StringLiteral } from '../language/ast.ts';
import { FilterError } from '../language/errors.ts';
import { TIME } from './record-names.ts';

/** How dates are read. */
export interface TimeReading {
  /** Dates are those of UTC, not of the local time. */
  readonly isGmt: boolean;
  /** Times of day are on the day of this time, in nanoseconds from the Unix epoch; `null`: not known yet. */
  readonly dayNs: bigint | null;
}

const COMPARISONS: ReadonlySet<BinaryOperator> = new Set<BinaryOperator>(['<', '<=', '>', '>=', '==', '!=']);

const MAX_I64 = (1n << 63n) - 1n;

export const isTime = (node: Expression): boolean =>
  node.kind === 'access' && node.root === 'record' && node.path[0]?.name === TIME;

/** Expressions whose times are numbers. */
export class TimeLiterals {
  /** Whether a time of day was met, of which the day is not known. */
  needsDay = false;
  readonly #reading: TimeReading;

  constructor(reading: TimeReading) {
    this.#reading = reading;
  }

  /** The expression with numbers in place of dates. Throws `FilterError` for a text that is no time. Recurses: see MAX_NESTING. */
  resolve(root: Expression): Expression {
    // Left operands in a loop and everything else by recursion.
    const spine: BinaryExpression[] = [];
    let node = root;
    while (node.kind === 'binary') {
      spine.push(node);
      node = node.left;
    }
    if (node.kind === 'unary') node = { ...node, operand: this.resolve(node.operand) };
    for (const binary of spine.reverse()) node = this.#binary({ ...binary, left: node });
    return node;
  }

  #binary(node: BinaryExpression): BinaryExpression {
    const { operator, left, right } = node;
    if (COMPARISONS.has(operator)) {
      if (isTime(left) && right.kind === 'string') return { ...node, right: this.#literal(right) };
      if (isTime(right) && left.kind === 'string') return { ...node, left: this.#literal(left) };
    }
    return { ...node, right: this.resolve(right) };
  }

  #literal({ text, place }: StringLiteral): Expression {
    let ns: bigint;
    try {
      const bound = parseBound(text, this.#reading.isGmt);
      ns = bound.kind === 'ns' ? bound.ns : bound.kind === 'time-of-day' ? this.#onDay(bound.time) : 0n;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new FilterError('bad-time', place, `Not a time: "${text}"`);
    }
    if (ns > MAX_I64 || ns < -MAX_I64)
      throw new FilterError('bad-time', place, `Time out of range: "${text}"`);
    return { kind: 'integer', value: BigInt.asUintN(64, ns), place };
  }

  #onDay(time: TimeOfDay): bigint {
    const { dayNs, isGmt } = this.#reading;
    if (dayNs !== null) return onDayOf(dayNs, time, isGmt);
    this.needsDay = true;
    return 0n;
  }
}
