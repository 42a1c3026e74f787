/**
 * The trace IR: classes of traces, streams and events, and the traces, streams and packets made of them. Objects have
 * identity: a message refers to the very stream that its stream-beginning message did.
 *
 * Classes may grow while messages flow (a live trace learns of new events); nothing that is there ever changes.
 */
import { precondition } from '../errors.ts';
import { EMPTY_MAP, type ValueMap } from '../values.ts';
import type { ClockClass } from './clock-class.ts';
import type { StructureClass } from './field-class.ts';
import type { StructureValue } from './field-value.ts';

/** Log levels of event classes; numbers are LTTng's. */
export const EVENT_LOG_LEVELS = [
  'emergency',
  'alert',
  'critical',
  'error',
  'warning',
  'notice',
  'info',
  'debug-system',
  'debug-program',
  'debug-process',
  'debug-module',
  'debug-unit',
  'debug-function',
  'debug-line',
  'debug',
] as const;
export type EventLogLevel = (typeof EVENT_LOG_LEVELS)[number];

/** The version of the rules that messages follow: chosen for a whole graph. */
export type MipVersion = 0 | 1;

export class TraceClass {
  readonly mipVersion: MipVersion;
  readonly userAttributes: ValueMap;
  readonly #streamClasses: StreamClass[] = [];

  constructor(mipVersion: MipVersion, userAttributes: ValueMap = EMPTY_MAP) {
    this.mipVersion = mipVersion;
    this.userAttributes = userAttributes;
  }

  get streamClasses(): readonly StreamClass[] {
    return this.#streamClasses;
  }

  /** Adds a stream class; without an `id` it gets the next one. */
  addStreamClass(properties: Partial<StreamClassProperties> = {}): StreamClass {
    const id = properties.id ?? BigInt(this.#streamClasses.length);
    precondition(
      !this.#streamClasses.some((other) => other.id === id),
      'stream-class-create-with-id:id-is-unique',
      `Duplicate stream class ID: id=${id}`,
    );
    const made = new StreamClass(this, { ...STREAM_CLASS_DEFAULTS, ...properties, id });
    this.#streamClasses.push(made);
    return made;
  }
}

export interface StreamClassProperties {
  readonly id: bigint;
  readonly name: string | null;
  /** MIP 1. */
  readonly namespace: string | null;
  /** MIP 1. */
  readonly uid: string | null;
  readonly defaultClockClass: ClockClass | null;
  readonly supportsPackets: boolean;
  readonly packetsHaveBeginningClockSnapshot: boolean;
  readonly packetsHaveEndClockSnapshot: boolean;
  readonly supportsDiscardedEvents: boolean;
  readonly discardedEventsHaveClockSnapshots: boolean;
  readonly supportsDiscardedPackets: boolean;
  readonly discardedPacketsHaveClockSnapshots: boolean;
  readonly packetContext: StructureClass | null;
  readonly eventCommonContext: StructureClass | null;
  /** Whether IDs of event classes and streams are counted, not given. */
  readonly assignsEventClassIds: boolean;
  readonly assignsStreamIds: boolean;
  readonly userAttributes: ValueMap;
}

const STREAM_CLASS_DEFAULTS: Omit<StreamClassProperties, 'id'> = {
  name: null,
  namespace: null,
  uid: null,
  defaultClockClass: null,
  supportsPackets: false,
  packetsHaveBeginningClockSnapshot: false,
  packetsHaveEndClockSnapshot: false,
  supportsDiscardedEvents: false,
  discardedEventsHaveClockSnapshots: false,
  supportsDiscardedPackets: false,
  discardedPacketsHaveClockSnapshots: false,
  packetContext: null,
  eventCommonContext: null,
  assignsEventClassIds: true,
  assignsStreamIds: true,
  userAttributes: EMPTY_MAP,
};

/** What streams have in common. Made by {@link TraceClass.addStreamClass}. */
export class StreamClass implements StreamClassProperties {
  readonly traceClass: TraceClass;
  readonly id: bigint;
  readonly name: string | null;
  readonly namespace: string | null;
  readonly uid: string | null;
  readonly defaultClockClass: ClockClass | null;
  readonly supportsPackets: boolean;
  readonly packetsHaveBeginningClockSnapshot: boolean;
  readonly packetsHaveEndClockSnapshot: boolean;
  readonly supportsDiscardedEvents: boolean;
  readonly discardedEventsHaveClockSnapshots: boolean;
  readonly supportsDiscardedPackets: boolean;
  readonly discardedPacketsHaveClockSnapshots: boolean;
  readonly packetContext: StructureClass | null;
  readonly eventCommonContext: StructureClass | null;
  readonly assignsEventClassIds: boolean;
  readonly assignsStreamIds: boolean;
  readonly userAttributes: ValueMap;
  readonly #eventClasses = new Map<bigint, EventClass>();

  /** Use {@link TraceClass.addStreamClass}. */
  constructor(traceClass: TraceClass, properties: StreamClassProperties) {
    const hasClock = properties.defaultClockClass !== null;
    const snapshots =
      properties.packetsHaveBeginningClockSnapshot ||
      properties.packetsHaveEndClockSnapshot ||
      properties.discardedEventsHaveClockSnapshots ||
      properties.discardedPacketsHaveClockSnapshots;
    precondition(
      hasClock || !snapshots,
      'stream-class-set-supports-packets:has-default-clock-class',
      'Stream class has clock snapshots but no default clock class',
    );
    precondition(
      properties.supportsPackets || !properties.supportsDiscardedPackets,
      'stream-class-set-supports-discarded-packets:supports-packets',
      'Stream class supports discarded packets but no packets',
    );
    precondition(
      properties.supportsPackets || properties.packetContext === null,
      'stream-class-set-packet-context-field-class:supports-packets',
      'Stream class has a packet context but no packets',
    );
    this.traceClass = traceClass;
    this.id = properties.id;
    this.name = properties.name;
    this.namespace = properties.namespace;
    this.uid = properties.uid;
    this.defaultClockClass = properties.defaultClockClass;
    this.supportsPackets = properties.supportsPackets;
    this.packetsHaveBeginningClockSnapshot = properties.packetsHaveBeginningClockSnapshot;
    this.packetsHaveEndClockSnapshot = properties.packetsHaveEndClockSnapshot;
    this.supportsDiscardedEvents = properties.supportsDiscardedEvents;
    this.discardedEventsHaveClockSnapshots = properties.discardedEventsHaveClockSnapshots;
    this.supportsDiscardedPackets = properties.supportsDiscardedPackets;
    this.discardedPacketsHaveClockSnapshots = properties.discardedPacketsHaveClockSnapshots;
    this.packetContext = properties.packetContext;
    this.eventCommonContext = properties.eventCommonContext;
    this.assignsEventClassIds = properties.assignsEventClassIds;
    this.assignsStreamIds = properties.assignsStreamIds;
    this.userAttributes = properties.userAttributes;
  }

  /** In order of their addition. */
  get eventClasses(): ReadonlyMap<bigint, EventClass> {
    return this.#eventClasses;
  }

  /** Adds an event class; without an `id` it gets the next one. */
  addEventClass(properties: Partial<EventClassProperties> = {}): EventClass {
    const id = properties.id ?? BigInt(this.#eventClasses.size);
    precondition(
      !this.#eventClasses.has(id),
      'event-class-create-with-id:id-is-unique',
      `Duplicate event class ID: id=${id}`,
    );
    const made = new EventClass(this, { ...EVENT_CLASS_DEFAULTS, ...properties, id });
    this.#eventClasses.set(id, made);
    return made;
  }
}

export interface EventClassProperties {
  readonly id: bigint;
  readonly name: string | null;
  /** MIP 1. */
  readonly namespace: string | null;
  /** MIP 1. */
  readonly uid: string | null;
  readonly logLevel: EventLogLevel | null;
  readonly emfUri: string | null;
  readonly specificContext: StructureClass | null;
  readonly payload: StructureClass | null;
  readonly userAttributes: ValueMap;
}

const EVENT_CLASS_DEFAULTS: Omit<EventClassProperties, 'id'> = {
  name: null,
  namespace: null,
  uid: null,
  logLevel: null,
  emfUri: null,
  specificContext: null,
  payload: null,
  userAttributes: EMPTY_MAP,
};

/** What events have in common. Made by {@link StreamClass.addEventClass}. */
export class EventClass implements EventClassProperties {
  readonly streamClass: StreamClass;
  readonly id: bigint;
  readonly name: string | null;
  readonly namespace: string | null;
  readonly uid: string | null;
  readonly logLevel: EventLogLevel | null;
  readonly emfUri: string | null;
  readonly specificContext: StructureClass | null;
  readonly payload: StructureClass | null;
  readonly userAttributes: ValueMap;

  /** Use {@link StreamClass.addEventClass}. */
  constructor(streamClass: StreamClass, properties: EventClassProperties) {
    this.streamClass = streamClass;
    this.id = properties.id;
    this.name = properties.name;
    this.namespace = properties.namespace;
    this.uid = properties.uid;
    this.logLevel = properties.logLevel;
    this.emfUri = properties.emfUri;
    this.specificContext = properties.specificContext;
    this.payload = properties.payload;
    this.userAttributes = properties.userAttributes;
  }
}

export interface TraceProperties {
  readonly name: string | null;
  /** MIP 1. */
  readonly namespace: string | null;
  /** MIP 1. */
  readonly uid: string | null;
  /** MIP 0. Lower case with dashes. */
  readonly uuid: string | null;
  readonly environment: ReadonlyMap<string, string | bigint>;
  readonly userAttributes: ValueMap;
}

export class Trace implements TraceProperties {
  readonly class: TraceClass;
  readonly name: string | null;
  readonly namespace: string | null;
  readonly uid: string | null;
  readonly uuid: string | null;
  readonly environment: ReadonlyMap<string, string | bigint>;
  readonly userAttributes: ValueMap;
  /** Ids of the streams of each class: there may be thousands. */
  readonly #ids = new Map<StreamClass, Set<bigint>>();
  readonly #streams: Stream[] = [];

  constructor(traceClass: TraceClass, properties: Partial<TraceProperties> = {}) {
    this.class = traceClass;
    this.name = properties.name ?? null;
    this.namespace = properties.namespace ?? null;
    this.uid = properties.uid ?? null;
    this.uuid = properties.uuid ?? null;
    this.environment = properties.environment ?? new Map();
    this.userAttributes = properties.userAttributes ?? EMPTY_MAP;
  }

  /** In order of their addition. */
  get streams(): readonly Stream[] {
    return this.#streams;
  }

  /** Adds a stream of `streamClass`; without an `id` it gets the next one. */
  addStream(streamClass: StreamClass, properties: Partial<StreamProperties> = {}): Stream {
    precondition(
      streamClass.traceClass === this.class,
      'stream-create:stream-class-belongs-to-trace-class',
      'Stream class is of another trace class',
    );
    const ids = this.#ids.get(streamClass) ?? new Set();
    this.#ids.set(streamClass, ids);
    const id = properties.id ?? BigInt(ids.size);
    precondition(!ids.has(id), 'stream-create-with-id:id-is-unique', `Duplicate stream ID: id=${id}`);
    const made = new Stream(this, streamClass, { name: null, userAttributes: EMPTY_MAP, ...properties, id });
    ids.add(id);
    this.#streams.push(made);
    return made;
  }
}

export interface StreamProperties {
  /** Unique among the streams of its class in its trace. */
  readonly id: bigint;
  readonly name: string | null;
  readonly userAttributes: ValueMap;
}

/** Made by {@link Trace.addStream}. */
export class Stream implements StreamProperties {
  readonly trace: Trace;
  readonly class: StreamClass;
  readonly id: bigint;
  readonly name: string | null;
  readonly userAttributes: ValueMap;

  /** Use {@link Trace.addStream}. */
  constructor(trace: Trace, streamClass: StreamClass, properties: StreamProperties) {
    this.trace = trace;
    this.class = streamClass;
    this.id = properties.id;
    this.name = properties.name;
    this.userAttributes = properties.userAttributes;
  }
}

/** A packet of a stream. `context` fits the packet context class of the stream's class. */
export interface Packet {
  readonly stream: Stream;
  readonly context: StructureValue | null;
}
