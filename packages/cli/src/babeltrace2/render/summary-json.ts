/** Summaries of traces as one line of JSON; `docs/summary.md` is the schema. Integers are exact. */
import {
  type EventFigures,
  type EventTimes,
  eventRate,
  type LossSummary,
  type Notice,
  noticeText,
  type TraceSummary,
} from '@lttng-ts/ctf';
import { EVENT_LOG_LEVELS } from '@lttng-ts/graph';
import type { SummarizedTrace } from '../commands/summary.ts';
import { faultText } from '../failure.ts';
import { isoTime } from '../text/iso-time.ts';

type Json = string | number | bigint | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export function summaryJson(traces: readonly SummarizedTrace[]): string {
  return `${write({ traces: traces.map(traceObject) })}\n`;
}

function traceObject({ paths, summary }: SummarizedTrace): Json {
  const isEpoch = summary.clocks.every(({ isOriginUnixEpoch }) => isOriginUnixEpoch);
  return {
    paths,
    name: summary.name === '' ? null : summary.name,
    uuid: summary.uuid,
    format: summary.format,
    environment: Object.fromEntries(summary.environment),
    clocks: summary.clocks.map(({ name, frequencyHz, isOriginUnixEpoch, origin }) => ({
      name,
      frequency_hz: frequencyHz,
      origin: isOriginUnixEpoch ? 'unix-epoch' : origin === null ? 'unknown' : 'custom',
    })),
    ...figures(summary, summary, isEpoch),
    packets: summary.packets,
    bytes: summary.bytes,
    ...losses(summary),
    streams: summary.streams.map((stream) => ({
      stream_class: stream.classId,
      stream: stream.id,
      path: stream.path,
      ...figures(stream, summary, isEpoch),
      packets: stream.packets,
      bytes: stream.bytes,
      ...losses(stream),
    })),
    event_classes: summary.eventClasses.map((one) => ({
      name: one.name,
      stream_class: one.streamClassId,
      id: one.id,
      level: one.logLevel === null ? null : (EVENT_LOG_LEVELS[one.logLevel] ?? null),
      ...figures(one, summary, isEpoch),
    })),
    faults: summary.faults.map(faultText),
    notices: summary.notices.map(noticeObject),
  };
}

/** Its kind, path and text, and where something was passed over its figures. */
function noticeObject(notice: Notice): Json {
  const { kind, path } = notice;
  const common = { kind, path, text: noticeText(notice) };
  if (notice.kind !== 'passed-over') return common;
  const { packet, offsetBytes, sizeBytes, eventsRead, durationNs } = notice;
  return {
    ...common,
    ...{
      packet,
      offset_bytes: offsetBytes,
      bytes: sizeBytes,
      events_read: eventsRead,
      duration_ns: durationNs,
    },
  };
}

function figures(
  one: EventFigures,
  trace: EventFigures,
  isEpoch: boolean,
): { readonly [name: string]: Json } {
  const { events, eventBytes, time } = one;
  return { events, event_bytes: eventBytes, rate: eventRate(one, trace), ...times(time, isEpoch) };
}

function times(time: EventTimes | null, isEpoch: boolean): { readonly [name: string]: Json } {
  if (time === null) return { begin: null, begin_ns: null, end: null, end_ns: null, duration_ns: null };
  const { beginNs, endNs } = time;
  return {
    begin: isEpoch ? isoTime(beginNs) : null,
    begin_ns: beginNs,
    end: isEpoch ? isoTime(endNs) : null,
    end_ns: endNs,
    duration_ns: endNs - beginNs,
  };
}

const losses = ({
  discardedEvents,
  discardedPackets,
}: Pick<TraceSummary, 'discardedEvents' | 'discardedPackets'>): { readonly [name: string]: Json } => ({
  discarded_events: loss(discardedEvents),
  discarded_packets: loss(discardedPackets),
});

const loss = ({ count, isAtLeast }: LossSummary): Json => ({ count, is_at_least: isAtLeast });

/** As `JSON.stringify`, with exact integers. */
function write(value: Json): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`);
  return `{${members.join(',')}}`;
}
