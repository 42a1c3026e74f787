/**
 * A whole TSDL document to a trace class. Blocks may come in any order (LTTng writes events before their
 * streams): first everything is collected, then the root structures are made from the outside in.
 *
 * Here the reserved names of CTF 1.8 become roles; nothing behind this module knows them.
 */
import type { FormatError } from '@lttng-ts/base';
import type { ByteOrder } from '@lttng-ts/wire';
import { errorAt } from '../metadata/text-position.ts';
import type { ClockClass } from '../model/clock-class.ts';
import type { FieldClass, Role, StructureClass } from '../model/field-class.ts';
import { isInteger } from '../model/field-class.ts';
import type { Scope } from '../model/location.ts';
import { childrenOf } from '../model/references.ts';
import {
  type DataStreamClass,
  type EventRecordClass,
  parseUuid,
  type TraceClass,
} from '../model/trace-class.ts';
import type { Expression, Statement, TypeSpecifier } from './ast.ts';
import { changedChild, type EarlierRoots, FieldClassMaker, parseByteOrder } from './field-classes.ts';
import { parseTsdl } from './parser.ts';
import { TypeScope } from './scope.ts';

type Block = Statement & { kind: 'block' };

/** Parses metadata text of CTF 1.8. Throws `FormatError` with line and column. */
export function parseTraceClass(text: string): TraceClass {
  return new Translation(text).translate();
}

/** A block whose type declarations are known: its assignments by name. */
interface Contents {
  readonly block: Block;
  readonly scope: TypeScope;
  readonly attributes: ReadonlyMap<string, Expression>;
  readonly types: ReadonlyMap<string, TypeSpecifier>;
}

class Translation {
  readonly #text: string;
  readonly #root = new TypeScope(null);
  readonly #clocks = new Map<string, ClockClass>();

  constructor(text: string) {
    this.#text = text;
  }

  translate(): TraceClass {
    const statements = parseTsdl(this.#text);
    const blocks = statements.filter((statement): statement is Block => statement.kind === 'block');
    const [trace, another] = blocks.filter(({ name }) => name === 'trace');
    if (trace === undefined) throw this.#error(0, 'Metadata has no trace block');
    if (another !== undefined) throw this.#error(another.at, 'Metadata has two trace blocks');
    const byteOrder = this.#traceByteOrder(trace);
    for (const block of blocks) if (block.name === 'clock') this.#addClock(block);
    const environment = this.#environment(blocks);
    const maker = new FieldClassMaker({ text: this.#text, byteOrder, clocks: this.#clocks, environment });
    for (const statement of statements) {
      if (statement.kind === 'block') continue;
      this.#refuseFields(statement);
      if (statement.kind === 'attribute' || statement.kind === 'type-assignment') {
        throw this.#error(
          statement.at,
          `Attribute outside of a block: name=${JSON.stringify(statement.name)}`,
        );
      }
      maker.declare(statement, this.#root);
    }
    const traceContents = this.#contentsOf(trace, maker);
    this.#checkVersion(traceContents);
    const packetHeader = this.#makeRoot(maker, traceContents, 'packet.header', 'packet-header', {});
    const dataStreamClasses = this.#dataStreamClasses(blocks, maker, packetHeader);
    this.#checkIds(packetHeader, dataStreamClasses);
    return {
      format: 'ctf-1.8',
      namespace: null,
      name: null,
      uid: null,
      uuid: this.#uuid(traceContents),
      byteOrder,
      environment,
      clockClasses: [...this.#clocks.values()],
      packetHeader,
      dataStreamClasses,
    };
  }

  #error(at: number, message: string): FormatError {
    return errorAt(this.#text, at, message);
  }

  /** Refuses several classes that nothing in the packets tells apart. */
  #checkIds(packetHeader: StructureClass | null, classes: ReadonlyMap<bigint, DataStreamClass>): void {
    if (classes.size > 1 && !hasRole(packetHeader, 'data-stream-class-id')) {
      throw this.#error(0, `Several streams and no stream_id in the packet header: count=${classes.size}`);
    }
    for (const { id, eventRecordHeader, eventRecordClasses } of classes.values()) {
      if (eventRecordClasses.size > 1 && !hasRole(eventRecordHeader, 'event-record-class-id')) {
        throw this.#error(
          0,
          `Several events and no id in the event header: stream-id=${id}, count=${eventRecordClasses.size}`,
        );
      }
    }
  }

  /** Types may be declared outside of structures, fields may not. */
  #refuseFields(statement: Statement): void {
    if (statement.kind === 'declaration' && statement.declarators.length > 0) {
      throw this.#error(statement.at, 'Field outside of a structure');
    }
  }

  /** Reads the assignments of a block and declares its types. */
  #contentsOf(block: Block, maker: FieldClassMaker): Contents {
    const scope = new TypeScope(this.#root);
    const attributes = new Map<string, Expression>();
    const types = new Map<string, TypeSpecifier>();
    for (const statement of block.body) {
      this.#refuseFields(statement);
      maker.declare(statement, scope);
      if (statement.kind === 'attribute' || statement.kind === 'type-assignment') {
        if (attributes.has(statement.name) || types.has(statement.name)) {
          throw this.#error(statement.at, `Attribute is given twice: name=${JSON.stringify(statement.name)}`);
        }
        if (statement.kind === 'attribute') attributes.set(statement.name, statement.value);
        else types.set(statement.name, statement.type);
      }
    }
    return { block, scope, attributes, types };
  }

  #traceByteOrder(trace: Block): ByteOrder {
    for (const statement of trace.body) {
      if (statement.kind === 'attribute' && statement.name === 'byte_order') {
        return parseByteOrder(statement.value, this.#text, null);
      }
    }
    throw this.#error(trace.at, 'Trace block has no byte order');
  }

  #checkVersion({ attributes, block }: Contents): void {
    const major = this.#number(attributes.get('major'), block.at, 'major');
    const minor = this.#number(attributes.get('minor'), block.at, 'minor');
    if (major !== 1n || minor !== 8n)
      throw this.#error(block.at, `Unknown CTF version: version=${major}.${minor}`);
  }

  #number(expression: Expression | undefined, at: number, name: string): bigint {
    if (expression === undefined) throw this.#error(at, `Missing attribute: name="${name}"`);
    if (expression.kind !== 'integer') throw this.#error(expression.at, `Not a number: name="${name}"`);
    return expression.value;
  }

  #unsigned(contents: Contents, name: string): bigint | null {
    const expression = contents.attributes.get(name);
    if (expression === undefined) return null;
    const value = this.#number(expression, expression.at, name);
    if (value < 0n || value >= 1n << 64n) {
      throw this.#error(expression.at, `Value out of range: name="${name}", value=${value}`);
    }
    return value;
  }

  #string(contents: Contents, name: string): string | null {
    const expression = contents.attributes.get(name);
    if (expression === undefined) return null;
    if (expression.kind === 'string') return expression.text;
    if (expression.kind === 'path') return expression.parts.join('.');
    throw this.#error(expression.at, `Not a text: name="${name}"`);
  }

  #uuid(contents: Contents): string | null {
    const uuid = this.#string(contents, 'uuid');
    if (uuid !== null && parseUuid(uuid) === null) {
      throw this.#error(contents.block.at, `Not a UUID: uuid=${JSON.stringify(uuid)}`);
    }
    return uuid?.toLowerCase() ?? null;
  }

  #environment(blocks: readonly Block[]): ReadonlyMap<string, string | bigint> {
    const environment = new Map<string, string | bigint>();
    for (const block of blocks) {
      if (block.name !== 'env') continue;
      for (const statement of block.body) {
        // Other things are passed over, as Babeltrace 2 does.
        if (statement.kind !== 'attribute') continue;
        const { name, value } = statement;
        const text =
          value.kind === 'path' ? value.parts.join('.') : value.kind === 'string' ? value.text : null;
        environment.set(name, text ?? (value.kind === 'integer' ? value.value : ''));
      }
    }
    return environment;
  }

  #addClock(block: Block): void {
    const attributes = new Map<string, Expression>();
    for (const statement of block.body) {
      if (statement.kind !== 'attribute') continue;
      if (attributes.has(statement.name)) {
        throw this.#error(statement.at, `Attribute is given twice: name=${JSON.stringify(statement.name)}`);
      }
      attributes.set(statement.name, statement.value);
    }
    const contents = { block, scope: this.#root, attributes, types: new Map() };
    const name = this.#string(contents, 'name');
    if (name === null) throw this.#error(block.at, 'Clock without a name');
    // Of two clocks of one name, Babeltrace 2 takes the first.
    if (this.#clocks.has(name)) return;
    const frequencyHz = this.#unsigned(contents, 'freq') ?? 1_000_000_000n;
    if (frequencyHz === 0n) throw this.#error(block.at, 'Clock frequency is zero');
    if (frequencyHz === (1n << 64n) - 1n) throw this.#error(block.at, 'Clock frequency out of range');
    const offsetSeconds = attributes.get('offset_s');
    const absolute = attributes.get('absolute');
    const uuid = this.#uuid(contents);
    const isAbsolute = absolute === undefined ? false : parseBoolean(absolute);
    if (isAbsolute === null) throw this.#error(block.at, 'Not true or false: name="absolute"');
    const clock: ClockClass = {
      id: name,
      namespace: null,
      name,
      uid: null,
      uuid,
      description: this.#string(contents, 'description'),
      frequencyHz,
      precisionCycles: this.#unsigned(contents, 'precision') ?? 0n,
      accuracyCycles: null,
      offsetSeconds: offsetSeconds === undefined ? 0n : this.#number(offsetSeconds, block.at, 'offset_s'),
      offsetCycles: this.#unsigned(contents, 'offset') ?? 0n,
      isOriginUnixEpoch: isAbsolute,
      origin: null,
    };
    // Babeltrace 2 (`ctf-meta-translate.c`): LTTng's monotonic clock counts from the Unix epoch with its offset,
    // although it never says `absolute`.
    this.#clocks.set(name, name === 'monotonic' ? { ...clock, isOriginUnixEpoch: true } : clock);
  }

  #makeRoot(
    maker: FieldClassMaker,
    contents: Contents,
    name: string,
    origin: Scope,
    roots: EarlierRoots,
  ): StructureClass | null {
    const type = contents.types.get(name);
    if (type === undefined) return null;
    const root = this.#withMappedClocks(maker.makeRoot(type, contents.scope, origin, roots), origin);
    root.members.forEach((member, index) => {
      const reserved = origin === 'event-record-header' ? { id: null } : (PACKET_ROLES[origin] ?? {});
      if (!Object.hasOwn(reserved, member.name)) return;
      const fault = reservedFieldFault(member.name, member.fieldClass, index);
      if (fault !== null) {
        throw this.#error(
          type.at,
          `Reserved field has a wrong type: name="${member.name}", reason="${fault}"`,
        );
      }
    });
    return withRoles(root, origin);
  }

  /** Gives timestamps that say no clock the only one there is: see {@link TIMESTAMPS}. */
  #withMappedClocks(root: StructureClass, origin: Scope): StructureClass {
    const names = TIMESTAMPS[origin] ?? [];
    const mapped = <T extends FieldClass>(fieldClass: T): T => {
      if (fieldClass.kind === 'structure') {
        const members = fieldClass.members.map((member) => withClock(member));
        return { ...fieldClass, members };
      }
      if (fieldClass.kind === 'variant') {
        const options = fieldClass.options.map((option) => withClock(option));
        return { ...fieldClass, options };
      }
      return fieldClass;
    };
    const withClock = <T extends { name: string | null; fieldClass: FieldClass }>(child: T): T => {
      const { fieldClass } = child;
      const isUnmapped = isInteger(fieldClass) && fieldClass.clockClass === null;
      if (isUnmapped && names.includes(child.name ?? '')) {
        return changedChild<{ name: string | null; fieldClass: FieldClass }>(child, {
          fieldClass: { ...fieldClass, clockClass: this.#onlyClock() },
        }) as T;
      }
      const inner = mapped(fieldClass);
      return inner === fieldClass
        ? child
        : (changedChild<{ name: string | null; fieldClass: FieldClass }>(child, { fieldClass: inner }) as T);
    };
    return names.length === 0 ? root : mapped(root);
  }

  #onlyClock(): ClockClass {
    const [only, another] = [...this.#clocks.values()];
    if (another !== undefined) {
      throw this.#error(0, 'Timestamp without a clock, of which there are several');
    }
    if (only !== undefined) return only;
    const clock: ClockClass = { ...IMPLICIT_CLOCK };
    this.#clocks.set('default', clock);
    return clock;
  }

  #dataStreamClasses(
    blocks: readonly Block[],
    maker: FieldClassMaker,
    packetHeader: StructureClass | null,
  ): ReadonlyMap<bigint, DataStreamClass> {
    const events = new Map<bigint, Map<bigint, EventRecordClass>>();
    const classes = new Map<bigint, DataStreamClass>();
    for (const block of blocks) {
      if (block.name !== 'stream') continue;
      const contents = this.#contentsOf(block, maker);
      const given = this.#unsigned(contents, 'id');
      if (given === null && blocks.filter(({ name }) => name === 'stream').length > 1) {
        throw this.#error(block.at, 'Stream without an id, of which there are several');
      }
      if (given !== null && !hasRole(packetHeader, 'data-stream-class-id')) {
        throw this.#error(block.at, 'Stream with an id, but no stream_id in the packet header');
      }
      const id = given ?? 0n;
      if (classes.has(id)) throw this.#error(block.at, `Stream is declared twice: id=${id}`);
      const eventRecordClasses = new Map<bigint, EventRecordClass>();
      events.set(id, eventRecordClasses);
      const root = (name: string, origin: Scope, roots: EarlierRoots): StructureClass | null =>
        this.#makeRoot(maker, contents, name, origin, roots);
      const header: EarlierRoots = { 'packet-header': packetHeader };
      const packetContext = root('packet.context', 'packet-context', header);
      const packet: EarlierRoots = { ...header, 'packet-context': packetContext };
      const eventRecordHeader = root('event.header', 'event-record-header', packet);
      const eventRecordCommonContext = root('event.context', 'event-record-common-context', {
        ...packet,
        'event-record-header': eventRecordHeader,
      });
      classes.set(id, {
        id,
        namespace: null,
        name: null,
        uid: null,
        defaultClockClass: firstClockOf(packetContext) ?? firstClockOf(eventRecordHeader),
        packetContext,
        eventRecordHeader,
        eventRecordCommonContext,
        eventRecordClasses,
      });
    }
    const eventBlocks = blocks.filter(({ name }) => name === 'event');
    if (classes.size === 0 && eventBlocks.length > 0) this.#addImplicitDataStreamClass(classes, events);
    for (const block of eventBlocks) {
      const contents = this.#contentsOf(block, maker);
      const streamId = this.#unsigned(contents, 'stream_id') ?? this.#onlyStreamId(block, classes);
      const dataStreamClass = classes.get(streamId);
      const siblings = events.get(streamId);
      if (dataStreamClass === undefined || siblings === undefined) {
        throw this.#error(block.at, `Event of an unknown stream: stream-id=${streamId}`);
      }
      if (siblings.size > 0 && this.#unsigned(contents, 'id') === null) {
        throw this.#error(block.at, 'Event without an id, of which there are several');
      }
      const event = this.#eventRecordClass(contents, maker, packetHeader, dataStreamClass);
      if (siblings.has(event.id)) {
        throw this.#error(block.at, `Event is declared twice: stream-id=${streamId}, id=${event.id}`);
      }
      siblings.set(event.id, event);
    }
    return classes;
  }

  #onlyStreamId({ at }: Block, classes: ReadonlyMap<bigint, DataStreamClass>): bigint {
    const [id, another] = [...classes.keys()];
    if (another !== undefined)
      throw this.#error(at, 'Event without the id of its stream, of which there are several');
    return id ?? 0n;
  }

  /** CTF 1.8 §7.2: a trace of one stream may leave the stream block out. */
  #addImplicitDataStreamClass(
    classes: Map<bigint, DataStreamClass>,
    events: Map<bigint, Map<bigint, EventRecordClass>>,
  ): void {
    const eventRecordClasses = new Map<bigint, EventRecordClass>();
    events.set(0n, eventRecordClasses);
    classes.set(0n, {
      id: 0n,
      namespace: null,
      name: null,
      uid: null,
      defaultClockClass: null,
      packetContext: null,
      eventRecordHeader: null,
      eventRecordCommonContext: null,
      eventRecordClasses,
    });
  }

  #eventRecordClass(
    contents: Contents,
    maker: FieldClassMaker,
    packetHeader: StructureClass | null,
    dataStreamClass: DataStreamClass,
  ): EventRecordClass {
    const name = this.#string(contents, 'name');
    if (name === null) throw this.#error(contents.block.at, 'Event without a name');
    const stream: EarlierRoots = {
      'packet-header': packetHeader,
      'packet-context': dataStreamClass.packetContext,
      'event-record-header': dataStreamClass.eventRecordHeader,
      'event-record-common-context': dataStreamClass.eventRecordCommonContext,
    };
    const specificContext = this.#makeRoot(
      maker,
      contents,
      'context',
      'event-record-specific-context',
      stream,
    );
    const payload = this.#makeRoot(maker, contents, 'fields', 'event-record-payload', {
      ...stream,
      'event-record-specific-context': specificContext,
    });
    const logLevel = this.#unsigned(contents, 'loglevel');
    return {
      id: this.#unsigned(contents, 'id') ?? 0n,
      namespace: null,
      name,
      uid: null,
      logLevel: logLevel === null ? null : Number(logLevel),
      emfUri: this.#string(contents, 'model.emf.uri'),
      specificContext,
      payload,
    };
  }
}

/**
 * Fields that have a clock even when the metadata says none: the trace's only one, or one of 1 GHz that is called
 * `default`. Babeltrace 2 (`visitor-generate-ir.cpp`).
 */
const TIMESTAMPS: Partial<Record<Scope, readonly string[]>> = {
  'packet-context': ['timestamp_begin', 'timestamp_end'],
  'event-record-header': ['timestamp'],
};

const IMPLICIT_CLOCK: ClockClass = {
  id: 'default',
  namespace: null,
  name: 'default',
  uid: null,
  uuid: null,
  description: null,
  frequencyHz: 1_000_000_000n,
  precisionCycles: 0n,
  accuracyCycles: null,
  offsetSeconds: 0n,
  offsetCycles: 0n,
  isOriginUnixEpoch: false,
  origin: null,
};

/** Reserved names of CTF 1.8 by root structure. */
export const PACKET_ROLES: Partial<Record<Scope, Readonly<Record<string, Role>>>> = {
  'packet-header': {
    magic: 'packet-magic-number',
    uuid: 'metadata-stream-uuid',
    stream_id: 'data-stream-class-id',
    stream_instance_id: 'data-stream-id',
  },
  'packet-context': {
    timestamp_begin: 'packet-beginning-clock-timestamp',
    timestamp_end: 'packet-end-clock-timestamp',
    packet_size: 'packet-total-length',
    content_size: 'packet-content-length',
    events_discarded: 'discarded-event-record-counter-snapshot',
    packet_seq_num: 'packet-sequence-number',
  },
};

/** What is wrong with a field that has a reserved name; `null` when nothing is. */
function reservedFieldFault(name: string, fieldClass: FieldClass, index: number): string | null {
  if (name === 'uuid') {
    const isUuid =
      fieldClass.kind === 'static-array' &&
      fieldClass.length === 16 &&
      fieldClass.element.kind === 'unsigned-integer' &&
      fieldClass.element.sizeBits === 8 &&
      fieldClass.element.alignmentBits === 8;
    return isUuid ? null : 'it is not an array of 16 unsigned bytes';
  }
  if (fieldClass.kind !== 'unsigned-integer') return 'it is not an unsigned integer';
  if (name !== 'magic') return null;
  if (index !== 0) return 'it is not the first member';
  return fieldClass.sizeBits === 32 ? null : 'it has not 32 bits';
}

/** `true`, `TRUE`, `false`, `FALSE` or a number; `null` when it is none of them. */
function parseBoolean(expression: Expression): boolean | null {
  if (expression.kind === 'integer') return expression.value !== 0n;
  const word = expression.kind === 'string' ? expression.text : expression.parts.join('.');
  if (word === 'true' || word === 'TRUE') return true;
  return word === 'false' || word === 'FALSE' ? false : null;
}

function withRoles(root: StructureClass, origin: Scope): StructureClass {
  if (origin === 'event-record-header') return withEventHeaderRoles(root);
  const roles = PACKET_ROLES[origin];
  if (roles === undefined) return root;
  return {
    ...root,
    members: root.members.map((member) => {
      const role = Object.hasOwn(roles, member.name) ? roles[member.name] : undefined;
      const { fieldClass } = member;
      if (role === undefined) return member;
      if (role === 'metadata-stream-uuid') {
        return fieldClass.kind === 'static-array'
          ? changedChild(member, { fieldClass: { ...fieldClass, role } })
          : member;
      }
      if (fieldClass.kind !== 'unsigned-integer') return member;
      if (role.endsWith('timestamp') && fieldClass.clockClass === null) return member;
      return changedChild(member, { fieldClass: { ...fieldClass, roles: [role] } });
    }),
  };
}

/** The header's `id` and its clock value may lie at any depth: LTTng has them in the options of a variant. */
function withEventHeaderRoles(root: StructureClass): StructureClass {
  const assign = (name: string, fieldClass: FieldClass): FieldClass => {
    if (isInteger(fieldClass)) {
      if (fieldClass.clockClass !== null) return { ...fieldClass, roles: ['default-clock-timestamp'] };
      return name === 'id' ? { ...fieldClass, roles: ['event-record-class-id'] } : fieldClass;
    }
    if (fieldClass.kind === 'structure') {
      return {
        ...fieldClass,
        members: fieldClass.members.map((member) =>
          changedChild(member, { fieldClass: assign(member.name, member.fieldClass) }),
        ),
      };
    }
    if (fieldClass.kind === 'variant') {
      return {
        ...fieldClass,
        options: fieldClass.options.map((option) =>
          changedChild(option, { fieldClass: assign('', option.fieldClass) }),
        ),
      };
    }
    return fieldClass;
  };
  return {
    ...root,
    members: root.members.map((member) =>
      changedChild(member, { fieldClass: assign(member.name, member.fieldClass) }),
    ),
  };
}

function hasRole(fieldClass: FieldClass | null, role: Role): boolean {
  if (fieldClass === null) return false;
  return isInteger(fieldClass)
    ? fieldClass.roles.includes(role)
    : childrenOf(fieldClass).some((child) => hasRole(child, role));
}

function firstClockOf(fieldClass: FieldClass | null): ClockClass | null {
  if (fieldClass === null) return null;
  if (isInteger(fieldClass)) return fieldClass.clockClass;
  const children =
    fieldClass.kind === 'structure'
      ? fieldClass.members
      : fieldClass.kind === 'variant'
        ? fieldClass.options
        : [];
  for (const child of children) {
    const clock = firstClockOf(child.fieldClass);
    if (clock !== null) return clock;
  }
  return null;
}
