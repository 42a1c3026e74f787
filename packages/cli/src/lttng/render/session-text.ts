/** Sessions, their channels and event rules as `lttng list` and `lttng status` print them. */
import type {
  ChannelAttributes,
  ChannelInfo,
  DomainInfo,
  EventRuleInfo,
  LeftSession,
  ProcessTrackers,
  RecordingFault,
  SessionInfo,
} from '@lttng-ts/protocols';
import { domainRow } from '../domains.ts';
import type { SessionSelection } from '../results.ts';
import { logLevelText } from '../values/log-levels.ts';
import { trackedRows, trackedValueText } from '../values/trackers.ts';
import { policyInfoLines } from './archive-policy-text.ts';
import { printable } from './printable.ts';

const activity = ({ isActive, isSnapshotMode }: SessionInfo): string =>
  `[${isActive ? 'active' : 'inactive'}${isSnapshotMode ? ' snapshot' : ''}]`;
const enablement = (isEnabled: boolean): string => (isEnabled ? '[enabled]' : '[disabled]');

/** All sessions in brief. */
export function sessionListLines(sessions: readonly SessionInfo[]): readonly string[] {
  if (sessions.length === 0) return ['Currently no available recording session'];
  return [
    'Available recording sessions:',
    ...sessions.flatMap((session, index) => [
      `  ${index + 1}) ${session.name} ${activity(session)}`,
      ...outputLines(session),
      ...liveLines(session),
      '',
    ]),
    '',
    'Use lttng list <session_name> for more details',
  ];
}

/** Differs from upstream: sessions of a daemon that died are told; upstream's successor knows nothing of them. */
export function leftLines(left: readonly LeftSession[]): readonly string[] {
  if (left.length === 0) return [];
  return [
    '',
    'Sessions of a session daemon that died:',
    ...left.flatMap(({ name, outputPath, wasActive }) => [
      `  ${printable(name)} [${wasActive ? 'active' : 'inactive'}]`,
      ...(outputPath === '' ? [] : [`    Trace output: ${outputPath}`]),
    ]),
  ];
}

const liveLines = ({ liveTimerUs }: SessionInfo): readonly string[] =>
  liveTimerUs === 0 ? [] : [`    Live timer interval: ${liveTimerUs} us`];

const outputLines = ({ outputPath }: SessionInfo): readonly string[] =>
  outputPath === '' ? [] : [`    Trace output: ${outputPath}`];

/** One session, or the part of it that was asked for. */
export function sessionDetailsLines(session: SessionInfo, selection: SessionSelection): readonly string[] {
  return [
    `Recording session ${session.name}: ${activity(session)}`,
    ...(session.outputPath === '' ? [] : [...outputLines(session), '']),
    ...formatLines(session),
    ...scheduleLines(session),
    ...archivePolicyLines(session),
    ...session.faults.flatMap(faultLines),
    ...(selection.domainsOnly
      ? domainNameLines(session)
      : session.domains.flatMap(domainLinesOf(session, selection))),
    ...missingDomainLines(session, selection),
  ];
}

/** Upstream 2.13 has one format, and no line for it. */
const formatLines = ({ traceFormat }: SessionInfo): readonly string[] =>
  traceFormat === 'ctf-1.8' ? [] : ['Trace format: CTF 2', ''];

function scheduleLines({ rotationSchedules: { timerUs, sizeBytes } }: SessionInfo): readonly string[] {
  if (timerUs === null && sizeBytes === null) return [];
  return [
    'Automatic rotation schedules:',
    ...(timerUs === null ? [] : [`    timer period: ${timerUs} us`]),
    ...(sizeBytes === null ? [] : [`    size threshold: ${sizeBytes} bytes`]),
    '',
  ];
}

/** Ours: upstream has no archive policies. */
function archivePolicyLines({ archivePolicy }: SessionInfo): readonly string[] {
  return archivePolicy === null ? [] : ['Archive policy:', ...policyInfoLines(archivePolicy), ''];
}

/** Differs from upstream: faults of recording (a full disk, a stuck writer) are told; upstream has no such line. */
function faultLines({ kind, where, detail, isOngoing }: RecordingFault): readonly string[] {
  const state = isOngoing ? 'ongoing' : 'over';
  return [`    Fault (${state}): ${kind.replaceAll('-', ' ')}: ${where}: ${detail}`, ''];
}

function domainNameLines({ domains }: SessionInfo): readonly string[] {
  const names = domains.map(({ domain }) => `  - ${domainRow(domain).listTitle}`);
  return ['Domains:', '-------------', ...(names.length === 0 ? ['  None'] : names)];
}

function trackerLines(trackers: ProcessTrackers | null): readonly string[] {
  const rows = trackedRows.map(({ attribute, listTitle }) => {
    const values = trackers?.[attribute] ?? null;
    const shown = values === null ? 'all' : values.map(trackedValueText).join(', ') || 'none';
    return `  ${listTitle.padEnd(22)}${shown}`;
  });
  return ['Tracked process attributes', ...rows, ''];
}

/** A chosen domain that the session does not have still shows what processes it would record. */
function missingDomainLines(
  { domains }: SessionInfo,
  { domain, domainsOnly }: SessionSelection,
): readonly string[] {
  if (domain === null || domainsOnly || domains.some((candidate) => candidate.domain === domain)) return [];
  const lines = trackerLines(null);
  return domain === 'kernel' ? lines.slice(0, 1) : lines;
}

function domainLinesOf(
  { isSnapshotMode }: SessionInfo,
  { domain, channel }: SessionSelection,
): (info: DomainInfo) => readonly string[] {
  return (info) => {
    if (domain !== null && info.domain !== domain) return [];
    const channels = info.channels.filter(({ name }) => channel === null || name === channel);
    return [
      ...(domain === null ? domainHeading(info) : []),
      ...trackerLines(info.trackers),
      ...(info.channels.length === 0 ? [] : ['Channels:', '-------------']),
      ...channels.flatMap((each) => channelLines(each, isSnapshotMode)),
    ];
  };
}

function domainHeading({ domain, ownership }: DomainInfo): readonly string[] {
  return [
    `=== Domain: ${domainRow(domain).title} ===`,
    '',
    `Buffering scheme: ${ownership === 'user' ? 'per-user' : 'per-process'}`,
    '',
  ];
}

/** Upstream has no statistics of channels that only snapshots read. */
function channelLines(channel: ChannelInfo, isSnapshotMode: boolean): readonly string[] {
  const rules = channel.rules.map((rule) => `      ${ruleText(rule)}`);
  return [
    `- ${channel.name}: ${enablement(channel.isEnabled)}`,
    '',
    '    Attributes:',
    ...attributeLines(channel.attributes),
    '',
    '    Statistics:',
    `      ${isSnapshotMode ? 'None' : lossText(channel)}`,
    '',
    '    Recording event rules:',
    ...(rules.length === 0 ? ['      None'] : rules),
    '',
  ];
}

function lossText({ attributes, discardedEventCount, lostPacketCount }: ChannelInfo): string {
  return attributes.mode === 'discard'
    ? `Discarded events: ${discardedEventCount}`
    : `Lost packets:     ${lostPacketCount}`;
}

const timer = (us: number): string => (us === 0 ? 'inactive' : `${us} us`);

function attributeLines(attributes: ChannelAttributes): readonly string[] {
  const { blockingTimeoutUs, traceFileCount, traceFileSizeBytes } = attributes;
  const blocking = blockingTimeoutUs === -1 ? 'infinite' : `${blockingTimeoutUs} us`;
  const rows = [
    `Event-loss mode:  ${attributes.mode}`,
    `Sub-buffer size:  ${attributes.subbufferSizeBytes} bytes`,
    `Sub-buffer count: ${attributes.subbufferCount}`,
    `Switch timer:     ${timer(attributes.switchTimerUs)}`,
    `Read timer:       ${timer(attributes.readTimerUs)}`,
    `Monitor timer:    ${timer(attributes.monitorTimerUs)}`,
    ...(attributes.mode === 'discard' ? [`Blocking timeout: ${blocking}`] : []),
    `Trace file count: ${traceFileCount === 0 ? 1 : traceFileCount} per stream`,
    `Trace file size:  ${traceFileSizeBytes === 0 ? 'unlimited' : `${traceFileSizeBytes} bytes`}`,
    `Output mode:      ${attributes.output}`,
  ];
  return rows.map((row) => `      ${row}`);
}

function ruleText(rule: EventRuleInfo): string {
  const { logLevel } = rule;
  const sign = logLevel.kind === 'single' ? '==' : '<=';
  const level =
    logLevel.kind === 'all' ? '' : ` (loglevel ${sign} ${logLevelText(logLevel.level)} (${logLevel.level}))`;
  const exclusions = rule.exclusions.length === 0 ? '' : ` [exclusions: ${rule.exclusions.join(', ')}]`;
  const filter = rule.filter === null ? '' : ` [filter: '${rule.filter}']`;
  return `${rule.pattern}${level} (type: tracepoint) ${enablement(rule.isEnabled)}${exclusions}${filter}`;
}
