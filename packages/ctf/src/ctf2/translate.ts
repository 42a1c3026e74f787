/**
 * A metadata stream of CTF 2 to a trace class: fragments of JSON (RFC 7464: a record separator, an object) in the
 * order in which the specification wants them.
 */
import type { FormatError } from '@lttng-ts/base';
import type { Attributes } from '../model/attributes.ts';
import type { ClockClass, ClockOrigin } from '../model/clock-class.ts';
import type { StructureClass } from '../model/field-class.ts';
import type { Scope } from '../model/location.ts';
import { logLevelOfName } from '../model/log-levels.ts';
import { findBrokenReference, type Roots } from '../model/references.ts';
import {
  type DataStreamClass,
  type EventRecordClass,
  formatUuid,
  type TraceClass,
} from '../model/trace-class.ts';
import { FieldClassMaker } from './field-classes.ts';
import { type JsonNode, type JsonObject, parseJson } from './json.ts';
import { JsonChecks, type Properties, SIGNED_64, UNSIGNED_64 } from './json-checks.ts';
import { RECORD_SEPARATOR } from './record-separator.ts';

const COMMON = ['attributes', 'extensions'];
const IDENTITY = ['namespace', 'name', 'uid'];

const properties = (required: readonly string[], optional: readonly string[] = []): Properties => ({
  required: ['type', ...required],
  optional: [...COMMON, ...optional],
});

/** CTF 2: types of fragments with their properties. */
const FRAGMENTS: Readonly<Record<string, Properties>> = {
  preamble: properties(['version'], ['uuid']),
  'field-class-alias': properties(['name', 'field-class']),
  'trace-class': properties([], [...IDENTITY, 'environment', 'packet-header-field-class']),
  'clock-class': properties(
    ['id', 'frequency'],
    [...IDENTITY, 'description', 'precision', 'accuracy', 'offset-from-origin', 'origin'],
  ),
  'data-stream-class': properties(
    [],
    [
      ...IDENTITY,
      'id',
      'default-clock-class-id',
      'packet-context-field-class',
      'event-record-header-field-class',
      'event-record-common-context-field-class',
    ],
  ),
  'event-record-class': properties(
    [],
    [...IDENTITY, 'id', 'data-stream-class-id', 'specific-context-field-class', 'payload-field-class'],
  ),
};

const OFFSET: Properties = { required: [], optional: ['seconds', 'cycles'] };
const ORIGIN: Properties = { required: ['name', 'uid'], optional: ['namespace'] };

/** Namespaces whose attributes of event record classes are known, the first one wins. */
const EVENT_ATTRIBUTE_NAMESPACES = ['lttng.org,2009', 'babeltrace.org,2020'];

/** Parses metadata text of CTF 2. Throws `FormatError` with line and column. */
export function parseCtf2TraceClass(text: string): TraceClass {
  return new Translation(text).translate();
}

/** Offsets of the fragments of `text`, record separators left out. */
function* fragmentsOf(text: string): Generator<{ start: number; end: number }, void> {
  for (let at = text.indexOf(RECORD_SEPARATOR); at >= 0; ) {
    const next = text.indexOf(RECORD_SEPARATOR, at + 1);
    const end = next < 0 ? text.length : next;
    if (text.slice(at + 1, end).trim() !== '') yield { start: at + 1, end };
    at = next;
  }
}

/** Members of a trace class, as far as a `trace-class` fragment gives them. */
type TraceParts = Pick<
  TraceClass,
  'namespace' | 'name' | 'uid' | 'environment' | 'packetHeader' | 'attributes'
>;

type MutableDataStreamClass = DataStreamClass & {
  readonly eventRecordClasses: Map<bigint, EventRecordClass>;
};

class Translation {
  readonly #text: string;
  readonly #checks: JsonChecks;
  readonly #maker: FieldClassMaker;
  readonly #clocks = new Map<string, ClockClass>();
  readonly #dataStreamClasses = new Map<bigint, MutableDataStreamClass>();
  #preamble: { readonly uuid: string | null } | null = null;
  #trace: TraceParts | null = null;

  constructor(text: string) {
    this.#text = text;
    this.#checks = new JsonChecks(text);
    this.#maker = new FieldClassMaker(this.#checks);
  }

  translate(): TraceClass {
    if (!this.#text.startsWith(RECORD_SEPARATOR)) {
      throw this.#error(0, 'Metadata does not begin with a record separator');
    }
    for (const { start, end } of fragmentsOf(this.#text)) this.#add(parseJson(this.#text, start, end));
    if (this.#preamble === null) throw this.#error(0, 'Metadata has no preamble');
    if (this.#dataStreamClasses.size === 0) {
      throw this.#error(this.#text.length, 'Metadata has no data stream class');
    }
    const { uuid } = this.#preamble;
    return {
      format: 'ctf-2',
      ...(this.#trace ?? NO_TRACE),
      uuid,
      byteOrder: 'little-endian',
      clockClasses: [...this.#clocks.values()],
      dataStreamClasses: this.#dataStreamClasses,
    };
  }

  #error(at: number, message: string): FormatError {
    return this.#checks.error(at, message);
  }

  #add(node: JsonNode): void {
    const typeNode = this.#checks.map(node, 'fragment').get('type');
    if (typeNode === undefined) throw this.#error(node.at, 'Fragment without a type');
    const type = this.#checks.string(typeNode, 'type');
    const allowed = Object.hasOwn(FRAGMENTS, type) ? FRAGMENTS[type] : undefined;
    if (allowed === undefined) {
      throw this.#error(typeNode.at, `Unknown fragment: type=${JSON.stringify(type)}`);
    }
    const fragment = this.#checks.object(node, type, allowed);
    this.#checks.refuseExtensions(fragment);
    if ((type === 'preamble') !== (this.#preamble === null)) {
      throw this.#error(node.at, 'A preamble must be the first fragment, and the only one');
    }
    switch (type) {
      case 'preamble':
        this.#addPreamble(fragment);
        break;
      case 'field-class-alias':
        this.#maker.addAlias(this.#required(fragment, 'name'), this.#required(fragment, 'field-class'));
        break;
      case 'trace-class':
        this.#addTraceClass(fragment);
        break;
      case 'clock-class':
        this.#addClockClass(fragment);
        break;
      case 'data-stream-class':
        this.#addDataStreamClass(fragment);
        break;
      case 'event-record-class':
        this.#addEventRecordClass(fragment);
        break;
    }
  }

  /** A property that {@link FRAGMENTS} requires. */
  #required({ members, at }: JsonObject, name: string): JsonNode {
    const node = members.get(name);
    if (node === undefined) throw this.#error(at, `Missing property: name="${name}"`);
    return node;
  }

  #string({ members }: JsonObject, name: string): string | null {
    const node = members.get(name);
    return node === undefined ? null : this.#checks.string(node, name);
  }

  #unsigned({ members }: JsonObject, name: string): bigint | null {
    const node = members.get(name);
    return node === undefined ? null : this.#checks.integer(node, name, UNSIGNED_64);
  }

  #identity(object: JsonObject): Pick<TraceClass, 'namespace' | 'name' | 'uid'> {
    return {
      namespace: this.#string(object, 'namespace'),
      name: this.#string(object, 'name'),
      uid: this.#string(object, 'uid'),
    };
  }

  #addPreamble(fragment: JsonObject): void {
    const version = this.#required(fragment, 'version');
    if (version.kind !== 'integer' || version.value !== 2n) {
      throw this.#error(version.at, 'Unknown CTF version: expected=2');
    }
    const node = fragment.members.get('uuid');
    let uuid: string | null = null;
    if (node !== undefined) {
      const bytes = this.#checks.array(node, 'uuid').map((byte) => this.#checks.number(byte, 'uuid', 0, 255));
      if (bytes.length !== 16) throw this.#error(node.at, `UUID has a wrong length: bytes=${bytes.length}`);
      uuid = formatUuid(Uint8Array.from(bytes));
    }
    this.#preamble = { uuid };
  }

  #addTraceClass(fragment: JsonObject): void {
    if (this.#trace !== null) throw this.#error(fragment.at, 'Metadata has two trace classes');
    if (this.#dataStreamClasses.size > 0) {
      throw this.#error(fragment.at, 'Trace class comes after a data stream class');
    }
    const packetHeader = this.#root(fragment, 'packet-header-field-class', 'packet-header', null);
    this.#checkReferences({ 'packet-header': packetHeader });
    this.#trace = {
      ...this.#identity(fragment),
      environment: this.#environment(fragment),
      packetHeader,
      ...this.#checks.attributes(fragment),
    };
  }

  #environment({ members }: JsonObject): TraceClass['environment'] {
    const environment = new Map<string, string | bigint>();
    const node = members.get('environment');
    if (node === undefined) return environment;
    for (const [name, value] of this.#checks.map(node, 'environment')) {
      environment.set(
        name,
        value.kind === 'string' ? value.value : this.#checks.integer(value, 'environment', SIGNED_64),
      );
    }
    return environment;
  }

  #addClockClass(fragment: JsonObject): void {
    const idNode = this.#required(fragment, 'id');
    const id = this.#checks.string(idNode, 'id');
    if (this.#clocks.has(id)) {
      throw this.#error(idNode.at, `Clock class is declared twice: id=${JSON.stringify(id)}`);
    }
    const frequency = this.#required(fragment, 'frequency');
    const frequencyHz = this.#checks.integer(frequency, 'frequency', { ...UNSIGNED_64, lower: 1n });
    const originNode = fragment.members.get('origin');
    const origin = originNode === undefined ? null : this.#origin(originNode);
    this.#clocks.set(id, {
      id,
      ...this.#identity(fragment),
      uuid: null,
      description: this.#string(fragment, 'description'),
      frequencyHz,
      precisionCycles: this.#unsigned(fragment, 'precision'),
      accuracyCycles: this.#unsigned(fragment, 'accuracy'),
      ...this.#offset(fragment, frequencyHz),
      isOriginUnixEpoch: origin === 'unix-epoch',
      origin: origin === 'unix-epoch' ? null : origin,
      ...this.#checks.attributes(fragment),
    });
  }

  #offset({ members }: JsonObject, frequencyHz: bigint): Pick<ClockClass, 'offsetSeconds' | 'offsetCycles'> {
    const node = members.get('offset-from-origin');
    if (node === undefined) return { offsetSeconds: 0n, offsetCycles: 0n };
    const offset = this.#checks.object(node, 'offset-from-origin', OFFSET);
    const seconds = offset.members.get('seconds');
    const cycles = offset.members.get('cycles');
    return {
      offsetSeconds: seconds === undefined ? 0n : this.#checks.integer(seconds, 'seconds', SIGNED_64),
      offsetCycles:
        cycles === undefined
          ? 0n
          : this.#checks.integer(cycles, 'cycles', { lower: 0n, upper: frequencyHz - 1n }),
    };
  }

  #origin(node: JsonNode): ClockOrigin | 'unix-epoch' {
    if (node.kind === 'string') return this.#checks.oneOf(node, 'origin', ['unix-epoch'] as const);
    const origin = this.#checks.object(node, 'origin', ORIGIN);
    return {
      namespace: this.#string(origin, 'namespace'),
      name: this.#checks.string(this.#required(origin, 'name'), 'name'),
      uid: this.#checks.string(this.#required(origin, 'uid'), 'uid'),
    };
  }

  #root(
    fragment: JsonObject,
    name: string,
    origin: Scope,
    clockClass: ClockClass | null,
  ): StructureClass | null {
    const node = fragment.members.get(name);
    return node === undefined ? null : this.#maker.makeRoot(node, origin, clockClass);
  }

  /** Checks the locations in each of `roots`, which are given in the order of the data stream. */
  #checkReferences(roots: Roots, scopes = Object.keys(roots) as Scope[]): void {
    for (const origin of scopes) {
      const broken = findBrokenReference(origin, roots);
      if (broken === null) continue;
      const { location, reason, fieldClass } = broken;
      throw this.#error(
        this.#maker.placement.get(fieldClass) ?? 0,
        `Field location leads nowhere: origin="${location.origin}", path=${JSON.stringify(location.path.join('/'))}, reason=${JSON.stringify(reason)}`,
      );
    }
  }

  #addDataStreamClass(fragment: JsonObject): void {
    const id = this.#unsigned(fragment, 'id') ?? 0n;
    if (this.#dataStreamClasses.has(id)) {
      throw this.#error(fragment.at, `Data stream class is declared twice: id=${id}`);
    }
    const clockId = this.#string(fragment, 'default-clock-class-id');
    const defaultClockClass = clockId === null ? null : (this.#clocks.get(clockId) ?? null);
    if (clockId !== null && defaultClockClass === null) {
      throw this.#error(fragment.at, `Unknown clock class: id=${JSON.stringify(clockId)}`);
    }
    const root = (name: string, origin: Scope): StructureClass | null =>
      this.#root(fragment, `${name}-field-class`, origin, defaultClockClass);
    const packetContext = root('packet-context', 'packet-context');
    const eventRecordHeader = root('event-record-header', 'event-record-header');
    const eventRecordCommonContext = root('event-record-common-context', 'event-record-common-context');
    this.#checkReferences({
      'packet-header': this.#trace?.packetHeader ?? null,
      'packet-context': packetContext,
      'event-record-header': eventRecordHeader,
      'event-record-common-context': eventRecordCommonContext,
    });
    this.#dataStreamClasses.set(id, {
      id,
      ...this.#identity(fragment),
      defaultClockClass,
      packetContext,
      eventRecordHeader,
      eventRecordCommonContext,
      eventRecordClasses: new Map(),
      ...this.#checks.attributes(fragment),
    });
  }

  #addEventRecordClass(fragment: JsonObject): void {
    const streamId = this.#unsigned(fragment, 'data-stream-class-id') ?? 0n;
    const dataStreamClass = this.#dataStreamClasses.get(streamId);
    if (dataStreamClass === undefined) {
      throw this.#error(fragment.at, `Event record class of an unknown data stream class: id=${streamId}`);
    }
    const id = this.#unsigned(fragment, 'id') ?? 0n;
    if (dataStreamClass.eventRecordClasses.has(id)) {
      throw this.#error(
        fragment.at,
        `Event record class is declared twice: data-stream-class-id=${streamId}, id=${id}`,
      );
    }
    const { packetContext, eventRecordHeader, eventRecordCommonContext } = dataStreamClass;
    const root = (name: string, origin: Scope): StructureClass | null =>
      this.#root(fragment, `${name}-field-class`, origin, dataStreamClass.defaultClockClass);
    const specificContext = root('specific-context', 'event-record-specific-context');
    const payload = root('payload', 'event-record-payload');
    const roots: Roots = {
      'packet-header': this.#trace?.packetHeader ?? null,
      'packet-context': packetContext,
      'event-record-header': eventRecordHeader,
      'event-record-common-context': eventRecordCommonContext,
      'event-record-specific-context': specificContext,
      'event-record-payload': payload,
    };
    this.#checkReferences(roots, ['event-record-specific-context', 'event-record-payload']);
    const { attributes } = this.#checks.attributes(fragment);
    dataStreamClass.eventRecordClasses.set(id, {
      id,
      ...this.#identity(fragment),
      logLevel: logLevelOfName(eventAttribute(attributes, 'log-level') ?? ''),
      emfUri: eventAttribute(attributes, 'emf-uri'),
      specificContext,
      payload,
      ...(attributes === undefined ? {} : { attributes }),
    });
  }
}

const NO_TRACE: TraceParts = {
  namespace: null,
  name: null,
  uid: null,
  environment: new Map(),
  packetHeader: null,
};

function eventAttribute(attributes: Attributes | undefined, name: string): string | null {
  for (const namespace of EVENT_ATTRIBUTE_NAMESPACES) {
    const inner = attributes?.get(namespace);
    const value = inner instanceof Map ? inner.get(name) : undefined;
    if (typeof value === 'string') return value;
  }
  return null;
}
