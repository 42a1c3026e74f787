/**
 * WebAssembly's binary form, as far as generated walks need it: expressions are lists of bytes, statements go into a function
 * whose blocks have names.
 */

import { assert } from '@lttng-ts/base';

/** An expression: instructions that leave one value. */
export type Expression = readonly number[];

/** Types of values. */
export const I32 = 0x7f;
export const I64 = 0x7e;
type ValueType = typeof I32 | typeof I64;

const NOTHING = 0x40;
const FUNCTION_TYPE = 0x60;
const OP = {
  block: 0x02,
  loop: 0x03,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  call: 0x10,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Const: 0x41,
  i64Const: 0x42,
} satisfies Readonly<Record<string, number>>;

/** Of two operands. */
const BINARY = {
  eq: [0x46, 0x51],
  ne: [0x47, 0x52],
  ltU: [0x49, 0x54],
  gtU: [0x4b, 0x56],
  leU: [0x4d, 0x58],
  geU: [0x4f, 0x5a],
  add: [0x6a, 0x7c],
  sub: [0x6b, 0x7d],
  mul: [0x6c, 0x7e],
  divU: [0x6e, 0x80],
  and: [0x71, 0x83],
  or: [0x72, 0x84],
  xor: [0x73, 0x85],
  shl: [0x74, 0x86],
  shrS: [0x75, 0x87],
  shrU: [0x76, 0x88],
  rotr: [0x78, 0x8a],
} as const;
/** The same as numbers with a sign; of 32 bits. */
const GE_S = 0x4e;
/** Of one operand. */
const UNARY = { eqz: 0x45, eqz64: 0x50, ctz64: 0x7a, wrap: 0xa7, extend: 0xad } as const;
const LOAD = {
  i32: 0x28,
  i64: 0x29,
  i32U8: 0x2d,
  i64S8: 0x30,
  i64U8: 0x31,
  i64S16: 0x32,
  i64U16: 0x33,
  i64S32: 0x34,
  i64U32: 0x35,
  i32U16: 0x2f,
} as const;
const STORE = { i32: 0x36, i64: 0x37, i64As8: 0x3c, i64As16: 0x3d, i64As32: 0x3e } as const;

type Binary = keyof typeof BINARY;

// Lists are joined by `concat`: this runs once, and to take an array apart is slow until it is optimised.
/** Of 32 bits. */
export const op32 = (name: Binary, a: Expression, b: Expression): Expression => a.concat(b, BINARY[name][0]);
export const op64 = (name: Binary, a: Expression, b: Expression): Expression => a.concat(b, BINARY[name][1]);
export const isNotLess32 = (a: Expression, b: Expression): Expression => a.concat(b, GE_S);
export const op = (name: keyof typeof UNARY, a: Expression): Expression => a.concat(UNARY[name]);
export const constant32 = (value: number): Expression => [OP.i32Const].concat(signed(value | 0));
export const constant64 = (value: bigint): Expression => [OP.i64Const].concat(signed64(value));
export const get = (local: number): Expression => [OP.localGet].concat(unsigned(local));
/** Sets a local variable, and is its value. */
export const tee = (local: number, value: Expression): Expression =>
  value.concat(OP.localTee, unsigned(local));
/** `offset`: added to the address. Whatever the address is a multiple of. */
export const load = (kind: keyof typeof LOAD, address: Expression, offset = 0): Expression =>
  address.concat(LOAD[kind], 0, unsigned(offset));
/** Of the function with this number: those that are imported come first. */
export const call = (number: number, ...given: readonly Expression[]): Expression =>
  given.flat().concat(OP.call, unsigned(number));

/** A block or a loop: going to it leaves the block, or begins the loop again. */
export type Label = symbol;

/** The body of a function that is being written. */
export class FunctionBody {
  readonly #instructions: Expression[] = [];
  readonly #parameterCount: number;
  readonly #locals: ValueType[] = [];
  /** From outside in. */
  readonly #open: Label[] = [];

  constructor(parameterCount: number) {
    this.#parameterCount = parameterCount;
  }

  /** A new variable, zero at first. */
  local(type: ValueType): number {
    return this.#parameterCount + this.#locals.push(type) - 1;
  }

  set(local: number, value: Expression): void {
    this.#push(value.concat(OP.localSet, unsigned(local)));
  }

  store(kind: keyof typeof STORE, address: Expression, value: Expression, offset = 0): void {
    this.#push(address.concat(value, STORE[kind], 0, unsigned(offset)));
  }

  /** What `write` writes lies in a block, which it is given. */
  block(write: (label: Label) => void): void {
    this.#inside(OP.block, Symbol(), write);
  }

  /** Goes through once, unless something in it goes to the loop again. */
  loop(write: (label: Label) => void): void {
    this.#inside(OP.loop, Symbol(), write);
  }

  /** Opens a block that {@link end} ends. */
  open(label: Label): void {
    this.#push([OP.block, NOTHING]);
    this.#open.push(label);
  }

  end(): void {
    this.#open.pop();
    this.#push([OP.end]);
  }

  go(to: Label): void {
    this.#push([OP.br].concat(unsigned(this.#depthOf(to))));
  }

  goIf(to: Label, condition: Expression): void {
    this.#push(condition.concat(OP.brIf, unsigned(this.#depthOf(to))));
  }

  /** By number; `otherwise` for others. */
  goBy(value: Expression, labels: readonly Label[], otherwise: Label): void {
    const depths = [...labels, otherwise].flatMap((label) => unsigned(this.#depthOf(label)));
    this.#push(value.concat(OP.brTable, unsigned(labels.length), depths));
  }

  /** With what it gives: the last value. */
  finish(result: Expression): readonly number[] {
    const locals = this.#locals.flatMap((type) => [1, type]);
    const body = unsigned(this.#locals.length).concat(locals, this.#instructions.flat(), result, OP.end);
    return unsigned(body.length).concat(body);
  }

  #inside(kind: number, label: Label, write: (label: Label) => void): void {
    this.#push([kind, NOTHING]);
    this.#open.push(label);
    write(label);
    this.end();
  }

  #depthOf(label: Label): number {
    const at = this.#open.lastIndexOf(label);
    assert(at >= 0, 'Block that is not open');
    return this.#open.length - 1 - at;
  }

  #push(instruction: Expression): void {
    this.#instructions.push(instruction);
  }
}

export interface ModuleParts {
  /** Functions of the module `env`, by name; all numbers are of 32 bits, and each gives one. */
  readonly imports: readonly { readonly name: string; readonly parameterCount: number }[];
  readonly pages: { readonly least: number; readonly most: number };
  /** The one function that it exports. */
  readonly name: string;
  readonly parameterCount: number;
  readonly body: readonly number[];
}

/** A module with one function, which uses the memory of `env`. */
export function moduleOf({ imports, pages, name, parameterCount, body }: ModuleParts): Uint8Array {
  const types = [...imports.map((one) => one.parameterCount), parameterCount].map((count) => [
    FUNCTION_TYPE,
    ...vector(Array.from({ length: count }, () => [I32])),
    ...vector([[I32]]),
  ]);
  const memory = [...text('env'), ...text('memory'), 2, 1, ...unsigned(pages.least), ...unsigned(pages.most)];
  const functions = imports.map((one, type) => [...text('env'), ...text(one.name), 0, ...unsigned(type)]);
  const number = unsigned(imports.length);
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, [...functions, memory]),
    ...section(3, [number]),
    ...section(7, [[...text(name), 0, ...number]]),
    ...section(10, [body]),
  ]);
}

function section(number: number, items: readonly (readonly number[])[]): readonly number[] {
  const content = vector(items);
  return [number, ...unsigned(content.length), ...content];
}

const vector = (items: readonly (readonly number[])[]): readonly number[] => [
  ...unsigned(items.length),
  ...items.flat(),
];

/** Of ASCII characters. */
const text = (value: string): readonly number[] => [
  value.length,
  ...Array.from(value, (character) => character.charCodeAt(0)),
];

/** Of 7 bits each, all but the last one marked. */
function unsigned(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** Of 32 bits. */
function signed(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x3f || rest < -0x40; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest & 0x7f);
  return bytes;
}

function signed64(value: bigint): readonly number[] {
  const bytes: number[] = [];
  let rest = BigInt.asIntN(64, value);
  for (; rest !== BigInt.asIntN(32, rest); rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return bytes.concat(signed(Number(rest)));
}
