/**
 * Linked steps → a JavaScript function. Every stack entry is a local variable, every jump a `break` out of a
 * labelled block (jumps go forward only). Types are known here: filters with values whose type only the moment
 * tells (application contexts) are left to the interpreter.
 */
import { FILTER_CONTEXTS } from '../contexts.ts';
import type { EventFilter, ResolvedField } from '../fields.ts';
import { matchStarGlob } from '../glob.ts';
import { Code, compileCode, isCodeGenerationAllowed, js } from './code.ts';
import { interpretSteps } from './interpret.ts';
import type { Comparison, Step } from './link.ts';
import {
  combineBits,
  compareTexts,
  doubleOf,
  elementOf,
  holds,
  integerOf,
  invert,
  literalText,
  negate,
  type Text,
  textOf,
  toInteger,
  truncate,
} from './runtime.ts';

/** Filters with more jumps are interpreted: their nested blocks could exhaust the JavaScript parser's stack. */
const MAX_JUMPS = 200;

/** Type of a stack entry; `rep` says how an integer is held: `bits` is a number of 31 bits, never negative. */
type Entry =
  | {
      readonly kind: 'integer';
      readonly rep: 'bits' | 'int32' | 'number' | 'mixed';
      readonly isUnsigned: boolean;
    }
  /** Behind `!`, see `interpret.ts`. */
  | { readonly kind: 'double'; readonly isNegated?: boolean }
  | { readonly kind: 'text' }
  | { readonly kind: 'literal'; readonly literal: Text };

const RUNTIME = {
  combineBits,
  compareTexts,
  doubleOf,
  elementOf,
  holds,
  integerOf,
  invert,
  matchStarGlob,
  negate,
  textOf,
  truncate,
};

/** Makes a filter function from linked steps: generated where possible, else interpreted. */
export function compileSteps(steps: readonly Step[]): EventFilter {
  if (!isCodeGenerationAllowed()) return interpretSteps(steps);
  const body = generate(steps);
  if (body === null) return interpretSteps(steps);
  const compiled = compileCode(['fields', 'contexts'], body, RUNTIME);
  // `generate` makes the body of exactly such a function.
  return compiled === null ? interpretSteps(steps) : (compiled as EventFilter);
}

/** Gives the source that a filter is compiled to, for logs and tests; `null` when it is interpreted. */
export function describeSteps(steps: readonly Step[]): string | null {
  return generate(steps)?.source ?? null;
}

/** A filter whose types are known only when it runs. */
class NeedsInterpreter extends Error {}

function generate(steps: readonly Step[]): Code | null {
  const targets = [...new Set(steps.flatMap((s) => (s.kind === 'and' || s.kind === 'or' ? [s.target] : [])))];
  if (targets.length > MAX_JUMPS) return null;
  try {
    return new Generator(
      steps,
      targets.sort((a, b) => a - b),
    ).body();
  } catch (error) {
    if (error instanceof NeedsInterpreter) return null;
    throw error;
  }
}

const REJECT = js`return false;`;

/** Name of the variable of a stack entry. */
const slot = (index: number) => new Code(`s${index}`);
const label = (target: number) => new Code(`to${target}`);
const COMPARE: Readonly<Record<Comparison, Code>> = {
  EQ: js`==`,
  NE: js`!=`,
  GT: js`>`,
  LT: js`<`,
  GE: js`>=`,
  LE: js`<=`,
};

class Generator {
  readonly #steps: readonly Step[];
  readonly #targets: readonly number[];
  readonly #stack: Entry[] = [];
  readonly #merges = new Map<number, Entry[]>();
  #slots = 0;

  constructor(steps: readonly Step[], targets: readonly number[]) {
    this.#steps = steps;
    this.#targets = targets;
  }

  body(): Code {
    const out: Code[] = [...this.#targets].reverse().map((target) => js`${label(target)}: {`);
    this.#steps.forEach((step, index) => {
      if (this.#targets.includes(index)) {
        out.push(js`}`);
        this.#merge(index);
      }
      out.push(this.#step(step));
    });
    const variables = Array.from({ length: this.#slots }, (_, i) => js`let ${slot(i)};`);
    return js`${[...variables, ...out]}`;
  }

  /** Where branches meet, an entry must be held in one way that suits both. */
  #merge(index: number): void {
    const arriving = this.#merges.get(index) ?? [];
    if (arriving.length !== this.#stack.length) throw new NeedsInterpreter();
    arriving.forEach((entry, i) => {
      this.#stack[i] = joined(entry, this.#stack[i]);
    });
  }

  #push(entry: Entry): Code {
    this.#stack.push(entry);
    this.#slots = Math.max(this.#slots, this.#stack.length);
    return slot(this.#stack.length - 1);
  }

  #pop(): { entry: Entry; at: Code } {
    const entry = this.#stack.pop();
    if (entry === undefined) throw new NeedsInterpreter();
    return { entry, at: slot(this.#stack.length) };
  }

  #step(step: Step): Code {
    switch (step.kind) {
      case 'nothing':
        return js``;
      case 'integer': {
        const value = toInteger(step.value);
        const isBits = typeof value === 'number' && value >= 0 && value <= 0x7fffffff;
        const rep = isBits ? 'bits' : typeof value === 'number' ? 'number' : 'mixed';
        return js`${this.#push({ kind: 'integer', rep, isUnsigned: false })} = ${value};`;
      }
      case 'double':
        return js`${this.#push({ kind: 'double' })} = ${step.value};`;
      case 'string':
        this.#push({ kind: 'literal', literal: literalText(step.text) });
        return js``;
      case 'glob':
        this.#push({ kind: 'literal', literal: { kind: 'glob', text: step.text } });
        return js``;
      case 'field':
        return this.#field(step.field, js`fields[${step.field.position}]`, step.keepsUnsigned);
      case 'element': {
        const { field, index } = step;
        const at = this.#push({ kind: 'integer', rep: 'mixed', isUnsigned: field.isSigned !== true });
        const descriptor = js`{ sizeBits: ${field.sizeBits ?? 64}, isSigned: ${field.isSigned === true} }`;
        return js`if ((${at} = elementOf(fields[${field.position}], ${index}, ${descriptor})) === undefined) ${REJECT}`;
      }
      case 'context': {
        const shape = FILTER_CONTEXTS.get(step.name);
        if (shape === undefined) throw new NeedsInterpreter();
        const field: ResolvedField = { position: 0, kind: shape.kind, sizeBits: shape.sizeBits };
        return this.#field(field, js`contexts.readContext(${step.name})`, step.keepsUnsigned);
      }
      case 'compare':
        return this.#compare(step.operator);
      case 'bitwise':
        return this.#bitwise(step.operator);
      case 'and':
      case 'or':
        return this.#jump(step.kind, step.target);
      case 'return': {
        const { entry, at } = this.#pop();
        if (entry.kind === 'double' && entry.isNegated === true) return js`return ${at} === 0;`;
        return entry.kind === 'integer' ? js`return ${at} != 0;` : REJECT;
      }
      default:
        return this.#unary(step.kind);
    }
  }

  #field(field: ResolvedField, value: Code, keepsUnsigned: boolean): Code {
    const sizeBits = field.sizeBits ?? 64;
    switch (field.kind) {
      case 'signed':
      case 'unsigned':
      case 'enum': {
        const isSigned = field.kind === 'signed' || (field.kind === 'enum' && field.isSigned === true);
        const isUnsigned = keepsUnsigned && !isSigned;
        const rep = sizeBits > 32 ? 'mixed' : isSigned ? 'int32' : sizeBits < 32 ? 'bits' : 'number';
        const at = this.#push({ kind: 'integer', rep, isUnsigned });
        const slow = js`integerOf(${at}, ${sizeBits}, ${isSigned})`;
        return js`${at} = ${value};
if (typeof ${at} === 'number' && Number.isSafeInteger(${at})) ${at} = ${wrap(at, sizeBits, isSigned)};
else if ((${at} = ${slow}) === undefined) ${REJECT}`;
      }
      case 'double': {
        const at = this.#push({ kind: 'double' });
        return js`if ((${at} = doubleOf(${value}, ${sizeBits})) === undefined) ${REJECT}`;
      }
      case 'string':
      case 'array':
      case 'sequence': {
        const at = this.#push({ kind: 'text' });
        return js`if ((${at} = textOf(${value}, ${field.length ?? Infinity})) === undefined) ${REJECT}`;
      }
      case 'other':
        return REJECT;
    }
  }

  #compare(operator: Comparison): Code {
    const top = this.#pop();
    const below = this.#pop();
    const at = this.#push({ kind: 'integer', rep: 'bits', isUnsigned: false });
    const isNumeric = (entry: Entry) => entry.kind === 'integer' || entry.kind === 'double';
    if (isNumeric(top.entry) !== isNumeric(below.entry)) return REJECT;
    if (isNumeric(top.entry)) {
      const asDouble = top.entry.kind === 'double' || below.entry.kind === 'double';
      const side = ({ entry, at: variable }: typeof top) =>
        asDouble && entry.kind === 'integer' && entry.rep === 'mixed' ? js`Number(${variable})` : variable;
      return js`${at} = ${side(below)} ${COMPARE[operator]} ${side(top)} ? 1 : 0;`;
    }
    const verdict = compareText(operator, textSide(below), textSide(top));
    return verdict === null ? REJECT : js`${at} = ${verdict} ? 1 : 0;`;
  }

  #bitwise(operator: Extract<Step, { kind: 'bitwise' }>['operator']): Code {
    const top = this.#pop();
    const below = this.#pop();
    if (top.entry.kind !== 'integer' || below.entry.kind !== 'integer') throw new NeedsInterpreter();
    const reps = [top.entry.rep, below.entry.rep];
    const is32 = reps.every((rep) => rep === 'bits' || rep === 'int32');
    const isMask = operator === 'BIT_AND' && reps.includes('bits') && !reps.includes('mixed');
    const sign = { BIT_AND: js`&`, BIT_OR: js`|`, BIT_XOR: js`^`, BIT_LSHIFT: null, BIT_RSHIFT: null }[
      operator
    ];
    if (sign !== null && (is32 || isMask)) {
      const rep = isMask || reps.every((r) => r === 'bits') ? 'bits' : 'int32';
      const at = this.#push({ kind: 'integer', rep, isUnsigned: true });
      return js`${at} = ${below.at} ${sign} ${top.at};`;
    }
    const at = this.#push({ kind: 'integer', rep: 'mixed', isUnsigned: true });
    return js`if ((${at} = combineBits(${operator}, ${below.at}, ${top.at})) === undefined) ${REJECT}`;
  }

  #unary(kind: 'minus' | 'not' | 'not-double' | 'bit-not' | 'cast'): Code {
    const { entry } = this.#pop();
    if (entry.kind !== 'integer' && entry.kind !== 'double') {
      // The value has no number to compute with: an error when it runs.
      this.#push(entry);
      return REJECT;
    }
    if (kind === 'not-double') {
      this.#push({ kind: 'double', isNegated: true });
      return js``;
    }
    if (kind === 'not') {
      const at = this.#push({ kind: 'integer', rep: 'bits', isUnsigned: false });
      return js`${at} = ${at} == 0 ? 1 : 0;`;
    }
    if (entry.kind === 'double') {
      if (kind === 'minus') {
        const at = this.#push(entry);
        return js`${at} = -${at};`;
      }
      const at = this.#push({ kind: 'integer', rep: 'mixed', isUnsigned: false });
      return kind === 'cast' ? js`${at} = truncate(${at});` : REJECT;
    }
    if (kind === 'cast') {
      this.#push({ ...entry, isUnsigned: false });
      return entry.isUnsigned ? REJECT : js``;
    }
    // The original's casts do not see that an inverted signed value is unsigned.
    const isUnsigned = entry.isUnsigned;
    const is32 = entry.rep === 'bits' || entry.rep === 'int32';
    const at = this.#push({
      kind: 'integer',
      rep:
        entry.rep === 'mixed'
          ? 'mixed'
          : kind === 'bit-not' && is32
            ? 'int32'
            : kind === 'minus'
              ? 'number'
              : 'mixed',
      isUnsigned,
    });
    if (kind === 'minus') return entry.rep === 'mixed' ? js`${at} = negate(${at});` : js`${at} = 0 - ${at};`;
    return is32 ? js`${at} = ~${at};` : js`${at} = invert(${at});`;
  }

  #jump(kind: 'and' | 'or', target: number): Code {
    const arriving = this.#stack.map((entry) => entry);
    const { entry, at } = this.#pop();
    if (entry.kind !== 'integer') throw new NeedsInterpreter();
    arriving[arriving.length - 1] = { ...entry, rep: 'bits' };
    const earlier = this.#merges.get(target);
    this.#merges.set(
      target,
      earlier === undefined ? arriving : arriving.map((e, i) => joined(e, earlier[i])),
    );
    return kind === 'and'
      ? js`if (${at} == 0) { ${at} = 0; break ${label(target)}; }`
      : js`if (${at} != 0) { ${at} = 1; break ${label(target)}; }`;
  }
}

const WIDER = ['bits', 'int32', 'number', 'mixed'] as const;

function joined(a: Entry, b: Entry | undefined): Entry {
  if (a.kind === 'integer' && b?.kind === 'integer' && a.isUnsigned === b.isUnsigned) {
    const rep = WIDER[Math.max(WIDER.indexOf(a.rep), WIDER.indexOf(b.rep))] ?? 'mixed';
    return { ...a, rep };
  }
  if (a.kind === b?.kind && (a.kind === 'double' || a.kind === 'text')) return a;
  throw new NeedsInterpreter();
}

/** C's conversion of a number that is a safe integer. */
function wrap(at: Code, sizeBits: number, isSigned: boolean): Code {
  if (sizeBits > 32) return at;
  if (sizeBits === 32) return isSigned ? js`${at} | 0` : js`${at} >>> 0`;
  const unused = 32 - sizeBits;
  return isSigned ? js`${at} << ${unused} >> ${unused}` : js`${at} << ${unused} >>> ${unused}`;
}

interface TextSide {
  readonly literal: Text | null;
  /** The text as a JavaScript string. */
  readonly value: Code;
}

function textSide({ entry, at }: { entry: Entry; at: Code }): TextSide {
  return entry.kind === 'literal'
    ? { literal: entry.literal, value: js`${entry.literal.text}` }
    : { literal: null, value: at };
}

/** Compares two texts; `null` is an error. */
function compareText(operator: Comparison, below: TextSide, top: TextSide): Code | null {
  const isEquality = operator === 'EQ' || operator === 'NE';
  const negated = operator === 'NE' ? js`!` : js``;
  const [pattern, other] = below.literal?.kind === 'glob' ? [below, top] : [top, below];
  if (pattern.literal?.kind === 'glob') {
    return isEquality ? js`${negated}matchStarGlob(${pattern.value}, ${other.value})` : null;
  }
  if (isEquality && (below.literal === null || top.literal === null)) {
    const [literal, variable] = below.literal === null ? [top, below] : [below, top];
    if (literal.literal?.kind === 'prefix')
      return js`${negated}${variable.value}.startsWith(${literal.value})`;
    return js`${below.value} ${operator === 'EQ' ? js`===` : js`!==`} ${top.value}`;
  }
  const text = ({ literal, value }: TextSide) => js`{ kind: ${literal?.kind ?? 'text'}, text: ${value} }`;
  return js`holds(${operator}, compareTexts(${text(below)}, ${text(top)}))`;
}
