/**
 * Field classes: how the bits of a field become a value. One vocabulary, that of CTF 2, for metadata of
 * CTF 1.8 and of CTF 2; what only one of them can express is a property that the other leaves at its default.
 *
 * Names of members are those that people see: the translation from TSDL takes one leading underscore away
 * (LTTng puts it there to keep user names apart from keywords), the writer puts it back.
 */
import type { ByteOrder } from '@lttng-ts/wire';
import type { ClockClass } from './clock-class.ts';
import type { FieldLocation } from './location.ts';

/** Base in which people want to see an integer. */
export type DisplayBase = 2 | 8 | 10 | 16;

/** Encoding of text. In CTF 1.8 an integer has one when arrays of it are text. */
export type TextEncoding = 'none' | 'utf-8' | 'ascii';

/**
 * What an integer means to the trace itself, instead of CTF 1.8's reserved names. A field with a role is
 * read by the decoder for its own purposes and is not shown to people.
 */
export type Role =
  | 'packet-magic-number'
  | 'metadata-stream-uuid'
  | 'data-stream-class-id'
  | 'data-stream-id'
  | 'packet-beginning-clock-timestamp'
  | 'packet-end-clock-timestamp'
  | 'packet-total-length'
  | 'packet-content-length'
  | 'discarded-event-record-counter-snapshot'
  | 'packet-sequence-number'
  | 'event-record-class-id'
  | 'default-clock-timestamp';

/** Integers from `lower` to `upper`, both included. */
export interface IntegerRange {
  readonly lower: bigint;
  readonly upper: bigint;
}

/** A name for some values of an integer. */
export interface EnumerationMapping {
  readonly label: string;
  readonly range: IntegerRange;
  /** The value was not given but counted on from the mapping before: the writer leaves it out. */
  readonly isAutomatic?: boolean;
}

interface IntegerProperties {
  readonly sizeBits: number;
  readonly alignmentBits: number;
  readonly byteOrder: ByteOrder;
  readonly displayBase: DisplayBase;
  readonly encoding: TextEncoding;
  /** The clock whose value this field gives or updates. */
  readonly clockClass: ClockClass | null;
  readonly role: Role | null;
  /**
   * Names of values, in order of declaration; ranges of different names may overlap and a name may occur
   * more than once. `null`: not an enumeration.
   */
  readonly mappings: readonly EnumerationMapping[] | null;
}

export interface UnsignedIntegerClass extends IntegerProperties {
  readonly kind: 'unsigned-integer';
}

export interface SignedIntegerClass extends IntegerProperties {
  readonly kind: 'signed-integer';
}

export type IntegerClass = UnsignedIntegerClass | SignedIntegerClass;

/** IEEE 754 binary32 or binary64. */
export interface FloatingPointClass {
  readonly kind: 'floating-point';
  readonly sizeBits: 32 | 64;
  readonly alignmentBits: number;
  readonly byteOrder: ByteOrder;
}

export interface NullTerminatedStringClass {
  readonly kind: 'null-terminated-string';
  readonly encoding: TextEncoding;
}

/** A number of elements that the class fixes. */
export interface StaticArrayClass {
  readonly kind: 'static-array';
  readonly length: number;
  readonly element: FieldClass;
  /** The elements are the bytes of a text (CTF 2: a static-length string). */
  readonly isText: boolean;
  readonly role: Role | null;
}

/** A number of elements that another field gives. */
export interface DynamicArrayClass {
  readonly kind: 'dynamic-array';
  readonly lengthLocation: FieldLocation;
  readonly element: FieldClass;
  readonly isText: boolean;
}

export interface StructureMember {
  readonly name: string;
  readonly fieldClass: FieldClass;
}

export interface StructureClass {
  readonly kind: 'structure';
  readonly members: readonly StructureMember[];
  /** Alignment of an empty structure; with members, the largest of theirs counts too. */
  readonly minimumAlignmentBits: number;
}

export interface VariantOption {
  readonly name: string;
  readonly fieldClass: FieldClass;
  /** Values of the selector that choose this option. */
  readonly selectorRanges: readonly IntegerRange[];
}

export interface VariantClass {
  readonly kind: 'variant';
  readonly selectorLocation: FieldLocation;
  readonly options: readonly VariantOption[];
}

export type FieldClass =
  | IntegerClass
  | FloatingPointClass
  | NullTerminatedStringClass
  | StaticArrayClass
  | DynamicArrayClass
  | StructureClass
  | VariantClass;

/** True for integer classes, enumerations among them. */
export function isInteger(fieldClass: FieldClass): fieldClass is IntegerClass {
  return fieldClass.kind === 'unsigned-integer' || fieldClass.kind === 'signed-integer';
}

/** Makes an integer class: what is not given is plain (little-endian, decimal, byte-aligned, no role). */
export function integer(
  kind: IntegerClass['kind'],
  sizeBits: number,
  properties: Partial<IntegerProperties> = {},
): IntegerClass {
  return {
    kind,
    sizeBits,
    alignmentBits: 8,
    byteOrder: 'little-endian',
    displayBase: 10,
    encoding: 'none',
    clockClass: null,
    role: null,
    mappings: null,
    ...properties,
  };
}

/** Makes a structure class of `members`. */
export function structure(members: readonly StructureMember[], minimumAlignmentBits = 1): StructureClass {
  return { kind: 'structure', members, minimumAlignmentBits };
}

/**
 * Alignment of a field in bits. A string is aligned to a byte, an array like its element, a structure like
 * its widest member; a variant has none of its own.
 */
export function alignmentBitsOf(fieldClass: FieldClass): number {
  switch (fieldClass.kind) {
    case 'unsigned-integer':
    case 'signed-integer':
    case 'floating-point':
      return fieldClass.alignmentBits;
    case 'null-terminated-string':
      return 8;
    case 'static-array':
    case 'dynamic-array':
      return alignmentBitsOf(fieldClass.element);
    case 'structure':
      return fieldClass.members.reduce(
        (widest, member) => Math.max(widest, alignmentBitsOf(member.fieldClass)),
        fieldClass.minimumAlignmentBits,
      );
    case 'variant':
      return 1;
  }
}

/**
 * Whether arrays of `element` are text: bytes with a text encoding, as CTF 1.8 has it.
 *
 * Babeltrace 2 asks for UTF-8 and an alignment of 8, so an ASCII array is an array of numbers to it, too.
 */
export function isTextElement(element: FieldClass): boolean {
  return (
    isInteger(element) &&
    element.sizeBits === 8 &&
    element.alignmentBits === 8 &&
    element.encoding === 'utf-8'
  );
}

/** Labels of `value`, each once, in order of their first mapping. */
export function labelsOf(mappings: readonly EnumerationMapping[], value: bigint): readonly string[] {
  const matching = new Set<string>();
  for (const { label, range } of mappings) {
    if (value >= range.lower && value <= range.upper) matching.add(label);
  }
  if (matching.size < 2) return [...matching];
  return [...new Set(mappings.map(({ label }) => label))].filter((label) => matching.has(label));
}
