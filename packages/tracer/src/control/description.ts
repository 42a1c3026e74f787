/**
 * An event definition in the words of the UST application ABI: field records, enumeration entries, the signature,
 * rows of the field list. A C program with the same tracepoint describes itself equally.
 */
import {
  type FieldEntryType,
  fieldEntryTypes,
  type UstAlignments,
  type UstEnumEntry,
  type UstField,
  type UstFieldEntry,
  type UstFieldType,
  type UstIntegerType,
} from '@lttng-ts/protocols/ust-app';
import { type EventDefinition, type FieldDefinition, lengthFieldName } from '../definition.ts';
import type { EnumerationShape, FieldShape, IntegerShape } from '../fields.ts';

/** Gives the id that the daemon gave an enumeration. */
export type EnumIdOf = (enumeration: EnumerationShape) => bigint;

/** The field records of an event. */
export function ustFieldsOf(
  fields: readonly FieldDefinition[],
  alignments: UstAlignments,
  enumIdOf: EnumIdOf,
): readonly UstField[] {
  return fields.flatMap(({ name, shape }): readonly UstField[] => {
    const field = { name, type: ustTypeOf(name, shape, alignments, enumIdOf) };
    if (shape.kind !== 'sequence') return [field];
    // The length is an integer field of its own, before the sequence.
    return [{ name: lengthFieldName(name), type: ustInteger(shape.lengthType, alignments) }, field];
  });
}

function ustTypeOf(
  name: string,
  shape: FieldShape,
  alignments: UstAlignments,
  enumIdOf: EnumIdOf,
): UstFieldType {
  switch (shape.kind) {
    case 'integer':
      return ustInteger(shape, alignments);
    case 'float': {
      const isSingle = shape.sizeBits === 32;
      return {
        kind: 'float',
        exponentBits: isSingle ? 8 : 11,
        mantissaBits: isSingle ? 24 : 53,
        isReverseByteOrder: false,
        alignBits: isSingle ? alignments.u32AlignBits : alignments.u64AlignBits,
      };
    }
    case 'string':
      return { kind: 'string', encoding: 'UTF8' };
    case 'enumeration': {
      const container = ustInteger(shape.container, alignments);
      return { kind: 'enum', form: 'nestable', name: shape.name, enumId: enumIdOf(shape), container };
    }
    case 'array': {
      const element = ustElement(shape, alignments);
      return { kind: 'array', form: 'nestable', length: shape.length, alignBytes: 0, element };
    }
    case 'sequence': {
      const element = ustElement(shape, alignments);
      return {
        kind: 'sequence',
        form: 'nestable',
        lengthName: lengthFieldName(name),
        alignBytes: 0,
        element,
      };
    }
  }
}

function ustElement(
  { element, isText }: { readonly element: IntegerShape; readonly isText: boolean },
  alignments: UstAlignments,
): UstIntegerType {
  const integer = ustInteger(element, alignments);
  return isText ? { ...integer, encoding: 'UTF8' } : integer;
}

function ustInteger(shape: IntegerShape, alignments: UstAlignments): UstIntegerType {
  return {
    kind: 'integer',
    sizeBits: shape.sizeBits,
    isSigned: shape.isSigned,
    isReverseByteOrder: shape.isNetworkOrder && isHostLittleEndian,
    base: shape.base,
    encoding: 'none',
    alignBits: alignmentOf(shape.sizeBits, alignments),
  };
}

const isHostLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function alignmentOf(sizeBits: number, alignments: UstAlignments): number {
  switch (sizeBits) {
    case 8:
      return alignments.u8AlignBits;
    case 16:
      return alignments.u16AlignBits;
    case 32:
      return alignments.u32AlignBits;
    default:
      return alignments.u64AlignBits;
  }
}

/** The enumerations that an event's fields use, each once. */
export function enumerationsOf(event: EventDefinition): readonly EnumerationShape[] {
  const found = new Map<string, EnumerationShape>();
  for (const { shape } of event.fields) {
    if (shape.kind === 'enumeration') found.set(enumerationKey(shape), shape);
  }
  return [...found.values()];
}

/** Equal for enumerations that the daemon may treat as one. */
export function enumerationKey({ name, entries, container }: EnumerationShape): string {
  const rows = entries.map(({ label, first, last, isAuto }) => [label, `${first}`, `${last}`, isAuto]);
  return JSON.stringify([name, container.isSigned, rows]);
}

export function ustEnumEntriesOf({ entries }: EnumerationShape): readonly UstEnumEntry[] {
  return entries.map(({ label, first, last, isAuto }) => ({ label, range: isAuto ? null : { first, last } }));
}

/**
 * The C declaration of the arguments that a tracepoint with these fields would have: what tells apart events of
 * equal name. It is never shown to anybody.
 */
export function signatureOf(event: EventDefinition): string {
  return event.fields.map(({ name, shape }) => `${cTypeOf(shape)}, ${name}`).join(', ');
}

function cTypeOf(shape: FieldShape): string {
  switch (shape.kind) {
    case 'integer':
      return cIntegerOf(shape);
    case 'float':
      return shape.sizeBits === 32 ? 'float' : 'double';
    case 'string':
      return 'const char *';
    case 'enumeration':
      return `${cIntegerOf(shape.container)} /* enum ${shape.name} */`;
    case 'array':
      return `const ${cIntegerOf(shape.element)} [${shape.length}]`;
    case 'sequence':
      return `${cIntegerOf(shape.lengthType)}, const ${cIntegerOf(shape.element)} *`;
  }
}

function cIntegerOf({ sizeBits, isSigned }: IntegerShape): string {
  return `${isSigned ? '' : 'u'}int${sizeBits}_t`;
}

/** The rows that `lttng list --userspace --fields` shows for an event. */
export function fieldEntriesOf(event: EventDefinition): readonly UstFieldEntry[] {
  const row = (fieldName: string, type: FieldEntryType, isNotWritten: number): UstFieldEntry => ({
    eventName: event.name,
    fieldName,
    type: fieldEntryTypes[type],
    logLevel: event.logLevel,
    isNotWritten,
  });
  // An event without fields has one row all the same, so that it is listed.
  if (event.fields.length === 0) return [row('', 'other', 1)];
  return event.fields.flatMap(({ name, shape }) => {
    if (shape.kind === 'sequence')
      return [row(lengthFieldName(name), 'integer', 0), row(name, entryTypeOf(shape), 0)];
    return [row(name, entryTypeOf(shape), 0)];
  });
}

function entryTypeOf(shape: FieldShape): FieldEntryType {
  switch (shape.kind) {
    case 'integer':
      return 'integer';
    case 'float':
      return 'float';
    case 'string':
      return 'string';
    case 'enumeration':
      return 'enum';
    default:
      // Text arrays and sequences are strings for the list, as in liblttng-ust.
      return shape.isText ? 'string' : 'other';
  }
}
