/**
 * Sessions as trees: what LTTng-tools 2.15 shows of a session, its channels and event rules, with the memory that the
 * buffers take; and what we know more of: faults, archive policies, how full buffers are.
 */
import type {
  BufferSetInfo,
  BufferSetOwner,
  ChannelAttributes,
  ChannelBuffersInfo,
  ChannelInfo,
  DomainInfo,
  EventRuleInfo,
  ProcessTrackers,
  SessionInfo,
} from '@lttng-ts/protocols';
import { domainRow } from '../domains.ts';
import type { SessionSelection } from '../results.ts';
import { logLevelText } from '../values/log-levels.ts';
import { trackedRows, trackedValueText } from '../values/trackers.ts';
import type { MemoryDetail, TreeView } from '../values/tree-view.ts';
import { policyInfoLines } from './archive-policy-text.ts';
import { printable } from './printable.ts';
import { leaf, type Phrase, properties, type TreeLook, type TreeNode } from './tree.ts';

/** What of a session is shown; null: its name and properties only. */
export interface SessionTreeParts {
  readonly selection: SessionSelection;
  readonly buffers: readonly ChannelBuffersInfo[];
}

export function sessionTree(session: SessionInfo, parts: SessionTreeParts | null, view: TreeView): TreeNode {
  const { name, isActive, isSnapshotMode, liveTimerUs, creationTimeS } = session;
  const modes = [...(isSnapshotMode ? ['Snapshot mode'] : []), ...(liveTimerUs > 0 ? ['Live mode'] : [])];
  return {
    mark: isActive ? 'active' : 'inactive',
    phrase: [
      ['object', 'Recording session `'],
      ['name', printable(name)],
      ['object', '`'],
      ...modes.flatMap((mode) => tag(mode, view.look)),
      ...tag(`Created: ${localTime(creationTimeS)}`, view.look),
    ],
    children: [
      ...properties(sessionProperties(session)),
      ...faultNodes(session),
      ...(parts === null ? [] : domainNodes(session, parts, view)),
    ],
  };
}

const strong = (text: string | number): readonly ['value', string] => ['value', String(text)];
const quoted = (text: string): Phrase => ['`', strong(printable(text)), '`'];

function tag(text: string, { isUnicode }: TreeLook): Phrase {
  return [' ', ['faint', isUnicode ? '❬' : '<'], ['fact', text], ['faint', isUnicode ? '❭' : '>']];
}

function localTime(timeS: number): string {
  const time = new Date(timeS * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${date} @ ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}`;
}

function sessionProperties(session: SessionInfo): readonly (readonly [string, Phrase])[] {
  const { rotationSchedules, traceFormat, outputPath, sharedMemoryPath, archivePolicy } = session;
  const { timerUs, sizeBytes } = rotationSchedules;
  const schedule: Phrase = [
    ...(sizeBytes === null ? [] : ['When reaching ', ...sizePhrase(sizeBytes)]),
    ...(timerUs !== null && sizeBytes !== null ? [' or every '] : timerUs !== null ? ['Every '] : []),
    ...(timerUs === null ? [] : periodPhrase(timerUs)),
  ];
  return [
    ...(schedule.length === 0 ? [] : [['Automatic rotation', schedule] as const]),
    ['Trace format', [strong(traceFormat === 'ctf-2' ? 'CTF 2' : 'CTF 1.8')]],
    ...(outputPath === '' ? [] : [['Output', quoted(outputPath)] as const]),
    ...(sharedMemoryPath === '' ? [] : [['Shared memory path', quoted(sharedMemoryPath)] as const]),
    ...(archivePolicy === null
      ? []
      : [
          [
            'Archive policy',
            [
              policyInfoLines(archivePolicy)
                .map((text) => text.trim())
                .join('; '),
            ],
          ] as const,
        ]),
  ];
}

function faultNodes({ faults }: SessionInfo): readonly TreeNode[] {
  return faults.map(({ kind, where, detail, isOngoing }) =>
    leaf([
      [isOngoing ? 'warning' : 'faint', `Fault (${isOngoing ? 'ongoing' : 'over'})`],
      printable(`: ${kind.replaceAll('-', ' ')}: ${where}: ${detail}`),
    ]),
  );
}

function domainNodes(
  session: SessionInfo,
  { selection, buffers }: SessionTreeParts,
  view: TreeView,
): readonly TreeNode[] {
  const shown = session.domains.filter(
    ({ domain }) => selection.domain === null || selection.domain === domain,
  );
  return shown.map((info) => {
    const { domain, channels } = info;
    const wanted = channels.filter(({ name }) => selection.channel === null || selection.channel === name);
    const channelNodes = wanted.map((channel) => {
      const sets =
        buffers.find((each) => each.domain === domain && each.channel === channel.name)?.sets ?? [];
      return channelNode(session, channel, sets, view);
    });
    return {
      mark: 'object',
      phrase: [
        ['object', 'Domain '],
        ['name', domainRow(domain).title],
        ...tag(counted(channels.length, 'channel'), view.look),
      ],
      children: [...filterNodes(info), ...(selection.domainsOnly ? [] : channelNodes)],
    };
  });
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Which processes are recorded. */
function filterNodes({ trackers }: DomainInfo): readonly TreeNode[] {
  const values = trackedRows.map(({ attribute }) => trackers[attribute]);
  if (values.every((set) => set === null)) return properties([['Process filter', [strong('Allow all')]]]);
  if (values.every((set) => set !== null && set.length === 0)) {
    return properties([['Process filter', [['warning', 'Allow none']]]]);
  }
  const lines = trackedRows.map(({ attribute, listTitle }) =>
    leaf([`${listTitle} `.padEnd(22), ...allowed(trackers[attribute])], 'rest'),
  );
  return [{ mark: 'point', phrase: [['title', 'Process filter'], ':'], children: lines }];
}

function allowed(values: ProcessTrackers[keyof ProcessTrackers]): Phrase {
  if (values === null) return [strong('Allow all')];
  if (values.length === 0) return [['warning', 'Allow none']];
  return ['Allow only ', strong(printable(values.map(trackedValueText).join(', ')))];
}

function channelNode(
  session: SessionInfo,
  channel: ChannelInfo,
  sets: readonly BufferSetInfo[],
  view: TreeView,
): TreeNode {
  const { name, isEnabled, attributes, rules, contexts } = channel;
  const timers = properties([
    ['Monitor timer', timerPhrase(attributes.monitorTimerUs)],
    ['Read timer', timerPhrase(attributes.readTimerUs)],
    ['Switch timer', timerPhrase(attributes.switchTimerUs)],
  ]);
  return {
    mark: isEnabled ? 'enabled' : 'disabled',
    phrase: [
      ['object', 'Event record channel `'],
      ['name', printable(name)],
      ['object', '`'],
      ...tag(counted(rules.length, 'event rule'), view.look),
    ],
    children: [
      ...properties(channelProperties(attributes, contexts)),
      { mark: 'point', phrase: [['title', 'Timer periods'], ':'], children: timers },
      {
        mark: 'point',
        phrase: [['title', 'Statistics'], ':'],
        children: statisticNodes(session, channel, sets, view),
      },
      ...rules.map(ruleNode),
    ],
  };
}

function channelProperties(
  attributes: ChannelAttributes,
  contexts: readonly string[],
): readonly (readonly [string, Phrase])[] {
  const { mode, subbufferCount, subbufferSizeBytes, ownership, traceFileSizeBytes } = attributes;
  const { traceFileCount, blockingTimeoutUs } = attributes;
  return [
    [
      'Loss mode',
      [strong(mode === 'discard' ? 'Discard newest event record' : 'Overwrite oldest sub-buffer')],
    ],
    [
      'Ring buffers',
      [
        strong(subbufferCount),
        ' sub-buffers of ',
        ...sizePhrase(subbufferSizeBytes),
        ' per CPU, per ',
        strong(ownership === 'user' ? 'Unix user' : 'process'),
      ],
    ],
    ...(traceFileSizeBytes === 0 ? [] : [['Largest trace file', sizePhrase(traceFileSizeBytes)] as const]),
    ...(traceFileCount === 0 ? [] : [['Trace files per stream', [strong(traceFileCount)]] as const]),
    ...(mode === 'overwrite' || blockingTimeoutUs === 0
      ? []
      : [
          [
            'Blocking timeout',
            blockingTimeoutUs === -1 ? [strong('Infinite')] : periodPhrase(blockingTimeoutUs),
          ] as const,
        ]),
    ...(contexts.length === 0 ? [] : [['Context fields', [strong(printable(contexts.join(', ')))]] as const]),
  ];
}

function statisticNodes(
  { isSnapshotMode }: SessionInfo,
  { attributes, discardedEventCount, lostPacketCount }: ChannelInfo,
  sets: readonly BufferSetInfo[],
  { memory, look }: TreeView,
): readonly TreeNode[] {
  const losses: readonly (readonly [string, Phrase])[] =
    attributes.mode === 'discard'
      ? [['Discarded event records', [strong(discardedEventCount)]]]
      : // What snapshots did not take is not lost.
        isSnapshotMode
        ? []
        : [['Discarded packets', [strong(lostPacketCount)]]];
  const fill = fillPhrase(sets);
  const rows = [...losses, ...(fill === null ? [] : [['Fill at last sample', fill] as const])];
  if (sets.length === 0) return properties([...rows, ['Memory usage', [strong('None')]]]);
  return [...properties(rows), memoryNode(sets, memory, look)];
}

/** The emptiest and the fullest stream of all sets; null where none is monitored. */
function fillPhrase(sets: readonly BufferSetInfo[]): Phrase | null {
  const usages = sets.flatMap(({ usage }) => usage ?? []);
  if (usages.length === 0) return null;
  const lowest = Math.min(...usages.map(({ lowestUsageBytes }) => lowestUsageBytes));
  const highest = Math.max(...usages.map(({ highestUsageBytes }) => highestUsageBytes));
  const capacity = Math.max(...sets.map(({ capacityBytes }) => capacityBytes));
  return [...sizePhrase(lowest), ' to ', ...sizePhrase(highest), ' of ', ...sizePhrase(capacity)];
}

interface MemorySum {
  readonly residentBytes: number;
  readonly lengthBytes: number;
}

function sumOf(memories: readonly MemorySum[]): MemorySum {
  return {
    residentBytes: memories.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
    lengthBytes: memories.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0),
  };
}

function memoryNode(sets: readonly BufferSetInfo[], detail: MemoryDetail, look: TreeLook): TreeNode {
  const lines: [string, MemorySum, readonly BufferSetInfo[]][] = [];
  for (const set of detail === 'total' ? [] : sets) {
    lines.push([ownerText(set.owner), sumOf(set.streams), [set]]);
    if (detail !== 'full') continue;
    for (const stream of set.streams) lines.push([`  CPU ${String(stream.cpu).padStart(3)}`, stream, []]);
  }
  const width = Math.max(0, ...lines.map(([title]) => title.length)) + 1;
  return {
    mark: 'point',
    phrase: ['Memory usage: ', ...memoryPhrase(sumOf(sets.flatMap(({ streams }) => streams)), look)],
    children: lines.map(([title, sum, monitored]) => {
      const fill = fillPhrase(monitored);
      const tail: Phrase = fill === null ? [] : [', fill ', ...fill];
      return leaf([`${title}:`.padEnd(width + 1), ...memoryPhrase(sum, look), ...tail], 'rest');
    }),
  };
}

function ownerText(owner: BufferSetOwner): string {
  const who = owner.kind === 'user' ? `UID ${owner.uid}` : `PID ${owner.pid} (${printable(owner.name)})`;
  return `For ${who} (${owner.wordSizeBits}-bit)`;
}

const BAR_CELLS = 20;

/** Pages that are there, of all that the buffers may have. */
function memoryPhrase({ residentBytes, lengthBytes }: MemorySum, look: TreeLook): Phrase {
  const ratio = lengthBytes === 0 ? 0 : Math.min(1, residentBytes / lengthBytes);
  const filled = Math.floor(ratio * BAR_CELLS);
  const [open, full, empty, close] = look.isUnicode ? ['❲', '●', '┄', '❳'] : ['[', '#', '-', ']'];
  return [
    open ?? '',
    ['value', (full ?? '').repeat(filled)],
    ['faint', (empty ?? '').repeat(BAR_CELLS - filled)],
    `${close} `,
    ...sizePhrase(residentBytes),
    ' / ',
    ...sizePhrase(lengthBytes),
  ];
}

function ruleNode(rule: EventRuleInfo): TreeNode {
  const { pattern, isEnabled, logLevel, filter, exclusions } = rule;
  const rows: (readonly [string, Phrase])[] = [];
  if (filter !== null) rows.push(['Filter', quoted(filter)]);
  if (logLevel.kind !== 'all') {
    const { level } = logLevel;
    const how = logLevel.kind === 'range' ? 'As severe as ' : 'Exactly ';
    rows.push(['Log level', [how, strong(logLevelText(level)), ` (${level})`]]);
  }
  if (exclusions.length > 0) {
    rows.push([
      'Exclusions',
      exclusions.flatMap((name, index) => [index === 0 ? '' : ', ', ...quoted(name)]),
    ]);
  }
  return {
    mark: isEnabled ? 'enabled' : 'disabled',
    phrase: [
      ['object', 'Event rule `'],
      ['name', printable(pattern)],
      ['object', '`'],
    ],
    children: properties(rows),
  };
}

const timerPhrase = (periodUs: number): Phrase =>
  periodUs === 0 ? [strong('Inactive')] : periodPhrase(periodUs);

/** In the largest unit that makes it at least one. */
function inUnits(value: number, units: readonly string[], step: number): Phrase {
  let [scaled, at] = [value, 0];
  while (scaled >= step && at < units.length - 1) {
    scaled /= step;
    at++;
  }
  return [strong(at === 0 ? String(value) : scaled.toFixed(2)), ` ${units[at]}`];
}

const sizePhrase = (bytes: number): Phrase => inUnits(bytes, ['B', 'KiB', 'MiB', 'GiB', 'TiB'], 1024);
const periodPhrase = (periodUs: number): Phrase => inUnits(periodUs, ['us', 'ms', 's'], 1000);
