/**
 * Field classes of the trace IR to those of CTF, and the values with them. What the IR does not say gets a plain form:
 * little-endian, aligned to bytes where the size allows. Arrays, options and variants that find their length or selector
 * nowhere get a member before them that holds it.
 *
 * CTF 1.8 has neither options, nor variants without a label for each option, nor integers of variable length: the first two
 * become variants with a tag of their own, in upstream's form, the last one integers of 64 bits.
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

export type CtfVersion = 1 | 2;

/** Bits of a field that counts elements or options. */
const COUNTER_BITS = 32;
/** Bits of the tags of CTF 1.8 that upstream writes. */
const OPTION_TAG_BITS = 8;
const VARIANT_TAG_BITS = 16;

const utf8 = new TextEncoder();

/** The root structures that locations may begin at, by their scope. */
export type Roots = Readonly<Partial<Record<FieldLocation['scope'], StructureClass | null>>>;

/** Where a field class stands, and in what. */
interface Place {
  readonly version: CtfVersion;
  readonly roots: Roots;
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
  { scope, version, roots }: Pick<Place, 'scope' | 'version' | 'roots'>,
  before: readonly CtfStructureMember[] = [],
): CtfTranslated<CtfStructureClass> {
  const place = { scope, version, roots: { ...roots, [scope]: fieldClass }, path: [] };
  const translated = structure(fieldClass, place, before);
  return { ...translated, fieldClass: { ...translated.fieldClass, minimumAlignmentBits: 8 } };
}

function structure(
  fieldClass: StructureClass,
  place: Place,
  before: readonly CtfStructureMember[] = [],
): CtfTranslated<CtfStructureClass> {
  const taken = new Set([...before, ...fieldClass.members].map(({ name }) => name));
  const members = fieldClass.members.map(({ name, fieldClass: member, userAttributes }): Member => {
    const inner = { ...place, path: [...place.path, name] };
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
    const helperName = place.version === 1 ? `__${name}_${suffix}` : `${name}_${suffix}`;
    let unique = helperName;
    for (let i = 0; taken.has(unique); i++) unique = `${helperName}_${i}`;
    taken.add(unique);
    const path = [...place.path, unique];
    return {
      helper: { name: unique, fieldClass: helper },
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
      if (place.version === 1) {
        const tag = tagOf(PRESENCE, OPTION_TAG_BITS);
        return make('tag', tag, (value) => ((value as OptionValue).content === null ? 0 : 1));
      }
      if (fieldClass.selector !== null) return NO_HELP;
      return make('tag', BOOLEAN, (value) => (value as OptionValue).content !== null);
    case 'variant': {
      if (!needsTag(fieldClass, place)) return NO_HELP;
      const labels = fieldClass.options.map(optionName);
      const tag = tagOf(labels, place.version === 1 ? VARIANT_TAG_BITS : COUNTER_BITS);
      return make('tag', tag, (value) => (value as VariantValue).option);
    }
    default:
      return NO_HELP;
  }
}

/** Labels of the tag of an option in CTF 1.8, which are the names of its variant's options. */
const PRESENCE = ['none', 'content'];

/** An enumeration whose values are the labels' positions. */
const tagOf = (labels: readonly string[], sizeBits: number): CtfFieldClass =>
  integer('unsigned-integer', sizeBits, {
    mappings: labels.map((label, i) => ({ label, range: only(i) })),
    ...bits(sizeBits),
  });

const only = (i: number): IntegerRange => ({ lower: BigInt(i), upper: BigInt(i) });

const optionName = ({ name }: { readonly name: string | null }, i: number): string => name ?? `option${i}`;

type VariantClass = FieldClass & { readonly kind: 'variant' };

/** Whether no field says, in words of this version, which option is meant. */
function needsTag({ selector, options }: VariantClass, { version, roots, scope: here }: Place): boolean {
  if (selector === null || version === 2) return selector === null;
  const { scope, path } = selector.location;
  // Babeltrace's grammar does not take a tag in another root structure.
  if (scope !== here) return true;
  const root = roots[scope] ?? null;
  const selectors = root === null ? [] : fieldsAt(root, path);
  return (
    selectors.length === 0 ||
    !selectors.every((field) => options.every(({ name, ranges }) => hasLabel(field, name, ranges)))
  );
}

/** The field classes that a path may lead to: arrays, options and variants are passed without a name. */
function fieldsAt(fieldClass: FieldClass, path: readonly string[]): readonly FieldClass[] {
  switch (fieldClass.kind) {
    case 'structure': {
      const [first, ...rest] = path;
      if (first === undefined) return [fieldClass];
      const member = fieldClass.members.find(({ name }) => name === first);
      return member === undefined ? [] : fieldsAt(member.fieldClass, rest);
    }
    case 'static-array':
    case 'dynamic-array':
      return fieldsAt(fieldClass.element, path);
    case 'option':
      return fieldsAt(fieldClass.content, path);
    case 'variant':
      return fieldClass.options.flatMap((option) => fieldsAt(option.fieldClass, path));
    default:
      return path.length === 0 ? [fieldClass] : [];
  }
}

/** Whether an enumeration has a label for an option: its name, with an underscore in front or not, for the same values. */
function hasLabel(fieldClass: FieldClass, name: string | null, ranges: readonly IntegerRange[]): boolean {
  if (name === null || !('mappings' in fieldClass) || fieldClass.mappings === null) return false;
  const labels = name.startsWith('_') ? [`_${name}`] : [name, `_${name}`];
  const wanted = rangesText(ranges);
  return labels.some((label) => {
    const given = fieldClass.mappings?.filter((mapping) => mapping.label === label) ?? [];
    return rangesText(given.flatMap((mapping) => mapping.ranges)) === wanted;
  });
}

const rangesText = (ranges: readonly IntegerRange[]): string =>
  ranges
    .map(({ lower, upper }) => `${lower}..${upper}`)
    .sort()
    .join(' ');

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
      const sizeBits = expectsSmallValues === true ? 64 : valueRangeBits;
      const isVariableLength = expectsSmallValues === true && place.version === 2;
      const form = isVariableLength ? { isVariableLength } : bits(sizeBits);
      const properties = { displayBase, mappings: mappings === null ? null : toCtfMappings(mappings) };
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
    'Cannot write this to CTF: a field without a length or selector of its own, which is no member of a structure',
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
  if (place.version === 1) return optionAsVariant({ fieldClass, convert }, requireLocation(location));
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

function optionAsVariant({ fieldClass, convert }: CtfTranslated, tag: CtfLocation): CtfTranslated {
  const nothing: CtfFieldClass = { kind: 'structure', members: [], minimumAlignmentBits: 1 };
  return {
    fieldClass: {
      kind: 'variant',
      selectorLocation: tag,
      options: [nothing, fieldClass].map((option, i) => ({
        name: PRESENCE[i] ?? null,
        fieldClass: option,
        selectorRanges: [only(i)],
      })),
    },
    convert: (value) => {
      const { content } = value as OptionValue;
      return content === null ? { option: 0, value: [] } : { option: 1, value: convert(content) };
    },
  };
}

function variant(
  { options, selector, userAttributes }: VariantClass,
  place: Place,
  location: CtfLocation | null,
): CtfTranslated {
  const translated = options.map((one) => translate(one.fieldClass, place, null));
  const own = selector === null || location !== null ? null : selector;
  return {
    fieldClass: {
      kind: 'variant',
      selectorLocation: own === null ? requireLocation(location) : toCtfLocation(own.location),
      options: options.map((one, i) => ({
        name: place.version === 1 ? optionName(one, i) : one.name,
        fieldClass: translated[i]!.fieldClass,
        selectorRanges: own === null ? [only(i)] : one.ranges,
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
