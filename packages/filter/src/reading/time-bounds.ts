/**
 * The part of time in which a filter can be true, as far as its conjunctions and disjunctions tell: whoever reads a trace
 * need not look elsewhere. What is not understood bounds nothing.
 */
import type { BinaryExpression, BinaryOperator, Expression } from '../language/ast.ts';
import { isTime } from './time-literals.ts';

/** Nanoseconds from the clock's origin, both included; `null`: no bound. Never empty. */
export interface TimeBounds {
  readonly beginNs: bigint | null;
  readonly endNs: bigint | null;
}

const UNBOUNDED: TimeBounds = { beginNs: null, endNs: null };

/** Where `root` can be true. Walks left operands in a loop and everything else by recursion: see MAX_NESTING. */
export function timeBoundsOf(root: Expression): TimeBounds {
  const spine: BinaryExpression[] = [];
  let node = root;
  while (node.kind === 'binary' && (node.operator === '&&' || node.operator === '||')) {
    spine.push(node);
    node = node.left;
  }
  let bounds = node.kind === 'binary' ? comparisonBounds(node) : UNBOUNDED;
  for (const { operator, right } of spine.reverse()) {
    const combine = operator === '&&' ? bothBounds : eitherBounds;
    bounds = combine(bounds, timeBoundsOf(right));
  }
  return bounds;
}

function comparisonBounds({ operator, left, right }: BinaryExpression): TimeBounds {
  if (isTime(left)) return compared(operator, integerOf(right));
  if (isTime(right)) return compared(MIRRORED[operator] ?? operator, integerOf(left));
  return UNBOUNDED;
}

/** Where both can be true. Of two that have nothing in common one instant is left. */
export function bothBounds(a: TimeBounds, b: TimeBounds): TimeBounds {
  const beginNs = extreme(a.beginNs, b.beginNs, (x, y) => x > y);
  const endNs = extreme(a.endNs, b.endNs, (x, y) => x < y);
  return { beginNs, endNs: beginNs !== null && endNs !== null && endNs < beginNs ? beginNs : endNs };
}

/** From where one of them can be true first to where one can be last. */
function eitherBounds(a: TimeBounds, b: TimeBounds): TimeBounds {
  const isOpen = (x: bigint | null, y: bigint | null): boolean => x === null || y === null;
  return {
    beginNs: isOpen(a.beginNs, b.beginNs) ? null : extreme(a.beginNs, b.beginNs, (x, y) => x < y),
    endNs: isOpen(a.endNs, b.endNs) ? null : extreme(a.endNs, b.endNs, (x, y) => x > y),
  };
}

function extreme(a: bigint | null, b: bigint | null, wins: (x: bigint, y: bigint) => boolean): bigint | null {
  if (a === null || b === null) return a ?? b;
  return wins(a, b) ? a : b;
}

const MIRRORED: Readonly<Partial<Record<BinaryOperator, BinaryOperator>>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

function compared(operator: BinaryOperator, ns: bigint | null): TimeBounds {
  if (ns === null) return UNBOUNDED;
  switch (operator) {
    case '<':
      return { beginNs: null, endNs: ns - 1n };
    case '<=':
      return { beginNs: null, endNs: ns };
    case '>':
      return { beginNs: ns + 1n, endNs: null };
    case '>=':
      return { beginNs: ns, endNs: null };
    case '==':
      return { beginNs: ns, endNs: ns };
    default:
      return UNBOUNDED;
  }
}

/** A literal as filters compute with it: signed, of 64 bits. */
function integerOf(node: Expression): bigint | null {
  if (node.kind === 'integer') return BigInt.asIntN(64, node.value);
  if (node.kind !== 'unary' || (node.operator !== '-' && node.operator !== '+')) return null;
  const operand = integerOf(node.operand);
  if (operand === null || node.operator === '+') return operand;
  return BigInt.asIntN(64, -operand);
}
