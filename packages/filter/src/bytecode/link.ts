/**
 * Checked bytecode + the fields of one event class → linked steps: names are resolved, types are checked. Follows
 * UST 2.13's validator and specialisation pass, so that a filter which the original tracer refuses to link (and
 * which then never accepts) is refused here too.
 */
import { FILTER_CONTEXTS } from '../contexts.ts';
import type { FieldResolver, ResolvedField } from '../fields.ts';
import { MAX_USABLE_STACK_DEPTH } from '../limits.ts';
import type { Instruction, Program } from './program.ts';

/** Register types of the validator. `unknown` is known only when the event happens. */
type Register = 's64' | 'u64' | 'double' | 'string' | 'glob' | 'object' | 'unknown';

/** Object that GET_* instructions walk through. */
type ObjectPath =
  | { readonly kind: 'payload' | 'context-root' | 'app-context-root' }
  | { readonly kind: 'field'; readonly field: ResolvedField }
  | { readonly kind: 'element'; readonly field: ResolvedField; readonly index: number }
  | { readonly kind: 'context'; readonly name: string };

/** Comparison operators by upstream's names. */
export type Comparison = 'EQ' | 'NE' | 'GT' | 'LT' | 'GE' | 'LE';
/** Bitwise operators by upstream's names. */
export type BitOperator = 'BIT_RSHIFT' | 'BIT_LSHIFT' | 'BIT_AND' | 'BIT_OR' | 'BIT_XOR';

/** What a linked step does. `target` of a jump is the index of a step. */
export type Step =
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'string' | 'glob'; readonly text: string }
  | { readonly kind: 'field'; readonly field: ResolvedField; readonly keepsUnsigned: boolean }
  | { readonly kind: 'element'; readonly field: ResolvedField; readonly index: number }
  | { readonly kind: 'context'; readonly name: string; readonly keepsUnsigned: boolean }
  | { readonly kind: 'compare'; readonly operator: Comparison }
  | { readonly kind: 'bitwise'; readonly operator: BitOperator }
  /** `not-double` is `!` of what is known to be a double: see `isNegated` in `interpret.ts`. */
  | { readonly kind: 'minus' | 'not' | 'not-double' | 'bit-not' | 'cast' }
  | { readonly kind: 'return' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'and' | 'or'; readonly target: number };

/** A filter linked with an event class, or the reason why it never accepts. */
export type LinkResult =
  | { readonly kind: 'linked'; readonly steps: readonly Step[] }
  | ({ readonly kind: 'unlinkable' } & Refusal);

/** Why a filter never accepts. */
export interface Refusal {
  readonly reason: string;
  /** Something that it names is not there. */
  readonly isMissing: boolean;
}

/** Links a program with the fields of an event class. */
export function linkProgram(program: Program, resolver: FieldResolver): LinkResult {
  try {
    return { kind: 'linked', steps: new Linker(program, resolver).link() };
  } catch (error) {
    // Only this file's own refusals are results; anything else is a bug and goes up.
    if (error instanceof Unlinkable)
      return { kind: 'unlinkable', reason: error.message, isMissing: error instanceof Missing };
    throw error;
  }
}

class Unlinkable extends Error {}
class Missing extends Unlinkable {}

const NOTHING: Step = { kind: 'nothing' };
const INTEGERS: ReadonlySet<Register> = new Set<Register>(['s64', 'u64']);
const NUMBERS: ReadonlySet<Register> = new Set<Register>(['s64', 'u64', 'double']);

class Linker {
  readonly #program: Program;
  readonly #resolver: FieldResolver;
  readonly #stepOf: ReadonlyMap<number, number>;
  #stack: Register[] = [];
  #objects: (ObjectPath | null)[] = [];
  /** Whether the original's specialised instructions take a value for a double: also behind a sign, unlike its validator. */
  #doubles: boolean[] = [];
  /** Offset of a jump's target → the stack that the jump brings there. */
  readonly #merges = new Map<number, readonly Register[]>();

  constructor(program: Program, resolver: FieldResolver) {
    this.#program = program;
    this.#resolver = resolver;
    this.#stepOf = new Map(program.instructions.map(({ at }, index) => [at, index]));
  }

  link(): Step[] {
    return this.#program.instructions.map((instruction) => {
      this.#merge(instruction.at);
      return this.#step(instruction);
    });
  }

  #push(type: Register, object: ObjectPath | null = null, isDouble = type === 'double'): void {
    if (this.#stack.length >= MAX_USABLE_STACK_DEPTH) throw new Unlinkable('Stack overflow');
    this.#stack.push(type);
    this.#objects.push(object);
    this.#doubles.push(isDouble);
  }

  #pop(): Register {
    this.#objects.pop();
    this.#doubles.pop();
    const type = this.#stack.pop();
    if (type === undefined) throw new Unlinkable('Empty stack');
    return type;
  }

  /** Stacks that meet must have the same height and, as far as known, the same types. */
  #merge(at: number): void {
    const arriving = this.#merges.get(at);
    if (arriving === undefined) return;
    this.#requireSame(arriving, this.#stack, at);
  }

  #requireSame(a: readonly Register[], b: readonly Register[], at: number): void {
    const isSame =
      a.length === b.length &&
      a.every((type, i) => type === b[i] || type === 'unknown' || b[i] === 'unknown');
    if (!isSame) throw new Unlinkable(`Types differ where branches meet: offset=${at}`);
  }

  #step(instruction: Instruction): Step {
    const { mnemonic, operand } = instruction;
    const symbol = instruction.symbol ?? '';
    switch (mnemonic) {
      case 'LOAD_S64':
        this.#push('s64');
        return { kind: 'integer', value: BigInt(operand ?? 0) };
      case 'LOAD_DOUBLE':
        this.#push('double');
        return { kind: 'double', value: Number(operand) };
      case 'LOAD_STRING':
        this.#push('string');
        return { kind: 'string', text: String(operand) };
      case 'LOAD_STAR_GLOB_STRING':
        this.#push('glob');
        return { kind: 'glob', text: String(operand) };
      case 'LOAD_FIELD_REF':
        return this.#fieldRef(symbol);
      case 'GET_CONTEXT_REF':
        return this.#contextRef(symbol);
      case 'GET_PAYLOAD_ROOT':
        this.#push('object', { kind: 'payload' });
        return NOTHING;
      case 'GET_CONTEXT_ROOT':
        this.#push('object', { kind: 'context-root' });
        return NOTHING;
      case 'GET_APP_CONTEXT_ROOT':
        this.#push('object', { kind: 'app-context-root' });
        return NOTHING;
      case 'GET_SYMBOL':
        this.#walk((object) => this.#member(object, symbol));
        return NOTHING;
      case 'GET_INDEX_U16':
      case 'GET_INDEX_U64':
        this.#walk((object) => element(object, BigInt(operand ?? 0)));
        return NOTHING;
      case 'LOAD_FIELD':
        return this.#loadObject();
      case 'EQ':
      case 'NE':
      case 'GT':
      case 'LT':
      case 'GE':
      case 'LE':
        this.#compare(mnemonic);
        return { kind: 'compare', operator: mnemonic };
      case 'BIT_RSHIFT':
      case 'BIT_LSHIFT':
      case 'BIT_AND':
      case 'BIT_OR':
      case 'BIT_XOR':
        this.#require(INTEGERS, this.#pop(), mnemonic);
        this.#require(INTEGERS, this.#pop(), mnemonic);
        this.#push('u64');
        return { kind: 'bitwise', operator: mnemonic };
      case 'UNARY_PLUS':
      case 'UNARY_MINUS': {
        const isDouble = this.#doubles.at(-1) === true;
        this.#require(NUMBERS, this.#pop(), mnemonic);
        this.#push('unknown', null, isDouble);
        return mnemonic === 'UNARY_MINUS' ? { kind: 'minus' } : NOTHING;
      }
      case 'UNARY_NOT': {
        const isDouble = this.#doubles.at(-1) === true;
        const type = this.#pop();
        this.#require(NUMBERS, type, mnemonic);
        this.#push(type, null, isDouble);
        return { kind: isDouble ? 'not-double' : 'not' };
      }
      case 'UNARY_BIT_NOT':
        this.#require(INTEGERS, this.#pop(), mnemonic);
        this.#push('u64');
        return { kind: 'bit-not' };
      case 'CAST_TO_S64':
      case 'CAST_DOUBLE_TO_S64':
        return this.#cast(mnemonic);
      case 'AND':
      case 'OR':
        return this.#jump(mnemonic === 'AND' ? 'and' : 'or', Number(operand));
      case 'RETURN':
      case 'RETURN_S64':
        this.#require(new Set<Register>(['s64', 'u64', 'double', 'string', 'object']), this.#pop(), mnemonic);
        return { kind: 'return' };
      case 'CAST_NOP':
        return NOTHING;
      default:
        throw new Unlinkable(`Instruction not supported: ${mnemonic}`);
    }
  }

  #require(allowed: ReadonlySet<Register>, type: Register, mnemonic: string): void {
    if (type === 'unknown' || allowed.has(type)) return;
    throw new Unlinkable(`${mnemonic} does not take a value of type ${type}`);
  }

  #fieldRef(name: string): Step {
    return this.#loadField(this.#requireField(name));
  }

  #loadField(field: ResolvedField): Step {
    this.#push(field.kind === 'double' ? 'double' : isText(field) ? 'string' : 's64');
    return { kind: 'field', field, keepsUnsigned: false };
  }

  #requireField(name: string): ResolvedField {
    const field = this.#resolver.findField(name);
    if (field === null) throw new Missing(`No such field: name="${name}"`);
    if (field.kind === 'other') throw new Unlinkable(`Not a field for filters: name="${name}"`);
    return field;
  }

  #contextRef(symbol: string): Step {
    const recorded = this.#recordedContext(symbol);
    if (recorded !== null && recorded !== 'dynamic') return this.#loadField(recorded);
    if (recorded === 'dynamic') {
      this.#push('unknown');
      return { kind: 'context', name: contextName(symbol), keepsUnsigned: false };
    }
    if (symbol.startsWith('$app.')) {
      this.#push('unknown');
      return { kind: 'context', name: symbol, keepsUnsigned: false };
    }
    const name = contextName(symbol);
    const shape = FILTER_CONTEXTS.get(name);
    if (shape === undefined) throw new Missing(`No such context: name="${name}"`);
    this.#push(shape.kind === 'string' ? 'string' : 's64');
    return { kind: 'context', name, keepsUnsigned: false };
  }

  /** A context of a trace, named as relocations name it; `null`: contexts are the tracer's. */
  #recordedContext(symbol: string): ResolvedField | 'dynamic' | null {
    if (this.#resolver.findContext === undefined) return null;
    const name = contextName(symbol);
    const found = this.#resolver.findContext(name);
    if (found === null) throw new Missing(`No such context: name="${name}"`);
    if (found !== 'dynamic' && found.kind === 'other') {
      throw new Unlinkable(`Not a context for filters: name="${name}"`);
    }
    return found;
  }

  /** Replaces the object on top by another. */
  #walk(next: (object: ObjectPath) => ObjectPath): void {
    const object = this.#objects.at(-1) ?? null;
    if (this.#pop() !== 'object' || object === null) throw new Unlinkable('No object to look into');
    this.#push('object', next(object));
  }

  #member(object: ObjectPath, name: string): ObjectPath {
    switch (object.kind) {
      case 'payload':
        return { kind: 'field', field: this.#requireField(name) };
      case 'context-root':
      case 'app-context-root': {
        const symbol = object.kind === 'context-root' ? name : `$app.${name}`;
        const recorded = this.#recordedContext(symbol);
        if (recorded === 'dynamic') return { kind: 'context', name: symbol };
        if (recorded !== null) return { kind: 'field', field: recorded };
        if (object.kind === 'app-context-root') return { kind: 'context', name: symbol };
        if (!FILTER_CONTEXTS.has(name)) throw new Missing(`No such context: name="${name}"`);
        return { kind: 'context', name };
      }
      default:
        throw new Unlinkable(`No members: name="${name}"`);
    }
  }

  #loadObject(): Step {
    const object = this.#objects.at(-1) ?? null;
    if (this.#pop() !== 'object' || object === null) throw new Unlinkable('No object to load');
    this.#push('unknown');
    switch (object.kind) {
      case 'field':
        if (object.field.kind === 'array' || object.field.kind === 'sequence') {
          throw new Unlinkable('An array cannot be loaded');
        }
        return { kind: 'field', field: object.field, keepsUnsigned: true };
      case 'element':
        return { kind: 'element', field: object.field, index: object.index };
      case 'context':
        return { kind: 'context', name: object.name, keepsUnsigned: true };
      default:
        throw new Unlinkable('Nothing to load');
    }
  }

  #compare(operator: Comparison): void {
    const top = this.#pop();
    const below = this.#pop();
    const isOrdered = operator !== 'EQ' && operator !== 'NE';
    if (top === 'object' || below === 'object') throw new Unlinkable('An object cannot be compared');
    if (top !== 'unknown' && below !== 'unknown') {
      const hasGlob = top === 'glob' || below === 'glob';
      const isNumeric = NUMBERS.has(top);
      if (isNumeric !== NUMBERS.has(below)) throw new Unlinkable('A string cannot be compared with a number');
      if (hasGlob && (isOrdered || top === below)) throw new Unlinkable('Pattern in a wrong comparison');
    } else if (top === 'glob' && isOrdered) {
      throw new Unlinkable('Pattern in a wrong comparison');
    }
    this.#push('s64');
  }

  #cast(mnemonic: 'CAST_TO_S64' | 'CAST_DOUBLE_TO_S64'): Step {
    const type = this.#pop();
    const isDoubleOnly = mnemonic === 'CAST_DOUBLE_TO_S64';
    if (!(isDoubleOnly ? type === 'double' : NUMBERS.has(type) || type === 'unknown')) {
      throw new Unlinkable(`${mnemonic} does not take a value of type ${type}`);
    }
    this.#push('s64');
    return { kind: 'cast' };
  }

  #jump(kind: 'and' | 'or', targetAt: number): Step {
    const arriving = [...this.#stack];
    const earlier = this.#merges.get(targetAt);
    if (earlier === undefined) this.#merges.set(targetAt, arriving);
    else this.#requireSame(earlier, arriving, targetAt);
    if (!INTEGERS.has(this.#pop())) throw new Unlinkable(`Operator needs an integer: ${kind}`);
    const target = this.#stepOf.get(targetAt);
    if (target === undefined) throw new Unlinkable('Jump to nowhere');
    return { kind, target };
  }
}

const contextName = (symbol: string): string =>
  symbol.startsWith('$ctx.') ? symbol.slice('$ctx.'.length) : symbol;

function isText({ kind }: ResolvedField): boolean {
  return kind === 'string' || kind === 'array' || kind === 'sequence';
}

function element(object: ObjectPath, index: bigint): ObjectPath {
  if (object.kind !== 'field') throw new Unlinkable('Only a field has elements');
  const { field } = object;
  const isIndexable =
    (field.kind === 'array' || field.kind === 'sequence') && field.hasIntegerElements !== false;
  if (!isIndexable || field.isText === true) throw new Unlinkable('The field has no integer elements');
  if (index > 0xffff_ffffn || (field.kind === 'array' && index >= BigInt(field.length ?? 0))) {
    throw new Unlinkable(`Index outside the array: index=${index}`);
  }
  return { kind: 'element', field, index: Number(index) };
}
