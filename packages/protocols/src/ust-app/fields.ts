/**
 * Field records: how applications describe event fields, context fields and their types
 * (`ustctl_field`, 920 bytes each). A nested type is a run of records: the outer record, then its elements,
 * container or members, mostly without a name. Here a run of records becomes a tree and back.
 *
 * The abstract types 1, 2, 3 and 7 are the forms of ABI 8; a variant (6) is sent by lttng-ust 2.13 too, for
 * application contexts. `form` keeps which one was used, so that decoding and encoding are inverse.
 */
import { ProtocolError } from '@lttng-ts/base';
import { bytes, fixedString, i32, packed, padding, type TypeOf, u16, u32, u64 } from '@lttng-ts/wire';

/** Size of every name in the ABI, with its NUL. */
export const UST_SYMBOL_BYTES = 256;

/** Numbers of text encodings. */
export const ustEncodings = { none: 0, UTF8: 1, ASCII: 2 } as const;
export type UstEncoding = keyof typeof ustEncodings;

export interface UstIntegerType {
  readonly kind: 'integer';
  readonly sizeBits: number;
  readonly isSigned: boolean;
  /** Stored in the byte order that is not the machine's: network order on x86. */
  readonly isReverseByteOrder: boolean;
  readonly base: number;
  readonly encoding: UstEncoding;
  readonly alignBits: number;
}

export interface UstFloatType {
  readonly kind: 'float';
  readonly exponentBits: number;
  /** With the implicit bit: 24 and 53. */
  readonly mantissaBits: number;
  readonly isReverseByteOrder: boolean;
  readonly alignBits: number;
}

export interface UstStringType {
  readonly kind: 'string';
  readonly encoding: UstEncoding;
}

export interface UstEnumType {
  readonly kind: 'enum';
  readonly form: 'nestable' | 'legacy';
  readonly name: string;
  /** The id that the daemon gave the enumeration when it was registered. */
  readonly enumId: bigint;
  readonly container: UstIntegerType;
}

export interface UstArrayType {
  readonly kind: 'array';
  readonly form: 'nestable' | 'legacy';
  readonly length: number;
  /** Alignment before the first element, 0 when there is none. */
  readonly alignBytes: number;
  readonly element: UstFieldType;
}

export type UstSequenceType =
  | {
      readonly kind: 'sequence';
      readonly form: 'nestable';
      /** Name of the integer field before this one that holds the length. */
      readonly lengthName: string;
      readonly alignBytes: number;
      readonly element: UstFieldType;
    }
  | {
      readonly kind: 'sequence';
      readonly form: 'legacy';
      /** The length has no field of its own: it stands before the elements. */
      readonly lengthType: UstBasicType;
      readonly element: UstBasicType;
    };

export interface UstStructType {
  readonly kind: 'struct';
  readonly form: 'nestable' | 'legacy';
  readonly alignBytes: number;
  readonly fields: readonly UstField[];
}

export interface UstVariantType {
  readonly kind: 'variant';
  readonly form: 'nestable' | 'legacy';
  /** Name of the enumeration field that selects. */
  readonly tagName: string;
  readonly alignBytes: number;
  readonly choices: readonly UstField[];
}

/** What the forms of ABI 8 nest inside one record. */
export type UstBasicType = UstIntegerType | UstFloatType | UstStringType | UstEnumType;

export type UstFieldType = UstBasicType | UstArrayType | UstSequenceType | UstStructType | UstVariantType;

export interface UstField {
  /** Empty for elements and containers. */
  readonly name: string;
  readonly type: UstFieldType;
}

/** Numbers of abstract types. */
export const ustAbstractTypes = {
  integer: 0,
  legacyEnum: 1,
  legacyArray: 2,
  legacySequence: 3,
  string: 4,
  float: 5,
  legacyVariant: 6,
  legacyStruct: 7,
  enum: 8,
  array: 9,
  sequence: 10,
  struct: 11,
  variant: 12,
} as const;

const BODY_BYTES = 632;
const symbol = fixedString(UST_SYMBOL_BYTES);

/** One record; `body` depends on the abstract type. */
export const fieldRecord = packed('ustctl_field', 'host', {
  name: symbol,
  abstractType: u32,
  body: bytes(BODY_BYTES),
  reserved: padding(28),
});
type FieldRecord = TypeOf<typeof fieldRecord>;

const integerBody = packed('ustctl_integer_type', 'host', {
  sizeBits: u32,
  isSigned: u32,
  isReverseByteOrder: u32,
  base: u32,
  encoding: i32,
  alignBits: u16,
  reserved: padding(26),
});
const floatBody = packed('ustctl_float_type', 'host', {
  exponentBits: u32,
  mantissaBits: u32,
  isReverseByteOrder: u32,
  alignBits: u16,
});
const stringBody = packed('ustctl_string_type', 'host', { encoding: i32 });
const enumBody = packed('ustctl_type.enum_nestable', 'host', { name: symbol, enumId: u64 });
const arrayBody = packed('ustctl_type.array_nestable', 'host', { length: u32, alignBytes: u32 });
const sequenceBody = packed('ustctl_type.sequence_nestable', 'host', { lengthName: symbol, alignBytes: u32 });
const structBody = packed('ustctl_type.struct_nestable', 'host', { fieldCount: u32, alignBytes: u32 });
const variantBody = packed('ustctl_type.variant_nestable', 'host', {
  choiceCount: u32,
  tagName: symbol,
  alignBytes: u32,
});

const BASIC_BYTES = 312;
const legacyEnumBody = packed('ustctl_basic_type.enumeration', 'host', {
  name: symbol,
  container: bytes(integerBody.sizeBytes),
  enumId: u64,
});
const basicType = packed('ustctl_basic_type', 'host', { abstractType: u32, body: bytes(BASIC_BYTES) });
const legacyArrayBody = packed('ustctl_type.array', 'host', { element: basicType, length: u32 });
const legacySequenceBody = packed('ustctl_type.sequence', 'host', { length: basicType, element: basicType });
const legacyStructBody = packed('ustctl_type.struct', 'host', { fieldCount: u32 });
const legacyVariantBody = packed('ustctl_type.variant', 'host', { choiceCount: u32, tagName: symbol });

/** Records of one event or context list; more is a fault of the peer. */
export const MAX_FIELD_RECORDS = 4096;
/** Arrays in structs in variants …: deeper is a fault of the peer. */
export const MAX_FIELD_DEPTH = 32;

/** Decodes a run of records to its top-level fields; throws `ProtocolError` for what is no such run. */
export function decodeUstFields(records: Uint8Array): readonly UstField[] {
  if (records.length % fieldRecord.sizeBytes !== 0) {
    throw new ProtocolError(`Field records are cut: bytes=${records.length}`);
  }
  const count = records.length / fieldRecord.sizeBytes;
  if (count > MAX_FIELD_RECORDS) throw new ProtocolError(`Too many field records: count=${count}`);
  const reader = new RecordReader(records);
  const fields: UstField[] = [];
  while (!reader.isAtEnd) fields.push(reader.readField(0));
  return fields;
}

/** Encodes fields to their records. */
export function encodeUstFields(fields: readonly UstField[]): Uint8Array<ArrayBuffer> {
  const records: Uint8Array[] = [];
  for (const field of fields) pushRecords(records, field);
  const whole = new Uint8Array(records.length * fieldRecord.sizeBytes);
  records.forEach((record, index) => {
    whole.set(record, index * fieldRecord.sizeBytes);
  });
  return whole;
}

class RecordReader {
  readonly #records: Uint8Array;
  #atBytes = 0;

  constructor(records: Uint8Array) {
    this.#records = records;
  }

  get isAtEnd(): boolean {
    return this.#atBytes >= this.#records.length;
  }

  readField(depth: number): UstField {
    if (depth > MAX_FIELD_DEPTH)
      throw new ProtocolError(`Field types nested too deep: limit=${MAX_FIELD_DEPTH}`);
    if (this.isAtEnd) throw new ProtocolError('Field records end inside a nested type');
    const record = fieldRecord.decode(this.#records, this.#atBytes);
    this.#atBytes += fieldRecord.sizeBytes;
    return { name: record.name, type: this.#readType(record, depth) };
  }

  #readType({ abstractType, body, name }: FieldRecord, depth: number): UstFieldType {
    switch (abstractType) {
      case ustAbstractTypes.integer:
      case ustAbstractTypes.string:
      case ustAbstractTypes.float:
      case ustAbstractTypes.legacyEnum:
        return decodeBasic(abstractType, body);
      case ustAbstractTypes.enum: {
        const { name: enumName, enumId } = enumBody.decode(body);
        const container = this.readField(depth + 1).type;
        if (container.kind !== 'integer') {
          throw new ProtocolError(`Enumeration container is no integer: field="${name}"`);
        }
        return { kind: 'enum', form: 'nestable', name: enumName, enumId, container };
      }
      case ustAbstractTypes.array: {
        const { length, alignBytes } = arrayBody.decode(body);
        const element = this.readField(depth + 1).type;
        return { kind: 'array', form: 'nestable', length, alignBytes, element };
      }
      case ustAbstractTypes.sequence: {
        const { lengthName, alignBytes } = sequenceBody.decode(body);
        const element = this.readField(depth + 1).type;
        return { kind: 'sequence', form: 'nestable', lengthName, alignBytes, element };
      }
      case ustAbstractTypes.struct: {
        const { fieldCount, alignBytes } = structBody.decode(body);
        return { kind: 'struct', form: 'nestable', alignBytes, fields: this.#readMembers(fieldCount, depth) };
      }
      case ustAbstractTypes.variant: {
        const { choiceCount, tagName, alignBytes } = variantBody.decode(body);
        const choices = this.#readMembers(choiceCount, depth);
        return { kind: 'variant', form: 'nestable', tagName, alignBytes, choices };
      }
      case ustAbstractTypes.legacyArray: {
        const { element, length } = legacyArrayBody.decode(body);
        const type = decodeBasic(element.abstractType, element.body);
        return { kind: 'array', form: 'legacy', length, alignBytes: 0, element: type };
      }
      case ustAbstractTypes.legacySequence: {
        const { length, element } = legacySequenceBody.decode(body);
        return {
          kind: 'sequence',
          form: 'legacy',
          lengthType: decodeBasic(length.abstractType, length.body),
          element: decodeBasic(element.abstractType, element.body),
        };
      }
      case ustAbstractTypes.legacyStruct: {
        const { fieldCount } = legacyStructBody.decode(body);
        return {
          kind: 'struct',
          form: 'legacy',
          alignBytes: 0,
          fields: this.#readMembers(fieldCount, depth),
        };
      }
      case ustAbstractTypes.legacyVariant: {
        const { choiceCount, tagName } = legacyVariantBody.decode(body);
        const choices = this.#readMembers(choiceCount, depth);
        return { kind: 'variant', form: 'legacy', tagName, alignBytes: 0, choices };
      }
      default:
        throw new ProtocolError(`Unknown abstract type: field="${name}", type=${abstractType}`);
    }
  }

  #readMembers(count: number, depth: number): readonly UstField[] {
    const left = (this.#records.length - this.#atBytes) / fieldRecord.sizeBytes;
    if (count > left)
      throw new ProtocolError(`Members missing in field records: expected=${count}, got=${left}`);
    return Array.from({ length: count }, () => this.readField(depth + 1));
  }
}

function decodeBasic(abstractType: number, body: Uint8Array): UstBasicType {
  switch (abstractType) {
    case ustAbstractTypes.integer:
      return decodeInteger(body);
    case ustAbstractTypes.string:
      return { kind: 'string', encoding: decodeEncoding(stringBody.decode(body).encoding) };
    case ustAbstractTypes.float: {
      const { isReverseByteOrder, ...float } = floatBody.decode(body);
      return { kind: 'float', ...float, isReverseByteOrder: isReverseByteOrder !== 0 };
    }
    case ustAbstractTypes.legacyEnum: {
      const { name, container, enumId } = legacyEnumBody.decode(body);
      return { kind: 'enum', form: 'legacy', name, enumId, container: decodeInteger(container) };
    }
    default:
      throw new ProtocolError(`Unknown basic type: type=${abstractType}`);
  }
}

function decodeInteger(body: Uint8Array): UstIntegerType {
  const { encoding, isSigned, isReverseByteOrder, ...integer } = integerBody.decode(body);
  return {
    kind: 'integer',
    ...integer,
    isSigned: isSigned !== 0,
    isReverseByteOrder: isReverseByteOrder !== 0,
    encoding: decodeEncoding(encoding),
  };
}

function decodeEncoding(number: number): UstEncoding {
  if (number === ustEncodings.UTF8) return 'UTF8';
  if (number === ustEncodings.ASCII) return 'ASCII';
  if (number === ustEncodings.none) return 'none';
  throw new ProtocolError(`Unknown text encoding: number=${number}`);
}

function pushRecords(records: Uint8Array[], { name, type }: UstField): void {
  const { abstractType, body } = encodeHead(type);
  records.push(fieldRecord.encode({ name, abstractType, body: padded(body, BODY_BYTES) }));
  for (const nested of nestedRecords(type)) pushRecords(records, nested);
}

/** What follows the record of `type` as records of their own. */
function nestedRecords(type: UstFieldType): readonly UstField[] {
  switch (type.kind) {
    case 'struct':
      return type.fields;
    case 'variant':
      return type.choices;
    case 'array':
    case 'sequence':
      return type.form === 'legacy' ? [] : [{ name: '', type: type.element }];
    case 'enum':
      return type.form === 'legacy' ? [] : [{ name: '', type: type.container }];
    default:
      return [];
  }
}

function encodeHead(type: UstFieldType): { abstractType: number; body: Uint8Array } {
  const numbers = ustAbstractTypes;
  switch (type.kind) {
    case 'array': {
      if (type.form === 'nestable') return { abstractType: numbers.array, body: arrayBody.encode(type) };
      const element = encodeBasic(type.element);
      return {
        abstractType: numbers.legacyArray,
        body: legacyArrayBody.encode({ element, length: type.length }),
      };
    }
    case 'sequence': {
      if (type.form === 'nestable')
        return { abstractType: numbers.sequence, body: sequenceBody.encode(type) };
      const body = { length: encodeBasic(type.lengthType), element: encodeBasic(type.element) };
      return { abstractType: numbers.legacySequence, body: legacySequenceBody.encode(body) };
    }
    case 'struct': {
      const body = { fieldCount: type.fields.length, alignBytes: type.alignBytes };
      return type.form === 'nestable'
        ? { abstractType: numbers.struct, body: structBody.encode(body) }
        : { abstractType: numbers.legacyStruct, body: legacyStructBody.encode(body) };
    }
    case 'variant': {
      const body = { ...type, choiceCount: type.choices.length };
      return type.form === 'nestable'
        ? { abstractType: numbers.variant, body: variantBody.encode(body) }
        : { abstractType: numbers.legacyVariant, body: legacyVariantBody.encode(body) };
    }
    case 'enum':
      return type.form === 'nestable'
        ? { abstractType: numbers.enum, body: enumBody.encode(type) }
        : encodeBasic(type);
    default:
      return encodeBasic(type);
  }
}

function encodeBasic(type: UstFieldType): { abstractType: number; body: Uint8Array } {
  switch (type.kind) {
    case 'integer':
      return { abstractType: ustAbstractTypes.integer, body: padded(encodeInteger(type), BASIC_BYTES) };
    case 'string': {
      const body = stringBody.encode({ encoding: ustEncodings[type.encoding] });
      return { abstractType: ustAbstractTypes.string, body: padded(body, BASIC_BYTES) };
    }
    case 'float': {
      const body = floatBody.encode({ ...type, isReverseByteOrder: Number(type.isReverseByteOrder) });
      return { abstractType: ustAbstractTypes.float, body: padded(body, BASIC_BYTES) };
    }
    case 'enum': {
      const body = legacyEnumBody.encode({ ...type, container: encodeInteger(type.container) });
      return { abstractType: ustAbstractTypes.legacyEnum, body: padded(body, BASIC_BYTES) };
    }
    default:
      throw new ProtocolError(`Type cannot be nested in a legacy record: kind="${type.kind}"`);
  }
}

function encodeInteger(type: UstIntegerType): Uint8Array {
  return integerBody.encode({
    ...type,
    isSigned: Number(type.isSigned),
    isReverseByteOrder: Number(type.isReverseByteOrder),
    encoding: ustEncodings[type.encoding],
  });
}

function padded(body: Uint8Array, sizeBytes: number): Uint8Array {
  const whole = new Uint8Array(sizeBytes);
  whole.set(body.length > sizeBytes ? body.subarray(0, sizeBytes) : body);
  return whole;
}

/**
 * A text that two lists of fields share exactly when they are equal, ids of enumerations included. It is not
 * made of encoded records: names that an application sent as something else than UTF-8 do not fit back.
 */
export function ustFieldsKey(fields: readonly UstField[]): string {
  return JSON.stringify(fields, (_name, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    // The same members in whichever order they were written.
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Whether two lists of fields describe the same bytes and text; ids of enumerations are compared too. */
export function equalUstFields(a: readonly UstField[], b: readonly UstField[]): boolean {
  return ustFieldsKey(a) === ustFieldsKey(b);
}
