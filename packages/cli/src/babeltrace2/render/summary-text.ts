/** Summaries of traces for people: a block for each trace, with figures in columns. */
import {
  type ClassSummary,
  type EventFigures,
  eventRate,
  type LossSummary,
  type StreamSummary,
  type TraceSummary,
} from '@lttng-ts/ctf';
import { EVENT_LOG_LEVELS } from '@lttng-ts/graph';
import type { SummarizedTrace } from '../commands/summary.ts';
import type { Colours } from '../text/colours.ts';
import { isoTime } from '../text/iso-time.ts';

export interface SummaryStyle {
  /** Event classes that are shown, at most. */
  readonly classCount: number;
  readonly colours: Colours;
}

export function summaryText(traces: readonly SummarizedTrace[], style: SummaryStyle): string {
  return traces.map((trace) => traceText(trace, style)).join('\n');
}

function traceText({ paths, summary }: SummarizedTrace, { classCount, colours }: SummaryStyle): string {
  const { bold, reset } = colours;
  const title = paths.map((path) => `${bold}${path}${reset}\n`).join('');
  const sections = [
    rows(headRows(summary)),
    section(
      'Environment',
      rows([...summary.environment].map(([name, value]) => [name, plain(String(value))])),
    ),
    section('Streams', streamTable(summary)),
    section(classTitle(summary.eventClasses.length, classCount), classTable(summary, classCount)),
  ];
  return title + sections.filter((text) => text !== '').join('\n');
}

function headRows(summary: TraceSummary): readonly (readonly [string, string])[] {
  const { name, uuid, format, events, eventBytes, time, packets, bytes, streams, clocks } = summary;
  const lost = [
    lossText(summary.discardedEvents, 'event'),
    lossText(summary.discardedPackets, 'packet'),
  ].filter((text) => text !== null);
  return [
    ...(name === '' ? [] : [['trace', plain(name)] as const]),
    ...(uuid === null ? [] : [['uuid', uuid] as const]),
    ['format', format === 'ctf-2' ? 'CTF 2' : 'CTF 1.8'],
    ...clocks.map(
      ({ name: clock, frequencyHz }) =>
        ['clock', `${plain(clock ?? 'without name')}, ${grouped(frequencyHz)} Hz`] as const,
    ),
    ...(time === null
      ? []
      : [
          ['begin', timeText(summary, time.beginNs)] as const,
          ['end', timeText(summary, time.endNs)] as const,
          ['duration', `${secondsText(time.endNs - time.beginNs)} s`] as const,
        ]),
    ['events', `${grouped(events)}${rateText(summary)}`],
    [
      'size',
      `${sizeText(bytes)} in ${counted(packets, 'packet')} of ${counted(streams.length, 'stream')}${eventBytes === null ? '' : `, events ${sizeText(eventBytes)}`}`,
    ],
    ['lost', lost.length === 0 ? 'nothing' : lost.join(', ')],
    ...damageRow(summary),
    ...passedOverRow(summary),
  ];
}

/** Says of damaged traces that figures are those of a part. */
function damageRow({ faults }: TraceSummary): readonly (readonly [string, string])[] {
  const places = counted(faults.length, 'place');
  return faults.length === 0 ? [] : [['damage', `at ${places}: figures are those of what is whole`]];
}

/** What was not read of the trace, damage being no reason to end. */
function passedOverRow({ notices }: TraceSummary): readonly (readonly [string, string])[] {
  const gaps = notices.filter((notice) => notice.kind === 'passed-over');
  if (gaps.length === 0) return [];
  const bytes = gaps.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const events = gaps.reduce((sum, { eventsRead }) => sum + eventsRead, 0);
  const ns = gaps.reduce((sum, { durationNs }) => sum + (durationNs ?? 0n), 0n);
  const what = `${counted(gaps.length, 'damaged packet')} (${sizeText(bytes)})`;
  return [['passed over', `${what}, ${secondsText(ns)} s; of them ${counted(events, 'event')} read`]];
}

/** A date where the clock counts from the Unix epoch. */
function timeText({ clocks }: TraceSummary, ns: bigint): string {
  const isEpoch = clocks.every(({ isOriginUnixEpoch }) => isOriginUnixEpoch);
  return (isEpoch ? isoTime(ns) : null) ?? `${secondsText(ns)} s from the clock's origin`;
}

function rateText(figures: EventFigures): string {
  const rate = eventRate(figures, figures);
  return rate === null ? '' : ` (${rateFigure(rate)}/s)`;
}

const rateFigure = (rate: number): string => (rate >= 100 ? grouped(Math.round(rate)) : rate.toPrecision(3));

function lossText({ count, isAtLeast }: LossSummary, what: string): string | null {
  if (count === 0n) return isAtLeast ? `some ${what}s` : null;
  return `${isAtLeast ? 'more than ' : ''}${grouped(count)} ${what}${count === 1n ? '' : 's'}`;
}

/** A trace's own text, with control characters as escape sequences: they would act on the terminal. */
const plain = (text: string): string =>
  text.replaceAll(/\p{Cc}/gu, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`);

const section = (title: string, text: string): string => (text === '' ? '' : `${title}:\n${text}`);

/** `name  value` lines, names of one width. */
function rows(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length), 0);
  return pairs.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join('');
}

function streamTable(summary: TraceSummary): string {
  const header = ['class', 'stream', 'packets', 'size', 'events', 'per second', 'lost events', 'file'];
  const lines = summary.streams.map((stream: StreamSummary) => {
    const { classId, id, packets, bytes, events, discardedEvents, path } = stream;
    const rate = eventRate(stream, summary);
    return [
      ...[String(classId), String(id), grouped(packets), sizeText(bytes), grouped(events)],
      rate === null ? '' : rateFigure(rate),
      lossText(discardedEvents, 'event')?.replace(/ events?$/, '') ?? '',
      path.slice(path.lastIndexOf('/') + 1),
    ];
  });
  return table(header, lines);
}

function classTitle(count: number, shown: number): string {
  return count > shown
    ? `Event classes, largest first (${shown} of ${count})`
    : 'Event classes, largest first';
}

function classTable(summary: TraceSummary, shown: number): string {
  const { eventClasses, eventBytes } = summary;
  const header = ['events', 'size', 'share', 'per second', 'level', 'name'];
  const lines = eventClasses.slice(0, shown).map((one: ClassSummary) => {
    const rate = eventRate(one, summary);
    const isKnown = one.eventBytes !== null && eventBytes !== null && eventBytes > 0;
    return [
      grouped(one.events),
      one.eventBytes === null ? '' : sizeText(one.eventBytes),
      isKnown ? `${((100 * one.eventBytes) / eventBytes).toFixed(1)} %` : '',
      rate === null ? '' : rateFigure(rate),
      one.logLevel === null ? '' : (EVENT_LOG_LEVELS[one.logLevel] ?? String(one.logLevel)),
      plain(one.name ?? `class ${one.id} of stream class ${one.streamClassId}`),
    ];
  });
  return table(header, lines);
}

/** Columns of figures, ending at one place; the last column begins at one place. Empty columns are left out. */
function table(header: readonly string[], lines: readonly (readonly string[])[]): string {
  if (lines.length === 0) return '';
  const used = header.map((_, i) => i).filter((i) => lines.some((line) => line[i] !== ''));
  const all = [header, ...lines];
  const widths = used.map((i) => Math.max(...all.map((line) => line[i]!.length)));
  return all
    .map((line) => {
      const cells = used.map((i, k) => (k === used.length - 1 ? line[i]! : line[i]!.padStart(widths[k]!)));
      return `  ${cells.join('  ')}\n`;
    })
    .join('');
}

const counted = (count: number, what: string): string => `${grouped(count)} ${what}${count === 1 ? '' : 's'}`;

/** Digits in groups of three. */
const grouped = (value: number | bigint): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',');

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let [value, unit] = [bytes / 1024, 0];
  while (value >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${value.toFixed(1)} ${UNITS[unit]}`;
}

/** Seconds with nine digits behind the point. */
function secondsText(ns: bigint): string {
  const [sign, magnitude] = ns < 0n ? ['-', -ns] : ['', ns];
  return `${sign}${magnitude / 1_000_000_000n}.${String(magnitude % 1_000_000_000n).padStart(9, '0')}`;
}
