/**
 * Field classes: the types of fields. Plain values, made by the functions below and shared freely; a field class is
 * immutable and belongs to nobody.
 *
 * What only MIP 1 knows (BLOBs, named bits, media types) says so at its member.
 */
import { precondition } from '../errors.ts';
import { EMPTY_MAP, type ValueMap } from '../values.ts';

/** Base in which people want to see an integer. */
export type DisplayBase = 2 | 8 | 10 | 16;

/** Integers from `lower` to `upper`, both included. */
export interface IntegerRange {
  readonly lower: bigint;
  readonly upper: bigint;
}

/** A label for some values of an integer. */
export interface Mapping {
  readonly label: string;
  readonly ranges: readonly IntegerRange[];
}

/** The root structures that a location begins at. */
export type Scope = 'packet-context' | 'event-common-context' | 'event-specific-context' | 'event-payload';

/**
 * Where the length or selector of another field is found: a root structure and the names of the members on the way
 * down. Arrays, options and variants on the way are passed through without a name.
 */
export interface FieldLocation {
  readonly scope: Scope;
  readonly path: readonly string[];
}

interface Attributed {
  readonly userAttributes: ValueMap;
}

export interface BooleanClass extends Attributed {
  readonly kind: 'boolean';
}

export interface BitArrayClass extends Attributed {
  readonly kind: 'bit-array';
  /** 1 to 64. */
  readonly lengthBits: number;
  /** MIP 1: labels of bit indexes, 0 being the least significant one. */
  readonly flags: readonly Mapping[];
}

export interface IntegerClass extends Attributed {
  readonly kind: 'unsigned-integer' | 'signed-integer';
  /** Bits that values need: 1 to 64. */
  readonly valueRangeBits: number;
  readonly displayBase: DisplayBase;
  /** `null`: not an enumeration. */
  readonly mappings: readonly Mapping[] | null;
  /** MIP 1: whether values are mostly small. */
  readonly expectsSmallValues?: boolean;
}

export interface RealClass extends Attributed {
  readonly kind: 'single-precision-real' | 'double-precision-real';
}

export interface StringClass extends Attributed {
  readonly kind: 'string';
}

/** MIP 1. */
export interface StaticBlobClass extends Attributed {
  readonly kind: 'static-blob';
  readonly lengthBytes: number;
  readonly mediaType: string;
}

/** MIP 1. */
export interface DynamicBlobClass extends Attributed {
  readonly kind: 'dynamic-blob';
  readonly lengthLocation: FieldLocation | null;
  readonly mediaType: string;
}

export interface StaticArrayClass extends Attributed {
  readonly kind: 'static-array';
  readonly length: number;
  readonly element: FieldClass;
}

export interface DynamicArrayClass extends Attributed {
  readonly kind: 'dynamic-array';
  readonly lengthLocation: FieldLocation | null;
  readonly element: FieldClass;
}

export interface StructureMember extends Attributed {
  readonly name: string;
  readonly fieldClass: FieldClass;
}

export interface StructureClass extends Attributed {
  readonly kind: 'structure';
  readonly members: readonly StructureMember[];
}

/** What decides whether an option has a field. */
export type OptionSelector =
  | { readonly kind: 'boolean'; readonly location: FieldLocation; readonly isReversed: boolean }
  | {
      readonly kind: 'unsigned-integer' | 'signed-integer';
      readonly location: FieldLocation;
      readonly ranges: readonly IntegerRange[];
    };

export interface OptionClass extends Attributed {
  readonly kind: 'option';
  readonly content: FieldClass;
  readonly selector: OptionSelector | null;
}

export interface VariantOption extends Attributed {
  /** `null` in MIP 1 only. */
  readonly name: string | null;
  readonly fieldClass: FieldClass;
  /** Values of the selector that choose this option; empty without a selector. */
  readonly ranges: readonly IntegerRange[];
}

export interface VariantClass extends Attributed {
  readonly kind: 'variant';
  readonly options: readonly VariantOption[];
  readonly selector: {
    readonly kind: 'unsigned-integer' | 'signed-integer';
    readonly location: FieldLocation;
  } | null;
}

export type FieldClass =
  | BooleanClass
  | BitArrayClass
  | IntegerClass
  | RealClass
  | StringClass
  | StaticBlobClass
  | DynamicBlobClass
  | StaticArrayClass
  | DynamicArrayClass
  | StructureClass
  | OptionClass
  | VariantClass;

const plain = { userAttributes: EMPTY_MAP };

/** `true` or `false`. */
export const booleanClass: BooleanClass = { kind: 'boolean', ...plain };
export const singlePrecisionReal: RealClass = { kind: 'single-precision-real', ...plain };
export const doublePrecisionReal: RealClass = { kind: 'double-precision-real', ...plain };
export const stringClass: StringClass = { kind: 'string', ...plain };

export type IntegerOptions = Partial<Omit<IntegerClass, 'kind'>>;

function integerClass(kind: IntegerClass['kind'], options: IntegerOptions): IntegerClass {
  const made: IntegerClass = {
    kind,
    valueRangeBits: 64,
    displayBase: 10,
    mappings: null,
    ...plain,
    ...options,
  };
  precondition(
    made.valueRangeBits >= 1 && made.valueRangeBits <= 64,
    'field-class-integer-set-field-value-range:valid-n',
    `Unsupported size for integer field value range: size=${made.valueRangeBits}`,
  );
  return made;
}

/** An unsigned integer of up to 64 bits, decimal unless told otherwise. */
export const unsignedInteger = (options: IntegerOptions = {}): IntegerClass =>
  integerClass('unsigned-integer', options);

/** A signed integer of up to 64 bits, decimal unless told otherwise. */
export const signedInteger = (options: IntegerOptions = {}): IntegerClass =>
  integerClass('signed-integer', options);

/** A structure from its members: `structure({ size: unsignedInteger(), name: stringClass })`. */
export function structure(members: Readonly<Record<string, FieldClass>>): StructureClass {
  return structureOf(Object.entries(members).map(([name, fieldClass]) => ({ name, fieldClass, ...plain })));
}

/** A structure from a list of members: keeps any order and any name. */
export function structureOf(
  members: readonly StructureMember[],
  userAttributes: ValueMap = EMPTY_MAP,
): StructureClass {
  const names = new Set<string>();
  for (const { name } of members) {
    precondition(
      !names.has(name),
      'field-class-structure-append-member:member-name-is-unique',
      `Duplicate member name in structure field class: name=${JSON.stringify(name)}`,
    );
    names.add(name);
  }
  return { kind: 'structure', members, userAttributes };
}

/** An array whose length each field has for itself. */
export const dynamicArray = (element: FieldClass): DynamicArrayClass => ({
  kind: 'dynamic-array',
  element,
  lengthLocation: null,
  ...plain,
});

/** An array of `length` elements. */
export const staticArray = (element: FieldClass, length: number): StaticArrayClass => ({
  kind: 'static-array',
  element,
  length,
  ...plain,
});

/** True for integer classes, enumerations among them. */
export function isInteger(fieldClass: FieldClass): fieldClass is IntegerClass {
  return fieldClass.kind === 'unsigned-integer' || fieldClass.kind === 'signed-integer';
}

/** Labels of `value`, in order of the mappings. */
export function labelsOf(mappings: readonly Mapping[], value: bigint): readonly string[] {
  return mappings
    .filter(({ ranges }) => ranges.some(({ lower, upper }) => value >= lower && value <= upper))
    .map(({ label }) => label);
}
