/**
 * Field classes: how the bits of a field become a value. One vocabulary, that of CTF 2, for metadata of
 * CTF 1.8 and of CTF 2; what only one of them can express is a property that the other leaves at its default.
 *
 * Names of members are those that people see: the translation from TSDL takes one leading underscore away
 * (LTTng puts it there to keep user names apart from keywords), the writer puts it back.
 */
import type { ByteOrder } from '@lttng-ts/wire';
import type { Attributes } from './attributes.ts';
import type { ClockClass } from './clock-class.ts';
import type { FieldLocation } from './location.ts';

/** Base in which people want to see an integer. */
export type DisplayBase = 2 | 8 | 10 | 16;

/** Encoding of text. In CTF 1.8 an integer has one when arrays of it are text. */
export type TextEncoding = 'none' | 'utf-8' | 'ascii' | 'utf-16be' | 'utf-16le' | 'utf-32be' | 'utf-32le';

/** Which bit of a byte comes first: the least significant one, or the most significant one. */
export type BitOrder = 'first-to-last' | 'last-to-first';

/** The order of bits that CTF 1.8 has, and CTF 2 when nothing else is said. */
export function naturalBitOrder(byteOrder: ByteOrder): BitOrder {
  return byteOrder === 'little-endian' ? 'first-to-last' : 'last-to-first';
}

/**
 * What a field means to the trace itself, instead of CTF 1.8's reserved names. A field with a role is
 * read by the decoder for its own purposes and is not shown to people.
 *
 * CTF 2's `default-clock-timestamp` in a packet context is `packet-beginning-clock-timestamp` here.
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

/** What every field class may have. */
interface Annotated {
  /** CTF 2 only. */
  readonly attributes?: Attributes;
}

/** A fixed number of bits, in any place. */
export interface BitsProperties extends Annotated {
  readonly sizeBits: number;
  readonly alignmentBits: number;
  readonly byteOrder: ByteOrder;
  /** Not given: the one of {@link naturalBitOrder}. */
  readonly bitOrder?: BitOrder;
}

/** Bits without a meaning. */
export interface BitArrayClass extends BitsProperties {
  readonly kind: 'bit-array';
}

/** Bits that have names, some of them. */
export interface BitMapClass extends BitsProperties {
  readonly kind: 'bit-map';
  /** Ranges of bit positions, 0 for the least significant bit. */
  readonly flags: readonly EnumerationMapping[];
}

/** True when any bit is set. */
export interface BooleanClass extends BitsProperties {
  readonly kind: 'boolean';
}

interface IntegerProperties extends BitsProperties {
  /**
   * LEB128 (CTF 2: variable-length integers): `sizeBits` is 64, the most that a value may have, the alignment is 8,
   * and the byte order means nothing.
   */
  readonly isVariableLength?: boolean;
  readonly displayBase: DisplayBase;
  readonly encoding: TextEncoding;
  /** The clock whose value this field gives or updates. */
  readonly clockClass: ClockClass | null;
  readonly roles: readonly Role[];
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

/** IEEE 754 binary16, binary32 or binary64. */
export interface FloatingPointClass extends BitsProperties {
  readonly kind: 'floating-point';
  readonly sizeBits: 16 | 32 | 64;
}

/** Code units up to one that is zero. */
export interface NullTerminatedStringClass extends Annotated {
  readonly kind: 'null-terminated-string';
  readonly encoding: TextEncoding;
}

interface ArrayProperties extends Annotated {
  readonly element: FieldClass;
  /**
   * The elements are the bytes of a text, whose encoding is the element's: CTF 1.8's arrays of encoded integers, and
   * CTF 2's static- and dynamic-length strings. The length counts bytes.
   */
  readonly isText: boolean;
  /** CTF 2; the element's alignment counts too. */
  readonly minimumAlignmentBits?: number;
}

/** A number of elements that the class fixes. */
export interface StaticArrayClass extends ArrayProperties {
  readonly kind: 'static-array';
  readonly length: number;
  /** `metadata-stream-uuid`, or none. */
  readonly role: Role | null;
}

/** A number of elements that another field gives. */
export interface DynamicArrayClass extends ArrayProperties {
  readonly kind: 'dynamic-array';
  readonly lengthLocation: FieldLocation;
}

interface BlobProperties extends Annotated {
  /** IANA media type. */
  readonly mediaType: string;
}

/** Bytes that a program knows to read; their number is the class's. */
export interface StaticBlobClass extends BlobProperties {
  readonly kind: 'static-blob';
  readonly lengthBytes: number;
  /** `metadata-stream-uuid`, or none. */
  readonly role: Role | null;
}

/** Bytes that a program knows to read; another field gives their number. */
export interface DynamicBlobClass extends BlobProperties {
  readonly kind: 'dynamic-blob';
  readonly lengthLocation: FieldLocation;
}

export interface StructureMember extends Annotated {
  readonly name: string;
  readonly fieldClass: FieldClass;
}

export interface StructureClass extends Annotated {
  readonly kind: 'structure';
  readonly members: readonly StructureMember[];
  /** Alignment of an empty structure; with members, the largest of theirs counts too. */
  readonly minimumAlignmentBits: number;
}

/** A field that is there or not. */
export interface OptionalClass extends Annotated {
  readonly kind: 'optional';
  readonly selectorLocation: FieldLocation;
  /** Values of an integer selector with which the field is there; `null`: the selector is a boolean. */
  readonly selectorRanges: readonly IntegerRange[] | null;
  readonly fieldClass: FieldClass;
}

export interface VariantOption extends Annotated {
  /** CTF 2 has options without a name. */
  readonly name: string | null;
  readonly fieldClass: FieldClass;
  /** Values of the selector that choose this option. */
  readonly selectorRanges: readonly IntegerRange[];
}

export interface VariantClass extends Annotated {
  readonly kind: 'variant';
  readonly selectorLocation: FieldLocation;
  readonly options: readonly VariantOption[];
}

export type FieldClass =
  | BitArrayClass
  | BitMapClass
  | BooleanClass
  | IntegerClass
  | FloatingPointClass
  | NullTerminatedStringClass
  | StaticArrayClass
  | DynamicArrayClass
  | StaticBlobClass
  | DynamicBlobClass
  | StructureClass
  | OptionalClass
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
    roles: [],
    mappings: null,
    ...properties,
  };
}

/** Makes a structure class of `members`. */
export function structure(members: readonly StructureMember[], minimumAlignmentBits = 1): StructureClass {
  return { kind: 'structure', members, minimumAlignmentBits };
}

/**
 * Alignment of a field in bits. A string and a BLOB are aligned to a byte, an array like its element, a structure
 * like its widest member; what an optional or a variant holds aligns itself.
 */
export function alignmentBitsOf(fieldClass: FieldClass): number {
  switch (fieldClass.kind) {
    case 'unsigned-integer':
    case 'signed-integer':
    case 'floating-point':
    case 'bit-array':
    case 'bit-map':
    case 'boolean':
      return fieldClass.alignmentBits;
    case 'null-terminated-string':
    case 'static-blob':
    case 'dynamic-blob':
      return 8;
    case 'static-array':
    case 'dynamic-array':
      return Math.max(alignmentBitsOf(fieldClass.element), fieldClass.minimumAlignmentBits ?? 1);
    case 'structure':
      return fieldClass.members.reduce(
        (widest, member) => Math.max(widest, alignmentBitsOf(member.fieldClass)),
        fieldClass.minimumAlignmentBits,
      );
    case 'optional':
    case 'variant':
      return 1;
  }
}

/** Whether the bits of a field have the order that its byte order does not have by nature. */
export function isBitOrderReversed({ byteOrder, bitOrder }: BitsProperties): boolean {
  return bitOrder !== undefined && bitOrder !== naturalBitOrder(byteOrder);
}

/** Encoding of a string or text array; `null` for other field classes. */
export function textEncodingOf(fieldClass: FieldClass): TextEncoding | null {
  switch (fieldClass.kind) {
    case 'null-terminated-string':
      return fieldClass.encoding;
    case 'static-array':
    case 'dynamic-array':
      return fieldClass.isText && isInteger(fieldClass.element) ? fieldClass.element.encoding : null;
    default:
      return null;
  }
}

/** Labels of the flags that `bits` of a bit map has, each once, in order of their first range. */
export function flagsOf(flags: readonly EnumerationMapping[], bits: bigint): readonly string[] {
  const set = flags.filter(({ range: { lower, upper } }) => {
    return BigInt.asUintN(Number(upper - lower) + 1, bits >> lower) !== 0n;
  });
  return [...new Set(set.map(({ label }) => label))];
}

/**
 * Whether arrays of `element` are text: bytes with a text encoding, as CTF 1.8 has it.
 *
 * Babeltrace 2.1 takes both encodings, 2.0 UTF-8 only.
 */
export function isTextElement(element: FieldClass): boolean {
  return (
    isInteger(element) && element.sizeBits === 8 && element.alignmentBits === 8 && element.encoding !== 'none'
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
