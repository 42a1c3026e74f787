/**
 * The rules of the filter language about types and patterns: everything that upstream refuses although it
 * parses. Works on the tree alone; fields have no types here, only literals have.
 */
import { isStarAtEndOnly, isStarGlob } from '../glob.ts';
import type { BinaryExpression, BinaryOperator, Expression, StringLiteral, UnaryExpression } from './ast.ts';
import { FilterError } from './errors.ts';

/** What is known of a value before it is linked with an event: `expression` is a field or context of any type. */
export type DataType = 'numeric' | 'float' | 'string' | 'expression';

const ARITHMETIC: ReadonlySet<BinaryOperator> = new Set<BinaryOperator>(['*', '/', '%', '+', '-']);
const LOGICAL: ReadonlySet<BinaryOperator> = new Set<BinaryOperator>(['&&', '||']);
const BITWISE: ReadonlySet<BinaryOperator> = new Set<BinaryOperator>(['&', '|', '^', '<<', '>>']);

/** Type of a value as far as the text tells. A unary operator keeps the type of its operand, also `!`. */
export function dataTypeOf(expression: Expression): DataType {
  let node = expression;
  while (node.kind === 'unary') node = node.operand;
  switch (node.kind) {
    case 'integer':
    case 'binary':
      return 'numeric';
    case 'float':
      return 'float';
    case 'string':
      return 'string';
    case 'access':
      return 'expression';
  }
}

/** Checks a whole filter. Throws {@link FilterError}; returns nothing. */
export function checkFilter(root: Expression): void {
  checkNode(root);
  const type = dataTypeOf(root);
  if (type === 'string' || type === 'float') {
    const what = type === 'string' ? 'a string' : 'a floating point number';
    throw new FilterError('not-a-condition', root.place, `A filter must be a condition, not ${what}`);
  }
}

/** Walks left operands in a loop and everything else by recursion: see MAX_NESTING. */
function checkNode(root: Expression): void {
  const spine: BinaryExpression[] = [];
  let node = root;
  while (node.kind === 'binary') {
    spine.push(node);
    node = node.left;
  }
  if (node.kind === 'unary') checkUnary(node);
  if (node.kind === 'string') checkEscapes(node);
  for (const binary of spine.reverse()) {
    checkNode(binary.right);
    checkBinary(binary);
  }
}

function checkUnary(node: UnaryExpression): void {
  checkNode(node.operand);
  if (dataTypeOf(node.operand) === 'string') {
    throw new FilterError(
      'operand-type',
      node.place,
      `Operator "${node.operator}" does not apply to a string`,
    );
  }
}

function checkBinary(node: BinaryExpression): void {
  const { operator, place } = node;
  if (ARITHMETIC.has(operator)) {
    throw new FilterError(
      'unsupported-operator',
      place,
      `Arithmetic is not supported: operator "${operator}"`,
    );
  }
  const types = [dataTypeOf(node.left), dataTypeOf(node.right)];
  const hasString = types.includes('string');
  if (LOGICAL.has(operator) || BITWISE.has(operator)) {
    if (hasString) throw operandError(node, 'a string');
    if (BITWISE.has(operator) && types.includes('float')) throw operandError(node, 'a floating point number');
    return;
  }
  if (hasString && (types.includes('numeric') || types.includes('float'))) {
    throw new FilterError(
      'operand-type',
      place,
      `Operator "${operator}" cannot compare a string with a number`,
    );
  }
  checkPatterns(node);
}

function operandError(node: BinaryExpression, what: string): FilterError {
  return new FilterError('operand-type', node.place, `Operator "${node.operator}" does not apply to ${what}`);
}

/**
 * A pattern with a star before its end works with `==` and `!=` only, and never against another pattern. (Two
 * literals with a star at their end may be compared: upstream lets them.)
 */
function checkPatterns({ operator, left, right, place }: BinaryExpression): void {
  const isPattern = (node: Expression) => node.kind === 'string' && isStarGlob(node.text);
  const isFullPattern = (node: Expression) => node.kind === 'string' && needsFullMatching(node.text);
  if ((isFullPattern(left) && isPattern(right)) || (isPattern(left) && isFullPattern(right))) {
    throw new FilterError('bad-pattern', place, 'Two patterns cannot be compared with each other');
  }
  if (operator !== '==' && operator !== '!=' && (isFullPattern(left) || isFullPattern(right))) {
    throw new FilterError(
      'bad-pattern',
      place,
      `A pattern works with "==" and "!=" only, not with "${operator}"`,
    );
  }
}

/** Tells whether a literal has a star elsewhere than at its end: then tracers match it as a full pattern. */
export function needsFullMatching(text: string): boolean {
  return isStarGlob(text) && !isStarAtEndOnly(text);
}

function checkEscapes({ text, place }: StringLiteral): void {
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] !== '\\') continue;
    i += 1;
    if (text[i] === '*' || text[i] === '\\') continue;
    throw new FilterError(
      'bad-escape',
      place,
      `Only \\* and \\\\ are escapes, found ${JSON.stringify(text.slice(i - 1, i + 1))}`,
    );
  }
}
