/**
 * Any trace class that CTF 1.8 can express as TSDL text. What only CTF 2 has and is the same bits (bit arrays,
 * booleans, BLOBs, static-length strings) is written as integers and arrays of them; what it cannot express is refused
 * with the reason, before anything is written.
 *
 * Names get an underscore in front, which readers take away: so none of them is a keyword or a reserved name.
 */
import { UsageError } from '@lttng-ts/base';
import type { ByteOrder } from '@lttng-ts/wire';
import type { ClockClass } from '../model/clock-class.ts';
import {
  alignmentBitsOf,
  type BitsProperties,
  type DynamicArrayClass,
  type DynamicBlobClass,
  type FieldClass,
  type IntegerClass,
  integer,
  isBitOrderReversed,
  type Role,
  type StaticArrayClass,
  type StaticBlobClass,
  type StructureClass,
  type StructureMember,
  type VariantClass,
} from '../model/field-class.ts';
import type { FieldLocation, Scope } from '../model/location.ts';
import { findTargets, type Roots } from '../model/references.ts';
import type { DataStreamClass, EventRecordClass, TraceClass } from '../model/trace-class.ts';
import { isKeyword } from './parser.ts';
import { PACKET_ROLES } from './translate.ts';

const SCOPE_PREFIXES: Readonly<Record<Scope, string>> = {
  'packet-header': 'trace.packet.header',
  'packet-context': 'stream.packet.context',
  'event-record-header': 'stream.event.header',
  'event-record-common-context': 'stream.event.context',
  'event-record-specific-context': 'event.context',
  'event-record-payload': 'event.fields',
};

const HEADER_ROLES: Readonly<Record<string, Role>> = {
  id: 'event-record-class-id',
  timestamp: 'default-clock-timestamp',
};

const reservedNames = (scope: Scope): Readonly<Record<string, Role>> =>
  scope === 'event-record-header' ? HEADER_ROLES : (PACKET_ROLES[scope] ?? {});

const ENCODINGS: Readonly<Record<string, string>> = { none: 'none', ascii: 'ASCII', 'utf-8': 'UTF8' };

/** Writes the whole metadata. Throws `UsageError` when CTF 1.8 has no words for something. */
export function writeTsdl(traceClass: TraceClass): string {
  return new Writer(traceClass).write();
}

/** Whether CTF 1.8 can express `traceClass`; if not, why. */
export function whyNotTsdl(traceClass: TraceClass): string | null {
  try {
    writeTsdl(traceClass);
    return null;
  } catch (error) {
    // The reason is the answer.
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

/** A structure around the field being written. */
interface Around {
  readonly structure: StructureClass;
  readonly path: readonly string[];
}

interface Place {
  readonly origin: Scope;
  readonly roots: Roots;
  readonly around: readonly Around[];
  readonly indent: string;
}

const unwritable = (what: string): UsageError => new UsageError(`CTF 1.8 cannot express this: ${what}`);

class Writer {
  readonly #trace: TraceClass;
  readonly #byteOrder: ByteOrder;
  /** Readers take the id of a stream only together with a field of the packet header for it. */
  readonly #hasStreamIds: boolean;

  constructor(trace: TraceClass) {
    this.#trace = trace;
    this.#byteOrder = trace.byteOrder;
    this.#hasStreamIds =
      trace.packetHeader?.members.some(({ fieldClass }) =>
        rolesOf(fieldClass).includes('data-stream-class-id'),
      ) ?? false;
  }

  write(): string {
    const { packetHeader, dataStreamClasses, clockClasses, environment } = this.#trace;
    const roots: Roots = { 'packet-header': packetHeader };
    const parts = [
      '/* CTF 1.8 */\n\n',
      this.#traceBlock(roots),
      environment.size === 0 ? '' : this.#environmentBlock(),
      ...clockClasses.map((clock) => this.#clockBlock(clock)),
    ];
    for (const dataStreamClass of dataStreamClasses.values()) {
      const { packetContext, eventRecordHeader, eventRecordCommonContext } = dataStreamClass;
      const streamRoots: Roots = {
        ...roots,
        'packet-context': packetContext,
        'event-record-header': eventRecordHeader,
        'event-record-common-context': eventRecordCommonContext,
      };
      parts.push(this.#streamBlock(dataStreamClass, streamRoots));
      for (const eventRecordClass of dataStreamClass.eventRecordClasses.values()) {
        parts.push(this.#eventBlock(eventRecordClass, dataStreamClass.id, streamRoots));
      }
    }
    return parts.join('');
  }

  #traceBlock(roots: Roots): string {
    const uuid = this.#trace.uuid === null ? '' : `\tuuid = "${this.#trace.uuid}";\n`;
    return (
      `trace {\n\tmajor = 1;\n\tminor = 8;\n${uuid}\tbyte_order = ${orderName(this.#byteOrder)};\n` +
      `${this.#root('packet.header', 'packet-header', roots)}};\n\n`
    );
  }

  #environmentBlock(): string {
    const entries = [...this.#trace.environment].map(([name, value]) => {
      if (!isIdentifier(name) || isKeyword(name))
        throw unwritable(`environment entry ${JSON.stringify(name)}`);
      return `\t${name} = ${typeof value === 'bigint' ? value : quoted(value)};\n`;
    });
    return `env {\n${entries.join('')}};\n\n`;
  }

  #clockBlock(clock: ClockClass): string {
    const name = clockName(clock);
    const uuid = clock.uuid ?? (isUuid(clock.uid) ? clock.uid : null);
    const lines = [
      `name = ${name};`,
      uuid === null ? '' : `uuid = "${uuid}";`,
      clock.description === null ? '' : `description = ${quoted(clock.description)};`,
      `freq = ${clock.frequencyHz};`,
      clock.precisionCycles === null ? '' : `precision = ${clock.precisionCycles};`,
      `offset_s = ${clock.offsetSeconds};`,
      `offset = ${clock.offsetCycles};`,
      `absolute = ${clock.isOriginUnixEpoch ? 'TRUE' : 'FALSE'};`,
    ];
    return `clock {\n${indented(lines, '\t')}};\n\n`;
  }

  #streamBlock({ id }: DataStreamClass, roots: Roots): string {
    if (!this.#hasStreamIds && id !== 0n) {
      throw unwritable(`data stream class with an id, but no field for it: id=${id}`);
    }
    return (
      `stream {\n${this.#hasStreamIds ? `\tid = ${id};\n` : ''}` +
      this.#root('packet.context', 'packet-context', roots) +
      this.#root('event.header', 'event-record-header', roots) +
      `${this.#root('event.context', 'event-record-common-context', roots)}};\n\n`
    );
  }

  #eventBlock(event: EventRecordClass, streamId: bigint, streamRoots: Roots): string {
    const roots: Roots = {
      ...streamRoots,
      'event-record-specific-context': event.specificContext,
      'event-record-payload': event.payload,
    };
    const lines = [
      // Readers want one.
      `name = ${quoted(event.name ?? '')};`,
      `id = ${event.id};`,
      this.#hasStreamIds ? `stream_id = ${streamId};` : '',
      event.logLevel === null ? '' : `loglevel = ${event.logLevel};`,
      event.emfUri === null ? '' : `model.emf.uri = ${quoted(event.emfUri)};`,
    ];
    return (
      `event {\n${indented(lines, '\t')}` +
      this.#root('context', 'event-record-specific-context', roots) +
      `${this.#root('fields', 'event-record-payload', roots)}};\n\n`
    );
  }

  #root(name: string, origin: Scope, roots: Roots): string {
    const root = roots[origin] ?? null;
    if (root === null) return '';
    const place: Place = { origin, roots, around: [], indent: '\t' };
    return `\t${name} := ${this.#structure(root, [], place)};\n`;
  }

  #structure(structure: StructureClass, path: readonly string[], place: Place): string {
    const inner = {
      ...place,
      around: [...place.around, { structure, path }],
      indent: `${place.indent}\t`,
    };
    const members = structure.members.map((member) => {
      const name = this.#memberName(member, path, place.origin);
      return `${inner.indent}${this.#declaration(member.fieldClass, name, [...path, member.name], inner)};\n`;
    });
    const align = structure.minimumAlignmentBits === 1 ? '' : ` align(${structure.minimumAlignmentBits})`;
    return `struct {\n${members.join('')}${place.indent}}${align}`;
  }

  /** Members of packets with a role have a name that says so. */
  #memberName({ name, fieldClass }: StructureMember, path: readonly string[], origin: Scope): string {
    const reserved = reservedNames(origin);
    const roles = rolesOf(fieldClass);
    if (roles.length > 1) throw unwritable(`several roles of one field: name=${JSON.stringify(name)}`);
    const [role] = roles;
    if (role !== undefined) {
      const found = Object.entries(reserved).find(([, known]) => known === role);
      const isHeader = origin === 'event-record-header';
      if (found === undefined || (path.length > 0 && !isHeader)) {
        throw unwritable(`role ${role} in this place: name=${JSON.stringify(name)}`);
      }
      return found[0];
    }
    const isReserved = path.length === 0 || origin === 'event-record-header';
    if (isReserved && Object.hasOwn(reserved, name)) {
      throw unwritable(`field with a reserved name and no role: name=${JSON.stringify(name)}`);
    }
    return tsdlName(name);
  }

  /** `TYPE name[LENGTH]…` */
  #declaration(fieldClass: FieldClass, name: string, path: readonly string[], place: Place): string {
    switch (fieldClass.kind) {
      case 'static-array':
      case 'dynamic-array':
        return this.#array(fieldClass, name, path, place);
      case 'static-blob':
      case 'dynamic-blob':
        return this.#array(arrayOfBlob(fieldClass), name, path, place);
      default:
        return `${this.#type(fieldClass, path, place)} ${name}`;
    }
  }

  #array(
    fieldClass: StaticArrayClass | DynamicArrayClass,
    name: string,
    path: readonly string[],
    place: Place,
  ): string {
    const { element } = fieldClass;
    if ((fieldClass.minimumAlignmentBits ?? 1) > alignmentBitsOf(element)) {
      throw unwritable('array with an alignment of its own');
    }
    const length =
      fieldClass.kind === 'static-array'
        ? `${fieldClass.length}`
        : this.#reference(fieldClass.lengthLocation, place);
    return this.#declaration(element, `${name}[${length}]`, path, place);
  }

  #type(fieldClass: FieldClass, path: readonly string[], place: Place): string {
    switch (fieldClass.kind) {
      case 'bit-array':
      case 'bit-map':
        return this.#integer({
          ...integer('unsigned-integer', fieldClass.sizeBits, { displayBase: 16 }),
          ...bitsOf(fieldClass),
        });
      case 'boolean':
        return this.#integer({ ...integer('unsigned-integer', fieldClass.sizeBits), ...bitsOf(fieldClass) });
      case 'unsigned-integer':
      case 'signed-integer':
        return this.#enumeration(fieldClass, place);
      case 'floating-point':
        return this.#floatingPoint(fieldClass, fieldClass.sizeBits);
      case 'null-terminated-string':
        return `string { encoding = ${encodingName(fieldClass.encoding)}; }`;
      case 'structure':
        return this.#structure(fieldClass, path, place);
      case 'variant':
        return this.#variant(fieldClass, path, place);
      default:
        throw unwritable(`field class of kind ${fieldClass.kind}`);
    }
  }

  #bits(bits: BitsProperties): string {
    if (isBitOrderReversed(bits)) throw unwritable('bit order that is not the one of the byte order');
    const order = bits.byteOrder === this.#byteOrder ? '' : ` byte_order = ${orderName(bits.byteOrder)};`;
    return `align = ${bits.alignmentBits};${order}`;
  }

  #integer(fieldClass: IntegerClass): string {
    if (fieldClass.isVariableLength === true) throw unwritable('variable-length integer');
    const { sizeBits, kind, displayBase, encoding, clockClass } = fieldClass;
    const map = clockClass === null ? '' : ` map = clock.${clockName(clockClass)}.value;`;
    return (
      `integer { size = ${sizeBits}; ${this.#bits(fieldClass)} signed = ${kind === 'signed-integer'}; ` +
      `encoding = ${encodingName(encoding)}; base = ${displayBase};${map} }`
    );
  }

  #enumeration(fieldClass: IntegerClass, place: Place): string {
    const container = this.#integer(fieldClass);
    // The grammar has no enumeration without labels.
    if (fieldClass.mappings === null || fieldClass.mappings.length === 0) return container;
    const entries = fieldClass.mappings.map(({ label, range: { lower, upper } }) => {
      return `${place.indent}\t${quoted(label)} = ${lower === upper ? lower : `${lower} ... ${upper}`}`;
    });
    return `enum : ${container} {\n${entries.join(',\n')}\n${place.indent}}`;
  }

  #floatingPoint(bits: BitsProperties, sizeBits: 16 | 32 | 64): string {
    if (sizeBits === 16) throw unwritable('floating point number of 16 bits');
    const [exponentBits, mantissaBits] = sizeBits === 32 ? [8, 24] : [11, 53];
    return `floating_point { exp_dig = ${exponentBits}; mant_dig = ${mantissaBits}; ${this.#bits(bits)} }`;
  }

  /** The labels of the selector say which option is meant, so each option needs a name that is one of them. */
  #variant(fieldClass: VariantClass, path: readonly string[], place: Place): string {
    const selector = this.#reference(fieldClass.selectorLocation, place);
    const targets = findTargets(fieldClass.selectorLocation, place.roots, chainOf(fieldClass, place)) ?? [];
    const indent = `${place.indent}\t`;
    const options = fieldClass.options.map((option) => {
      const { name } = option;
      if (name === null) throw unwritable('variant with an option without a name');
      const label = optionLabel(name, targets, option.selectorRanges);
      return `${indent}${this.#declaration(option.fieldClass, label, path, { ...place, indent })};\n`;
    });
    return `variant <${selector}> {\n${options.join('')}${place.indent}}`;
  }

  /** How TSDL names a field from here: from a structure around, or from its root. */
  #reference({ origin, path }: FieldLocation, place: Place): string {
    if (origin !== place.origin) {
      const root = place.roots[origin] ?? null;
      if (root === null) throw unwritable(`reference to ${origin}`);
      return [SCOPE_PREFIXES[origin], ...this.#names(root, [], path, origin)].join('.');
    }
    for (const { structure, path: start } of [...place.around].reverse()) {
      const [first] = path.slice(start.length);
      const isBelow = start.every((name, i) => path[i] === name) && first !== undefined;
      if (isBelow && structure.members.some(({ name }) => name === first)) {
        return this.#names(structure, start, path.slice(start.length), origin).join('.');
      }
      if (structure.members.some((member) => member.name === first)) {
        throw unwritable(`reference to a field that another one hides: path=${path.join('.')}`);
      }
    }
    throw unwritable(`reference: path=${path.join('.')}`);
  }

  #names(
    structure: StructureClass,
    start: readonly string[],
    path: readonly string[],
    origin: Scope,
  ): string[] {
    const names: string[] = [];
    let fieldClass: FieldClass = structure;
    let at = start;
    for (const name of path) {
      const member: StructureMember | undefined =
        fieldClass.kind === 'structure' ? fieldClass.members.find((found) => found.name === name) : undefined;
      if (member === undefined)
        throw unwritable(`reference through a ${fieldClass.kind}: path=${path.join('.')}`);
      names.push(this.#memberName(member, at, origin));
      at = [...at, name];
      fieldClass = member.fieldClass;
    }
    return names;
  }
}

/** Field classes around a variant, as {@link findTargets} wants them; arrays between them are not told. */
function chainOf(fieldClass: FieldClass, { around }: Place): readonly FieldClass[] {
  return [...around.map(({ structure }) => structure), fieldClass];
}

function rolesOf(fieldClass: FieldClass): readonly Role[] {
  switch (fieldClass.kind) {
    case 'unsigned-integer':
    case 'signed-integer':
      return fieldClass.roles;
    case 'static-array':
    case 'static-blob':
      return fieldClass.role === null ? [] : [fieldClass.role];
    default:
      return [];
  }
}

/** A BLOB as an array of bytes. */
function arrayOfBlob(blob: StaticBlobClass | DynamicBlobClass): StaticArrayClass | DynamicArrayClass {
  const element = integer('unsigned-integer', 8, { displayBase: 16 });
  return blob.kind === 'static-blob'
    ? { kind: 'static-array', length: blob.lengthBytes, element, isText: false, role: blob.role }
    : { kind: 'dynamic-array', lengthLocation: blob.lengthLocation, element, isText: false };
}

function bitsOf({ sizeBits, alignmentBits, byteOrder, bitOrder }: BitsProperties): BitsProperties {
  const bits = { sizeBits, alignmentBits, byteOrder };
  return bitOrder === undefined ? bits : { ...bits, bitOrder };
}

/**
 * The name of an option in TSDL: one that a reader makes `name` of, and that the selector has a label for with just
 * these ranges. A reader takes one underscore away from the name, and none from the label.
 */
function optionLabel(
  name: string,
  targets: readonly FieldClass[],
  ranges: VariantClass['options'][number]['selectorRanges'],
): string {
  const wanted = rangesText(ranges);
  const isLabel = (candidate: string): boolean =>
    targets.every((target) => {
      const mappings =
        target.kind === 'unsigned-integer' || target.kind === 'signed-integer' ? (target.mappings ?? []) : [];
      const given = mappings.filter(({ label }) => label === candidate).map(({ range }) => range);
      return rangesText(given) === wanted;
    });
  const candidates = [name.startsWith('_') ? null : name, `_${name}`].filter(
    (candidate) => candidate !== null && isIdentifier(candidate) && !isKeyword(candidate),
  );
  const found = candidates.find((candidate) => candidate !== null && isLabel(candidate));
  if (found === undefined || found === null) {
    throw unwritable(`option whose selector has no label for it: name=${JSON.stringify(name)}`);
  }
  return found;
}

const rangesText = (ranges: readonly { readonly lower: bigint; readonly upper: bigint }[]): string =>
  ranges
    .map(({ lower, upper }) => `${lower}..${upper}`)
    .sort()
    .join(' ');

const isIdentifier = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
const isUuid = (text: string | null): text is string =>
  text !== null && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** A name with the underscore that keeps it apart from keywords. */
function tsdlName(name: string): string {
  if (!/^[A-Za-z0-9_]+$/.test(name)) throw unwritable(`field with this name: name=${JSON.stringify(name)}`);
  return `_${name}`;
}

function clockName({ name, id }: ClockClass): string {
  const found = [name, id].find((candidate) => candidate !== null && isIdentifier(candidate));
  if (found === undefined || found === null || isKeyword(found)) {
    throw unwritable(`clock with this name: name=${JSON.stringify(name ?? id)}`);
  }
  return found;
}

function encodingName(encoding: string): string {
  const name = Object.hasOwn(ENCODINGS, encoding) ? ENCODINGS[encoding] : undefined;
  if (name === undefined) throw unwritable(`text encoding ${encoding}`);
  return name;
}

const orderName = (byteOrder: ByteOrder): string => (byteOrder === 'little-endian' ? 'le' : 'be');

const indented = (lines: readonly string[], indent: string): string =>
  lines
    .filter((line) => line !== '')
    .map((line) => `${indent}${line}\n`)
    .join('');

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

/** A string literal. Control characters are octal: nothing that follows can become part of them. */
function quoted(text: string): string {
  const body = text.replace(
    /["\\\x00-\x1f\x7f]/g,
    (character) => ESCAPES[character] ?? `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
  return `"${body}"`;
}
