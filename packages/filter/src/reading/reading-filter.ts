/**
 * Filters over traces: the tracers' language and their rules of execution, linked with what was recorded. Contexts are
 * those that the trace has; what tracers refuse to link never accepts here either.
 */
import { assert } from '@lttng-ts/base';
import { compileSteps } from '../bytecode/compile.ts';
import { emitFilter } from '../bytecode/emit.ts';
import { foresee } from '../bytecode/foresee.ts';
import { interpretSteps } from '../bytecode/interpret.ts';
import { linkProgram, type Refusal } from '../bytecode/link.ts';
import { decodeProgram, type Program } from '../bytecode/program.ts';
import { parseFilter } from '../compile-filter.ts';
import type { ContextReader, EventFilter, FieldValue, ResolvedField } from '../fields.ts';
import { RECORD_SCOPES, TIME } from './record-names.ts';
import type { FieldShape, MemberShape, RecordRoot, RecordShape, WantedField } from './record-shape.ts';
import { type TimeBounds, timeBoundsOf } from './time-bounds.ts';
import { TimeLiterals, type TimeReading } from './time-literals.ts';

/** A filter linked with event records of one class. */
export interface ReadingLink {
  /** `depends`: on the values of each event. */
  readonly verdict: 'never' | 'always' | 'depends';
  /** Why it never accepts, whatever the values are; `null` when the values decide, or what all records share. */
  readonly refusal: Refusal | null;
  /** The fields whose values are asked with. */
  readonly wanted: readonly WantedField[];
  /** Index of the time among the values; `null`: it is not asked for. */
  readonly timePosition: number | null;
  /** Values before those of an event are put in: as many as are asked with. */
  readonly values: readonly FieldValue[];
  /** Tells of an event with these values whether it passes. Never throws. */
  accepts(values: readonly FieldValue[]): boolean;
}

/** An expression that is ready to be linked, but for a day that it may need. */
export class ReadingFilter {
  readonly expression: string;
  /** Whether it names times of day: then {@link onDay} gives the one that can be linked. */
  readonly needsDay: boolean;
  /** Where in time it can be true. */
  readonly time: TimeBounds;
  readonly #isGmt: boolean;
  readonly #program: Program;

  /** Throws `FilterError` with line and column. Dates are local unless `isGmt`. */
  constructor(expression: string, { isGmt = false, dayNs = null }: Partial<TimeReading> = {}) {
    const times = new TimeLiterals({ isGmt, dayNs });
    const root = parseFilter(expression, RECORD_SCOPES, (parsed) => times.resolve(parsed));
    this.expression = expression;
    this.needsDay = times.needsDay;
    this.time = this.needsDay ? { beginNs: null, endNs: null } : timeBoundsOf(root);
    this.#isGmt = isGmt;
    this.#program = decodeProgram(emitFilter(root));
  }

  /** The same whose times of day are on the day of `dayNs`, in nanoseconds from the Unix epoch. */
  onDay(dayNs: bigint): ReadingFilter {
    return this.needsDay ? new ReadingFilter(this.expression, { isGmt: this.#isGmt, dayNs }) : this;
  }

  /** Links it with a class. `isReference`: interpret what would be compiled; for tests. */
  link(shape: RecordShape, isReference = false): ReadingLink {
    assert(!this.needsDay, 'a filter with times of day is linked without a day');
    const resolver = new Resolver(shape);
    const linked = linkProgram(this.#program, resolver);
    const { wanted, timePosition, values } = resolver;
    if (linked.kind === 'unlinkable') {
      return {
        verdict: 'never',
        refusal: linked,
        wanted: [],
        timePosition: null,
        values: [],
        accepts: no,
      };
    }
    const unknown = new Set(wanted.map(({ position }) => position));
    if (timePosition !== null) unknown.add(timePosition);
    const verdict = foresee(linked.steps, values, unknown);
    const accepts = (isReference ? interpretSteps : compileSteps)(linked.steps);
    return { verdict, refusal: null, wanted, timePosition, values, accepts: withContexts(accepts, resolver) };
  }
}

/** Of two refusals the one that tells more: a name may be there in few classes only. */
export function clearerRefusal(a: Refusal | null, b: Refusal): Refusal {
  return a === null || a.isMissing ? b : a;
}

const no = (): boolean => false;

const NO_CONTEXTS: ContextReader = { readContext: () => undefined };

function withContexts(accepts: EventFilter, { dynamic }: Resolver): ReadingLink['accepts'] {
  if (dynamic.size === 0) return (values) => accepts(values, NO_CONTEXTS);
  return (values) =>
    accepts(values, {
      readContext: (name) => {
        const position = dynamic.get(name);
        return position === undefined ? undefined : dynamicValue(values[position]);
      },
    });
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function dynamicValue(value: FieldValue): number | bigint | string | undefined {
  if (value instanceof Uint8Array) return utf8.decode(value);
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string'
    ? value
    : undefined;
}

/** Where contexts are looked for, in this order. */
const CONTEXT_ROOTS: readonly RecordRoot[] = ['specific-context', 'common-context', 'packet-context'];

/** Finds what an expression names, and notes what it will be asked with. */
class Resolver {
  readonly wanted: WantedField[] = [];
  readonly values: FieldValue[] = [];
  /** Positions of values with a type of their own, by the names that the filter asks for. */
  readonly dynamic = new Map<string, number>();
  timePosition: number | null = null;
  readonly #shape: RecordShape;
  readonly #known = new Map<string, ResolvedField | 'dynamic' | null>();

  constructor(shape: RecordShape) {
    this.#shape = shape;
  }

  findField(name: string): ResolvedField | null {
    const found = this.#once(`payload ${name}`, () => this.#member('payload', name, null));
    // Only contexts have types of their own.
    return found === 'dynamic' ? null : found;
  }

  findContext(name: string): ResolvedField | 'dynamic' | null {
    return this.#once(name, () => this.#context(name));
  }

  #once(key: string, find: () => ResolvedField | 'dynamic' | null): ResolvedField | 'dynamic' | null {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = find();
    this.#known.set(key, found);
    return found;
  }

  #context(name: string): ResolvedField | 'dynamic' | null {
    if (name === TIME) return this.#time();
    if (name.startsWith('$packet.')) {
      return this.#member('packet-context', name.slice('$packet.'.length), name);
    }
    // As for tracers, one that is not there has no value: whoever asks for it rejects, whoever does not need it passes.
    if (name.startsWith('$app.')) return this.#firstContext(appContextName(name), name) ?? 'dynamic';
    return name.startsWith('$') ? this.#constant(name) : this.#firstContext(name, name);
  }

  #firstContext(member: string, name: string): ResolvedField | 'dynamic' | null {
    for (const root of CONTEXT_ROOTS) {
      const found = this.#member(root, member, name);
      if (found !== null) return found;
    }
    return null;
  }

  #time(): ResolvedField | null {
    if (!this.#shape.hasTime) return null;
    this.timePosition = this.#position(null);
    return { position: this.timePosition, kind: 'signed', sizeBits: 64 };
  }

  #constant(name: string): ResolvedField | null {
    const value = this.#shape.constant(name);
    if (value === null) return null;
    const position = this.#position(value);
    return typeof value === 'string'
      ? { position, kind: 'string' }
      : { position, kind: 'signed', sizeBits: 64 };
  }

  #position(value: FieldValue): number {
    return this.values.push(value) - 1;
  }

  /** A member by its name, or by the names on the way down with dots between. `name`: what the filter asks for. */
  #member(root: RecordRoot, member: string, name: string | null): ResolvedField | 'dynamic' | null {
    const found = findMember(this.#shape.members(root), member);
    if (found === null || found.shape.kind === 'structure') return null;
    const isSame = (other: WantedField): boolean =>
      other.root === root && `${other.path}` === `${found.path}`;
    const position = this.wanted.find(isSame)?.position ?? this.#position(null);
    if (!this.wanted.some(isSame)) this.wanted.push({ ...found, root, position });
    if (found.shape.kind !== 'dynamic') return resolved(found.shape, position);
    this.dynamic.set(name ?? member, position);
    return 'dynamic';
  }
}

/** The name that LTTng's metadata has for an application context: other characters become `_`. */
function appContextName(name: string): string {
  return `app_${name.slice('$app.'.length).replaceAll(/[^A-Za-z0-9_]/g, '_')}`;
}

function findMember(
  members: readonly MemberShape[],
  name: string,
): { readonly path: readonly number[]; readonly shape: FieldShape } | null {
  for (const [index, member] of members.entries()) {
    if (member.name === name) return { path: [index], shape: member.shape() };
    if (!name.startsWith(`${member.name}.`)) continue;
    const shape = member.shape();
    if (shape.kind !== 'structure') continue;
    const below = findMember(shape.members, name.slice(member.name.length + 1));
    if (below !== null) return { path: [index, ...below.path], shape: below.shape };
  }
  return null;
}

function resolved(
  shape: Exclude<FieldShape, { kind: 'structure' | 'dynamic' }>,
  position: number,
): ResolvedField {
  switch (shape.kind) {
    case 'integer':
      return { position, kind: shape.isSigned ? 'signed' : 'unsigned', sizeBits: shape.sizeBits };
    case 'double':
      return { position, kind: 'double', sizeBits: shape.sizeBits };
    case 'text':
      return { position, kind: 'string' };
    case 'array': {
      const { length, element } = shape;
      const elements =
        element.kind === 'integer'
          ? { hasIntegerElements: true, sizeBits: element.sizeBits, isSigned: element.isSigned }
          : { hasIntegerElements: false };
      return length === null
        ? { position, kind: 'sequence', ...elements }
        : { position, kind: 'array', length, ...elements };
    }
    case 'other':
      return { position, kind: 'other' };
  }
}
