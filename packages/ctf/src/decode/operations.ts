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
  type FieldClass,
  type IntegerRange,
  type Role,
  type StructureClass,
} from '../model/field-class.ts';
import { type FieldLocation, locationKey, type Scope } from '../model/location.ts';
import type { DataStreamClass, EventRecordClass, TraceClass } from '../model/trace-class.ts';

/** A slot of no field. */
export const NO_SLOT = -1;

export interface IntegerOperation {
  readonly kind: 'integer';
  readonly alignmentBits: number;
  readonly sizeBits: number;
  readonly isSigned: boolean;
  readonly isLittleEndian: boolean;
  readonly slot: number;
  readonly role: Role | null;
  /** Whether the value updates the data stream's clock. */
  readonly isClockValue: boolean;
}

export interface FloatOperation {
  readonly kind: 'float';
  readonly alignmentBits: number;
  readonly sizeBits: 32 | 64;
  readonly isLittleEndian: boolean;
}

export interface StringOperation {
  readonly kind: 'string';
}

/** Bytes that are a text: a number of them that is fixed, or in a slot. */
export interface TextOperation {
  readonly kind: 'text';
  readonly length: number | { readonly slot: number };
}

export interface ArrayOperation {
  readonly kind: 'array';
  readonly alignmentBits: number;
  readonly length: number | { readonly slot: number };
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

export interface VariantOperation {
  readonly kind: 'variant';
  readonly slot: number;
  readonly options: readonly { readonly ranges: readonly IntegerRange[]; readonly operation: Operation }[];
}

export type Operation =
  | IntegerOperation
  | FloatOperation
  | StringOperation
  | TextOperation
  | ArrayOperation
  | StructureOperation
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
}

/** Compiles everything that a trace class says about data streams. */
export function compileTrace(traceClass: TraceClass): TraceOperations {
  const slots = new Map<string, number>();
  const collect = (root: StructureClass | null): void => {
    if (root !== null) collectReferences(root, slots);
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
  };
}

type Slots = Map<string, number>;

function collectReferences(fieldClass: FieldClass, slots: Slots): void {
  const refer = (location: FieldLocation): void => {
    const key = locationKey(location);
    if (!slots.has(key)) slots.set(key, slots.size);
  };
  switch (fieldClass.kind) {
    case 'structure':
      for (const member of fieldClass.members) collectReferences(member.fieldClass, slots);
      break;
    case 'variant':
      refer(fieldClass.selectorLocation);
      for (const option of fieldClass.options) collectReferences(option.fieldClass, slots);
      break;
    case 'static-array':
      collectReferences(fieldClass.element, slots);
      break;
    case 'dynamic-array':
      refer(fieldClass.lengthLocation);
      collectReferences(fieldClass.element, slots);
      break;
  }
}

/** Compiles one field class that stands at `location`. */
export function compileField(fieldClass: FieldClass, location: FieldLocation, slots: Slots): Operation {
  switch (fieldClass.kind) {
    case 'unsigned-integer':
    case 'signed-integer':
      return {
        kind: 'integer',
        alignmentBits: fieldClass.alignmentBits,
        sizeBits: fieldClass.sizeBits,
        isSigned: fieldClass.kind === 'signed-integer',
        isLittleEndian: fieldClass.byteOrder === 'little-endian',
        slot: slots.get(locationKey(location)) ?? NO_SLOT,
        role: fieldClass.role,
        isClockValue: fieldClass.clockClass !== null,
      };
    case 'floating-point':
      return {
        kind: 'float',
        alignmentBits: fieldClass.alignmentBits,
        sizeBits: fieldClass.sizeBits,
        isLittleEndian: fieldClass.byteOrder === 'little-endian',
      };
    case 'null-terminated-string':
      return { kind: 'string' };
    case 'static-array':
    case 'dynamic-array': {
      const length =
        fieldClass.kind === 'static-array'
          ? fieldClass.length
          : { slot: requireSlot(fieldClass.lengthLocation, slots) };
      if (fieldClass.isText) return { kind: 'text', length };
      const element = compileField(fieldClass.element, location, slots);
      return {
        kind: 'array',
        alignmentBits: alignmentBitsOf(fieldClass.element),
        length,
        element,
        minimumElementBits: minimumBits(element),
        role: fieldClass.kind === 'static-array' ? fieldClass.role : null,
      };
    }
    case 'structure':
      return compileStructure(fieldClass, location, slots);
    case 'variant':
      return {
        kind: 'variant',
        slot: requireSlot(fieldClass.selectorLocation, slots),
        options: fieldClass.options.map(({ name, fieldClass: option, selectorRanges }) => ({
          ranges: selectorRanges,
          operation: compileField(option, below(location, name), slots),
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
      compileField(member, below(location, name), slots),
    ),
  };
}

const below = ({ origin, path }: FieldLocation, name: string): FieldLocation => ({
  origin,
  path: [...path, name],
});

function requireSlot(location: FieldLocation, slots: Slots): number {
  const slot = slots.get(locationKey(location));
  assert(slot !== undefined, `Location without a slot: location=${locationKey(location)}`);
  return slot;
}

/** Bits that an operation consumes at least, padding left out. */
export function minimumBits(operation: Operation): number {
  switch (operation.kind) {
    case 'integer':
    case 'float':
      return operation.sizeBits;
    case 'string':
      return 8;
    case 'text':
      return typeof operation.length === 'number' ? operation.length * 8 : 0;
    case 'array':
      return typeof operation.length === 'number' ? operation.length * operation.minimumElementBits : 0;
    case 'structure':
      return operation.members.reduce((sum, member) => sum + minimumBits(member), 0);
    case 'variant':
      return Math.min(...operation.options.map((option) => minimumBits(option.operation)));
  }
}
