/**
 * Field classes of CTF to those of the trace IR, and the values with them. What only matters for the bits (alignment,
 * byte order, encoding) goes; values mostly stay as they are.
 */
import {
  type FieldClass as CtfFieldClass,
  type FieldLocation as CtfLocation,
  type StructureClass as CtfStructureClass,
  type StructureMember as CtfStructureMember,
  type FieldValue as CtfValue,
  type EnumerationMapping,
  type OptionalValue,
  type TextEncoding,
  textEncodingOf,
  toUtf8,
  type VariantValue,
} from '@lttng-ts/ctf';
import {
  type FieldClass,
  type FieldLocation,
  type FieldValue,
  type IntegerRange,
  type Mapping,
  type OptionSelector,
  type Scope,
  type StructureClass,
  type StructureValue,
  structureOf,
  type ValueMap,
} from '@lttng-ts/graph';
import { translateAttributes } from './translate-attributes.ts';

export type Convert = (value: CtfValue) => FieldValue;

/** A field class and what to do with its values: `null` when nothing needs to be done. */
export interface Translated<C extends FieldClass = FieldClass> {
  readonly fieldClass: C;
  readonly convert: Convert | null;
}

/** What a selector is, wherever it is found: the trace IR says it at the option or variant. */
export type SelectorKind = 'unsigned-integer' | 'signed-integer';
/** Orders the labels of an enumeration, which come in order of their first mapping. */
export type OrderLabels = (labels: readonly string[]) => readonly string[];
export type FindSelectorKind = (location: CtfLocation) => SelectorKind;

/** Root structures that the trace IR has, too. Lengths and selectors elsewhere are lost to it. */
const SCOPES: Readonly<Partial<Record<CtfLocation['origin'], Scope>>> = {
  'packet-context': 'packet-context',
  'event-record-common-context': 'event-common-context',
  'event-record-specific-context': 'event-specific-context',
  'event-record-payload': 'event-payload',
};

function translateLocation({ origin, path }: CtfLocation): FieldLocation | null {
  const scope = SCOPES[origin];
  return scope === undefined ? null : { scope, path };
}

/** Applies a conversion. Values that need none have the same shapes in both worlds. */
export function apply(convert: Convert | null, value: CtfValue): FieldValue {
  return convert === null ? (value as FieldValue) : convert(value);
}

/** {@link apply} to a root structure. */
export function applyToStructure(convert: Convert | null, value: CtfValue): StructureValue {
  return apply(convert, value) as StructureValue;
}

function convertText(encoding: TextEncoding): Convert | null {
  const isOfBytes = encoding === 'utf-8' || encoding === 'ascii' || encoding === 'none';
  return isOfBytes ? null : (value) => toUtf8(value as Uint8Array, encoding);
}

function convertElements(convert: Convert | null): Convert | null {
  return convert === null ? null : (value) => (value as readonly CtfValue[]).map(convert);
}

/** Translates the field classes of one trace class. */
export class FieldClassTranslation {
  readonly #findSelectorKind: FindSelectorKind;
  readonly #orderLabels: OrderLabels;

  constructor(findSelectorKind: FindSelectorKind, orderLabels: OrderLabels) {
    this.#findSelectorKind = findSelectorKind;
    this.#orderLabels = orderLabels;
  }

  /** Translates a root structure without the members that `isLeftOut` names. */
  structure(
    { members, attributes }: CtfStructureClass,
    isLeftOut: (member: CtfStructureMember) => boolean = () => false,
  ): Translated<StructureClass> {
    const kept = members.flatMap((member, index) =>
      isLeftOut(member)
        ? []
        : [{ name: member.name, attributes: member.attributes, index, ...this.translate(member.fieldClass) }],
    );
    const fieldClass = structureOf(
      kept.map(({ name, fieldClass: member, attributes: ofMember }) => ({
        name,
        fieldClass: member,
        userAttributes: translateAttributes(ofMember),
      })),
      translateAttributes(attributes),
    );
    if (kept.length === members.length && kept.every(({ convert }) => convert === null)) {
      return { fieldClass, convert: null };
    }
    return {
      fieldClass,
      convert: (value) => {
        const values = value as readonly CtfValue[];
        return kept.map(({ index, convert }) => apply(convert, values[index]!));
      },
    };
  }

  translate(fieldClass: CtfFieldClass): Translated {
    const userAttributes = translateAttributes(fieldClass.attributes);
    const encoding = textEncodingOf(fieldClass);
    if (encoding !== null) {
      return { fieldClass: { kind: 'string', userAttributes }, convert: convertText(encoding) };
    }
    switch (fieldClass.kind) {
      case 'structure':
        return this.structure(fieldClass);
      case 'static-array': {
        const { fieldClass: element, convert } = this.translate(fieldClass.element);
        const { kind, length } = fieldClass;
        return {
          fieldClass: { kind, element, length, userAttributes },
          convert: convertElements(convert),
        };
      }
      case 'dynamic-array': {
        const { fieldClass: element, convert } = this.translate(fieldClass.element);
        const { kind } = fieldClass;
        const lengthLocation = translateLocation(fieldClass.lengthLocation);
        return {
          fieldClass: { kind, element, lengthLocation, userAttributes },
          convert: convertElements(convert),
        };
      }
      case 'optional':
        return this.#optional(fieldClass, userAttributes);
      case 'variant':
        return this.#variant(fieldClass, userAttributes);
      default:
        return translateScalar(fieldClass, userAttributes, this.#orderLabels);
    }
  }

  #optional(
    { fieldClass, selectorLocation, selectorRanges }: CtfFieldClass & { kind: 'optional' },
    userAttributes: ValueMap,
  ): Translated {
    const { fieldClass: content, convert } = this.translate(fieldClass);
    const location = translateLocation(selectorLocation);
    let selector: OptionSelector | null = null;
    if (location !== null) {
      selector =
        selectorRanges === null
          ? { kind: 'boolean', location, isReversed: false }
          : { kind: this.#findSelectorKind(selectorLocation), location, ranges: selectorRanges };
    }
    return {
      fieldClass: { kind: 'option', content, selector, userAttributes },
      convert:
        convert === null
          ? null
          : (value) => {
              const inner = (value as OptionalValue).content;
              return { content: inner === null ? null : convert(inner) };
            },
    };
  }

  #variant(
    { options, selectorLocation }: CtfFieldClass & { kind: 'variant' },
    userAttributes: ValueMap,
  ): Translated {
    const translated = options.map(({ fieldClass }) => this.translate(fieldClass));
    const location = translateLocation(selectorLocation);
    const isUnchanged = translated.every(({ convert }) => convert === null);
    return {
      fieldClass: {
        kind: 'variant',
        options: options.map(({ name, selectorRanges, attributes }, i) => ({
          name,
          fieldClass: translated[i]!.fieldClass,
          ranges: location === null ? [] : selectorRanges,
          userAttributes: translateAttributes(attributes),
        })),
        selector: location === null ? null : { kind: this.#findSelectorKind(selectorLocation), location },
        userAttributes,
      },
      convert: isUnchanged
        ? null
        : (value) => {
            const { option, value: chosen } = value as VariantValue;
            return { option, value: apply(translated[option]!.convert, chosen) };
          },
    };
  }
}

type ScalarClass = Exclude<
  CtfFieldClass,
  { kind: 'structure' | 'static-array' | 'dynamic-array' | 'optional' | 'variant' }
>;

function translateScalar(
  fieldClass: ScalarClass,
  userAttributes: ValueMap,
  orderLabels: OrderLabels,
): Translated {
  switch (fieldClass.kind) {
    case 'unsigned-integer':
    case 'signed-integer': {
      const { kind, sizeBits, displayBase, mappings } = fieldClass;
      return {
        fieldClass: {
          kind,
          valueRangeBits: sizeBits,
          displayBase,
          mappings: mappings === null ? null : groupMappings(mappings, orderLabels),
          expectsSmallValues: fieldClass.isVariableLength ?? false,
          userAttributes,
        },
        convert: null,
      };
    }
    case 'bit-array':
    case 'bit-map': {
      const { sizeBits: lengthBits } = fieldClass;
      const flags = fieldClass.kind === 'bit-map' ? groupMappings(fieldClass.flags, orderLabels) : [];
      return { fieldClass: { kind: 'bit-array', lengthBits, flags, userAttributes }, convert: null };
    }
    case 'boolean':
      return { fieldClass: { kind: 'boolean', userAttributes }, convert: null };
    case 'floating-point': {
      const kind = fieldClass.sizeBits === 64 ? 'double-precision-real' : 'single-precision-real';
      return { fieldClass: { kind, userAttributes }, convert: null };
    }
    case 'null-terminated-string':
      return { fieldClass: { kind: 'string', userAttributes }, convert: convertText(fieldClass.encoding) };
    case 'static-blob': {
      const { kind, lengthBytes, mediaType } = fieldClass;
      return { fieldClass: { kind, lengthBytes, mediaType, userAttributes }, convert: null };
    }
    case 'dynamic-blob': {
      const { kind, mediaType } = fieldClass;
      const lengthLocation = translateLocation(fieldClass.lengthLocation);
      return { fieldClass: { kind, lengthLocation, mediaType, userAttributes }, convert: null };
    }
  }
}

/** One label with all its ranges. */
function groupMappings(
  mappings: readonly EnumerationMapping[],
  orderLabels: OrderLabels,
): readonly Mapping[] {
  const byLabel = new Map<string, IntegerRange[]>();
  for (const { label, range } of mappings) {
    const ranges = byLabel.get(label);
    if (ranges === undefined) byLabel.set(label, [range]);
    else ranges.push(range);
  }
  return orderLabels([...byLabel.keys()]).map((label) => ({ label, ranges: byLabel.get(label)! }));
}
