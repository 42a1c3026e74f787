/**
 * Field classes to operations: what a decoder does, one after another, with every choice made that does not
 * depend on bits. Decoders (the reference one, later the generated one) follow operations, never field classes.
 *
 * Lengths and selectors travel in slots: the field that another one refers to writes its value to a slot, the
 * other reads it. Which fields are referred to is known before anything is compiled.
 */
import { assert } from '@lttng-ts/base';
import {
  alignmentBitsOf,
  type BitsProperties,
  type FieldClass,
  type IntegerRange,
  isBitOrderReversed,
  type Role,
  type StructureClass,
  textEncodingOf,
} from '../model/field-class.ts';
import { type FieldLocation, locationKey, type Scope } from '../model/location.ts';
import type { DataStreamClass, EventRecordClass, TraceClass } from '../model/trace-class.ts';
import { UNIT_BYTES, type UnitBytes } from './text-encoding.ts';

/** A slot of no field. */
export const NO_SLOT = -1;

/** What integers tell others: a slot, or the trace itself. */
interface Reporting {
  readonly slot: number;
  readonly roles: readonly Role[];
  /** Whether the value updates the data stream's clock. */
  readonly isClockValue: boolean;
}

interface BitsOperation {
  readonly alignmentBits: number;
  readonly sizeBits: number;
  readonly isLittleEndian: boolean;
  /** The bit order is not the one of the byte order. */
  readonly isReversed: boolean;
}

/** Integers, bit arrays and bit maps of a fixed length. */
export interface IntegerOperation extends BitsOperation, Reporting {
  readonly kind: 'integer';
  readonly isSigned: boolean;
}

/** LEB128. */
export interface VariableLengthOperation extends Reporting {
  readonly kind: 'variable-length';
  readonly isSigned: boolean;
}

export interface BooleanOperation extends BitsOperation {
  readonly kind: 'boolean';
  readonly slot: number;
}

export interface FloatOperation extends BitsOperation {
  readonly kind: 'float';
  readonly sizeBits: 16 | 32 | 64;
}

export interface StringOperation {
  readonly kind: 'string';
  readonly unitBytes: UnitBytes;
}

/** A number that is fixed, or in a slot. */
export type Length = number | { readonly slot: number };

/** Bytes that are a text. */
export interface TextOperation {
  readonly kind: 'text';
  readonly alignmentBits: number;
  readonly length: Length;
  readonly unitBytes: UnitBytes;
}

export interface BlobOperation {
  readonly kind: 'blob';
  readonly length: Length;
  readonly role: Role | null;
}

export interface ArrayOperation {
  readonly kind: 'array';
  readonly alignmentBits: number;
  readonly length: Length;
  readonly element: Operation;
  /** Bits that an element takes at least: a length that cannot fit is refused before anything is read. */
  readonly minimumElementBits: number;
  readonly role: Role | null;
}

export interface StructureOperation {
  readonly kind: 'structure';
  readonly alignmentBits: number;
  readonly members: readonly Operation[];
}

export interface OptionalOperation {
  readonly kind: 'optional';
  readonly slot: number;
  /** `null`: anything but zero. */
  readonly ranges: readonly IntegerRange[] | null;
  readonly content: Operation;
}

export interface VariantOperation {
  readonly kind: 'variant';
  readonly slot: number;
  readonly options: readonly { readonly ranges: readonly IntegerRange[]; readonly operation: Operation }[];
}

export type Operation =
  | IntegerOperation
  | VariableLengthOperation
  | BooleanOperation
  | FloatOperation
  | StringOperation
  | TextOperation
  | BlobOperation
  | ArrayOperation
  | StructureOperation
  | OptionalOperation
  | VariantOperation;

export interface EventRecordOperations {
  readonly eventRecordClass: EventRecordClass;
  readonly specificContext: StructureOperation | null;
  readonly payload: StructureOperation | null;
}

export interface DataStreamOperations {
  readonly dataStreamClass: DataStreamClass;
  readonly packetContext: StructureOperation | null;
  readonly eventRecordHeader: StructureOperation | null;
  readonly eventRecordCommonContext: StructureOperation | null;
  readonly eventRecords: ReadonlyMap<bigint, EventRecordOperations>;
}

export interface TraceOperations {
  readonly packetHeader: StructureOperation | null;
  readonly dataStreams: ReadonlyMap<bigint, DataStreamOperations>;
  readonly slotCount: number;
  /** The first slots are those of fields in the packet header and context. */
  readonly packetSlotCount: number;
}

/** Compiles everything that a trace class says about data streams. */
export function compileTrace(traceClass: TraceClass): TraceOperations {
  const references = new Map<string, FieldLocation>();
  const collect = (root: StructureClass | null): void => {
    if (root !== null) collectReferences(root, references);
  };
  collect(traceClass.packetHeader);
  for (const dataStreamClass of traceClass.dataStreamClasses.values()) {
    collect(dataStreamClass.packetContext);
    collect(dataStreamClass.eventRecordHeader);
    collect(dataStreamClass.eventRecordCommonContext);
    for (const eventRecordClass of dataStreamClass.eventRecordClasses.values()) {
      collect(eventRecordClass.specificContext);
      collect(eventRecordClass.payload);
    }
  }
  const { slots, packetSlotCount } = numberSlots(references);
  const compile = (root: StructureClass | null, origin: Scope): StructureOperation | null =>
    root === null ? null : compileStructure(root, { origin, path: [] }, slots);
  const dataStreams = new Map<bigint, DataStreamOperations>();
  for (const dataStreamClass of traceClass.dataStreamClasses.values()) {
    const eventRecords = new Map<bigint, EventRecordOperations>();
    for (const eventRecordClass of dataStreamClass.eventRecordClasses.values()) {
      eventRecords.set(eventRecordClass.id, {
        eventRecordClass,
        specificContext: compile(eventRecordClass.specificContext, 'event-record-specific-context'),
        payload: compile(eventRecordClass.payload, 'event-record-payload'),
      });
    }
    dataStreams.set(dataStreamClass.id, {
      dataStreamClass,
      packetContext: compile(dataStreamClass.packetContext, 'packet-context'),
      eventRecordHeader: compile(dataStreamClass.eventRecordHeader, 'event-record-header'),
      eventRecordCommonContext: compile(
        dataStreamClass.eventRecordCommonContext,
        'event-record-common-context',
      ),
      eventRecords,
    });
  }
  return {
    packetHeader: compile(traceClass.packetHeader, 'packet-header'),
    dataStreams,
    slotCount: slots.size,
    packetSlotCount,
  };
}

type Slots = ReadonlyMap<string, number>;

function numberSlots(references: ReadonlyMap<string, FieldLocation>): {
  slots: Slots;
  packetSlotCount: number;
} {
  const isOfPacket = ({ origin }: FieldLocation): boolean =>
    origin === 'packet-header' || origin === 'packet-context';
  const keys = [...references];
  const ofPacket = keys.filter(([, location]) => isOfPacket(location));
  const others = keys.filter(([, location]) => !isOfPacket(location));
  const slots = new Map([...ofPacket, ...others].map(([key], slot) => [key, slot]));
  return { slots, packetSlotCount: ofPacket.length };
}

function collectReferences(fieldClass: FieldClass, references: Map<string, FieldLocation>): void {
  const refer = (location: FieldLocation): void => {
    references.set(locationKey(location), location);
  };
  switch (fieldClass.kind) {
    case 'structure':
      for (const member of fieldClass.members) collectReferences(member.fieldClass, references);
      break;
    case 'optional':
      refer(fieldClass.selectorLocation);
      collectReferences(fieldClass.fieldClass, references);
      break;
    case 'variant':
      refer(fieldClass.selectorLocation);
      for (const option of fieldClass.options) collectReferences(option.fieldClass, references);
      break;
    case 'static-array':
      collectReferences(fieldClass.element, references);
      break;
    case 'dynamic-array':
      refer(fieldClass.lengthLocation);
      collectReferences(fieldClass.element, references);
      break;
    case 'dynamic-blob':
      refer(fieldClass.lengthLocation);
      break;
  }
}

function bits(fieldClass: BitsProperties): BitsOperation {
  return {
    alignmentBits: fieldClass.alignmentBits,
    sizeBits: fieldClass.sizeBits,
    isLittleEndian: fieldClass.byteOrder === 'little-endian',
    isReversed: isBitOrderReversed(fieldClass),
  };
}

/** Compiles one field class that stands at `location`. */
export function compileField(fieldClass: FieldClass, location: FieldLocation, slots: Slots): Operation {
  const slot = slots.get(locationKey(location)) ?? NO_SLOT;
  switch (fieldClass.kind) {
    case 'unsigned-integer':
    case 'signed-integer': {
      const isSigned = fieldClass.kind === 'signed-integer';
      const reporting = { slot, roles: fieldClass.roles, isClockValue: fieldClass.clockClass !== null };
      if (fieldClass.isVariableLength === true) return { kind: 'variable-length', isSigned, ...reporting };
      return { kind: 'integer', isSigned, ...bits(fieldClass), ...reporting };
    }
    case 'bit-array':
    case 'bit-map':
      return { kind: 'integer', isSigned: false, ...bits(fieldClass), slot, roles: [], isClockValue: false };
    case 'boolean':
      return { kind: 'boolean', ...bits(fieldClass), slot };
    case 'floating-point':
      return { kind: 'float', ...bits(fieldClass), sizeBits: fieldClass.sizeBits };
    case 'null-terminated-string':
      return { kind: 'string', unitBytes: UNIT_BYTES[fieldClass.encoding] };
    case 'static-blob':
      return { kind: 'blob', length: fieldClass.lengthBytes, role: fieldClass.role };
    case 'dynamic-blob':
      return { kind: 'blob', length: { slot: requireSlot(fieldClass.lengthLocation, slots) }, role: null };
    case 'static-array':
    case 'dynamic-array': {
      const isStatic = fieldClass.kind === 'static-array';
      const length = isStatic ? fieldClass.length : { slot: requireSlot(fieldClass.lengthLocation, slots) };
      const alignmentBits = alignmentBitsOf(fieldClass);
      if (fieldClass.isText) {
        const unitBytes = UNIT_BYTES[textEncodingOf(fieldClass) ?? 'none'];
        return { kind: 'text', alignmentBits, length, unitBytes };
      }
      const element = compileField(fieldClass.element, location, slots);
      const minimumElementBits = minimumBits(element);
      const role = isStatic ? fieldClass.role : null;
      return { kind: 'array', alignmentBits, length, element, minimumElementBits, role };
    }
    case 'structure':
      return compileStructure(fieldClass, location, slots);
    case 'optional':
      return {
        kind: 'optional',
        slot: requireSlot(fieldClass.selectorLocation, slots),
        ranges: fieldClass.selectorRanges,
        content: compileField(fieldClass.fieldClass, location, slots),
      };
    case 'variant':
      return {
        kind: 'variant',
        slot: requireSlot(fieldClass.selectorLocation, slots),
        options: fieldClass.options.map(({ fieldClass: option, selectorRanges }) => ({
          ranges: selectorRanges,
          operation: compileField(option, location, slots),
        })),
      };
  }
}

function compileStructure(
  fieldClass: StructureClass,
  location: FieldLocation,
  slots: Slots,
): StructureOperation {
  return {
    kind: 'structure',
    alignmentBits: alignmentBitsOf(fieldClass),
    members: fieldClass.members.map(({ name, fieldClass: member }) =>
      compileField(member, { origin: location.origin, path: [...location.path, name] }, slots),
    ),
  };
}

function requireSlot(location: FieldLocation, slots: Slots): number {
  const slot = slots.get(locationKey(location));
  assert(slot !== undefined, `Location without a slot: location=${locationKey(location)}`);
  return slot;
}

/** Bits that an operation consumes at least, padding left out. */
export function minimumBits(operation: Operation): number {
  switch (operation.kind) {
    case 'integer':
    case 'boolean':
    case 'float':
      return operation.sizeBits;
    case 'variable-length':
      return 8;
    case 'string':
      return 8 * operation.unitBytes;
    case 'text':
    case 'blob':
      return typeof operation.length === 'number' ? operation.length * 8 : 0;
    case 'array':
      return typeof operation.length === 'number' ? operation.length * operation.minimumElementBits : 0;
    case 'structure':
      return operation.members.reduce((sum, member) => sum + minimumBits(member), 0);
    case 'optional':
      return 0;
    case 'variant':
      return Math.min(...operation.options.map((option) => minimumBits(option.operation)));
  }
}
