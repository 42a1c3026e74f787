/**
 * Field classes of the trace IR to those of CTF, and the values with them. What the IR does not say gets a plain form:
 * little-endian, aligned to bytes where the size allows. Arrays, options and variants that find their length or selector
 * nowhere get a member before them that holds it.
 */
import { UsageError } from '@lttng-ts/base';
import {
  NEGATIVE_NAN as CTF_NEGATIVE_NAN,
  type FieldClass as CtfFieldClass,
  type FieldLocation as CtfLocation,
  type StructureClass as CtfStructureClass,
  type StructureMember as CtfStructureMember,
  type StructureValue as CtfStructureValue,
  type FieldValue as CtfValue,
  type EnumerationMapping,
  integer,
} from '@lttng-ts/ctf';
import {
  type FieldClass,
  type FieldLocation,
  type FieldValue,
  type IntegerRange,
  type Mapping,
  NEGATIVE_NAN,
  type OptionValue,
  type StructureClass,
  type StructureValue,
  type ValueMap,
  type VariantValue,
} from '@lttng-ts/graph';

export type ToCtf = (value: FieldValue) => CtfValue;

export interface CtfTranslated<C extends CtfFieldClass = CtfFieldClass> {
  readonly fieldClass: C;
  readonly convert: ToCtf;
}

const ORIGINS: Readonly<Record<FieldLocation['scope'], CtfLocation['origin']>> = {
  'packet-context': 'packet-context',
  'event-common-context': 'event-record-common-context',
  'event-specific-context': 'event-record-specific-context',
  'event-payload': 'event-record-payload',
};

const toCtfLocation = ({ scope, path }: FieldLocation): CtfLocation => ({ origin: ORIGINS[scope], path });

/** Bits of a field that counts elements or options. */
const COUNTER_BITS = 32;

const utf8 = new TextEncoder();

/** Where a field class stands. */
interface Place {
  readonly scope: FieldLocation['scope'];
  readonly path: readonly string[];
}

/** A member, and the one before it that says its length or selector. */
interface Member {
  readonly member: CtfStructureMember;
  readonly convert: ToCtf;
  readonly helper: CtfStructureMember | null;
  /** The value of the helper, from that of the member. */
  readonly help: ToCtf | null;
}

/** Translates a root structure. `before` are members of the format itself, whose values the writer knows. */
export function toCtfStructure(
  fieldClass: StructureClass,
  scope: FieldLocation['scope'],
  before: readonly CtfStructureMember[] = [],
): CtfTranslated<CtfStructureClass> {
  const translated = structure(fieldClass, { scope, path: [] }, before);
  return { ...translated, fieldClass: { ...translated.fieldClass, minimumAlignmentBits: 8 } };
}

function structure(
  fieldClass: StructureClass,
  place: Place,
  before: readonly CtfStructureMember[] = [],
): CtfTranslated<CtfStructureClass> {
  const taken = new Set([...before, ...fieldClass.members].map(({ name }) => name));
  const members = fieldClass.members.map(({ name, fieldClass: member, userAttributes }): Member => {
    const inner = { scope: place.scope, path: [...place.path, name] };
    const { helper, help, lengthOrSelector } = helperOf(member, name, place, taken);
    const { fieldClass: translated, convert } = translate(member, inner, lengthOrSelector);
    return { member: { name, fieldClass: translated, ...attributes(userAttributes) }, convert, helper, help };
  });
  const ctfMembers = members.flatMap(({ member, helper }) => (helper === null ? [member] : [helper, member]));
  const placeholders = before.map((): CtfValue => 0);
  return {
    fieldClass: {
      kind: 'structure',
      members: [...before, ...ctfMembers],
      minimumAlignmentBits: 1,
      ...attributes(fieldClass.userAttributes),
    },
    convert: (value) => {
      const values: CtfValue[] = [...placeholders];
      members.forEach(({ convert, help }, i) => {
        const own = (value as StructureValue)[i]!;
        if (help !== null) values.push(help(own));
        values.push(convert(own));
      });
      return values;
    },
  };
}

interface Help {
  readonly helper: CtfStructureMember | null;
  readonly help: ToCtf | null;
  readonly lengthOrSelector: CtfLocation | null;
}

const NO_HELP: Help = { helper: null, help: null, lengthOrSelector: null };

/** The member that a field without a length or selector of its own needs before it. */
function helperOf(fieldClass: FieldClass, name: string, place: Place, taken: Set<string>): Help {
  const make = (suffix: string, helper: CtfFieldClass, help: ToCtf): Help => {
    let helperName = `${name}_${suffix}`;
    while (taken.has(helperName)) helperName += '_';
    taken.add(helperName);
    const path = [...place.path, helperName];
    return {
      helper: { name: helperName, fieldClass: helper },
      help,
      lengthOrSelector: { origin: ORIGINS[place.scope], path },
    };
  };
  switch (fieldClass.kind) {
    case 'dynamic-array':
    case 'dynamic-blob':
      if (fieldClass.lengthLocation !== null) return NO_HELP;
      return make('len', integer('unsigned-integer', COUNTER_BITS), (value) => (value as Uint8Array).length);
    case 'option':
      if (fieldClass.selector !== null) return NO_HELP;
      return make('tag', BOOLEAN, (value) => (value as OptionValue).content !== null);
    case 'variant': {
      if (fieldClass.selector !== null) return NO_HELP;
      const mappings = fieldClass.options.map((option, i) => ({
        label: option.name ?? `option${i}`,
        range: { lower: BigInt(i), upper: BigInt(i) },
      }));
      const tag = integer('unsigned-integer', COUNTER_BITS, { mappings });
      return make('tag', tag, (value) => (value as VariantValue).option);
    }
    default:
      return NO_HELP;
  }
}

const bits = (sizeBits: number) =>
  ({ sizeBits, alignmentBits: sizeBits % 8 === 0 ? 8 : 1, byteOrder: 'little-endian' }) as const;

const BOOLEAN: CtfFieldClass = { kind: 'boolean', ...bits(8) };

const attributes = (userAttributes: ValueMap) =>
  userAttributes.size === 0 ? {} : { attributes: userAttributes };

const identity: ToCtf = (value) => value as CtfValue;

function translate(fieldClass: FieldClass, place: Place, location: CtfLocation | null): CtfTranslated {
  const annotated = attributes(fieldClass.userAttributes);
  switch (fieldClass.kind) {
    case 'boolean':
      return { fieldClass: { ...BOOLEAN, ...annotated } as CtfFieldClass, convert: identity };
    case 'bit-array': {
      const properties = { ...bits(fieldClass.lengthBits), ...annotated };
      const flags = toCtfMappings(fieldClass.flags);
      return {
        fieldClass:
          flags.length === 0
            ? { kind: 'bit-array', ...properties }
            : { kind: 'bit-map', flags, ...properties },
        convert: identity,
      };
    }
    case 'unsigned-integer':
    case 'signed-integer': {
      const { kind, valueRangeBits, displayBase, mappings, expectsSmallValues } = fieldClass;
      const form = expectsSmallValues === true ? { isVariableLength: true } : bits(valueRangeBits);
      const properties = { displayBase, mappings: mappings === null ? null : toCtfMappings(mappings) };
      const sizeBits = expectsSmallValues === true ? 64 : valueRangeBits;
      return {
        fieldClass: { ...integer(kind, sizeBits, { ...properties, ...form }), ...annotated },
        convert: identity,
      };
    }
    case 'single-precision-real':
    case 'double-precision-real': {
      const sizeBits = fieldClass.kind === 'single-precision-real' ? 32 : 64;
      const properties = { ...bits(sizeBits), sizeBits, ...annotated } as const;
      return {
        fieldClass: { kind: 'floating-point', ...properties },
        convert: (value) => (value === NEGATIVE_NAN ? CTF_NEGATIVE_NAN : (value as number)),
      };
    }
    case 'string':
      return {
        fieldClass: { kind: 'null-terminated-string', encoding: 'utf-8', ...annotated },
        convert: textBytes,
      };
    case 'static-blob': {
      const { kind, lengthBytes, mediaType } = fieldClass;
      return { fieldClass: { kind, lengthBytes, mediaType, role: null, ...annotated }, convert: identity };
    }
    case 'dynamic-blob': {
      const { kind, mediaType, lengthLocation } = fieldClass;
      const own = lengthLocation === null ? requireLocation(location) : toCtfLocation(lengthLocation);
      return { fieldClass: { kind, mediaType, lengthLocation: own, ...annotated }, convert: identity };
    }
    case 'static-array': {
      const { fieldClass: element, convert } = translate(fieldClass.element, place, null);
      const { kind, length } = fieldClass;
      return {
        fieldClass: { kind, length, element, isText: false, role: null, ...annotated },
        convert: elements(convert),
      };
    }
    case 'dynamic-array': {
      const { fieldClass: element, convert } = translate(fieldClass.element, place, null);
      const { kind, lengthLocation } = fieldClass;
      const own = lengthLocation === null ? requireLocation(location) : toCtfLocation(lengthLocation);
      return {
        fieldClass: { kind, lengthLocation: own, element, isText: false, ...annotated },
        convert: elements(convert),
      };
    }
    case 'structure':
      return structure(fieldClass, place);
    case 'option':
      return option(fieldClass, place, location);
    case 'variant':
      return variant(fieldClass, place, location);
  }
}

function requireLocation(location: CtfLocation | null): CtfLocation {
  if (location !== null) return location;
  throw new UsageError(
    'Cannot write this to CTF: an array of fields without a length or selector of their own',
  );
}

function textBytes(value: FieldValue): CtfValue {
  const bytes = typeof value === 'string' ? utf8.encode(value) : (value as Uint8Array);
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

const elements =
  (convert: ToCtf): ToCtf =>
  (value) =>
    (value as StructureValue).map(convert);

function option(
  { content, selector, userAttributes }: FieldClass & { kind: 'option' },
  place: Place,
  location: CtfLocation | null,
): CtfTranslated {
  const { fieldClass, convert } = translate(content, place, null);
  if (selector?.kind === 'boolean' && selector.isReversed) {
    throw new UsageError('Cannot write this to CTF: an option with a reversed selector');
  }
  return {
    fieldClass: {
      kind: 'optional',
      selectorLocation: selector === null ? requireLocation(location) : toCtfLocation(selector.location),
      selectorRanges: selector === null || selector.kind === 'boolean' ? null : selector.ranges,
      fieldClass,
      ...attributes(userAttributes),
    },
    convert: (value) => {
      const inner = (value as OptionValue).content;
      return { content: inner === null ? null : convert(inner) };
    },
  };
}

function variant(
  { options, selector, userAttributes }: FieldClass & { kind: 'variant' },
  place: Place,
  location: CtfLocation | null,
): CtfTranslated {
  const translated = options.map((one) => translate(one.fieldClass, place, null));
  const rangesOf = (ranges: readonly IntegerRange[], i: number): readonly IntegerRange[] =>
    selector === null ? [{ lower: BigInt(i), upper: BigInt(i) }] : ranges;
  return {
    fieldClass: {
      kind: 'variant',
      selectorLocation: selector === null ? requireLocation(location) : toCtfLocation(selector.location),
      options: options.map((one, i) => ({
        name: one.name,
        fieldClass: translated[i]!.fieldClass,
        selectorRanges: rangesOf(one.ranges, i),
        ...attributes(one.userAttributes),
      })),
      ...attributes(userAttributes),
    },
    convert: (value) => {
      const { option: index, value: chosen } = value as VariantValue;
      return { option: index, value: translated[index]!.convert(chosen) };
    },
  };
}

/** One mapping for each range. */
function toCtfMappings(mappings: readonly Mapping[]): readonly EnumerationMapping[] {
  return mappings.flatMap(({ label, ranges }) => ranges.map((range) => ({ label, range })));
}

/** The value of a root structure. */
export function convertStructure(
  translated: CtfTranslated | null,
  value: StructureValue | null,
): CtfStructureValue | null {
  return translated === null || value === null ? null : (translated.convert(value) as CtfStructureValue);
}
