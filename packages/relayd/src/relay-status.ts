/**
 * What the relay tells about itself: counters since its start, and what is there now. One value, which the control
 * socket sends as it is and {@link metricsText} renders for Prometheus.
 */
import type { Relay } from './relay.ts';

/** Counters that only grow. */
export interface RelayCounters {
  sessions: number;
  streams: number;
  packets: number;
  packetBytes: number;
  indexEntries: number;
  metadataBytes: number;
  sentPackets: number;
  sentBytes: number;
  connections: number;
  /** Closed before they said anything sensible: too many, a wrong token, a quota. */
  refusedConnections: number;
  timeouts: number;
  /** Connections that ended because the peer, or the disk, broke something. */
  faults: number;
  quotaRefusals: number;
  resumptions: number;
}

export const newCounters = (): RelayCounters => ({
  sessions: 0,
  streams: 0,
  packets: 0,
  packetBytes: 0,
  indexEntries: 0,
  metadataBytes: 0,
  sentPackets: 0,
  sentBytes: 0,
  connections: 0,
  refusedConnections: 0,
  timeouts: 0,
  faults: 0,
  quotaRefusals: 0,
  resumptions: 0,
});

export interface StreamStatus {
  readonly id: number;
  readonly channel: string;
  readonly path: string;
  readonly packets: number;
  readonly bytes: number;
  /** Event records that the tracer lost, as its last packet says; null: it has said nothing. */
  readonly discardedEvents: number | null;
  /** Packets that a live reader has not fetched; null: nobody reads it. */
  readonly lagPackets: number | null;
  /** Packets without an index entry, and the reverse. */
  readonly incompletePackets: number;
}

export interface SessionStatus {
  readonly id: number;
  readonly name: string;
  readonly hostname: string;
  readonly address: string;
  readonly minor: number;
  readonly isLive: boolean;
  readonly hasViewer: boolean;
  /** Whether its producer is away, and may come back. */
  readonly isWaiting: boolean;
  readonly streams: readonly StreamStatus[];
}

export interface RelayStatus {
  readonly pid: number;
  readonly uptimeS: number;
  readonly outputPath: string;
  readonly openFiles: number;
  readonly maxOpenFiles: number;
  readonly openConnections: { readonly control: number; readonly data: number; readonly live: number };
  readonly counters: Readonly<RelayCounters>;
  readonly sessions: readonly SessionStatus[];
}

/** What the relay's sessions are now. */
export function sessionsOf(relay: Relay): readonly SessionStatus[] {
  return [...relay.sessions.values()].map((session) => ({
    id: session.id,
    name: session.request.sessionName,
    hostname: session.request.hostname,
    address: session.address,
    minor: session.minor,
    isLive: session.isLive,
    hasViewer: session.viewer !== null,
    isWaiting: session.isWaiting,
    streams: [...session.streams].map((stream) => ({
      id: stream.id,
      channel: stream.channelName,
      path: stream.pathName,
      packets: stream.packetCount,
      bytes: stream.byteCount,
      discardedEvents: stream.discardedEvents === null ? null : Number(stream.discardedEvents),
      lagPackets: stream.files.lagPackets,
      incompletePackets: stream.incompleteCount,
    })),
  }));
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly values: (status: RelayStatus) => readonly (readonly [labels: string, value: number])[];
}

const counter = (key: keyof RelayCounters, name: string, help: string): Metric => ({
  name: `lttng_relayd_${name}_total`,
  help,
  type: 'counter',
  values: ({ counters }) => [['', counters[key]]],
});

const streamGauge = (
  name: string,
  help: string,
  type: Metric['type'],
  valueOf: (stream: StreamStatus) => number | null,
): Metric => ({
  name: `lttng_relayd_stream_${name}`,
  help,
  type,
  values: ({ sessions }) =>
    sessions.flatMap((session) =>
      session.streams.flatMap((stream) => {
        const value = valueOf(stream);
        const labels = {
          session: session.name,
          hostname: session.hostname,
          path: stream.path,
          channel: stream.channel,
          stream: String(stream.id),
        };
        return value === null ? [] : [[labelText(labels), value] as const];
      }),
    ),
});

const METRICS: readonly Metric[] = [
  counter('sessions', 'sessions', 'Sessions that producers made.'),
  counter('streams', 'streams', 'Streams that producers made.'),
  counter('packets', 'packets', 'Packets received.'),
  counter('packetBytes', 'packet_bytes', 'Bytes of packets received.'),
  counter('indexEntries', 'index_entries', 'Index entries received.'),
  counter('metadataBytes', 'metadata_bytes', 'Bytes of metadata received.'),
  counter('sentPackets', 'sent_packets', 'Packets sent to live readers.'),
  counter('sentBytes', 'sent_bytes', 'Bytes of packets sent to live readers.'),
  counter('connections', 'connections', 'Connections accepted.'),
  counter('refusedConnections', 'refused_connections', 'Connections refused: too many, quota, token.'),
  counter('timeouts', 'timeouts', 'Connections closed because nothing came.'),
  counter('faults', 'faults', 'Connections closed because of a broken peer or disk.'),
  counter('quotaRefusals', 'quota_refusals', 'Streams and packets refused because of a quota.'),
  counter('resumptions', 'resumptions', 'Producers that came back to their session.'),
  {
    name: 'lttng_relayd_open_files',
    help: 'Files of traces that are open.',
    type: 'gauge',
    values: ({ openFiles }) => [['', openFiles]],
  },
  {
    name: 'lttng_relayd_max_open_files',
    help: 'Files of traces that may be open.',
    type: 'gauge',
    values: ({ maxOpenFiles }) => [['', maxOpenFiles]],
  },
  {
    name: 'lttng_relayd_open_connections',
    help: 'Connections that are open.',
    type: 'gauge',
    values: ({ openConnections }) =>
      Object.entries(openConnections).map(([port, count]) => [labelText({ port }), count]),
  },
  {
    name: 'lttng_relayd_open_sessions',
    help: 'Sessions whose producer is there, or that are read.',
    type: 'gauge',
    values: ({ sessions }) => [['', sessions.length]],
  },
  streamGauge('bytes', 'Bytes of packets of a stream.', 'counter', ({ bytes }) => bytes),
  streamGauge('packets', 'Packets of a stream.', 'counter', ({ packets }) => packets),
  streamGauge(
    'lag_packets',
    'Packets that a live reader has not fetched.',
    'gauge',
    ({ lagPackets }) => lagPackets,
  ),
  streamGauge(
    'discarded_events',
    'Event records that the tracer lost.',
    'counter',
    ({ discardedEvents }) => discardedEvents,
  ),
];

/** The status in Prometheus's text format (version 0.0.4). */
export function metricsText(status: RelayStatus): string {
  return METRICS.map(({ name, help, type, values }) => {
    const lines = values(status).map(([labels, value]) => `${name}${labels} ${value}\n`);
    return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
  }).join('');
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const escape = (text: string): string =>
    text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escape(value)}"`)
    .join(',')}}`;
}
