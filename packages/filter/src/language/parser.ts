/**
 * Tokens → tree, by precedence climbing. Knows the grammar and nothing about types: `check.ts` does that.
 * The depth of the tree is bounded, so that everything that walks it may recurse.
 */
import { MAX_EXPRESSION_CHARS, MAX_NESTING } from '../limits.ts';
import type { Access, BinaryOperator, Expression, PathElement, UnaryOperator } from './ast.ts';
import { FilterError } from './errors.ts';
import { Lexer } from './lexer.ts';
import type { Place, Punctuator, Token } from './tokens.ts';

/** Binary operators from loosest to tightest; all associate to the left. Unlike C, `&` binds tighter than `==`. */
export const PRECEDENCE: readonly (readonly BinaryOperator[])[] = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

const LEVEL: ReadonlyMap<string, number> = new Map(
  PRECEDENCE.flatMap((operators, level) => operators.map((operator) => [operator, level] as const)),
);
const UNARY: ReadonlySet<string> = new Set<UnaryOperator>(['+', '-', '!', '~']);

/** Scopes that a language has besides `$ctx` and `$app`: their first names, and which names must follow. */
export type RecordScopes = ReadonlyMap<string, 'none' | 'any' | readonly string[]>;

const NO_SCOPES: RecordScopes = new Map();

/**
 * Parses a whole expression; `scopes` are those of its reader, if any. Throws {@link FilterError} of kind `syntax`,
 * `limit`, `bad-name` or `bad-index`.
 */
export function parseExpression(text: string, scopes: RecordScopes = NO_SCOPES): Expression {
  if (text.length > MAX_EXPRESSION_CHARS) {
    const start = { offset: 0, line: 1, column: 1 };
    throw new FilterError('limit', start, `Filter expression longer than ${MAX_EXPRESSION_CHARS} characters`);
  }
  return new Parser(text, scopes).parse();
}

/** A subtree with the number of nodes on its longest path. */
interface Sized {
  readonly node: Expression;
  readonly depth: number;
}

class Parser {
  readonly #lexer: Lexer;
  readonly #scopes: RecordScopes;
  #token: Token;
  /** Open parentheses and unary operators around the current token: bounds this parser's own recursion. */
  #open = 0;

  constructor(text: string, scopes: RecordScopes) {
    this.#lexer = new Lexer(text);
    this.#scopes = scopes;
    this.#token = this.#lexer.next();
  }

  parse(): Expression {
    const { node } = this.#binary(0);
    if (this.#token.kind !== 'end') throw this.#unexpected('an operator or the end');
    return node;
  }

  #advance(): Token {
    const taken = this.#token;
    this.#token = this.#lexer.next();
    return taken;
  }

  #sees(text: Punctuator): boolean {
    return this.#token.kind === 'punctuator' && this.#token.text === text;
  }

  #expect(text: Punctuator): void {
    if (!this.#sees(text)) throw this.#unexpected(`"${text}"`);
    this.#advance();
  }

  #binary(minimumLevel: number): Sized {
    let left = this.#unary();
    for (;;) {
      const token = this.#token;
      const level = token.kind === 'punctuator' ? LEVEL.get(token.text) : undefined;
      if (token.kind !== 'punctuator' || level === undefined || level < minimumLevel) return left;
      this.#advance();
      const right = this.#binary(level + 1);
      left = this.#sized(
        // The precedence table holds exactly the binary operators.
        {
          kind: 'binary',
          operator: token.text as BinaryOperator,
          left: left.node,
          right: right.node,
          place: token.place,
        },
        Math.max(left.depth, right.depth + 1),
      );
    }
  }

  #unary(): Sized {
    const token = this.#token;
    if (token.kind !== 'punctuator' || !UNARY.has(token.text)) return this.#primary();
    this.#advance();
    this.#enter(token.place);
    const operand = this.#unary();
    this.#open -= 1;
    return this.#sized(
      { kind: 'unary', operator: token.text as UnaryOperator, operand: operand.node, place: token.place },
      operand.depth + 1,
    );
  }

  #primary(): Sized {
    const token = this.#token;
    switch (token.kind) {
      case 'integer':
      case 'float':
      case 'string':
        this.#advance();
        return { node: token, depth: 1 };
      case 'identifier':
      case 'global':
        return { node: this.#access(), depth: 1 };
      case 'punctuator': {
        if (token.text !== '(') throw this.#unexpected('a value');
        this.#advance();
        this.#enter(token.place);
        const inner = this.#binary(0);
        this.#open -= 1;
        this.#expect(')');
        return inner;
      }
      case 'end':
        throw this.#unexpected('a value');
    }
  }

  /** `name`, `a.b`, `a->b`, `$ctx.name`, `$app.provider:name`, each name with indexes. */
  #access(): Access {
    const place = this.#token.place;
    const path = [this.#pathElement()];
    while (this.#sees('.') || this.#sees('->')) {
      this.#advance();
      // A `$` in a later name is part of the name, as upstream has it.
      if (this.#token.kind !== 'identifier' && this.#token.kind !== 'global')
        throw this.#unexpected('a name');
      path.push(this.#pathElement());
    }
    const first = path[0]?.name ?? '';
    if (!first.startsWith('$')) return { kind: 'access', root: 'payload', path, place };
    const scope = this.#scopes.get(first);
    if (scope !== undefined) {
      checkMember(scope, path, place);
      return { kind: 'access', root: 'record', path, place };
    }
    if (first !== '$ctx' && first !== '$app') {
      const expected = alternatives(['$ctx', '$app', ...this.#scopes.keys()]);
      throw new FilterError('bad-name', place, `Unknown scope "${first}", expected ${expected}`);
    }
    if (path.length < 2) throw nameExpected(place, first);
    const root = first === '$ctx' ? 'context' : 'app-context';
    return { kind: 'access', root, path: path.slice(1), place };
  }

  #pathElement(): PathElement {
    const token = this.#advance();
    const indexes: bigint[] = [];
    while (this.#sees('[')) {
      this.#advance();
      const index = this.#advance();
      if (index.kind !== 'integer') {
        throw new FilterError('bad-index', index.place, 'An index must be a constant integer');
      }
      indexes.push(index.value);
      this.#expect(']');
    }
    return { name: token.kind === 'identifier' || token.kind === 'global' ? token.name : '', indexes };
  }

  #enter(place: Place): void {
    this.#open += 1;
    if (this.#open > MAX_NESTING) throw tooDeep(place);
  }

  #sized(node: Expression, depth: number): Sized {
    if (depth > MAX_NESTING) throw tooDeep(node.place);
    return { node, depth };
  }

  #unexpected(wanted: string): FilterError {
    return new FilterError(
      'syntax',
      this.#token.place,
      `Expected ${wanted}, found ${describeToken(this.#token)}`,
    );
  }
}

type RecordScope = RecordScopes extends ReadonlyMap<string, infer Scope> ? Scope : never;

/** Checks what follows the first name of `path`, which is that of `scope`. */
function checkMember(scope: RecordScope, path: readonly PathElement[], place: Place): void {
  const first = path[0]?.name ?? '';
  if (scope === 'none') {
    if (path.length > 1) throw new FilterError('bad-name', place, `"${first}" has no members`);
    return;
  }
  if (path.length < 2) throw nameExpected(place, first);
  const member = path
    .slice(1)
    .map(({ name }) => name)
    .join('.');
  if (scope === 'any' || scope.includes(member)) return;
  const expected = alternatives(scope.map((name) => `${first}.${name}`));
  throw new FilterError('bad-name', place, `Unknown name "${first}.${member}", expected ${expected}`);
}

function alternatives(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  const last = quoted.pop()!;
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}

function nameExpected(place: Place, scope: string): FilterError {
  return new FilterError('bad-name', place, `Expected a name after "${scope}."`);
}

function tooDeep(place: Place): FilterError {
  return new FilterError('limit', place, `Filter expression nests deeper than ${MAX_NESTING}`);
}

function describeToken(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'the end of the expression';
    case 'punctuator':
      return `"${token.text}"`;
    case 'identifier':
    case 'global':
      return `"${token.name}"`;
    case 'string':
      return 'a string';
    case 'integer':
    case 'float':
      return `the number ${token.value}`;
  }
}
