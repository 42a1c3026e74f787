/** Traces of the trace IR to trace classes of CTF: those that `sink.ctf.fs` of Babeltrace 2 writes. */
import {
  type ClockClass as CtfClockClass,
  type StructureClass as CtfStructureClass,
  type TraceClass as CtfTraceClass,
  type DataStreamClass,
  type EventRecordClass,
  integer,
  type Role,
  type StructureMember,
} from '@lttng-ts/ctf';
import {
  type ClockClass,
  EVENT_LOG_LEVELS,
  type EventClass,
  type StreamClass,
  type Trace,
  type ValueMap,
} from '@lttng-ts/graph';
import { type CtfTranslated, type CtfVersion, type Roots, toCtfStructure } from './to-ctf-field-class.ts';

export interface SinkOptions {
  readonly version: CtfVersion;
  readonly ignoresDiscardedEvents: boolean;
  readonly ignoresDiscardedPackets: boolean;
}

export interface EventWriting {
  readonly specificContext: CtfTranslated | null;
  readonly payload: CtfTranslated | null;
}

export interface StreamWriting {
  readonly packetContext: CtfTranslated;
  readonly commonContext: CtfTranslated | null;
  readonly events: ReadonlyMap<EventClass, EventWriting>;
}

export interface TraceWriting {
  readonly traceClass: CtfTraceClass;
  readonly streams: ReadonlyMap<StreamClass, StreamWriting>;
}

const COUNTER_BITS = 64;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Translates a trace with the classes that it has now. */
export function toCtfTrace(trace: Trace, options: SinkOptions): TraceWriting {
  const clocks = toCtfClocks(trace.class.streamClasses);
  const streams = new Map<StreamClass, StreamWriting>();
  const dataStreamClasses = new Map<bigint, DataStreamClass>();
  for (const streamClass of trace.class.streamClasses) {
    const { writing, dataStreamClass } = toDataStreamClass(streamClass, clocks, options);
    streams.set(streamClass, writing);
    dataStreamClasses.set(dataStreamClass.id, dataStreamClass);
  }
  const isCtf2 = options.version === 2;
  const uuid = trace.uuid ?? (trace.uid !== null && UUID.test(trace.uid) ? trace.uid : null);
  return {
    traceClass: {
      format: isCtf2 ? 'ctf-2' : 'ctf-1.8',
      namespace: trace.namespace,
      name: trace.name,
      uid: trace.uid ?? trace.uuid,
      uuid: isCtf2 ? null : uuid,
      byteOrder: 'little-endian',
      environment: trace.environment,
      clockClasses: [...new Set(clocks.values())],
      packetHeader: packetHeader(!isCtf2 && uuid !== null),
      dataStreamClasses,
      ...attributes(trace.class.userAttributes),
    },
    streams,
  };
}

const attributes = (userAttributes: ValueMap) =>
  userAttributes.size === 0 ? {} : { attributes: userAttributes };

/**
 * One clock class for each, with a name of its own.
 *
 * Differs from upstream: stream classes that share a clock share its fragment in CTF 2; upstream writes it twice, and
 * then refuses to read that.
 */
function toCtfClocks(streamClasses: readonly StreamClass[]): ReadonlyMap<ClockClass, CtfClockClass> {
  const clocks = new Map<ClockClass, CtfClockClass>();
  const ids = new Set<string>();
  for (const { defaultClockClass: clock } of streamClasses) {
    if (clock === null || clocks.has(clock)) continue;
    const base = clock.name ?? 'default';
    let id = base;
    for (let suffix = 0; ids.has(id); suffix++) id = `${base}_${suffix}`;
    ids.add(id);
    const { origin } = clock;
    clocks.set(clock, {
      id,
      namespace: clock.namespace,
      name: clock.name ?? id,
      uid: clock.uid ?? clock.uuid,
      uuid: clock.uuid,
      description: clock.description,
      frequencyHz: clock.frequencyHz,
      precisionCycles: clock.precisionCycles,
      accuracyCycles: clock.accuracyCycles,
      offsetSeconds: clock.offsetSeconds,
      offsetCycles: clock.offsetCycles,
      isOriginUnixEpoch: origin.kind === 'unix-epoch',
      origin:
        origin.kind === 'custom' ? { namespace: origin.namespace, name: origin.name, uid: origin.uid } : null,
      ...attributes(clock.userAttributes),
    });
  }
  return clocks;
}

const counter = (name: string, role: Role, clockClass: CtfClockClass | null = null): StructureMember => ({
  name,
  fieldClass: integer('unsigned-integer', COUNTER_BITS, { roles: [role], clockClass }),
});

const root = (members: readonly StructureMember[]): CtfStructureClass => ({
  kind: 'structure',
  members,
  minimumAlignmentBits: 8,
});

function packetHeader(hasUuid: boolean): CtfStructureClass {
  const magic: StructureMember = {
    name: 'magic',
    fieldClass: integer('unsigned-integer', 32, { displayBase: 16, roles: ['packet-magic-number'] }),
  };
  const uuid: StructureMember = {
    name: 'uuid',
    fieldClass: {
      kind: 'static-array',
      length: 16,
      element: integer('unsigned-integer', 8),
      isText: false,
      role: 'metadata-stream-uuid',
    },
  };
  return root([
    magic,
    ...(hasUuid ? [uuid] : []),
    counter('stream_id', 'data-stream-class-id'),
    counter('stream_instance_id', 'data-stream-id'),
  ]);
}

function toDataStreamClass(
  streamClass: StreamClass,
  clocks: ReadonlyMap<ClockClass, CtfClockClass>,
  options: SinkOptions,
): { readonly writing: StreamWriting; readonly dataStreamClass: DataStreamClass } {
  const clock = streamClass.defaultClockClass === null ? null : clocks.get(streamClass.defaultClockClass)!;
  const { version } = options;
  const roots: Roots = {
    'packet-context': streamClass.packetContext,
    'event-common-context': streamClass.eventCommonContext,
  };
  const packetContext = toCtfStructure(
    streamClass.packetContext ?? { kind: 'structure', members: [], userAttributes: new Map() },
    { scope: 'packet-context', version, roots },
    packetMembers(streamClass, clock, options),
  );
  const commonContext =
    streamClass.eventCommonContext === null
      ? null
      : toCtfStructure(streamClass.eventCommonContext, { scope: 'event-common-context', version, roots });
  const events = new Map<EventClass, EventWriting>();
  const eventRecordClasses = new Map<bigint, EventRecordClass>();
  for (const eventClass of streamClass.eventClasses.values()) {
    const { writing, eventRecordClass } = toEventRecordClass(eventClass, version, roots);
    events.set(eventClass, writing);
    eventRecordClasses.set(eventClass.id, eventRecordClass);
  }
  const { id, name, namespace, uid, userAttributes } = streamClass;
  return {
    writing: { packetContext, commonContext, events },
    dataStreamClass: {
      id,
      name,
      namespace,
      uid,
      defaultClockClass: clock,
      packetContext: packetContext.fieldClass,
      eventRecordHeader: root([
        counter('id', 'event-record-class-id'),
        ...(clock === null ? [] : [counter('timestamp', 'default-clock-timestamp', clock)]),
      ]),
      eventRecordCommonContext: commonContext?.fieldClass ?? null,
      eventRecordClasses,
      ...attributes(userAttributes),
    },
  };
}

/** Members of the packet context that the format itself needs. */
function packetMembers(
  streamClass: StreamClass,
  clock: CtfClockClass | null,
  { ignoresDiscardedEvents }: SinkOptions,
): readonly StructureMember[] {
  const members: StructureMember[] = [];
  const { packetsHaveBeginningClockSnapshot, packetsHaveEndClockSnapshot } = streamClass;
  if (packetsHaveBeginningClockSnapshot) {
    members.push(counter('timestamp_begin', 'packet-beginning-clock-timestamp', clock));
  }
  if (packetsHaveEndClockSnapshot) {
    members.push(counter('timestamp_end', 'packet-end-clock-timestamp', clock));
  }
  members.push(counter('packet_size', 'packet-total-length'));
  members.push(counter('content_size', 'packet-content-length'));
  if (streamClass.supportsDiscardedEvents && !ignoresDiscardedEvents) {
    members.push(counter('events_discarded', 'discarded-event-record-counter-snapshot'));
  }
  // As upstream, whether losses of packets are known or not: packets are counted from here on.
  members.push(counter('packet_seq_num', 'packet-sequence-number'));
  return members;
}

function toEventRecordClass(
  eventClass: EventClass,
  version: CtfVersion,
  streamRoots: Roots,
): {
  readonly writing: EventWriting;
  readonly eventRecordClass: EventRecordClass;
} {
  const { id, name, namespace, uid, logLevel, emfUri, userAttributes } = eventClass;
  const roots: Roots = {
    ...streamRoots,
    'event-specific-context': eventClass.specificContext,
    'event-payload': eventClass.payload,
  };
  const specificContext =
    eventClass.specificContext === null
      ? null
      : toCtfStructure(eventClass.specificContext, { scope: 'event-specific-context', version, roots });
  const payload =
    eventClass.payload === null
      ? null
      : toCtfStructure(eventClass.payload, { scope: 'event-payload', version, roots });
  return {
    writing: { specificContext, payload },
    eventRecordClass: {
      id,
      name,
      namespace,
      uid,
      logLevel: logLevel === null ? null : EVENT_LOG_LEVELS.indexOf(logLevel),
      emfUri,
      specificContext: (specificContext?.fieldClass as CtfStructureClass | undefined) ?? null,
      payload: (payload?.fieldClass as CtfStructureClass | undefined) ?? null,
      ...attributes(userAttributes),
    },
  };
}
