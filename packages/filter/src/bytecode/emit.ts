/**
 * Checked tree → bytecode, byte for byte as upstream's compiler emits it (liblttng-ctl 2.13): operands first,
 * casts in front of the logical operators, names without index through relocations.
 */
import { normalizeStarGlob } from '../glob.ts';
import type { Access, BinaryExpression, BinaryOperator, Expression, UnaryOperator } from '../language/ast.ts';
import { dataTypeOf, needsFullMatching } from '../language/check.ts';
import { Assembler } from './assembler.ts';
import type { Bytecode } from './bytecode.ts';
import type { Mnemonic } from './opcodes.ts';

const BINARY: Readonly<Partial<Record<BinaryOperator, Mnemonic>>> = {
  '>>': 'BIT_RSHIFT',
  '<<': 'BIT_LSHIFT',
  '&': 'BIT_AND',
  '|': 'BIT_OR',
  '^': 'BIT_XOR',
  '==': 'EQ',
  '!=': 'NE',
  '>': 'GT',
  '<': 'LT',
  '>=': 'GE',
  '<=': 'LE',
};

/** Unary plus emits nothing. */
const UNARY: Readonly<Record<UnaryOperator, Mnemonic | null>> = {
  '+': null,
  '-': 'UNARY_MINUS',
  '!': 'UNARY_NOT',
  '~': 'UNARY_BIT_NOT',
};

/** Emits a filter that `checkFilter` accepted. */
export function emitFilter(root: Expression): Bytecode {
  const out = new Assembler();
  emitNode(out, root);
  out.plain('RETURN');
  return out.finish();
}

/** Emits a capture expression of a trigger: the object itself, not loaded. */
export function emitCapture(access: Access): Bytecode {
  const out = new Assembler();
  emitObject(out, access);
  out.plain('RETURN');
  return out.finish();
}

/** Walks left operands in a loop and everything else by recursion: see MAX_NESTING. */
function emitNode(out: Assembler, root: Expression): void {
  const spine: BinaryExpression[] = [];
  let node = root;
  while (node.kind === 'binary') {
    spine.push(node);
    node = node.left;
  }
  emitOperand(out, node);
  for (const binary of spine.reverse()) {
    const operator = binary.operator;
    if (operator === '&&' || operator === '||') {
      emitCast(out, binary.left);
      const skip = out.skip(operator === '&&' ? 'AND' : 'OR');
      emitNode(out, binary.right);
      emitCast(out, binary.right);
      out.land(skip);
    } else {
      emitNode(out, binary.right);
      const mnemonic = BINARY[operator];
      if (mnemonic === undefined) throw new RangeError(`Operator without instruction: ${operator}`);
      out.plain(mnemonic);
    }
  }
}

function emitOperand(out: Assembler, node: Exclude<Expression, BinaryExpression>): void {
  switch (node.kind) {
    case 'integer':
      out.loadS64(node.value);
      return;
    case 'float':
      out.loadDouble(node.value);
      return;
    case 'string':
      out.loadString(
        needsFullMatching(node.text) ? 'LOAD_STAR_GLOB_STRING' : 'LOAD_STRING',
        normalizeStarGlob(node.text),
      );
      return;
    case 'access':
      emitAccess(out, node);
      return;
    case 'unary': {
      emitNode(out, node.operand);
      const mnemonic = UNARY[node.operator];
      if (mnemonic !== null) out.plain(mnemonic);
    }
  }
}

/** A logical operator wants an integer: whatever may be something else is cast. */
function emitCast(out: Assembler, operand: Expression): void {
  const type = dataTypeOf(operand);
  if (type === 'float') out.plain('CAST_DOUBLE_TO_S64');
  if (type === 'expression') out.plain('CAST_TO_S64');
}

function emitAccess(out: Assembler, node: Access): void {
  if (node.path.some(({ indexes }) => indexes.length > 0)) {
    emitObject(out, node);
    out.plain('LOAD_FIELD');
    return;
  }
  const name = node.path.map((element) => element.name).join('.');
  if (node.root === 'payload') out.symbolRef('LOAD_FIELD_REF', name);
  else if (node.root === 'record') out.symbolRef('GET_CONTEXT_REF', name);
  else out.symbolRef('GET_CONTEXT_REF', `${node.root === 'context' ? '$ctx' : '$app'}.${name}`);
}

const ROOT: Readonly<Record<Access['root'], Mnemonic>> = {
  payload: 'GET_PAYLOAD_ROOT',
  context: 'GET_CONTEXT_ROOT',
  'app-context': 'GET_APP_CONTEXT_ROOT',
  record: 'GET_CONTEXT_ROOT',
};

function emitObject(out: Assembler, { root, path }: Access): void {
  out.plain(ROOT[root]);
  // No tracer sees these: their whole name is that of a context.
  const whole = path.map(({ name }) => name).join('.');
  const elements = root === 'record' ? [{ name: whole, indexes: path.at(-1)?.indexes ?? [] }] : path;
  for (const { name, indexes } of elements) {
    out.getSymbol(name);
    // Upstream keeps only the first index of `a[1][2]`.
    const [index] = indexes;
    if (index !== undefined) out.getIndex(index);
  }
}
