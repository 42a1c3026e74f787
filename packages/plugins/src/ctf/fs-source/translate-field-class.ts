/**
 * Field classes of CTF to those of the trace IR, and the values with them. What only matters for the bits (alignment,
 * byte order, encoding) goes; values mostly stay as they are.
 */
import {
  NEGATIVE_NAN as CTF_NEGATIVE_NAN,
  type FieldClass as CtfFieldClass,
  type FieldLocation as CtfLocation,
  type StructureClass as CtfStructureClass,
  type StructureMember as CtfStructureMember,
  type FieldValue as CtfValue,
} from '@lttng-ts/ctf';
import {
  doublePrecisionReal,
  EMPTY_MAP,
  type FieldClass,
  type FieldLocation,
  type FieldValue,
  type Mapping,
  NEGATIVE_NAN,
  type Scope,
  type StructureClass,
  type StructureValue,
  signedInteger,
  singlePrecisionReal,
  stringClass,
  structureOf,
  unsignedInteger,
} from '@lttng-ts/graph';

export type Convert = (value: CtfValue) => FieldValue;

/** A field class and what to do with its values: `null` when nothing needs to be done. */
export interface Translated<C extends FieldClass = FieldClass> {
  readonly fieldClass: C;
  readonly convert: Convert | null;
}

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

/** Translates a root structure without the members that `isLeftOut` names. */
export function translateStructure(
  { members }: CtfStructureClass,
  isLeftOut: (member: CtfStructureMember) => boolean = () => false,
): Translated<StructureClass> {
  const kept = members.flatMap((member, index) =>
    isLeftOut(member) ? [] : [{ name: member.name, index, ...translateFieldClass(member.fieldClass) }],
  );
  const fieldClass = structureOf(
    kept.map(({ name, fieldClass: member }) => ({ name, fieldClass: member, userAttributes: EMPTY_MAP })),
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

/** Applies a conversion. Values that need none have the same shapes in both worlds. */
export function apply(convert: Convert | null, value: CtfValue): FieldValue {
  return convert === null ? (value as FieldValue) : convert(value);
}

/** {@link apply} to a root structure. */
export function applyToStructure(convert: Convert | null, value: CtfValue): StructureValue {
  return apply(convert, value) as StructureValue;
}

export function translateFieldClass(fieldClass: CtfFieldClass): Translated {
  switch (fieldClass.kind) {
    case 'unsigned-integer':
    case 'signed-integer': {
      const make = fieldClass.kind === 'signed-integer' ? signedInteger : unsignedInteger;
      const { sizeBits, displayBase, mappings } = fieldClass;
      return {
        fieldClass: make({
          valueRangeBits: sizeBits,
          displayBase,
          mappings: mappings === null ? null : groupMappings(mappings),
        }),
        convert: null,
      };
    }
    case 'floating-point':
      return {
        fieldClass: fieldClass.sizeBits === 32 ? singlePrecisionReal : doublePrecisionReal,
        convert: (value) => (value === CTF_NEGATIVE_NAN ? NEGATIVE_NAN : (value as number)),
      };
    case 'null-terminated-string':
      return { fieldClass: stringClass, convert: null };
    case 'static-array': {
      if (fieldClass.isText) return { fieldClass: stringClass, convert: null };
      const { fieldClass: element, convert } = translateFieldClass(fieldClass.element);
      const { length } = fieldClass;
      return {
        fieldClass: { kind: 'static-array', element, length, userAttributes: EMPTY_MAP },
        convert: ofElements(convert),
      };
    }
    case 'dynamic-array': {
      if (fieldClass.isText) return { fieldClass: stringClass, convert: null };
      const { fieldClass: element, convert } = translateFieldClass(fieldClass.element);
      const lengthLocation = translateLocation(fieldClass.lengthLocation);
      return {
        fieldClass: { kind: 'dynamic-array', element, lengthLocation, userAttributes: EMPTY_MAP },
        convert: ofElements(convert),
      };
    }
    case 'structure':
      return translateStructure(fieldClass);
    case 'variant':
      return translateVariant(fieldClass);
  }
}

function ofElements(convert: Convert | null): Convert | null {
  return convert === null ? null : (value) => (value as readonly CtfValue[]).map(convert);
}

/** One label with all its ranges, in order of the first. */
function groupMappings(mappings: readonly { label: string; range: Mapping['ranges'][number] }[]): Mapping[] {
  const byLabel = new Map<string, Mapping['ranges'][number][]>();
  for (const { label, range } of mappings) {
    const ranges = byLabel.get(label);
    if (ranges === undefined) byLabel.set(label, [range]);
    else ranges.push(range);
  }
  return [...byLabel].map(([label, ranges]) => ({ label, ranges }));
}

function translateVariant({ options, selectorLocation }: CtfFieldClass & { kind: 'variant' }): Translated {
  const translated = options.map(({ fieldClass }) => translateFieldClass(fieldClass));
  const location = translateLocation(selectorLocation);
  const isSigned = options.some(({ selectorRanges }) => selectorRanges.some(({ lower }) => lower < 0n));
  const convert: Convert | null = translated.every((option) => option.convert === null)
    ? null
    : (value) => {
        const { option, value: chosen } = value as { option: number; value: CtfValue };
        return { option, value: apply(translated[option]!.convert, chosen) };
      };
  return {
    fieldClass: {
      kind: 'variant',
      options: options.map(({ name, selectorRanges }, i) => ({
        name,
        fieldClass: translated[i]!.fieldClass,
        ranges: location === null ? [] : selectorRanges,
        userAttributes: EMPTY_MAP,
      })),
      selector:
        location === null ? null : { kind: isSigned ? 'signed-integer' : 'unsigned-integer', location },
      userAttributes: EMPTY_MAP,
    },
    convert,
  };
}
