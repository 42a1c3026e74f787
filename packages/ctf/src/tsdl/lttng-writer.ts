/**
 * Writes metadata in the very bytes of lttng-sessiond 2.13 for user-space tracing. A session daemon calls it
 * piece by piece as applications register: the header once, then data stream classes and event record classes
 * in any order. Everything written is also what our parser reads.
 *
 * Text, not structure, is the contract here: tabs, blank lines, the two blanks before `uuid[16]`, `signed =
 * false` in aliases but `signed = 0` in fields. A writer for any trace class is another module's job.
 */
import { AssertionError, assert } from '@lttng-ts/base';
import type { ByteOrder } from '@lttng-ts/wire';
import type { ClockClass } from '../model/clock-class.ts';
import type {
  EnumerationMapping,
  FieldClass,
  IntegerClass,
  StructureClass,
  TextEncoding,
  VariantClass,
} from '../model/field-class.ts';
import { isInteger, structure } from '../model/field-class.ts';
import type { EventRecordClass, TraceClass } from '../model/trace-class.ts';

/** Alignments, in bits, of the aliases that begin the metadata. On x86 and arm64 all are 8. */
export interface LttngAlignments {
  readonly uint8: number;
  readonly uint16: number;
  readonly uint32: number;
  readonly uint64: number;
  readonly long: number;
}

export const BYTE_ALIGNED: LttngAlignments = { uint8: 8, uint16: 8, uint32: 8, uint64: 8, long: 8 };

/** What the beginning of the metadata says. */
export interface LttngTraceHeader {
  /** Lower case with dashes. */
  readonly uuid: string;
  readonly byteOrder: ByteOrder;
  /** Bits of `unsigned long` in the application. */
  readonly longBits: 32 | 64;
  readonly alignments?: LttngAlignments;
  /** In order; see {@link lttngEnvironment}. */
  readonly environment: ReadonlyMap<string, string | bigint>;
  readonly clockClass: LttngClock;
}

/** The parts of a clock class that LTTng writes. `offsetCycles` counts from the Unix epoch. */
export type LttngClock = Pick<ClockClass, 'uuid' | 'frequencyHz' | 'offsetCycles'> & {
  readonly name: string;
  readonly description: string;
};

/** LTTng's clock, CLOCK_MONOTONIC, `offsetNs` after the Unix epoch; `uuid` is the boot id, when known. */
export function lttngMonotonicClock(offsetNs: bigint, uuid: string | null): LttngClock {
  return {
    name: 'monotonic',
    description: 'Monotonic Clock',
    uuid,
    frequencyHz: 1_000_000_000n,
    offsetCycles: offsetNs,
  };
}

/** Facts for the `env` block. Dates are `YYYYmmddTHHMMSS+hhmm`, local time. */
export interface LttngEnvironment {
  readonly tracerMajor: number;
  readonly tracerMinor: number;
  readonly buffering:
    | { readonly scheme: 'uid'; readonly uid: number }
    | {
        readonly scheme: 'pid';
        readonly pid: number;
        readonly tracerPatchLevel: number;
        readonly procname: string;
        readonly registrationDatetime: string;
      };
  readonly longBits: 32 | 64;
  /** The session's name; `auto` when it was made up. */
  readonly traceName: string;
  readonly creationDatetime: string;
  readonly hostname: string;
}

/** Gives the environment entries of a user-space trace, in LTTng's order. */
export function lttngEnvironment(facts: LttngEnvironment): ReadonlyMap<string, string | bigint> {
  const { buffering } = facts;
  const entries: [string, string | bigint][] = [
    ['domain', 'ust'],
    ['tracer_name', 'lttng-ust'],
    ['tracer_major', BigInt(facts.tracerMajor)],
    ['tracer_minor', BigInt(facts.tracerMinor)],
    ['tracer_buffering_scheme', buffering.scheme],
    ['tracer_buffering_id', BigInt(buffering.scheme === 'uid' ? buffering.uid : buffering.pid)],
    ['architecture_bit_width', BigInt(facts.longBits)],
    ['trace_name', facts.traceName],
    ['trace_creation_datetime', facts.creationDatetime],
    ['hostname', facts.hostname],
  ];
  if (buffering.scheme === 'pid') {
    entries.push(
      ['tracer_patchlevel', BigInt(buffering.tracerPatchLevel)],
      ['vpid', BigInt(buffering.pid)],
      ['procname', buffering.procname],
      ['vpid_datetime', buffering.registrationDatetime],
    );
  }
  return new Map(entries);
}

/** Reads the facts of the header back from a trace class that LTTng made (tests, `regenerate metadata`). */
export function lttngTraceHeaderOf(traceClass: TraceClass): LttngTraceHeader {
  const [clock] = traceClass.clockClasses;
  assert(clock !== undefined && clock.name !== null && traceClass.uuid !== null, 'Not a trace of LTTng');
  return {
    uuid: traceClass.uuid,
    byteOrder: traceClass.byteOrder,
    longBits: traceClass.environment.get('architecture_bit_width') === 32n ? 32 : 64,
    environment: traceClass.environment,
    clockClass: { ...clock, name: clock.name, description: clock.description ?? '' },
  };
}

/** Writes everything up to the first data stream class. */
export function writeLttngTraceHeader(header: LttngTraceHeader): string {
  const { uuid, byteOrder, longBits, alignments = BYTE_ALIGNED, environment, clockClass } = header;
  const unsigned = (sizeBits: number, alignmentBits: number, name: string): string =>
    `typealias integer { size = ${sizeBits}; align = ${alignmentBits}; signed = false; } := ${name};\n`;
  const clockMapped = (sizeBits: number, alignmentBits: number): string =>
    `typealias integer {\n\tsize = ${sizeBits}; align = ${alignmentBits}; signed = false;\n` +
    `\tmap = clock.${clockClass.name}.value;\n} := uint${sizeBits}_clock_monotonic_t;\n\n`;
  return [
    '/* CTF 1.8 */\n\n',
    unsigned(8, alignments.uint8, 'uint8_t'),
    unsigned(16, alignments.uint16, 'uint16_t'),
    unsigned(32, alignments.uint32, 'uint32_t'),
    unsigned(64, alignments.uint64, 'uint64_t'),
    unsigned(longBits, alignments.long, 'unsigned long'),
    unsigned(5, 1, 'uint5_t'),
    unsigned(27, 1, 'uint27_t'),
    `\ntrace {\n\tmajor = 1;\n\tminor = 8;\n\tuuid = "${uuid}";\n`,
    `\tbyte_order = ${byteOrderName(byteOrder)};\n`,
    '\tpacket.header := struct {\n\t\tuint32_t magic;\n\t\tuint8_t  uuid[16];\n',
    '\t\tuint32_t stream_id;\n\t\tuint64_t stream_instance_id;\n\t};\n};\n\n',
    'env {\n',
    ...[...environment].map(([name, value]) => `\t${name} = ${environmentValue(value)};\n`),
    '};\n\n',
    `clock {\n\tname = "${clockClass.name}";\n`,
    clockClass.uuid === null ? '' : `\tuuid = "${clockClass.uuid}";\n`,
    `\tdescription = "${clockClass.description}";\n`,
    `\tfreq = ${clockClass.frequencyHz}; /* Frequency, in Hz */\n`,
    '\t/* clock value offset from Epoch is: offset * (1/freq) */\n',
    `\toffset = ${clockClass.offsetCycles};\n};\n\n`,
    clockMapped(27, 1),
    clockMapped(32, alignments.uint32),
    clockMapped(64, alignments.uint64),
    PACKET_CONTEXT,
    eventHeader('compact', 'uint5_t', 'uint27', 30, alignments.uint32),
    eventHeader('large', 'uint16_t', 'uint32', 65534, alignments.uint16),
  ].join('');
}

/** What LTTng says of a data stream class (its word: channel). */
export interface LttngDataStreamClass {
  readonly id: bigint | number;
  /** LTTng 2.13 always takes `large` for user space. */
  readonly eventHeader: 'compact' | 'large';
  /** `null` when the channel has no contexts. */
  readonly commonContext: StructureClass | null;
}

/** Writes the block of one data stream class. */
export function writeLttngDataStreamClass(
  dataStreamClass: LttngDataStreamClass,
  byteOrder: ByteOrder = 'little-endian',
): string {
  const { id, eventHeader, commonContext } = dataStreamClass;
  return [
    `stream {\n\tid = ${id};\n\tevent.header := struct event_header_${eventHeader};\n`,
    '\tpacket.context := struct packet_context;\n',
    commonContext === null
      ? ''
      : `\tevent.context := struct {\n${writeMembers(commonContext, byteOrder)}\t};\n`,
    '};\n\n',
  ].join('');
}

/** Writes the block of one event record class. `byteOrder` is the trace's: fields in the other one say so. */
export function writeLttngEventRecordClass(
  dataStreamClassId: bigint | number,
  eventRecordClass: Pick<EventRecordClass, 'id' | 'name' | 'logLevel' | 'emfUri' | 'payload'>,
  byteOrder: ByteOrder = 'little-endian',
): string {
  const { id, name, logLevel, emfUri, payload } = eventRecordClass;
  return [
    `event {\n\tname = "${name ?? ''}";\n\tid = ${id};\n\tstream_id = ${dataStreamClassId};\n`,
    logLevel === null ? '' : `\tloglevel = ${logLevel};\n`,
    emfUri === null ? '' : `\tmodel.emf.uri = "${emfUri}";\n`,
    `\tfields := struct {\n${writeMembers(payload ?? structure([]), byteOrder)}\t};\n};\n\n`,
  ].join('');
}

const PACKET_CONTEXT = `struct packet_context {
	uint64_clock_monotonic_t timestamp_begin;
	uint64_clock_monotonic_t timestamp_end;
	uint64_t content_size;
	uint64_t packet_size;
	uint64_t packet_seq_num;
	unsigned long events_discarded;
	uint32_t cpu_id;
};

`;

function eventHeader(
  kind: 'compact' | 'large',
  idType: string,
  clockPrefix: string,
  lastCompactId: number,
  alignmentBits: number,
): string {
  return `struct event_header_${kind} {
	enum : ${idType} { compact = 0 ... ${lastCompactId}, extended = ${lastCompactId + 1} } id;
	variant <id> {
		struct {
			${clockPrefix}_clock_monotonic_t timestamp;
		} compact;
		struct {
			uint32_t id;
			uint64_clock_monotonic_t timestamp;
		} extended;
	} v;
} align(${alignmentBits});

`;
}

function environmentValue(value: string | bigint): string {
  return typeof value === 'bigint' ? `${value}` : `"${escapeEnvironment(value)}"`;
}

/** Escapes as LTTng's `env` block does. */
function escapeEnvironment(text: string): string {
  return text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
}

/** Turns the characters that LTTng does not accept in a name into underscores. */
export function lttngIdentifier(name: string): string {
  return name.replace(/[.$:]/g, '_');
}

const byteOrderName = (byteOrder: ByteOrder): string => (byteOrder === 'little-endian' ? 'le' : 'be');

const ENCODINGS: Partial<Readonly<Record<TextEncoding, string>>> = {
  none: 'none',
  'utf-8': 'UTF8',
  ascii: 'ASCII',
};

function writeMembers(fields: StructureClass, byteOrder: ByteOrder): string {
  return fields.members
    .map(({ name, fieldClass }) => writeMember(name, fieldClass, byteOrder, '\t\t'))
    .join('');
}

function writeMember(name: string, fieldClass: FieldClass, byteOrder: ByteOrder, indent: string): string {
  const reversed = (own: ByteOrder): string =>
    own === byteOrder ? '' : ` byte_order = ${byteOrderName(own)};`;
  switch (fieldClass.kind) {
    case 'unsigned-integer':
    case 'signed-integer':
      return fieldClass.mappings === null
        ? `${indent}${writeInteger(fieldClass, reversed(fieldClass.byteOrder))} _${name};\n`
        : writeEnumeration(name, fieldClass, fieldClass.mappings, indent);
    case 'floating-point': {
      const [exponentBits, mantissaBits] = fieldClass.sizeBits === 32 ? [8, 24] : [11, 53];
      return (
        `${indent}floating_point { exp_dig = ${exponentBits}; mant_dig = ${mantissaBits}; ` +
        `align = ${fieldClass.alignmentBits};${reversed(fieldClass.byteOrder)} } _${name};\n`
      );
    }
    case 'null-terminated-string':
      return `${indent}string${fieldClass.encoding === 'ascii' ? ' { encoding = ASCII; }' : ''} _${name};\n`;
    case 'static-array': {
      const element = requireInteger(name, fieldClass.element);
      return `${indent}${writeInteger(element, reversed(element.byteOrder))} _${name}[${fieldClass.length}];\n`;
    }
    case 'dynamic-array': {
      const element = requireInteger(name, fieldClass.element);
      const length = fieldClass.lengthLocation.path.at(-1) ?? '';
      return `${indent}${writeInteger(element, reversed(element.byteOrder))} _${name}[ _${length} ];\n`;
    }
    case 'structure':
      return `${indent}${writeEmptyStructure(name, fieldClass)} _${name};\n`;
    case 'variant':
      return writeVariant(name, fieldClass, byteOrder, indent);
    default:
      throw new AssertionError(`UST has no such field class: name="${name}", kind="${fieldClass.kind}"`);
  }
}

function writeInteger(field: IntegerClass, byteOrder: string): string {
  return (
    `integer { size = ${field.sizeBits}; align = ${field.alignmentBits}; ` +
    `signed = ${field.kind === 'signed-integer' ? 1 : 0}; encoding = ${ENCODINGS[field.encoding] ?? 'none'}; ` +
    `base = ${field.displayBase};${byteOrder} }`
  );
}

/** The container of an enumeration is written without a byte order, even when it has one: LTTng does so. */
function writeEnumeration(
  name: string,
  container: IntegerClass,
  mappings: readonly EnumerationMapping[],
  indent: string,
): string {
  const entries = mappings.map(({ label, range, isAutomatic }) => {
    const text = `${indent}\t"${label.replace(/[\\"]/g, '\\$&')}"`;
    if (isAutomatic === true) return `${text},\n`;
    const upper = range.lower === range.upper ? '' : ` ... ${range.upper}`;
    return `${text} = ${range.lower}${upper},\n`;
  });
  return `${indent}enum : ${writeInteger(container, '')} {\n${entries.join('')}${indent}} _${lttngIdentifier(name)};\n`;
}

/** UST has empty structures only: as the `none` option of contexts and as padding before aligned fields. */
function writeEmptyStructure(name: string, { members, minimumAlignmentBits }: StructureClass): string {
  if (members.length > 0) throw new AssertionError(`UST has no structures with members: name="${name}"`);
  if (minimumAlignmentBits <= 1) return 'struct {}';
  return `${name.endsWith('_padding') ? 'struct { }' : 'struct {}'} align(${minimumAlignmentBits})`;
}

function writeVariant(name: string, variant: VariantClass, byteOrder: ByteOrder, indent: string): string {
  const selector = variant.selectorLocation.path.at(-1) ?? '';
  const options = variant.options.map((option) =>
    writeMember(option.name ?? '', option.fieldClass, byteOrder, `${indent}\t`),
  );
  return (
    `${indent}variant <_${lttngIdentifier(selector)}> {\n${options.join('')}` +
    `${indent}} _${lttngIdentifier(name)};\n`
  );
}

function requireInteger(name: string, element: FieldClass): IntegerClass {
  if (!isInteger(element)) throw new AssertionError(`UST has arrays of integers only: name="${name}"`);
  return element;
}
