/**
 * What locations refer to. A location may pass arrays, optionals and variants, so it may mean several field classes;
 * all of them must be of a kind that fits, and lie before the field that needs them.
 */
import type { FieldClass, StructureClass } from './field-class.ts';
import type { FieldLocation, Scope } from './location.ts';
import { SCOPES } from './location.ts';

/** Root structures by scope; what is not there is `null` or not given. */
export type Roots = Partial<Readonly<Record<Scope, StructureClass | null>>>;

/** A reference that does not work: the field class that has it, and why. */
export interface BrokenReference {
  readonly fieldClass: FieldClass;
  readonly location: FieldLocation;
  readonly reason: string;
}

/** Field classes looked at for all references of a root structure: variants within variants have many ways. */
const MAX_STEPS = 5_000_000;

/** Why a location leads nowhere. */
class Lost extends Error {}

/** Field classes around a field and itself, from the root structure inwards. */
type Chain = readonly FieldClass[];

/**
 * Field classes that `location` means to the last one of `chain`. With an empty chain it is looked up from outside.
 * `null`: it leads nowhere.
 */
export function findTargets(location: FieldLocation, roots: Roots, chain: Chain = []): FieldClass[] | null {
  try {
    return targetsOf(location, roots, chain, { steps: 0 });
  } catch (error) {
    if (error instanceof Lost) return null;
    throw error;
  }
}

interface Budget {
  steps: number;
}

function targetsOf(
  { origin, path }: FieldLocation,
  roots: Roots,
  chain: Chain,
  budget: Budget,
): FieldClass[] {
  const root = roots[origin] ?? null;
  if (root === null) throw new Lost(`there is no ${origin}`);
  return descend(root, path, chain, 0, budget);
}

/** `depth`: place of `fieldClass` in `chain` when it is around the field that asks, else -1. */
function descend(
  fieldClass: FieldClass,
  path: readonly string[],
  chain: Chain,
  at: number,
  budget: Budget,
): FieldClass[] {
  if (++budget.steps > MAX_STEPS) throw new Lost(`there are too many ways: limit=${MAX_STEPS}`);
  const depth = at >= 0 && chain[at] === fieldClass ? at : -1;
  const inner = depth < 0 ? undefined : chain[depth + 1];
  switch (fieldClass.kind) {
    case 'structure': {
      const [name, ...rest] = path;
      if (name === undefined) throw new Lost('it is a structure');
      const index = fieldClass.members.findIndex((member) => member.name === name);
      const found = fieldClass.members[index];
      if (found === undefined) throw new Lost(`no member ${JSON.stringify(name)}`);
      const own = fieldClass.members.findIndex((member) => member.fieldClass === inner);
      if (inner !== undefined && index > own) throw new Lost('it comes later');
      return descend(
        found.fieldClass,
        rest,
        chain,
        index === own && inner !== undefined ? depth + 1 : -1,
        budget,
      );
    }
    case 'optional':
      return descend(fieldClass.fieldClass, path, chain, depth < 0 ? -1 : depth + 1, budget);
    case 'static-array':
    case 'dynamic-array':
      if (depth < 0 || inner === undefined) throw new Lost('it is in an array');
      return descend(fieldClass.element, path, chain, depth + 1, budget);
    case 'variant': {
      if (inner !== undefined) return descend(inner, path, chain, depth + 1, budget);
      return fieldClass.options.flatMap((option) => descend(option.fieldClass, path, chain, -1, budget));
    }
    default:
      if (path.length > 0) throw new Lost('it goes on below a field');
      if (depth >= 0) throw new Lost('it is the field itself');
      return [fieldClass];
  }
}

/** Finds a reference of `root`, which is `roots[origin]`, that does not work; `null` when all do. */
export function findBrokenReference(origin: Scope, roots: Roots): BrokenReference | null {
  const root = roots[origin] ?? null;
  if (root === null) return null;
  const earlier: Roots = Object.fromEntries(
    SCOPES.slice(0, SCOPES.indexOf(origin) + 1).map((scope) => [scope, roots[scope] ?? null]),
  );
  return check(root, [root], earlier, { steps: 0 });
}

function check(fieldClass: FieldClass, chain: Chain, roots: Roots, budget: Budget): BrokenReference | null {
  const reference = referenceOf(fieldClass);
  if (reference !== null) {
    const { location, kinds } = reference;
    const broken = (reason: string): BrokenReference => ({ fieldClass, location, reason });
    try {
      const wrong = targetsOf(location, roots, chain, budget).find(({ kind }) => !kinds.includes(kind));
      if (wrong !== undefined) return broken(`it is of kind ${wrong.kind}`);
    } catch (error) {
      // The only error that is thrown on purpose here.
      if (error instanceof Lost) return broken(error.message);
      throw error;
    }
  }
  for (const child of childrenOf(fieldClass)) {
    const broken = check(child, [...chain, child], roots, budget);
    if (broken !== null) return broken;
  }
  return null;
}

/** What a field class refers to itself, and the kinds that may be. */
function referenceOf(
  fieldClass: FieldClass,
): { readonly location: FieldLocation; readonly kinds: readonly FieldClass['kind'][] } | null {
  switch (fieldClass.kind) {
    case 'dynamic-array':
    case 'dynamic-blob':
      return { location: fieldClass.lengthLocation, kinds: ['unsigned-integer'] };
    case 'optional':
      return {
        location: fieldClass.selectorLocation,
        kinds: fieldClass.selectorRanges === null ? ['boolean'] : ['unsigned-integer', 'signed-integer'],
      };
    case 'variant':
      return { location: fieldClass.selectorLocation, kinds: ['unsigned-integer', 'signed-integer'] };
    default:
      return null;
  }
}

/** Field classes right inside `fieldClass`. */
export function childrenOf(fieldClass: FieldClass): readonly FieldClass[] {
  switch (fieldClass.kind) {
    case 'structure':
      return fieldClass.members.map((member) => member.fieldClass);
    case 'optional':
      return [fieldClass.fieldClass];
    case 'variant':
      return fieldClass.options.map((option) => option.fieldClass);
    case 'static-array':
    case 'dynamic-array':
      return [fieldClass.element];
    default:
      return [];
  }
}
