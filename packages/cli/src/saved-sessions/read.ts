/** `.lttng` text into sessions: parsed, checked against the schema, and understood. Pure. */
import type {
  BufferOwnership,
  Domain,
  EventRuleInfo,
  LogLevelRule,
  ProcessTrackers,
} from '@lttng-ts/protocols';
import { domainRows } from '../lttng/domains.ts';
import type { XmlElement } from '../lttng/render/xml.ts';
import { allContextTypes } from '../lttng/values/contexts.ts';
import {
  noTrackers,
  type SavedChannel,
  type SavedDestination,
  type SavedDomain,
  type SavedOutput,
  type SavedSession,
} from './model.ts';
import { parseXml } from './parse-xml.ts';
import { faultOf } from './validate.ts';

export type ReadSessions =
  | { readonly kind: 'sessions'; readonly sessions: readonly SavedSession[] }
  /** No XML. */
  | { readonly kind: 'malformed'; readonly line: number; readonly reason: string }
  /** XML of another structure; the reason is in the words of libxml2. */
  | { readonly kind: 'invalid'; readonly reason: string };

/** Reads a whole file. */
export function readSavedSessions(text: string): ReadSessions {
  const parsed = parseXml(text);
  if (parsed.kind === 'malformed') return parsed;
  const fault = faultOf(parsed.root);
  if (fault !== null) return { kind: 'invalid', reason: fault };
  return { kind: 'sessions', sessions: parsed.root.children.map(sessionOf) };
}

const find = ({ children }: XmlElement, name: string): XmlElement | null =>
  children.find((child) => child.name === name) ?? null;
const childrenOf = (parent: XmlElement, name: string): readonly XmlElement[] =>
  find(parent, name)?.children ?? [];
/** The text of a member; `''` when it is left out or empty. */
const textOf = (parent: XmlElement, name: string): string => find(parent, name)?.text ?? '';

function booleanOf(parent: XmlElement, name: string, byDefault: boolean): boolean {
  const value = textOf(parent, name).trim();
  return value === '' ? byDefault : value === 'true' || value === '1';
}

/** Null when it is left out or empty. Numbers above 2^53 lose their last digits: nothing is that large. */
function numberOf(parent: XmlElement, name: string): number | null {
  const value = textOf(parent, name).trim();
  return value === '' ? null : Number(value);
}

function sessionOf(element: XmlElement): SavedSession {
  const attributes = find(element, 'attributes');
  const schedules = attributes === null ? [] : childrenOf(attributes, 'rotation_schedules');
  const scheduleOf = (kind: string, member: string): number | null => {
    const schedule = schedules.findLast(({ name }) => name === kind);
    return schedule === undefined ? null : numberOf(schedule, member);
  };
  return {
    name: textOf(element, 'name'),
    sharedMemoryPath: textOf(element, 'shared_memory_path') || null,
    domains: childrenOf(element, 'domains').map(domainOf),
    // Upstream starts what does not say that it is not to be started.
    isStarted: find(element, 'started') === null ? true : booleanOf(element, 'started', false),
    isSnapshotMode: attributes !== null && booleanOf(attributes, 'snapshot_mode', false),
    liveTimerUs: attributes === null ? 0 : (numberOf(attributes, 'live_timer_interval') ?? 0),
    rotationTimerUs: scheduleOf('periodic', 'time_us'),
    rotationSizeBytes: scheduleOf('size_threshold', 'bytes'),
    output: outputOf(element),
  };
}

function outputOf(session: XmlElement): SavedOutput | null {
  const [output] = childrenOf(session, 'output');
  if (output === undefined) return null;
  if (output.name === 'consumer_output') return consumerOutputOf(output);
  const outputs = output.children.map((each) => {
    const consumer = find(each, 'consumer_output') ?? each;
    return {
      name: textOf(each, 'name'),
      maxSizeBytes: numberOf(each, 'max_size') ?? 0,
      destination: destinationOf(consumer),
    };
  });
  return { kind: 'snapshots', outputs };
}

function consumerOutputOf(element: XmlElement): SavedOutput {
  const isEnabled = booleanOf(element, 'enabled', true);
  return { kind: 'consumer', isEnabled, destination: destinationOf(element) };
}

function destinationOf(consumerOutput: XmlElement): SavedDestination {
  const [destination] = childrenOf(consumerOutput, 'destination');
  if (destination?.name !== 'net_output') return { kind: 'path', path: destination?.text ?? '' };
  return {
    kind: 'network',
    controlUrl: textOf(destination, 'control_uri'),
    dataUrl: textOf(destination, 'data_uri'),
  };
}

function domainOf(element: XmlElement): SavedDomain {
  const mi = textOf(element, 'type');
  const domain: Domain = domainRows.find((row) => row.mi === mi)?.domain ?? 'ust';
  const ownership: BufferOwnership = textOf(element, 'buffer_type') === 'PER_PID' ? 'process' : 'user';
  return {
    domain,
    ownership,
    channels: childrenOf(element, 'channels').map(channelOf),
    trackers: trackersOf(element),
  };
}

function trackersOf(domain: XmlElement): ProcessTrackers {
  const sets: { -readonly [K in keyof ProcessTrackers]: ProcessTrackers[K] } = { ...noTrackers };
  for (const tracker of childrenOf(domain, 'process_attr_trackers')) {
    const attribute = tracker.name.replace('_process_attr_tracker', '');
    if (attribute !== 'vpid' && attribute !== 'vuid' && attribute !== 'vgid') continue;
    sets[attribute] = childrenOf(tracker, 'process_attr_values').map(
      (value) => numberOf(value, 'id') ?? textOf(value, 'name'),
    );
  }
  const pids = childrenOf(domain, 'trackers').flatMap((old) => childrenOf(old, 'targets'));
  if (pids.length > 0) sets.vpid = pids.map((target) => numberOf(target, 'pid') ?? 0);
  return sets;
}

function channelOf(element: XmlElement): SavedChannel {
  const number = <Name extends string>(attribute: Name, member: string): { [K in Name]?: number } => {
    const value = numberOf(element, member);
    return value === null ? {} : ({ [attribute]: value } as { [K in Name]?: number });
  };
  return {
    name: textOf(element, 'name'),
    isEnabled: booleanOf(element, 'enabled', true),
    attributes: {
      mode: textOf(element, 'overwrite_mode') === 'OVERWRITE' ? 'overwrite' : 'discard',
      output: textOf(element, 'output_type') === 'SPLICE' ? 'splice' : 'mmap',
      ...number('subbufferSizeBytes', 'subbuffer_size'),
      ...number('subbufferCount', 'subbuffer_count'),
      ...number('switchTimerUs', 'switch_timer_interval'),
      ...number('readTimerUs', 'read_timer_interval'),
      ...number('monitorTimerUs', 'monitor_timer_interval'),
      ...number('blockingTimeoutUs', 'blocking_timeout'),
      ...number('traceFileSizeBytes', 'tracefile_size'),
      ...number('traceFileCount', 'tracefile_count'),
    },
    rules: childrenOf(element, 'events').map(ruleOf),
    contexts: childrenOf(element, 'contexts').map(contextOf),
  };
}

function ruleOf(element: XmlElement): EventRuleInfo {
  const kind = textOf(element, 'loglevel_type');
  const level = numberOf(element, 'loglevel') ?? -1;
  const logLevel: LogLevelRule =
    kind === 'RANGE' || kind === 'SINGLE'
      ? { kind: kind === 'RANGE' ? 'range' : 'single', level }
      : { kind: 'all' };
  return {
    pattern: textOf(element, 'name'),
    logLevel,
    filter: find(element, 'filter')?.text ?? null,
    exclusions: childrenOf(element, 'exclusions').map(({ text }) => text ?? ''),
    isEnabled: booleanOf(element, 'enabled', true),
  };
}

function contextOf({ children }: XmlElement): string {
  const [content] = children;
  if (content === undefined) return '';
  switch (content.name) {
    case 'type': {
      const plain = allContextTypes().find((type) => type.kind === 'plain' && type.miName === content.text);
      return plain?.symbol ?? content.text ?? '';
    }
    case 'app':
      return `$app.${textOf(content, 'provider_name')}:${textOf(content, 'ctx_name')}`;
    default:
      return perfContextOf(content);
  }
}

/** A counter by its name in the trace; one that the table does not hold is a raw one. */
function perfContextOf(perf: XmlElement): string {
  const name = textOf(perf, 'name');
  const known = allContextTypes().find((type) => type.kind === 'perf' && type.fieldName === name);
  if (known !== undefined) return known.symbol;
  const [, scope = '', raw = '', rest = ''] = /^perf_(cpu|thread)_raw_(r[0-9a-fA-F]+)_(.+)$/.exec(name) ?? [];
  return raw === '' ? name : `perf:${scope}:raw:${raw}:${rest}`;
}
