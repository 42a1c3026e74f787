/** The way from a filter expression to the bytecode that is sent to applications. */
import type { Bytecode } from './bytecode/bytecode.ts';
import { emitCapture, emitFilter } from './bytecode/emit.ts';
import type { BinaryExpression, Expression } from './language/ast.ts';
import { checkFilter } from './language/check.ts';
import { FilterError } from './language/errors.ts';
import { parseExpression, type RecordScopes } from './language/parser.ts';
import { MAX_USABLE_STACK_DEPTH } from './limits.ts';

/**
 * Parses and checks a filter expression, for tracers or for whoever else has `scopes`, and rules of its own in
 * `rewrite`. Throws `FilterError` (a `UsageError` with line and column).
 */
export function parseFilter(
  text: string,
  scopes?: RecordScopes,
  rewrite: (root: Expression) => Expression = (root) => root,
): Expression {
  const root = rewrite(parseExpression(text, scopes));
  checkFilter(root);
  checkStack(root);
  return root;
}

/** Compiles a filter expression to UST bytecode. Throws `FilterError`, or `UsageError` when it gets too long. */
export function compileFilter(text: string): Bytecode {
  return emitFilter(parseFilter(text));
}

/** Compiles a capture expression: `field`, `$ctx.name`, `$app.provider:name`, `field[n]`. */
export function compileCapture(text: string): Bytecode {
  const root = parseExpression(text);
  if (root.kind !== 'access') {
    throw new FilterError('syntax', root.place, 'A capture must be a field or a context');
  }
  return emitCapture(root);
}

/**
 * Refuses what applications cannot evaluate.
 * Differs from upstream: it compiles such expressions, because its compiler does not count; see the limit.
 */
function checkStack(root: Expression): void {
  const depth = stackDepth(root);
  if (depth > MAX_USABLE_STACK_DEPTH) {
    throw new FilterError(
      'limit',
      root.place,
      `Filter expression needs ${depth} values at once, applications hold ${MAX_USABLE_STACK_DEPTH}; swap operands`,
    );
  }
}

/** Entries of the evaluation stack that an expression needs. A logical operator drops its left operand first. */
function stackDepth(root: Expression): number {
  const spine: BinaryExpression[] = [];
  let node = root;
  for (;;) {
    if (node.kind === 'binary') {
      spine.push(node);
      node = node.left;
    } else if (node.kind === 'unary') {
      node = node.operand;
    } else {
      break;
    }
  }
  let depth = 1;
  for (const { operator, right } of spine) {
    const held = operator === '&&' || operator === '||' ? 0 : 1;
    depth = Math.max(depth, held + stackDepth(right));
  }
  return depth;
}
