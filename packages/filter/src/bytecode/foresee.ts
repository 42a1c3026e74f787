/**
 * Tells what a linked filter will say when only some values are known: most expressions name events, and need not be
 * asked about all others. Follows every way that the steps may take, with the reference interpreter's arithmetic.
 */
import type { ContextReader, FieldValue } from '../fields.ts';
import { type Evaluated, evaluate, isAccepted, type Value } from './interpret.ts';
import type { Step } from './link.ts';
import { compareNumbers } from './runtime.ts';

/** Branches that are followed; beyond, the values decide. */
const MAX_BRANCHES = 256;

const NO_CONTEXTS: ContextReader = { readContext: () => undefined };

/** A value on the stack; `null`: one that is not known. */
type Known = Value | null;

/** `unknown`: positions of `values` that hold nothing yet. */
export function foresee(
  steps: readonly Step[],
  values: readonly FieldValue[],
  unknown: ReadonlySet<number>,
): 'never' | 'always' | 'depends' {
  const verdicts = new Set<boolean | null>();
  const branches: { at: number; stack: readonly Known[] }[] = [{ at: 0, stack: [] }];
  let isCertain = true;
  let count = 0;
  for (let branch = branches.pop(); branch !== undefined; branch = branches.pop()) {
    if (++count > MAX_BRANCHES) return 'depends';
    const stack = [...branch.stack];
    verdicts.add(follow(branch.at, stack));
    if (verdicts.has(null) || verdicts.size > 1) return 'depends';
  }
  if (verdicts.has(false)) return 'never';
  // What is not known may also be missing when the event happens, and then rejects.
  return isCertain ? 'always' : 'depends';

  /** Goes on to an end; `null`: the end is not known. Other ways are put into `branches`. */
  function follow(from: number, stack: Known[]): boolean | null {
    for (let at = from; at < steps.length; at += 1) {
      const step = steps[at]!;
      switch (step.kind) {
        case 'nothing':
          continue;
        case 'return': {
          const top = stack.pop();
          if (top === null) return null;
          return top !== undefined && isAccepted(top);
        }
        case 'and':
        case 'or': {
          const top = stack.pop();
          const isOr = step.kind === 'or';
          const jumped = (): Known[] => [
            ...stack,
            { kind: 'integer', value: isOr ? 1 : 0, isUnsigned: false },
          ];
          if (top === null) {
            isCertain = false;
            branches.push({ at: step.target, stack: jumped() });
            continue;
          }
          if (top?.kind !== 'integer') return false;
          if (compareNumbers('NE', top.value, 0) === isOr) {
            stack.push({ ...top, value: isOr ? 1 : 0 });
            // The loop adds the one.
            at = step.target - 1;
          }
          continue;
        }
      }
      const result = evaluateKnown(step, stack);
      if (result === undefined) return false;
      if (result === null) isCertain = false;
      stack.push(result);
    }
    return false;
  }

  /** `undefined` is an error, `null` not known. */
  function evaluateKnown(step: Evaluated, stack: Known[]): Known | undefined {
    if (step.kind === 'context') return null;
    if ((step.kind === 'field' || step.kind === 'element') && unknown.has(step.field.position)) return null;
    const operands = operandCount(step);
    const taken = operands === 0 ? [] : stack.slice(-operands);
    if (taken.includes(null)) {
      stack.length -= operands;
      return null;
    }
    // What is taken is known, and nothing else is looked at.
    return evaluate(step, stack as Value[], values, NO_CONTEXTS);
  }
}

function operandCount({ kind }: Evaluated): number {
  switch (kind) {
    case 'compare':
    case 'bitwise':
      return 2;
    case 'minus':
    case 'not':
    case 'not-double':
    case 'bit-not':
    case 'cast':
      return 1;
    default:
      return 0;
  }
}
