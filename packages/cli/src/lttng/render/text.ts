/** Result items as the lines that upstream prints on standard output. */
import type { ChannelLosses, ControlEvent, NetworkOutput, SnapshotOutputInfo } from '@lttng-ts/protocols';
import { exclusionText } from '../commands/enable-event.ts';
import type { Finding } from '../doctor/findings.ts';
import { domainRow } from '../domains.ts';
import type { ResultItem, SnapshotPlace, VersionInfo } from '../results.ts';
import { eventText } from '../values/event-kinds.ts';
import { trackedRows } from '../values/trackers.ts';
import { policyInfoLines, policyLines } from './archive-policy-text.ts';
import { printable } from './printable.ts';
import { leftLines, sessionDetailsLines, sessionListLines } from './session-text.ts';
import { tracepointLines } from './tracepoint-text.ts';

const SEVERITY_WIDTH = '[problem] '.length;

type ItemOf<Kind extends ResultItem['kind']> = Extract<ResultItem, { readonly kind: Kind }>;

/** The lines of one item. */
export function linesOf(item: ResultItem): readonly string[] {
  switch (item.kind) {
    case 'session-created':
      return createdLines(item);
    case 'snapshot-action-failed':
      return [];
    case 'snapshot-recorded':
      return [
        `Snapshot recorded successfully for session ${item.session}`,
        ...(item.url === null ? [] : [writtenLine(item.url)]),
      ];
    case 'snapshot-output-added':
      return [
        `Snapshot output successfully added for session ${item.session}`,
        `  ${snapshotOutputText(item.output, item.url.url)}`,
      ];
    case 'snapshot-output-deleted': {
      // Upstream says what the user gave: an id, or a name.
      const which = /^\d+$/.test(item.output) ? `id ${item.output}` : item.output;
      return [`Snapshot output ${which} successfully deleted for session ${item.session}`];
    }
    case 'snapshot-outputs':
      return [
        `Snapshot output list for session ${item.session}`,
        ...(item.outputs.length === 0
          ? ['    None']
          : item.outputs.map((output) => `    ${snapshotOutputText(output, output.path)}`)),
      ];
    case 'session-destroyed':
      return [
        ...(item.archivePath === null
          ? []
          : [archiveLine(item.session.name, item.archivePath, item.session.network), '']),
        `Session ${item.session.name} destroyed`,
        ...lossLines(item.losses),
      ];
    case 'session-rotated':
      return item.archivePath === null
        ? [`Rotation ongoing for session ${item.session}`]
        : [archiveLine(item.session, item.archivePath, item.network)];
    case 'session-cleared':
      return [`Session "${item.session.name}" cleared`];
    case 'rotation-scheduled':
      return item.failure === null ? [scheduledLine(item)] : [];
    case 'rotation-unscheduled':
      return item.failure === null
        ? [`Disabled ${scheduleAdjective(item)} rotation on session ${item.session}`]
        : [];
    case 'rotation-schedules-unknown':
      return [];
    case 'no-session-to-destroy':
      return ['No session found, nothing to do.'];
    case 'session-started':
      return [`Tracing started for session ${item.session}`];
    case 'session-stopped':
      return [...lossLines(item.losses), `Tracing stopped for session ${item.session}`];
    case 'session-set':
      return [`Session set to ${item.session}`];
    case 'sessions-saved':
      return item.failure === null ? [savedLine(item)] : [];
    case 'sessions-loaded':
      return item.failure === null ? loadedLines(item) : [];
    case 'channel-enabled':
      if (item.failure !== null) return [];
      return [`${domainRow(item.domain).word} channel ${item.channel} enabled for session ${item.session}`];
    case 'channel-disabled':
      if (item.failure !== null) return [];
      return [`${domainRow(item.domain).word} channel ${item.channel} disabled for session ${item.session}`];
    case 'event-disabled':
      return item.failure === null ? [disabledLine(item)] : [];
    case 'event-enabled':
      return item.failure === null ? [ruleLine(item)] : [];
    case 'context-added':
      return item.failure === null ? [contextLine(item)] : [];
    case 'trackers-changed':
      return trackerLines(item);
    case 'regenerated':
      return item.failure === null
        ? [`${regeneratedTitles[item.what]} successfully regenerated for session ${item.session}`]
        : [];
    case 'context-types':
      return item.types.map(({ symbol }) => symbol);
    case 'session-not-shown':
      return [];
    case 'session-list':
      return [...sessionListLines(item.sessions), ...leftLines(item.left)];
    case 'session-details':
      return sessionDetailsLines(item.session, item.selection);
    case 'tracepoints':
      return tracepointLines(item);
    case 'archive-policy-set':
      return [`Archive policy set on session ${item.session}`, ...policyLines(item.policy)];
    case 'archive-policy':
      return [
        `Archive policy of session ${item.session}:`,
        ...(item.info === null ? ['    None'] : policyInfoLines(item.info)),
      ];
    case 'archive-policy-removed':
      return [`Archive policy removed from session ${item.session}`];
    case 'control-event':
      return [eventLine(item.event)];
    case 'diagnosis':
      return item.findings.flatMap(findingLines);
    case 'version':
      return versionLines(item.version);
  }
}

/** Names of programs and paths may hold anything. */
function findingLines({ severity, text, remedies }: Finding): readonly string[] {
  const margin = ' '.repeat(SEVERITY_WIDTH);
  return [
    `[${severity}]`.padEnd(SEVERITY_WIDTH) + printable(text),
    ...remedies.map((remedy) => `${margin}> ${printable(remedy)}`),
  ];
}

/** The one line of `lttng --version`. */
export function versionLine(version: VersionInfo): string {
  return `lttng (LTTng Trace Control) ${version.compatibleVersion} - ${buildText(version)}`;
}

/** Name, commit and patches, as far as there are some. */
function buildText({ name, commit, patches }: VersionInfo): string {
  return [name, commit, patches.map((patch) => patch.name).join(', ')]
    .filter((part) => part !== '')
    .join(' - ');
}

function versionLines(version: VersionInfo): readonly string[] {
  const { compatibleVersion, patches, description, url, license } = version;
  return [
    `lttng version ${compatibleVersion} - ${buildText(version)}`,
    '',
    description,
    '',
    `Web site: ${url}`,
    '',
    `lttng-ts is free software under the ${license} license`,
    ...(patches.length === 0 ? [] : ['', 'Patches of vendors:']),
    ...patches.map(({ name, description: what }) => `  ${name}${what === '' ? '' : `: ${what}`}`),
  ];
}

function snapshotOutputText({ id, name, maxSizeBytes }: SnapshotOutputInfo, place: string): string {
  return `[${id}] ${name}: ${place}${maxSizeBytes === 0 ? '' : ` (max size: ${maxSizeBytes} bytes)`}`;
}

const writtenLine = ({ url, dataUrl }: SnapshotPlace): string =>
  dataUrl === null ? `Snapshot written at: ${url}` : `Snapshot written to ctrl: ${url}, data: ${dataUrl}`;

function createdLines({ session, snapshotPath }: ItemOf<'session-created'>): readonly string[] {
  const { name, outputPath, sharedMemoryPath } = session;
  if (session.isSnapshotMode) {
    return [
      `Snapshot session ${name} created.`,
      ...(snapshotPath === null ? [] : [`Default snapshot output set to ${snapshotPath}`]),
      ...(sharedMemoryPath === '' ? [] : [`Shared memory path set to ${sharedMemoryPath}`]),
      'Every channel enabled for this session will be set to mmap output and default to overwrite mode.',
    ];
  }
  const { liveTimerUs } = session;
  return [
    `${liveTimerUs > 0 ? 'Live session' : 'Session'} ${name} created.`,
    ...(outputPath === '' ? [] : [`Traces will be output to ${outputPath}`]),
    ...(sharedMemoryPath === '' ? [] : [`Shared memory path set to ${sharedMemoryPath}`]),
    ...(liveTimerUs > 0 ? [`Live timer interval set to ${liveTimerUs} us`] : []),
  ];
}

/** Names and reasons come from programs and consumers. */
function eventLine(event: ControlEvent): string {
  const subject = 'session' in event ? `session ${event.session}: ` : '';
  return printable(`[${new Date(event.timeMs).toISOString()}] ${subject}${eventText(event)}`);
}

function savedLine({ session, path }: ItemOf<'sessions-saved'>): string {
  const place = path === null ? '' : ` in ${path}`;
  return session === null
    ? `All sessions have been saved successfully${place}.`
    : `Session ${session} saved successfully${place}.`;
}

function loadedLines({ session, overrides }: ItemOf<'sessions-loaded'>): readonly string[] {
  const { name, url } = overrides;
  return [
    session === null
      ? 'All sessions have been loaded successfully'
      : `Session ${session} has been loaded successfully`,
    ...(name === null ? [] : [`Session name overridden with ${name}`]),
    ...(url === null ? [] : [`Session output url overridden with ${url}`]),
  ];
}

function archiveLine(session: string, path: string, network: NetworkOutput | null): string {
  const where = `Trace chunk archive for session ${session} is now readable`;
  if (network === null) return `${where} at ${path}`;
  const { control, data } = network;
  const ports = `[control port ${control.port}, data port ${data.port}]`;
  return `${where} on relay tcp://${control.address}/${path} ${ports}`;
}

type ScheduleItem = ItemOf<'rotation-scheduled' | 'rotation-unscheduled'>;

const scheduleAdjective = ({ schedule }: ScheduleItem): string =>
  schedule.kind === 'timer' ? 'periodic' : 'size-based';

function scheduledLine(item: ScheduleItem): string {
  const unit = item.schedule.kind === 'timer' ? 'us' : 'bytes written';
  return `Enabled ${scheduleAdjective(item)} rotations every ${item.schedule.value} ${unit} on session ${item.session}`;
}

/** One line about everything that was lost, summed over the channels. */
function lossLines(losses: readonly ChannelLosses[]): readonly string[] {
  const events = losses.reduce((sum, { discardedEventCount }) => sum + discardedEventCount, 0);
  const packets = losses.reduce((sum, { lostPacketCount }) => sum + lostPacketCount, 0);
  if (events === 0 && packets === 0) return [];
  const parts = [
    ...(events === 0 ? [] : [`${events} events were discarded`]),
    ...(packets === 0 ? [] : [`${packets} packets were lost`]),
  ];
  return [`Warning: ${parts.join(' and ')}, please refer to the documentation on channel configuration.`];
}

function disabledLine({ domain, pattern, channel, session }: ItemOf<'event-disabled'>): string {
  const { word } = domainRow(domain);
  return pattern === null
    ? `All ${word} events of type any are disabled in channel ${channel}`
    : `${word} ${pattern} of type any disabled in channel ${channel} for session ${session}`;
}

function ruleLine(item: ItemOf<'event-enabled'>): string {
  const { word } = domainRow(item.domain);
  const { pattern, filter, exclusions } = item.rule;
  const excluding = exclusionText(exclusions);
  if (filter !== null) {
    const subject = item.isAll ? '' : `Event ${pattern}${excluding}: `;
    return `${subject}Filter '${filter}' successfully set`;
  }
  if (item.isAll) {
    const what = item.isTracepointType ? 'tracepoints' : 'events';
    const level = item.logLevelText === null ? '' : ` for loglevel ${item.logLevelText}`;
    return `All ${word} ${what}${excluding} are enabled in channel ${item.channel}${level}`;
  }
  const isAgent = item.domain !== 'ust' && item.domain !== 'kernel';
  return `${word} event ${pattern}${excluding} ${isAgent ? 'enabled' : `created in channel ${item.channel}`}`;
}

const regeneratedTitles = { metadata: 'Metadata', statedump: 'State dump' } as const;

function trackerLines({ verb, trackers }: ItemOf<'trackers-changed'>): readonly string[] {
  return trackers.flatMap(({ attribute, entries }) => {
    const title = trackedRows.find((row) => row.attribute === attribute)?.title ?? attribute;
    return entries.flatMap(({ value, status }) => {
      if (status !== 'changed') return [];
      if (value === null) {
        const policy = verb === 'track' ? 'include all' : 'exclude all';
        return [`${title.replace(/^v/, 'V')} tracking policy set to \`${policy}\``];
      }
      const set = `the ${title} tracker inclusion set`;
      return [verb === 'track' ? `Added ${value} to ${set}` : `Removed ${value} from ${set}`];
    });
  });
}

function contextLine({ domain, channel, context }: ItemOf<'context-added'>): string {
  const target = channel === null ? 'all channels' : `channel ${channel}`;
  return `${domainRow(domain).word} context ${context.symbol} added to ${target}`;
}
