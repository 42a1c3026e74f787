/** Trace classes of CTF to those of the trace IR, with what is needed to turn decoded event records into events. */
import type {
  ClockClass as CtfClockClass,
  StructureClass as CtfStructureClass,
  TraceClass as CtfTraceClass,
  DataStreamClass,
  EventRecordClass,
  Role,
  StructureMember,
} from '@lttng-ts/ctf';
import {
  type ClockClass,
  type ClockOrigin,
  clockClass,
  EVENT_LOG_LEVELS,
  type EventClass,
  type MipVersion,
  type StreamClass,
  type StructureClass,
  TraceClass,
} from '@lttng-ts/graph';
import { hashTableOrder } from './hash-table-order.ts';
import { type Roots, selectorKindOf } from './selector-kind.ts';
import { translateAttributes } from './translate-attributes.ts';
import {
  type Convert,
  FieldClassTranslation,
  type OrderLabels,
  type Translated,
} from './translate-field-class.ts';

const NS_PER_S = 1_000_000_000n;

/** What the person changes about clocks. */
export interface ClockChanges {
  readonly offsetSeconds: bigint;
  readonly offsetNs: bigint;
  readonly forcesUnixEpoch: boolean;
}

export interface EventTranslation {
  readonly eventClass: EventClass;
  readonly specificContext: Convert | null;
  readonly payload: Convert | null;
}

export interface StreamTranslation {
  readonly streamClass: StreamClass;
  readonly packetContext: Convert | null;
  readonly commonContext: Convert | null;
  readonly events: ReadonlyMap<EventRecordClass, EventTranslation>;
}

export interface TraceTranslation {
  readonly traceClass: TraceClass;
  readonly clocks: ReadonlyMap<CtfClockClass, ClockClass>;
  readonly streams: ReadonlyMap<DataStreamClass, StreamTranslation>;
}

export function translateTraceClass(
  ctf: CtfTraceClass,
  mipVersion: MipVersion,
  changes: ClockChanges,
): TraceTranslation {
  const traceClass = new TraceClass(mipVersion, translateAttributes(ctf.attributes));
  const clocks = new Map(
    ctf.clockClasses.map((clock) => [clock, translateClockClass(clock, mipVersion, changes)]),
  );
  const orderLabels = labelOrderOf(ctf);
  const streams = new Map<DataStreamClass, StreamTranslation>();
  for (const dataStreamClass of ctf.dataStreamClasses.values()) {
    streams.set(dataStreamClass, translateDataStreamClass(dataStreamClass, traceClass, clocks, orderLabels));
  }
  return { traceClass, clocks, streams };
}

/**
 * Adds what `ctf` has and `earlier`, made of less of the same metadata, has not. Classes that are there already stay the
 * very objects that they are.
 */
export function growTraceClass(
  earlier: TraceTranslation,
  ctf: CtfTraceClass,
  changes: ClockChanges,
): TraceTranslation {
  const { traceClass } = earlier;
  const knownClock = (id: string): ClockClass | null =>
    [...earlier.clocks].find(([clock]) => clock.id === id)?.[1] ?? null;
  const clocks = new Map(
    ctf.clockClasses.map((clock) => [
      clock,
      knownClock(clock.id) ?? translateClockClass(clock, traceClass.mipVersion, changes),
    ]),
  );
  const known = new Map([...earlier.streams].map(([{ id }, translation]) => [id, translation]));
  const orderLabels = labelOrderOf(ctf);
  const streams = new Map<DataStreamClass, StreamTranslation>();
  for (const dataStreamClass of ctf.dataStreamClasses.values()) {
    const translation = known.get(dataStreamClass.id);
    streams.set(
      dataStreamClass,
      translation === undefined
        ? translateDataStreamClass(dataStreamClass, traceClass, clocks, orderLabels)
        : growDataStreamClass(translation, dataStreamClass, orderLabels),
    );
  }
  return { traceClass, clocks, streams };
}

function growDataStreamClass(
  earlier: StreamTranslation,
  ctf: DataStreamClass,
  orderLabels: OrderLabels,
): StreamTranslation {
  const known = new Map([...earlier.events].map(([{ id }, translation]) => [id, translation]));
  const events = new Map<EventRecordClass, EventTranslation>();
  for (const eventRecordClass of ctf.eventRecordClasses.values()) {
    events.set(
      eventRecordClass,
      known.get(eventRecordClass.id) ??
        translateEventRecordClass(eventRecordClass, rootsOf(ctf), earlier.streamClass, orderLabels),
    );
  }
  return { ...earlier, events };
}

/** Texts show several labels of one value in upstream's order; what that is in CTF 2 is not known. */
const labelOrderOf = ({ format }: CtfTraceClass): OrderLabels =>
  format === 'ctf-1.8' ? hashTableOrder : (labels) => labels;

const rootsOf = (ctf: DataStreamClass): Roots => ({
  'packet-context': ctf.packetContext,
  'event-record-common-context': ctf.eventRecordCommonContext,
});

function translateClockClass(
  clock: CtfClockClass,
  mipVersion: MipVersion,
  changes: ClockChanges,
): ClockClass {
  const { frequencyHz } = clock;
  // A shift in nanoseconds is a shift in cycles; the rest of the division is lost, as upstream.
  const cycles = clock.offsetCycles + (changes.offsetNs * frequencyHz) / NS_PER_S;
  const beyond = floorDivide(cycles, frequencyHz);
  return clockClass({
    name: clock.name,
    namespace: clock.namespace,
    uuid: mipVersion === 0 ? clock.uuid : null,
    uid: clock.uid ?? (mipVersion === 0 ? null : clock.uuid),
    description: clock.description,
    frequencyHz,
    precisionCycles: clock.precisionCycles,
    accuracyCycles: clock.accuracyCycles,
    offsetSeconds: clock.offsetSeconds + changes.offsetSeconds + beyond,
    offsetCycles: cycles - beyond * frequencyHz,
    origin: changes.forcesUnixEpoch ? { kind: 'unix-epoch' } : originOf(clock),
    userAttributes: translateAttributes(clock.attributes),
  });
}

function originOf({ isOriginUnixEpoch, origin }: CtfClockClass): ClockOrigin {
  if (isOriginUnixEpoch) return { kind: 'unix-epoch' };
  return origin === null ? { kind: 'unknown' } : { kind: 'custom', ...origin };
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

function translateDataStreamClass(
  ctf: DataStreamClass,
  traceClass: TraceClass,
  clocks: ReadonlyMap<CtfClockClass, ClockClass>,
  orderLabels: OrderLabels,
): StreamTranslation {
  const defaultClockClass =
    ctf.defaultClockClass === null ? null : (clocks.get(ctf.defaultClockClass) ?? null);
  const hasRole = (role: Role): boolean =>
    ctf.packetContext?.members.some((member) => rolesOf(member).includes(role)) ?? false;
  const hasBeginning =
    defaultClockClass !== null &&
    (hasRole('packet-beginning-clock-timestamp') || hasRole('default-clock-timestamp'));
  const hasEnd = defaultClockClass !== null && hasRole('packet-end-clock-timestamp');
  const supportsDiscardedEvents = hasRole('discarded-event-record-counter-snapshot');
  const supportsDiscardedPackets = hasRole('packet-sequence-number');
  const roots = rootsOf(ctf);
  const packetContext = translateRoot(ctf.packetContext, roots, true, orderLabels);
  const commonContext = translateRoot(ctf.eventRecordCommonContext, roots, false, orderLabels);
  const streamClass = traceClass.addStreamClass({
    id: ctf.id,
    name: ctf.name,
    namespace: ctf.namespace,
    uid: ctf.uid,
    defaultClockClass,
    supportsPackets: true,
    packetsHaveBeginningClockSnapshot: hasBeginning,
    packetsHaveEndClockSnapshot: hasEnd,
    supportsDiscardedEvents,
    discardedEventsHaveClockSnapshots: supportsDiscardedEvents && hasBeginning && hasEnd,
    supportsDiscardedPackets,
    discardedPacketsHaveClockSnapshots: supportsDiscardedPackets && hasBeginning && hasEnd,
    packetContext: packetContext?.fieldClass ?? null,
    eventCommonContext: commonContext?.fieldClass ?? null,
    assignsEventClassIds: false,
    assignsStreamIds: false,
    userAttributes: translateAttributes(ctf.attributes),
  });
  const events = new Map<EventRecordClass, EventTranslation>();
  for (const eventRecordClass of ctf.eventRecordClasses.values()) {
    events.set(
      eventRecordClass,
      translateEventRecordClass(eventRecordClass, roots, streamClass, orderLabels),
    );
  }
  return {
    streamClass,
    packetContext: packetContext?.convert ?? null,
    commonContext: commonContext?.convert ?? null,
    events,
  };
}

/** What a member means to the format. */
function rolesOf({ fieldClass }: StructureMember): readonly Role[] {
  if ('roles' in fieldClass) return fieldClass.roles;
  return 'role' in fieldClass && fieldClass.role !== null ? [fieldClass.role] : [];
}

/** Members with a role belong to the format; a packet context that has only those is none. */
function translateRoot(
  root: CtfStructureClass | null,
  roots: Roots,
  leavesOutRoles: boolean,
  orderLabels: OrderLabels,
): Translated<StructureClass> | null {
  if (root === null) return null;
  const isLeftOut = (member: StructureMember): boolean => leavesOutRoles && rolesOf(member).length > 0;
  if (root.members.length > 0 && root.members.every(isLeftOut)) return null;
  const translation = new FieldClassTranslation((location) => selectorKindOf(location, roots), orderLabels);
  return translation.structure(root, isLeftOut);
}

function translateEventRecordClass(
  ctf: EventRecordClass,
  rootsAround: Roots,
  streamClass: StreamClass,
  orderLabels: OrderLabels,
): EventTranslation {
  const roots: Roots = {
    ...rootsAround,
    'event-record-specific-context': ctf.specificContext,
    'event-record-payload': ctf.payload,
  };
  const specificContext = translateRoot(ctf.specificContext, roots, false, orderLabels);
  const payload = translateRoot(ctf.payload, roots, false, orderLabels);
  return {
    eventClass: streamClass.addEventClass({
      id: ctf.id,
      name: ctf.name,
      namespace: ctf.namespace,
      uid: ctf.uid,
      logLevel: ctf.logLevel === null ? null : (EVENT_LOG_LEVELS[ctf.logLevel] ?? null),
      emfUri: ctf.emfUri,
      specificContext: specificContext?.fieldClass ?? null,
      payload: payload?.fieldClass ?? null,
      userAttributes: translateAttributes(ctf.attributes),
    }),
    specificContext: specificContext?.convert ?? null,
    payload: payload?.convert ?? null,
  };
}
