/**
 * An order of messages that have the same time, so that a merge gives the same flow whatever the order of its inputs.
 * What is compared, and in which order, is Babeltrace 2's: trace, stream class, stream, kind of message, then what
 * messages of one kind differ in.
 */
import type { ClockClass, EventClass, EventMessage, Message, MessageKind, Stream } from '@lttng-ts/graph';
import { EVENT_LOG_LEVELS } from '@lttng-ts/graph';

/** Kinds from first to last. */
const KINDS: readonly MessageKind[] = [
  'stream-beginning',
  'packet-beginning',
  'event',
  'discarded-events',
  'packet-end',
  'message-iterator-inactivity',
  'discarded-packets',
  'stream-end',
];

/** A message, or what is compared of an event. */
export type Rank = Exclude<Message, EventMessage> | Pick<EventMessage, 'kind' | 'stream' | 'eventClass'>;

/** Negative when `a` goes first, positive when `b` does. */
export function compareMessages(a: Rank, b: Rank): number {
  const left = streamOf(a);
  const right = streamOf(b);
  if (left === null || right === null) {
    return presentFirst(left, right) || compareKinds(a, b) || compareSameKind(a, b);
  }
  if (left === right) return compareKinds(a, b) || compareSameKind(a, b);
  return compareStreamIdentities(left, right) || compareKinds(a, b) || compareSameKind(a, b);
}

/** What is compared of two streams before anything else; 0 when that does not tell which goes first. */
export function compareStreamIdentities(left: Stream, right: Stream): number {
  return (
    absentLast(left.trace.uuid, right.trace.uuid) ||
    (left.class.traceClass.mipVersion === 0 ? 0 : compareTraceIdentities(left, right)) ||
    absentLast(left.trace.name, right.trace.name) ||
    compare(left.class.id, right.class.id) ||
    compare(left.id, right.id)
  );
}

/** MIP 1: namespace, name and uid say which trace it is. */
function compareTraceIdentities({ trace: a }: Stream, { trace: b }: Stream): number {
  return absentLast(a.namespace, b.namespace) || absentLast(a.name, b.name) || absentLast(a.uid, b.uid);
}

function streamOf(message: Rank): Stream | null {
  return message.kind === 'message-iterator-inactivity' ? null : message.stream;
}

function compareKinds(a: Rank, b: Rank): number {
  return a.kind === b.kind ? 0 : KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
}

function compareSameKind(a: Rank, b: Rank): number {
  if (a.kind === 'event' && b.kind === 'event') {
    return compareEventClasses(a.eventClass, b.eventClass) || compareStreams(a.stream, b.stream);
  }
  if (a.kind === 'message-iterator-inactivity') {
    if (b.kind !== 'message-iterator-inactivity') return 0;
    return compare(a.cycles, b.cycles) || compareClockClasses(a.clockClass, b.clockClass);
  }
  if (b.kind === 'message-iterator-inactivity') return 0;
  const streams = compareStreams(a.stream, b.stream);
  if (streams !== 0) return streams;
  if ('count' in a && 'count' in b) {
    return (
      compare(a.beginCycles ?? 0n, b.beginCycles ?? 0n) ||
      compare(a.endCycles ?? 0n, b.endCycles ?? 0n) ||
      absentLast(a.count, b.count)
    );
  }
  return 0;
}

function compareEventClasses(a: EventClass, b: EventClass): number {
  return (
    compare(a.id, b.id) ||
    absentFirst(a.name, b.name) ||
    absentLast(levelOf(a), levelOf(b)) ||
    absentFirst(a.emfUri, b.emfUri)
  );
}

const levelOf = ({ logLevel }: EventClass): number | null =>
  logLevel === null ? null : EVENT_LOG_LEVELS.indexOf(logLevel);

function compareStreams(a: Stream, b: Stream): number {
  if (a === b) return 0;
  const [left, right] = [a.class, b.class];
  return (
    absentFirst(a.name, b.name) ||
    absentFirst(left.name, right.name) ||
    compareFlags(left.assignsEventClassIds, right.assignsEventClassIds) ||
    compareFlags(left.assignsStreamIds, right.assignsStreamIds) ||
    compareFlags(left.supportsDiscardedEvents, right.supportsDiscardedEvents) ||
    compareFlags(left.discardedEventsHaveClockSnapshots, right.discardedEventsHaveClockSnapshots) ||
    compareFlags(left.supportsPackets, right.supportsPackets) ||
    compareFlags(left.packetsHaveBeginningClockSnapshot, right.packetsHaveBeginningClockSnapshot) ||
    compareFlags(left.packetsHaveEndClockSnapshot, right.packetsHaveEndClockSnapshot) ||
    compareFlags(left.supportsDiscardedPackets, right.supportsDiscardedPackets) ||
    compareFlags(left.discardedPacketsHaveClockSnapshots, right.discardedPacketsHaveClockSnapshots) ||
    presentFirst(left.defaultClockClass, right.defaultClockClass)
  );
}

function compareClockClasses(a: ClockClass, b: ClockClass): number {
  return (
    absentLast(a.uuid, b.uuid) ||
    compareFlags(a.origin.kind === 'unix-epoch', b.origin.kind === 'unix-epoch') ||
    absentLast(a.name, b.name) ||
    compare(b.frequencyHz, a.frequencyHz) ||
    compare(b.precisionCycles ?? 0n, a.precisionCycles ?? 0n)
  );
}

type Comparable = string | bigint | number;

function compare<T extends Comparable>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What has the flag goes last. */
const compareFlags = (a: boolean, b: boolean): number => Number(a) - Number(b);

const presentFirst = (a: unknown, b: unknown): number => Number(a === null) - Number(b === null);

function absentLast<T extends Comparable>(a: T | null, b: T | null): number {
  return a === null || b === null ? presentFirst(a, b) : compare(a, b);
}

function absentFirst<T extends Comparable>(a: T | null, b: T | null): number {
  return a === null || b === null ? -presentFirst(a, b) : compare(a, b);
}
