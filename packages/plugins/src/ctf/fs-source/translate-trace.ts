/** Trace classes of CTF to those of the trace IR, with what is needed to turn decoded event records into events. */
import type {
  ClockClass as CtfClockClass,
  StructureClass as CtfStructureClass,
  TraceClass as CtfTraceClass,
  DataStreamClass,
  EventRecordClass,
  Role,
} from '@lttng-ts/ctf';
import {
  type ClockClass,
  clockClass,
  EVENT_LOG_LEVELS,
  type EventClass,
  type MipVersion,
  type StreamClass,
  TraceClass,
} from '@lttng-ts/graph';
import { type Convert, type Translated, translateStructure } from './translate-field-class.ts';

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
  readonly streams: ReadonlyMap<DataStreamClass, StreamTranslation>;
}

export function translateTraceClass(
  ctf: CtfTraceClass,
  mipVersion: MipVersion,
  changes: ClockChanges,
): TraceTranslation {
  const traceClass = new TraceClass(mipVersion);
  const clocks = new Map(
    ctf.clockClasses.map((clock) => [clock, translateClockClass(clock, mipVersion, changes)]),
  );
  const streams = new Map<DataStreamClass, StreamTranslation>();
  for (const dataStreamClass of ctf.dataStreamClasses.values()) {
    streams.set(dataStreamClass, translateDataStreamClass(dataStreamClass, traceClass, clocks));
  }
  return { traceClass, streams };
}

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
    uuid: mipVersion === 0 ? clock.uuid : null,
    uid: mipVersion === 0 ? null : clock.uuid,
    description: clock.description,
    frequencyHz,
    precisionCycles: clock.precisionCycles,
    offsetSeconds: clock.offsetSeconds + changes.offsetSeconds + beyond,
    offsetCycles: cycles - beyond * frequencyHz,
    origin: clock.isOriginUnixEpoch || changes.forcesUnixEpoch ? { kind: 'unix-epoch' } : { kind: 'unknown' },
  });
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

function translateDataStreamClass(
  ctf: DataStreamClass,
  traceClass: TraceClass,
  clocks: ReadonlyMap<CtfClockClass, ClockClass>,
): StreamTranslation {
  const defaultClockClass =
    ctf.defaultClockClass === null ? null : (clocks.get(ctf.defaultClockClass) ?? null);
  const hasRole = (role: Role): boolean => ctf.packetContext !== null && findsRole(ctf.packetContext, role);
  const hasBeginning = defaultClockClass !== null && hasRole('packet-beginning-clock-timestamp');
  const hasEnd = defaultClockClass !== null && hasRole('packet-end-clock-timestamp');
  const supportsDiscardedEvents = hasRole('discarded-event-record-counter-snapshot');
  const supportsDiscardedPackets = hasRole('packet-sequence-number');
  const packetContext = translateRoot(ctf.packetContext, true);
  const commonContext = translateRoot(ctf.eventRecordCommonContext, false);
  const streamClass = traceClass.addStreamClass({
    id: ctf.id,
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
  });
  const events = new Map<EventRecordClass, EventTranslation>();
  for (const eventRecordClass of ctf.eventRecordClasses.values()) {
    events.set(eventRecordClass, translateEventRecordClass(eventRecordClass, streamClass));
  }
  return {
    streamClass,
    packetContext: packetContext?.convert ?? null,
    commonContext: commonContext?.convert ?? null,
    events,
  };
}

function findsRole({ members }: CtfStructureClass, role: Role): boolean {
  return members.some(({ fieldClass }) => 'role' in fieldClass && fieldClass.role === role);
}

/** Members with a role belong to the format; a packet context that has only those is none. */
function translateRoot(
  root: CtfStructureClass | null,
  leavesOutRoles: boolean,
): Translated<ReturnType<typeof translateStructure>['fieldClass']> | null {
  if (root === null) return null;
  const isLeftOut = ({ fieldClass }: CtfStructureClass['members'][number]): boolean =>
    leavesOutRoles && 'role' in fieldClass && fieldClass.role !== null;
  if (root.members.length > 0 && root.members.every(isLeftOut)) return null;
  return translateStructure(root, isLeftOut);
}

function translateEventRecordClass(ctf: EventRecordClass, streamClass: StreamClass): EventTranslation {
  const specificContext = translateRoot(ctf.specificContext, false);
  const payload = translateRoot(ctf.payload, false);
  return {
    eventClass: streamClass.addEventClass({
      id: ctf.id,
      name: ctf.name,
      logLevel: ctf.logLevel === null ? null : (EVENT_LOG_LEVELS[ctf.logLevel] ?? null),
      emfUri: ctf.emfUri,
      specificContext: specificContext?.fieldClass ?? null,
      payload: payload?.fieldClass ?? null,
    }),
    specificContext: specificContext?.convert ?? null,
    payload: payload?.convert ?? null,
  };
}
