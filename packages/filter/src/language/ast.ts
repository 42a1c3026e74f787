/** The tree of a filter expression: what the text says, before any rule about types. */
import type { Place } from './tokens.ts';

/** Binary operators of the language, as written. The first five parse, and are always refused. */
export type BinaryOperator =
  | '*'
  | '/'
  | '%'
  | '+'
  | '-'
  | '<<'
  | '>>'
  | '&'
  | '^'
  | '|'
  | '<'
  | '<='
  | '>'
  | '>='
  | '=='
  | '!='
  | '&&'
  | '||';

/** Unary operators, as written. */
export type UnaryOperator = '+' | '-' | '!' | '~';

/** One name of `a.b[1].c`, with the indexes behind it. */
export interface PathElement {
  readonly name: string;
  readonly indexes: readonly bigint[];
}

/**
 * Where the first name of an access is looked up. `record`: what only a reader of traces knows, such as `$time` or
 * `$event.name`; the path then begins with that name, `$` included.
 */
export type AccessRoot = 'payload' | 'context' | 'app-context' | 'record';

/** A literal number. Its value has 64 bits, unsigned; the language computes with it as signed. */
export interface IntegerLiteral {
  readonly kind: 'integer';
  readonly value: bigint;
  readonly place: Place;
}

/** A literal floating point number. */
export interface FloatLiteral {
  readonly kind: 'float';
  readonly value: number;
  readonly place: Place;
}

/** A literal string: `*` and the escapes are still in it. */
export interface StringLiteral {
  readonly kind: 'string';
  readonly text: string;
  readonly place: Place;
}

/** A field of the event, `$ctx.name`, `$app.provider:name`, or what a reader knows. */
export interface Access {
  readonly kind: 'access';
  readonly root: AccessRoot;
  readonly path: readonly PathElement[];
  readonly place: Place;
}

/** An operator before its operand. */
export interface UnaryExpression {
  readonly kind: 'unary';
  readonly operator: UnaryOperator;
  readonly operand: Expression;
  readonly place: Place;
}

/** An operator between its operands. `place` is the operator's. */
export interface BinaryExpression {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly place: Place;
}

/** Any expression. */
export type Expression =
  | IntegerLiteral
  | FloatLiteral
  | StringLiteral
  | Access
  | UnaryExpression
  | BinaryExpression;
