/**
 * A trace class as metadata of CTF 2: JSON fragments, one after another. What CTF 1.8 says differently (reserved
 * names, integers with an encoding, log levels, UUIDs of clocks) is put as CTF 2 has it.
 */
import type { Attributes, AttributeValue } from '../model/attributes.ts';
import type { ClockClass } from '../model/clock-class.ts';
import {
  alignmentBitsOf,
  type BitsProperties,
  type DynamicArrayClass,
  type EnumerationMapping,
  type FieldClass,
  type IntegerClass,
  type IntegerRange,
  type Role,
  type StaticArrayClass,
  type StructureClass,
  type TextEncoding,
  textEncodingOf,
} from '../model/field-class.ts';
import type { FieldLocation } from '../model/location.ts';
import { LOG_LEVEL_NAMES } from '../model/log-levels.ts';
import {
  type DataStreamClass,
  type EventRecordClass,
  parseUuid,
  type TraceClass,
} from '../model/trace-class.ts';
import { RECORD_SEPARATOR } from './record-separator.ts';

/** A number that must not come back as an integer. */
class Real {
  readonly text: string;

  constructor(value: number) {
    const text = JSON.stringify(value);
    this.text = Number.isInteger(value) && !/[.e]/.test(text) ? `${text}.0` : text;
  }
}

/** A JSON value; `undefined` members are left out. Objects are maps: any name may occur. */
type Json =
  | undefined
  | Real
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Json[]
  | ReadonlyMap<string, Json>;

const LTTNG_NAMESPACE = 'lttng.org,2009';

/** Writes the whole metadata stream. */
export function writeCtf2Metadata(traceClass: TraceClass): string {
  const fragments: Json[] = [
    object({
      type: 'preamble',
      version: 2,
      uuid: traceClass.uuid === null ? undefined : [...(parseUuid(traceClass.uuid) ?? [])],
    }),
    object({
      type: 'trace-class',
      ...identityOf(traceClass),
      // CTF 1.8 has one UUID for the metadata and the trace.
      uid: traceClass.uid ?? traceClass.uuid ?? undefined,
      environment: traceClass.environment.size === 0 ? undefined : traceClass.environment,
      'packet-header-field-class': rootOf(traceClass.packetHeader),
      attributes: attributesOf(traceClass),
    }),
    ...traceClass.clockClasses.map(clockOf),
  ];
  for (const dataStreamClass of traceClass.dataStreamClasses.values()) {
    fragments.push(dataStreamOf(dataStreamClass));
    for (const eventRecordClass of dataStreamClass.eventRecordClasses.values()) {
      fragments.push(eventRecordOf(eventRecordClass, dataStreamClass.id));
    }
  }
  return fragments.map((fragment) => `${RECORD_SEPARATOR}${print(fragment)}\n`).join('');
}

function object(members: { readonly [name: string]: Json }): ReadonlyMap<string, Json> {
  return new Map(Object.entries(members));
}

function print(value: Json): string {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Real) return value.text;
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, Json>)].filter(([, member]) => member !== undefined);
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${print(member)}`).join(',')}}`;
  }
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(print).join(',')}]`;
  return JSON.stringify(value ?? null);
}

interface Identified {
  readonly namespace: string | null;
  readonly name: string | null;
  readonly uid: string | null;
}

function identityOf({ namespace, name, uid }: Identified): { readonly [name: string]: Json } {
  return { namespace: namespace ?? undefined, name: name ?? undefined, uid: uid ?? undefined };
}

function attributesOf({ attributes }: { readonly attributes?: Attributes }): Json {
  return attributes === undefined || attributes.size === 0 ? undefined : attributeOf(attributes);
}

function attributeOf(value: AttributeValue): Json {
  if (value instanceof Map) return new Map([...value].map(([name, inner]) => [name, attributeOf(inner)]));
  if (Array.isArray(value)) return (value as readonly AttributeValue[]).map(attributeOf);
  return typeof value === 'number' ? new Real(value) : (value as Json);
}

function clockOf(clock: ClockClass): Json {
  // CTF 2 wants fewer cycles than a second has.
  const seconds = clock.offsetSeconds + floorDivide(clock.offsetCycles, clock.frequencyHz);
  const cycles = clock.offsetCycles - floorDivide(clock.offsetCycles, clock.frequencyHz) * clock.frequencyHz;
  const origin = clock.isOriginUnixEpoch
    ? 'unix-epoch'
    : clock.origin === null
      ? undefined
      : object({ ...identityOf(clock.origin) });
  return object({
    type: 'clock-class',
    id: clock.id,
    ...identityOf(clock),
    uid: clock.uid ?? clock.uuid ?? undefined,
    frequency: clock.frequencyHz,
    description: clock.description ?? undefined,
    precision: clock.precisionCycles ?? undefined,
    accuracy: clock.accuracyCycles ?? undefined,
    origin,
    'offset-from-origin': seconds === 0n && cycles === 0n ? undefined : object({ seconds, cycles }),
    attributes: attributesOf(clock),
  });
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}

function dataStreamOf(dataStreamClass: DataStreamClass): Json {
  return object({
    type: 'data-stream-class',
    id: dataStreamClass.id === 0n ? undefined : dataStreamClass.id,
    ...identityOf(dataStreamClass),
    'default-clock-class-id': dataStreamClass.defaultClockClass?.id,
    'packet-context-field-class': rootOf(dataStreamClass.packetContext),
    'event-record-header-field-class': rootOf(dataStreamClass.eventRecordHeader),
    'event-record-common-context-field-class': rootOf(dataStreamClass.eventRecordCommonContext),
    attributes: attributesOf(dataStreamClass),
  });
}

function eventRecordOf(eventRecordClass: EventRecordClass, dataStreamClassId: bigint): Json {
  const { id } = eventRecordClass;
  return object({
    type: 'event-record-class',
    id: id === 0n ? undefined : id,
    'data-stream-class-id': dataStreamClassId === 0n ? undefined : dataStreamClassId,
    ...identityOf(eventRecordClass),
    'specific-context-field-class': rootOf(eventRecordClass.specificContext),
    'payload-field-class': rootOf(eventRecordClass.payload),
    attributes: eventAttributesOf(eventRecordClass),
  });
}

/** The log level and the EMF URI are attributes; those that CTF 2 metadata had are kept. */
function eventAttributesOf({ attributes, logLevel, emfUri }: EventRecordClass): Json {
  if (attributes !== undefined && attributes.size > 0) return attributeOf(attributes);
  if (logLevel === null && emfUri === null) return undefined;
  const level = logLevel === null ? undefined : LOG_LEVEL_NAMES[logLevel];
  return object({ [LTTNG_NAMESPACE]: object({ 'log-level': level, 'emf-uri': emfUri ?? undefined }) });
}

const rootOf = (root: StructureClass | null): Json => (root === null ? undefined : fieldOf(root));

function fieldOf(fieldClass: FieldClass): Json {
  return object({ ...membersOf(fieldClass), attributes: attributesOf(fieldClass) });
}

function membersOf(fieldClass: FieldClass): { readonly [name: string]: Json } {
  switch (fieldClass.kind) {
    case 'bit-array':
      return { type: 'fixed-length-bit-array', ...bitsOf(fieldClass) };
    case 'bit-map':
      return { type: 'fixed-length-bit-map', ...bitsOf(fieldClass), flags: mappingsOf(fieldClass.flags) };
    case 'boolean':
      return { type: 'fixed-length-boolean', ...bitsOf(fieldClass) };
    case 'floating-point':
      return { type: 'fixed-length-floating-point-number', ...bitsOf(fieldClass) };
    case 'unsigned-integer':
    case 'signed-integer':
      return integerOf(fieldClass);
    case 'null-terminated-string':
      return { type: 'null-terminated-string', encoding: encodingOf(fieldClass.encoding) };
    case 'static-blob':
      return {
        type: 'static-length-blob',
        length: fieldClass.lengthBytes,
        'media-type': fieldClass.mediaType,
        roles: fieldClass.role === null ? undefined : [fieldClass.role],
      };
    case 'dynamic-blob':
      return {
        type: 'dynamic-length-blob',
        'length-field-location': locationOf(fieldClass.lengthLocation),
        'media-type': fieldClass.mediaType,
      };
    case 'static-array':
    case 'dynamic-array':
      return arrayOf(fieldClass);
    case 'structure':
      return {
        type: 'structure',
        'minimum-alignment':
          fieldClass.minimumAlignmentBits === 1 ? undefined : fieldClass.minimumAlignmentBits,
        'member-classes': fieldClass.members.map((member) =>
          object({
            name: member.name,
            'field-class': fieldOf(member.fieldClass),
            attributes: attributesOf(member),
          }),
        ),
      };
    case 'optional':
      return {
        type: 'optional',
        'selector-field-location': locationOf(fieldClass.selectorLocation),
        'selector-field-ranges':
          fieldClass.selectorRanges === null ? undefined : fieldClass.selectorRanges.map(rangeOf),
        'field-class': fieldOf(fieldClass.fieldClass),
      };
    case 'variant':
      return {
        type: 'variant',
        'selector-field-location': locationOf(fieldClass.selectorLocation),
        options: fieldClass.options.map((option) =>
          object({
            name: option.name ?? undefined,
            'selector-field-ranges': option.selectorRanges.map(rangeOf),
            'field-class': fieldOf(option.fieldClass),
            attributes: attributesOf(option),
          }),
        ),
      };
  }
}

function bitsOf({ sizeBits, alignmentBits, byteOrder, bitOrder }: BitsProperties): {
  readonly [name: string]: Json;
} {
  return {
    length: sizeBits,
    'byte-order': byteOrder,
    'bit-order': bitOrder,
    alignment: alignmentBits === 1 ? undefined : alignmentBits,
  };
}

/** CTF 2's name of a role. */
const roleName = (role: Role): string => {
  if (role === 'packet-beginning-clock-timestamp') return 'default-clock-timestamp';
  return role === 'packet-end-clock-timestamp' ? 'packet-end-default-clock-timestamp' : role;
};

function integerOf(fieldClass: IntegerClass): { readonly [name: string]: Json } {
  const isVariableLength = fieldClass.isVariableLength === true;
  const length = isVariableLength ? 'variable-length' : 'fixed-length';
  return {
    type: `${length}-${fieldClass.kind}`,
    ...(isVariableLength ? {} : bitsOf(fieldClass)),
    'preferred-display-base': fieldClass.displayBase === 10 ? undefined : fieldClass.displayBase,
    mappings: fieldClass.mappings === null ? undefined : mappingsOf(fieldClass.mappings),
    roles: fieldClass.roles.length === 0 ? undefined : fieldClass.roles.map(roleName),
  };
}

function mappingsOf(mappings: readonly EnumerationMapping[]): Json {
  const byLabel = new Map<string, Json[]>();
  for (const { label, range } of mappings) {
    const ranges = byLabel.get(label);
    if (ranges === undefined) byLabel.set(label, [rangeOf(range)]);
    else ranges.push(rangeOf(range));
  }
  return byLabel;
}

const rangeOf = ({ lower, upper }: IntegerRange): Json => [lower, upper];

const locationOf = ({ origin, path }: FieldLocation): Json => object({ origin, path });

/** UTF-8 is what CTF 2 means when nothing is said, and ASCII is UTF-8. */
const encodingOf = (encoding: TextEncoding): Json =>
  encoding.startsWith('utf-') && encoding !== 'utf-8' ? encoding : undefined;

function arrayOf(fieldClass: StaticArrayClass | DynamicArrayClass): { readonly [name: string]: Json } {
  const length =
    fieldClass.kind === 'static-array'
      ? { length: fieldClass.length }
      : { 'length-field-location': locationOf(fieldClass.lengthLocation) };
  const prefix = fieldClass.kind === 'static-array' ? 'static-length' : 'dynamic-length';
  if (fieldClass.isText) {
    return {
      type: `${prefix}-string`,
      ...length,
      encoding: encodingOf(textEncodingOf(fieldClass) ?? 'none'),
    };
  }
  if (fieldClass.kind === 'static-array' && fieldClass.role !== null && alignmentBitsOf(fieldClass) <= 8) {
    return { type: 'static-length-blob', length: fieldClass.length, roles: [fieldClass.role] };
  }
  const minimum = fieldClass.minimumAlignmentBits ?? 1;
  return {
    type: `${prefix}-array`,
    ...length,
    'minimum-alignment': minimum === 1 ? undefined : minimum,
    'element-field-class': fieldOf(fieldClass.element),
  };
}
