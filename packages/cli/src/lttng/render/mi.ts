/**
 * Result items as upstream's machine interface, schema 4.1: one XML document for each command.
 *
 * Differs from upstream where its writer contradicts the schema or the facts: an event has one
 * `exclusions` element (upstream writes a second, empty one), and `enable-channel` shows the attributes
 * that the channel really got.
 */
import type {
  ChannelAttributes,
  ChannelInfo,
  DomainInfo,
  EventRule,
  EventRuleInfo,
  NetworkOutput,
  ProcessTrackers,
  SessionInfo,
  TracepointFieldsInfo,
  TrackedAttribute,
  TrackedValue,
} from '@lttng-ts/protocols';
import { type DomainRow, domainRow } from '../domains.ts';
import type {
  ResultItem,
  RotationSchedule,
  SessionSelection,
  SnapshotPlace,
  VersionInfo,
} from '../results.ts';
import type { ContextType } from '../values/contexts.ts';
import { logLevelText } from '../values/log-levels.ts';
import { urlsOf } from '../values/network-url.ts';
import { trackedRows } from '../values/trackers.ts';
import { element, leaf, serialiseXml, type XmlElement } from './xml.ts';

/** How the original's command says that no size was asked for. */
const NO_MAX_SIZE = '18446744073709551615';

const NAMESPACE = 'https://lttng.org/xml/ns/lttng-mi';
const SCHEMA = 'https://lttng.org/xml/schemas/lttng-mi/4/lttng-mi-4.1.xsd';

/** Commands whose document does not tell success: the exit status does. */
const WITHOUT_SUCCESS = new Set(['list', 'version']);
/** Commands whose output always holds this list, even an empty one. */
const ALWAYS_LISTED: Readonly<Record<string, string>> = {
  clear: 'sessions',
  destroy: 'sessions',
  start: 'sessions',
  stop: 'sessions',
};

/** The whole document of a command. */
export function miDocument(command: string, items: readonly ResultItem[], success: boolean | null): string {
  // Upstream's `status` is its `list` of one session, and calls itself so.
  const name = command === 'status' ? 'list' : command;
  const root: XmlElement = {
    ...element('command', [
      leaf('name', name),
      outputElement(name, items),
      success === null || WITHOUT_SUCCESS.has(name) ? null : leaf('success', success),
    ]),
    attributes: {
      xmlns: NAMESPACE,
      'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
      'xsi:schemaLocation': `${NAMESPACE} ${SCHEMA}`,
      schemaVersion: '4.1',
    },
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${serialiseXml(root)}`;
}

function outputElement(command: string, items: readonly ResultItem[]): XmlElement {
  const groups = new Map<string, XmlElement[]>();
  const always = ALWAYS_LISTED[command];
  if (always !== undefined) groups.set(always, []);
  for (const item of items) {
    const { list, elements } = itemElements(item);
    const known = groups.get(list) ?? [];
    // The schedules of one command are all of one session, which is named first.
    const isScheduled = item.kind === 'rotation-scheduled' || item.kind === 'rotation-unscheduled';
    const head = isScheduled && known.length === 0 ? [leaf('session_name', item.session)] : [];
    groups.set(list, [...known, ...head, ...elements]);
  }
  const lists = [...groups].flatMap(([list, elements]) =>
    list === '' ? elements : [element(list, elements)],
  );
  const disabled = items.find((item) => item.kind === 'event-disabled');
  // The rules that one command disables are all of one channel, which holds them.
  return element(
    'output',
    disabled === undefined ? lists : [element('channel', [leaf('name', disabled.channel), ...lists])],
  );
}

/** The elements of one item, and the list element that holds them (`''`: the output itself). */
function itemElements(item: ResultItem): { readonly list: string; readonly elements: readonly XmlElement[] } {
  switch (item.kind) {
    case 'session-created':
      return { list: '', elements: [sessionElement(item.session)] };
    case 'session-destroyed':
      return { list: 'sessions', elements: [sessionElement(item.session)] };
    case 'snapshot-recorded':
      return {
        list: '',
        elements: [snapshotAction('record', [element('snapshot', placeElements(item.url))])],
      };
    case 'snapshot-output-added': {
      const { id, name, maxSizeBytes } = item.output;
      const children = [
        leaf('id', id),
        leaf('name', name),
        ...placeElements(item.url),
        leaf('session_name', item.session),
        // The original shows its own words here, not what the daemon made of them.
        leaf('max_size', item.hasMaxSize ? maxSizeBytes : NO_MAX_SIZE),
      ];
      return { list: '', elements: [snapshotAction('add-output', [element('snapshot', children)])] };
    }
    case 'snapshot-output-deleted': {
      const which = /^\d+$/.test(item.output) ? leaf('id', item.output) : leaf('name', item.output);
      const children = [which, leaf('session_name', item.session)];
      return { list: '', elements: [snapshotAction('del-output', [element('snapshot', children)])] };
    }
    case 'snapshot-outputs': {
      const outputs = item.outputs.map(({ id, name, path, network, maxSizeBytes }) =>
        element('snapshot', [
          leaf('id', id),
          leaf('name', name),
          leaf('ctrl_url', network === null ? path : urlsOf(network).controlUrl),
          leaf('data_url', network === null ? '' : urlsOf(network).dataUrl),
          leaf('max_size', maxSizeBytes),
        ]),
      );
      const session = element('session', [leaf('name', item.session), element('snapshots', outputs)]);
      return { list: '', elements: [snapshotAction('list-output', [session])] };
    }
    case 'snapshot-action-failed':
      return { list: '', elements: [snapshotAction(item.action, [])] };
    case 'session-cleared':
      return { list: 'sessions', elements: [sessionElement(item.session)] };
    case 'session-rotated':
      return { list: '', elements: [rotationElement(item)] };
    case 'rotation-scheduled':
    case 'rotation-unscheduled':
      return { list: 'rotation_schedule_results', elements: [scheduleResultElement(item)] };
    case 'rotation-schedules-unknown':
      return { list: 'rotation_schedule_results', elements: [leaf('session_name', item.session)] };
    case 'no-session-to-destroy':
    case 'session-not-shown':
      return { list: 'sessions', elements: [] };
    case 'session-started':
      return { list: 'sessions', elements: [namedSession(item.session, true)] };
    case 'session-stopped':
      return { list: 'sessions', elements: [namedSession(item.session, false)] };
    case 'session-set':
      return { list: 'sessions', elements: [element('session', [leaf('name', item.session)])] };
    case 'sessions-saved': {
      const path = item.path === null ? null : leaf('path', item.path);
      return { list: '', elements: [element('save', [savedName(item.session), path])] };
    }
    case 'sessions-loaded': {
      const { name, url } = item.overrides;
      const overrides = [
        ...(name === null ? [] : [leaf('name', name)]),
        ...(url === null ? [] : [leaf('url', url)]),
      ];
      const path = item.path === null ? null : leaf('path', item.path);
      return {
        list: '',
        elements: [element('load', [savedName(item.session), path, element('overrides', overrides)])],
      };
    }
    case 'session-list':
      return { list: 'sessions', elements: item.sessions.map((session) => sessionElement(session)) };
    case 'session-details':
      return { list: 'sessions', elements: [detailsElement(item.session, item.selection)] };
    case 'channel-enabled': {
      const { attributes, channel, failure } = item;
      const children = [
        leaf('name', channel),
        leaf('enabled', true),
        // A refused channel has no attributes, and the schema wants all of them or none.
        attributes === null ? null : attributesElement(attributes, null),
        leaf('success', failure === null),
      ];
      return { list: 'channels', elements: [element('channel', children)] };
    }
    case 'channel-disabled':
      return { list: 'channels', elements: [element('channel', switchedOff(item.channel, item.failure))] };
    case 'event-disabled':
      return { list: 'events', elements: [element('event', switchedOff(item.pattern ?? '*', item.failure))] };
    case 'event-enabled': {
      const { rule, failure } = item;
      // As upstream: all events without a filter are one rule, of which a failure says nothing.
      if (failure !== null && item.isAll && rule.filter === null) return { list: 'events', elements: [] };
      const children = ruleChildren(rule, failure === null);
      return {
        list: 'events',
        elements: [element('event', [...children, leaf('success', failure === null)])],
      };
    }
    case 'context-added': {
      const success = leaf('success', item.failure === null);
      return {
        list: 'contexts',
        elements: [element('context', [...contextChildren(item.context), success])],
      };
    }
    case 'trackers-changed': {
      const trackers = item.trackers.map(({ attribute, entries }) =>
        trackerElement(
          attribute,
          entries.map(({ value, status }) =>
            element(attribute, [trackedValueElement(value), leaf('success', status !== 'failed')]),
          ),
        ),
      );
      return { list: '', elements: [element('process_attr_trackers', trackers)] };
    }
    case 'regenerated':
      return {
        list: '',
        elements: [
          element(`${item.command}_action`, [
            leaf('name', item.command === 'metadata' ? 'regenerate' : item.what),
          ]),
        ],
      };
    case 'context-types':
      return {
        list: 'contexts',
        elements: item.types.map((type) => element('context', contextChildren(type))),
      };
    case 'tracepoints':
      return { list: 'domains', elements: [tracepointsElement(item)] };
    case 'archive-policy-set':
    case 'archive-policy':
    case 'archive-policy-removed':
    case 'control-event':
      // These commands refuse the form: the schema has no elements for what they say.
      return { list: '', elements: [] };
    case 'diagnosis':
      throw new RangeError('Findings are not of the schema');
    case 'version':
      return { list: '', elements: [versionElement(item.version)] };
  }
}

/** A local folder is not told when a snapshot is recorded. */
function placeElements(place: SnapshotPlace | null): readonly XmlElement[] {
  if (place === null) return [];
  const { url, dataUrl } = place;
  return [leaf('ctrl_url', url), ...(dataUrl === null ? [] : [leaf('data_url', dataUrl)])];
}

function snapshotAction(name: string, children: readonly XmlElement[]): XmlElement {
  return element('snapshot_action', [leaf('name', name), element('output', children)]);
}

/** What was to be disabled and stays enabled when that was refused. */
function switchedOff(name: string, failure: unknown): readonly XmlElement[] {
  return [leaf('name', name), leaf('enabled', failure !== null), leaf('success', failure === null)];
}

/** A session that is saved or loaded; all are called `*`. */
const savedName = (session: string | null): XmlElement => element('session', [leaf('name', session ?? '*')]);

function namedSession(name: string, isEnabled: boolean): XmlElement {
  return element('session', [leaf('name', name), leaf('enabled', isEnabled)]);
}

function sessionElement(session: SessionInfo, extra: readonly XmlElement[] = []): XmlElement {
  return element('session', [
    leaf('name', session.name),
    leaf('path', session.outputPath),
    leaf('enabled', session.isActive),
    leaf('snapshot_mode', session.isSnapshotMode ? 1 : 0),
    leaf('live_timer_interval', session.liveTimerUs),
    ...extra,
  ]);
}

function detailsElement(session: SessionInfo, selection: SessionSelection): XmlElement {
  const shown = session.domains.filter(
    ({ domain }) => selection.domain === null || domain === selection.domain,
  );
  const domains = shown.map((info) => {
    const content = selection.domainsOnly ? [] : domainContent(info, selection);
    return element('domain', [...domainChildren(domainRow(info.domain), info), ...content]);
  });
  return sessionElement(session, [...schedulesElements(session), element('domains', domains)]);
}

function schedulesElements({ rotationSchedules }: SessionInfo): readonly XmlElement[] {
  const { timerUs, sizeBytes } = rotationSchedules;
  if (timerUs === null && sizeBytes === null) return [];
  const schedules = [
    ...(timerUs === null ? [] : [scheduleElement({ kind: 'timer', value: timerUs })]),
    ...(sizeBytes === null ? [] : [scheduleElement({ kind: 'size', value: sizeBytes })]),
  ];
  return [element('rotation_schedules', schedules)];
}

function scheduleElement({ kind, value }: RotationSchedule): XmlElement {
  const [name, valueName] = kind === 'timer' ? ['periodic', 'time_us'] : ['size_threshold', 'bytes'];
  return element(name, value === null ? [] : [leaf(valueName, value)]);
}

function scheduleResultElement(item: {
  readonly schedule: RotationSchedule;
  readonly failure: unknown;
}): XmlElement {
  return element('rotation_schedule_result', [
    element('rotation_schedule', [scheduleElement(item.schedule)]),
    leaf('success', item.failure === null),
  ]);
}

function rotationElement(item: {
  readonly session: string;
  readonly archivePath: string | null;
  readonly network: NetworkOutput | null;
}): XmlElement {
  const { session, archivePath, network } = item;
  return element('rotation', [
    leaf('session_name', session),
    leaf('state', archivePath === null ? 'ONGOING' : 'COMPLETED'),
    archivePath === null ? null : element('location', [locationElement(archivePath, network)]),
  ]);
}

function locationElement(path: string, network: NetworkOutput | null): XmlElement {
  if (network === null) return element('local', [leaf('absolute_path', path)]);
  const { control, data } = network;
  return element('relay', [
    leaf('host', control.address),
    leaf('control_port', control.port),
    leaf('data_port', data.port),
    leaf('protocol', 'TCP'),
    leaf('relative_path', path),
  ]);
}

function domainChildren(
  { mi }: DomainRow,
  { ownership }: Pick<DomainInfo, 'ownership'>,
): readonly XmlElement[] {
  return [leaf('type', mi), leaf('buffer_type', ownership === 'user' ? 'PER_UID' : 'PER_PID')];
}

function trackersElement(trackers: ProcessTrackers): XmlElement {
  return element(
    'process_attr_trackers',
    trackedRows.flatMap(({ attribute }) => {
      const values = trackers[attribute];
      if (values === null) return [];
      return trackerElement(
        attribute,
        values.map((value) => element(attribute, [trackedValueElement(value)])),
      );
    }),
  );
}

function trackerElement(attribute: TrackedAttribute, values: readonly XmlElement[]): XmlElement {
  return element(`${attribute}_process_attr_tracker`, [element('process_attr_values', values)]);
}

function trackedValueElement(value: TrackedValue | null): XmlElement {
  if (value === null) return element('type', [leaf('all', true)]);
  return element('type', [leaf(typeof value === 'number' ? 'id' : 'name', value)]);
}

function domainContent(
  { channels, trackers }: DomainInfo,
  { channel }: SessionSelection,
): readonly XmlElement[] {
  const shown = channels.filter(({ name }) => channel === null || name === channel);
  return [trackersElement(trackers), element('channels', shown.map(channelElement))];
}

function channelElement(channel: ChannelInfo): XmlElement {
  return element('channel', [
    leaf('name', channel.name),
    leaf('enabled', channel.isEnabled),
    attributesElement(channel.attributes, channel),
    element('events', channel.rules.map(ruleElement)),
  ]);
}

const ruleElement = (rule: EventRuleInfo): XmlElement =>
  element('event', ruleChildren(rule, rule.isEnabled, true));

function attributesElement(attributes: ChannelAttributes, channel: ChannelInfo | null): XmlElement {
  return element('attributes', [
    leaf('overwrite_mode', attributes.mode.toUpperCase()),
    leaf('subbuffer_size', attributes.subbufferSizeBytes),
    leaf('subbuffer_count', attributes.subbufferCount),
    leaf('switch_timer_interval', attributes.switchTimerUs),
    leaf('read_timer_interval', attributes.readTimerUs),
    leaf('monitor_timer_interval', attributes.monitorTimerUs),
    leaf('blocking_timeout', attributes.blockingTimeoutUs),
    leaf('output_type', attributes.output.toUpperCase()),
    leaf('tracefile_size', attributes.traceFileSizeBytes),
    leaf('tracefile_count', attributes.traceFileCount),
    leaf('live_timer_interval', 0),
    leaf('discarded_events', channel?.discardedEventCount ?? 0),
    leaf('lost_packets', channel?.lostPacketCount ?? 0),
  ]);
}

function ruleChildren(
  rule: EventRule,
  isEnabled: boolean,
  withFilter = false,
): readonly (XmlElement | null)[] {
  const { pattern, logLevel, filter, exclusions } = rule;
  return [
    leaf('name', pattern),
    leaf('type', 'TRACEPOINT'),
    leaf('enabled', isEnabled),
    ...(withFilter && filter !== null ? [leaf('filter_expression', filter)] : []),
    ...(logLevel.kind === 'all'
      ? []
      : [leaf('loglevel', logLevelText(logLevel.level)), leaf('loglevel_type', logLevel.kind.toUpperCase())]),
    element(
      'exclusions',
      exclusions.map((name) => leaf('exclusion', name)),
    ),
  ];
}

function contextChildren(context: ContextType): readonly XmlElement[] {
  const symbol = leaf('symbol', context.symbol);
  switch (context.kind) {
    case 'plain':
      return [leaf('type', context.miName), symbol];
    case 'perf': {
      const { type, config, fieldName } = context;
      return [element('perf', [leaf('type', type), leaf('config', config), leaf('name', fieldName)]), symbol];
    }
    case 'application': {
      const { provider, name } = context;
      return [element('app', [leaf('provider_name', provider), leaf('ctx_name', name)]), symbol];
    }
  }
}

function tracepointsElement(item: Extract<ResultItem, { readonly kind: 'tracepoints' }>): XmlElement {
  const pids = item.applications
    .filter(({ tracepoints }) => tracepoints.length > 0)
    .map(({ application, tracepoints }) =>
      element('pid', [
        leaf('id', application.pid),
        leaf('name', application.name),
        element(
          'events',
          tracepoints.map((tracepoint) => tracepointElement(tracepoint, item.withFields)),
        ),
      ]),
    );
  const children = [
    ...domainChildren(domainRow(item.domain), { ownership: 'process' }),
    element('pids', pids),
  ];
  return element('domain', children);
}

function tracepointElement(
  { name, logLevel, fields }: TracepointFieldsInfo,
  withFields: boolean,
): XmlElement {
  const fieldElements = fields.map((field) =>
    element('event_field', [
      leaf('name', field.name),
      leaf('type', field.type.toUpperCase()),
      leaf('nowrite', field.isWritten ? 0 : 1),
    ]),
  );
  return element('event', [
    leaf('name', name),
    leaf('type', 'TRACEPOINT'),
    leaf('enabled', true),
    leaf('loglevel', logLevelText(logLevel)),
    leaf('loglevel_type', 'ALL'),
    element('exclusions'),
    withFields ? element('event_fields', fieldElements) : null,
  ]);
}

/** The schema has no place of its own for patches. */
function patchesText({ patches }: VersionInfo): string {
  return patches.length === 0 ? '' : ` Patches of vendors: ${patches.map(({ name }) => name).join(', ')}.`;
}

function versionElement(version: VersionInfo): XmlElement {
  const [major = '', minor = '', patch = ''] = version.compatibleVersion.split('.');
  return element('version', [
    leaf('string', version.compatibleVersion),
    leaf('major', major),
    leaf('minor', minor),
    leaf('commit', version.commit),
    leaf('patchLevel', patch),
    leaf('name', version.name),
    leaf('description', `${version.description}${patchesText(version)}`),
    leaf('url', version.url),
    leaf('license', version.license),
  ]);
}
