/**
 * Events and losses as lines of JSON, one object each; `docs/json-output.md` is the schema. Lines are binary strings.
 */
import {
  type ClockClass,
  cyclesToNs,
  type DiscardedMessage,
  type EventClass,
  type EventMessage,
  type Packet,
  type Stream,
  type StructureClass,
  type StructureValue,
} from '@lttng-ts/graph';
import { nineDigits } from '../pretty/wall-time.ts';
import { membersText, quote, structureText } from './json-text.ts';

const NS_PER_S = 1_000_000_000n;
/** Seconds that a JavaScript date can hold. */
const MAX_DATE_S = 8_640_000_000_000n;

export const EVENT_START = '{"type":"event"';

export class JsonPrinter {
  event(message: EventMessage): string {
    const { stream, packet, eventClass, cycles } = message;
    const clock = stream.class.defaultClockClass;
    const time = clock === null || cycles === null ? '' : timeText(clock, cyclesToNs(clock, cycles));
    const context = contextText(stream, message);
    const payload =
      eventClass.payload === null || message.payload === null
        ? '{}'
        : structureText(eventClass.payload, message.payload);
    const head = `${EVENT_START}${time}${headText(stream, eventClass)}${packetText(stream, packet)}`;
    return `${head}${context}${FIELDS_START}${payload}}\n`;
  }

  discarded({ kind, stream, count, beginCycles, endCycles }: DiscardedMessage): string {
    const clock = stream.class.defaultClockClass;
    const at = (cycles: bigint | null, prefix: string): string =>
      clock === null || cycles === null ? '' : timeText(clock, cyclesToNs(clock, cycles), prefix);
    const times = at(beginCycles, '') + at(endCycles, 'end_');
    return `{"type":"${kind}"${times},"count":${count}${streamText(stream)}}\n`;
  }
}

/** `,"time":"…","ns":…`; `time` only where the clock counts from the Unix epoch. */
export function timeText(clock: ClockClass, ns: bigint, prefix = ''): string {
  const date = clock.origin.kind === 'unix-epoch' ? dateText(ns) : null;
  return `${date === null ? '' : `,"${prefix}time":"${date}"`},"${prefix}ns":${ns}`;
}

/** ISO 8601 in UTC, to the nanosecond; `null` beyond what dates can be. */
function dateText(ns: bigint): string | null {
  const fraction = ((ns % NS_PER_S) + NS_PER_S) % NS_PER_S;
  const second = (ns - fraction) / NS_PER_S;
  if (second > MAX_DATE_S || second < -MAX_DATE_S) return null;
  const date = new Date(Number(second) * 1000).toISOString();
  return `${date.slice(0, date.lastIndexOf('.'))}.${nineDigits(fraction)}Z`;
}

/** What all events of a class in a stream share. */
export function headText(stream: Stream, { name, logLevel }: EventClass): string {
  const level = logLevel === null ? '' : `,"level":"${logLevel}"`;
  return `,"name":${name === null ? 'null' : quote(name)}${level}${streamText(stream)}`;
}

function streamText({ trace, class: streamClass, id }: Stream): string {
  const name = trace.name === null || trace.name === '' ? '' : `,"trace":${quote(trace.name)}`;
  return `${name},"stream_class":${streamClass.id},"stream":${id}`;
}

/** `,"packet":{…}`, or nothing. */
export function packetText(stream: Stream, packet: Packet | null): string {
  const { packetContext } = stream.class;
  const context = packet?.context ?? null;
  return packetContext === null || context === null
    ? ''
    : `,"packet":${structureText(packetContext, context)}`;
}

export const CONTEXT_START = ',"context":{';
export const FIELDS_START = ',"fields":';

/** Both contexts in one object: of two members of one name the event's own counts. */
function contextText(stream: Stream, { eventClass, commonContext, specificContext }: EventMessage): string {
  const common = present(stream.class.eventCommonContext, commonContext);
  const specific = present(eventClass.specificContext, specificContext);
  if (common === null && specific === null) return '';
  const own = new Set(specific?.fieldClass.members.map(({ name }) => name));
  const first = common === null ? '' : membersText(common.fieldClass, common.value, own, true);
  const second =
    specific === null ? '' : membersText(specific.fieldClass, specific.value, NONE, first === '');
  return `${CONTEXT_START}${first}${second}}`;
}

const NONE: ReadonlySet<string> = new Set();

interface Present {
  readonly fieldClass: StructureClass;
  readonly value: StructureValue;
}

const present = (fieldClass: StructureClass | null, value: StructureValue | null): Present | null =>
  fieldClass === null || value === null ? null : { fieldClass, value };
