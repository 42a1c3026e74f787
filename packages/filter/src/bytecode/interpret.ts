/**
 * The reference interpreter of linked filters: types travel with the values, one step after the other. It is the
 * specification that generated code is held against, and runs where generating code is forbidden or impossible.
 */
import { FILTER_CONTEXTS } from '../contexts.ts';
import type { ContextReader, EventFilter, FieldValue, ResolvedField } from '../fields.ts';
import type { Comparison, Step } from './link.ts';
import {
  combineBits,
  compareNumbers,
  compareTexts,
  doubleOf,
  elementOf,
  equalTexts,
  holds,
  type Integer,
  integerOf,
  invert,
  literalText,
  negate,
  type Text,
  textOf,
  truncate,
} from './runtime.ts';

/**
 * Value on the stack. `isUnsigned` matters to casts alone, which fail on it as the original's do; `isDynamic` marks a
 * value whose type the original knows only at run time: inverted, it is unsigned. `isNegated` marks a double behind `!`:
 * the original's answer is there for the end of the filter alone; whatever else looks at it finds the number as it was.
 */
export type Value =
  | {
      readonly kind: 'integer';
      readonly value: Integer;
      readonly isUnsigned: boolean;
      readonly isDynamic?: boolean;
    }
  | { readonly kind: 'double'; readonly value: number; readonly isNegated?: boolean }
  | Text;

/** Makes a filter that interprets the steps. */
export function interpretSteps(steps: readonly Step[]): EventFilter {
  return (fields, contexts) => run(steps, fields, contexts);
}

function run(steps: readonly Step[], fields: readonly FieldValue[], contexts: ContextReader): boolean {
  const stack: Value[] = [];
  for (let at = 0; at < steps.length; at += 1) {
    const step = steps[at];
    if (step === undefined) return false;
    switch (step.kind) {
      case 'nothing':
        continue;
      case 'return': {
        const top = stack.pop();
        return top !== undefined && isAccepted(top);
      }
      case 'and':
      case 'or': {
        const top = stack.pop();
        if (top?.kind !== 'integer') return false;
        const isTrue = compareNumbers('NE', top.value, 0);
        if (isTrue === (step.kind === 'or')) {
          stack.push({ ...top, value: isTrue ? 1 : 0 });
          // The loop adds the one.
          at = step.target - 1;
        }
        continue;
      }
    }
    const result = evaluate(step, stack, fields, contexts);
    if (result === undefined) return false;
    stack.push(result);
  }
  return false;
}

/** The verdict when a filter ends with this value. */
export function isAccepted(top: Value): boolean {
  if (top.kind === 'double') return top.isNegated === true && top.value === 0;
  return top.kind === 'integer' && compareNumbers('NE', top.value, 0);
}

export type Evaluated = Exclude<Step, { kind: 'nothing' | 'return' | 'and' | 'or' }>;

/** Takes the operands off the stack and gives the result; `undefined` is an error. */
export function evaluate(
  step: Evaluated,
  stack: Value[],
  fields: readonly FieldValue[],
  contexts: ContextReader,
): Value | undefined {
  switch (step.kind) {
    case 'integer':
      return integer(integerOf(step.value, 64, true), false);
    case 'double':
      return { kind: 'double', value: step.value };
    case 'string':
      return literalText(step.text);
    case 'glob':
      return { kind: 'glob', text: step.text };
    case 'field':
      return fieldValue(step.field, fields[step.field.position], step.keepsUnsigned);
    case 'element':
      return integer(
        elementOf(fields[step.field.position], step.index, step.field),
        step.field.isSigned !== true,
      );
    case 'context':
      return contextValue(step.name, contexts.readContext(step.name), step.keepsUnsigned);
    case 'compare': {
      const top = stack.pop();
      const below = stack.pop();
      if (top === undefined || below === undefined) return undefined;
      const verdict = compare(step.operator, below, top);
      return verdict === undefined ? undefined : integer(verdict ? 1 : 0, false);
    }
    case 'bitwise': {
      const top = stack.pop();
      const below = stack.pop();
      if (top?.kind !== 'integer' || below?.kind !== 'integer') return undefined;
      return integer(combineBits(step.operator, below.value, top.value), true);
    }
    default:
      return unary(step.kind, stack.pop());
  }
}

function integer(value: Integer | undefined, isUnsigned: boolean): Value | undefined {
  return value === undefined ? undefined : { kind: 'integer', value, isUnsigned };
}

function text(value: string | undefined): Value | undefined {
  return value === undefined ? undefined : { kind: 'text', text: value };
}

function fieldValue(field: ResolvedField, value: FieldValue, keepsUnsigned: boolean): Value | undefined {
  const sizeBits = field.sizeBits ?? 64;
  switch (field.kind) {
    case 'signed':
    case 'unsigned':
    case 'enum': {
      const isSigned = field.kind === 'signed' || (field.kind === 'enum' && field.isSigned === true);
      return integer(integerOf(value, sizeBits, isSigned), keepsUnsigned && !isSigned);
    }
    case 'double': {
      const double = doubleOf(value, sizeBits);
      return double === undefined ? undefined : { kind: 'double', value: double };
    }
    case 'string':
    case 'array':
    case 'sequence':
      return text(textOf(value, field.length ?? Infinity));
    case 'other':
      return undefined;
  }
}

function contextValue(
  name: string,
  value: number | bigint | string | undefined,
  keepsUnsigned: boolean,
): Value | undefined {
  const shape = FILTER_CONTEXTS.get(name);
  if (shape === undefined) return dynamicValue(value);
  if (shape.kind === 'string') return text(textOf(value, Infinity));
  const isSigned = shape.kind === 'signed';
  return integer(integerOf(value, shape.sizeBits, isSigned), keepsUnsigned && !isSigned);
}

/** An application context: its type is the value's. */
function dynamicValue(value: number | bigint | string | undefined): Value | undefined {
  if (typeof value === 'string') return text(textOf(value, Infinity));
  if (typeof value === 'bigint' || Number.isInteger(value)) {
    const whole = integerOf(value, 64, true);
    return whole === undefined
      ? undefined
      : { kind: 'integer', value: whole, isUnsigned: false, isDynamic: true };
  }
  return typeof value === 'number' ? { kind: 'double', value } : undefined;
}

function compare(operator: Comparison, below: Value, top: Value): boolean | undefined {
  if (below.kind === 'integer' || below.kind === 'double') {
    if (top.kind === 'integer' && below.kind === 'integer') {
      return compareNumbers(operator, below.value, top.value);
    }
    // With a double, both are compared as doubles.
    if (top.kind !== 'integer' && top.kind !== 'double') return undefined;
    return compareNumbers(operator, Number(below.value), Number(top.value));
  }
  if (top.kind === 'integer' || top.kind === 'double') return undefined;
  if (operator === 'EQ' || operator === 'NE') return equalTexts(below, top) === (operator === 'EQ');
  if (below.kind === 'glob' || top.kind === 'glob') return undefined;
  return holds(operator, compareTexts(below, top));
}

type UnaryStep = 'minus' | 'not' | 'not-double' | 'bit-not' | 'cast';

function unary(kind: UnaryStep, top: Value | undefined): Value | undefined {
  if (top?.kind !== 'integer' && top?.kind !== 'double') return undefined;
  switch (kind) {
    case 'minus':
      return top.kind === 'double'
        ? { kind: 'double', value: -top.value }
        : { ...top, value: negate(top.value) };
    case 'not':
      return integer(compareNumbers('EQ', top.value, 0) ? 1 : 0, false);
    case 'not-double':
      return top.kind === 'double' ? { ...top, isNegated: true } : undefined;
    case 'bit-not':
      return top.kind === 'integer'
        ? { ...top, value: invert(top.value), isUnsigned: top.isUnsigned || top.isDynamic === true }
        : undefined;
    case 'cast':
      if (top.kind === 'double') return integer(truncate(top.value), false);
      // The original fails on unsigned values here, so that such a filter never accepts.
      return top.isUnsigned ? undefined : top;
  }
}
