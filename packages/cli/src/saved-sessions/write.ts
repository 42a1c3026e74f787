/**
 * Sessions into `.lttng` text, with the elements of LTTng-tools 2.13 in their order. Pure.
 *
 * Differs from upstream: channels and event rules stand in the order in which they were made; upstream's is
 * that of its hash tables.
 */
import type {
  DomainInfo,
  EventRuleInfo,
  NetworkOutput,
  ProcessTrackers,
  SessionInfo,
  SnapshotOutputInfo,
} from '@lttng-ts/protocols';
import { domainRow } from '../lttng/domains.ts';
import { element, leaf, serialiseXmlLines, type XmlElement } from '../lttng/render/xml.ts';
import { findContextType } from '../lttng/values/contexts.ts';
import { urlsOf } from '../lttng/values/network-url.ts';
import {
  noTrackers,
  type SavedChannel,
  type SavedDestination,
  type SavedDomain,
  type SavedOutput,
  type SavedSession,
} from './model.ts';

/** What the daemon says of a session, as it is saved. */
export function savedSessionOf(
  session: SessionInfo,
  snapshotOutputs: readonly SnapshotOutputInfo[],
): SavedSession {
  return {
    name: session.name,
    sharedMemoryPath: session.sharedMemoryPath === '' ? null : session.sharedMemoryPath,
    domains: session.domains.map(savedDomainOf),
    isStarted: session.isActive,
    isSnapshotMode: session.isSnapshotMode,
    liveTimerUs: session.liveTimerUs,
    rotationTimerUs: session.rotationSchedules.timerUs,
    rotationSizeBytes: session.rotationSchedules.sizeBytes,
    output: outputOf(session, snapshotOutputs),
  };
}

function outputOf(
  { isSnapshotMode, outputPath, network }: SessionInfo,
  snapshotOutputs: readonly SnapshotOutputInfo[],
): SavedOutput {
  if (!isSnapshotMode) {
    return { kind: 'consumer', isEnabled: true, destination: destinationOf(outputPath, network) };
  }
  const outputs = snapshotOutputs.map(({ name, maxSizeBytes, path, network: snapshotNetwork }) => ({
    name,
    maxSizeBytes,
    destination: destinationOf(path, snapshotNetwork),
  }));
  return { kind: 'snapshots', outputs };
}

function destinationOf(path: string, network: NetworkOutput | null): SavedDestination {
  return network === null ? { kind: 'path', path } : { kind: 'network', ...urlsOf(network) };
}

function savedDomainOf({ domain, ownership, trackers, channels }: DomainInfo): SavedDomain {
  const saved = channels.map(({ name, isEnabled, attributes, rules, contexts }): SavedChannel => {
    const { ownership: _, ...rest } = attributes;
    return { name, isEnabled, attributes: rest, rules, contexts };
  });
  return { domain, ownership, channels: saved, trackers };
}

/** The text of a file with one session. */
export function savedSessionText(session: SavedSession): string {
  const root = element('sessions', [sessionElement(session)]);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${serialiseXmlLines(root)}\n`;
}

function sessionElement(session: SavedSession): XmlElement {
  const { name, sharedMemoryPath, domains, isStarted, output } = session;
  const attributes = attributeElements(session);
  return element('session', [
    leaf('name', name),
    sharedMemoryPath === null ? null : leaf('shared_memory_path', sharedMemoryPath),
    domains.length === 0
      ? null
      : element(
          'domains',
          withAgentDomains(domains).map((domain) => domainElement(domain, session.liveTimerUs)),
        ),
    leaf('started', isStarted),
    attributes.length === 0 ? null : element('attributes', attributes),
    output === null ? null : element('output', [outputElement(output)]),
  ]);
}

/** Upstream writes the domains of agents as soon as there is one of user space. */
function withAgentDomains(domains: readonly SavedDomain[]): readonly SavedDomain[] {
  const ust = domains.find(({ domain }) => domain === 'ust');
  if (ust === undefined) return domains;
  const agents = (['jul', 'log4j', 'python'] as const)
    .filter((agent) => !domains.some(({ domain }) => domain === agent))
    .map((domain) => ({ domain, ownership: ust.ownership, channels: [], trackers: noTrackers }));
  return [...domains, ...agents];
}

function attributeElements(session: SavedSession): readonly XmlElement[] {
  const { isSnapshotMode, liveTimerUs, rotationTimerUs, rotationSizeBytes } = session;
  const schedules = [
    ...(rotationTimerUs === null ? [] : [element('periodic', [leaf('time_us', rotationTimerUs)])]),
    ...(rotationSizeBytes === null ? [] : [element('size_threshold', [leaf('bytes', rotationSizeBytes)])]),
  ];
  return [
    ...(isSnapshotMode ? [leaf('snapshot_mode', true)] : []),
    ...(liveTimerUs === 0 ? [] : [leaf('live_timer_interval', liveTimerUs)]),
    ...(schedules.length === 0 ? [] : [element('rotation_schedules', schedules)]),
  ];
}

function outputElement(output: SavedOutput): XmlElement {
  if (output.kind === 'consumer') return consumerElement(output.isEnabled, output.destination);
  const outputs = output.outputs.map(({ name, maxSizeBytes, destination }) =>
    element('output', [
      leaf('name', name),
      leaf('max_size', maxSizeBytes),
      consumerElement(true, destination),
    ]),
  );
  return element('snapshot_outputs', outputs);
}

function consumerElement(isEnabled: boolean, destination: SavedDestination): XmlElement {
  const place =
    destination.kind === 'path'
      ? leaf('path', destination.path)
      : element('net_output', [
          leaf('control_uri', destination.controlUrl),
          leaf('data_uri', destination.dataUrl),
        ]);
  return element('consumer_output', [leaf('enabled', isEnabled), element('destination', [place])]);
}

function domainElement(
  { domain, ownership, channels, trackers }: SavedDomain,
  liveTimerUs: number,
): XmlElement {
  return element('domain', [
    leaf('type', domainRow(domain).mi),
    leaf('buffer_type', ownership === 'user' ? 'PER_UID' : 'PER_PID'),
    element(
      'channels',
      channels.map((channel) => channelElement(channel, liveTimerUs)),
    ),
    domain === 'ust' || domain === 'kernel'
      ? element('process_attr_trackers', trackerElements(trackers))
      : null,
  ]);
}

function trackerElements(trackers: ProcessTrackers): readonly XmlElement[] {
  return (['vpid', 'vuid', 'vgid'] as const).flatMap((attribute) => {
    const values = trackers[attribute];
    if (values === null) return [];
    const elements = values.map((value) =>
      element(attribute, [typeof value === 'number' ? leaf('id', value) : leaf('name', value)]),
    );
    return [element(`${attribute}_process_attr_tracker`, [element('process_attr_values', elements)])];
  });
}

function channelElement(
  { name, isEnabled, attributes, rules, contexts }: SavedChannel,
  liveTimerUs: number,
): XmlElement {
  return element('channel', [
    leaf('name', name),
    leaf('enabled', isEnabled),
    leaf('overwrite_mode', attributes.mode === 'overwrite' ? 'OVERWRITE' : 'DISCARD'),
    leaf('subbuffer_size', attributes.subbufferSizeBytes ?? 0),
    leaf('subbuffer_count', attributes.subbufferCount ?? 0),
    leaf('switch_timer_interval', attributes.switchTimerUs ?? 0),
    leaf('read_timer_interval', attributes.readTimerUs ?? 0),
    leaf('output_type', attributes.output === 'splice' ? 'SPLICE' : 'MMAP'),
    leaf('blocking_timeout', attributes.blockingTimeoutUs ?? 0),
    leaf('monitor_timer_interval', attributes.monitorTimerUs ?? 0),
    leaf('tracefile_size', attributes.traceFileSizeBytes ?? 0),
    leaf('tracefile_count', attributes.traceFileCount ?? 0),
    leaf('live_timer_interval', liveTimerUs),
    element('events', rules.map(ruleElement)),
    element('contexts', contexts.map(contextElement)),
  ]);
}

function ruleElement({ pattern, isEnabled, logLevel, filter, exclusions }: EventRuleInfo): XmlElement {
  return element('event', [
    leaf('name', pattern),
    leaf('enabled', isEnabled),
    leaf('type', 'TRACEPOINT'),
    leaf('loglevel_type', logLevel.kind.toUpperCase()),
    logLevel.kind === 'all' ? null : leaf('loglevel', logLevel.level),
    filter === null ? null : leaf('filter', filter),
    exclusions.length === 0
      ? null
      : element(
          'exclusions',
          exclusions.map((exclusion) => leaf('exclusion', exclusion)),
        ),
  ]);
}

function contextElement(symbol: string): XmlElement {
  const type = findContextType(symbol);
  switch (type.kind) {
    case 'plain':
      return element('context', [leaf('type', type.miName)]);
    case 'perf':
      return element('context', [
        element('perf', [leaf('type', type.type), leaf('config', type.config), leaf('name', type.fieldName)]),
      ]);
    case 'application':
      return element('context', [
        element('app', [leaf('provider_name', type.provider), leaf('ctx_name', type.name)]),
      ]);
    case 'unknown':
      throw new RangeError(`No such context type: symbol="${symbol}"`);
  }
}
