/** The commands of `lttng`, their arguments and options, as the 2.13 manual pages describe them. */
import type { CommandSpec, OptionSpec } from './option-spec.ts';

const help: OptionSpec = { long: 'help', short: 'h', summary: 'Show this help.' };
const listOptions: OptionSpec = { long: 'list-options', summary: 'List the options of this command.' };
const session: OptionSpec = {
  long: 'session',
  short: 's',
  argument: 'SESSION',
  summary: 'Use this session instead of the current one.',
};
const kernel: OptionSpec = { long: 'kernel', short: 'k', summary: 'Linux kernel domain.' };
/** As LTTng-tools 2.14 has it. */
const glob = { long: 'glob', short: 'g' };
const userspace: OptionSpec = { long: 'userspace', short: 'u', summary: 'User space domain.' };
const jul: OptionSpec = { long: 'jul', short: 'j', summary: 'java.util.logging domain.' };
const log4j: OptionSpec = { long: 'log4j', short: 'l', summary: 'Apache log4j domain.' };
const python: OptionSpec = { long: 'python', short: 'p', summary: 'Python logging domain.' };

/** General options, given before the command's name. */
export const generalOptions: readonly OptionSpec[] = [
  { long: 'version', short: 'V', summary: 'Show the version of this program.' },
  { long: 'help', short: 'h', summary: 'Show the list of commands and general options.' },
  {
    long: 'group',
    short: 'g',
    argument: 'GROUP',
    summary: 'Unix group that may control the root daemon (tracing).',
  },
  { long: 'verbose', short: 'v', summary: 'Say more on standard error; up to three times.' },
  { long: 'quiet', short: 'q', summary: 'Say nothing, not even errors.' },
  { long: 'mi', short: 'm', argument: 'TYPE', summary: 'Machine interface: xml, or json.' },
  { long: 'no-sessiond', short: 'n', summary: 'Start no session daemon.' },
  { long: 'sessiond-path', argument: 'PATH', summary: 'Session daemon to start when none runs.' },
  { long: 'relayd-path', argument: 'PATH', summary: 'Relay daemon to start for live sessions.' },
  { long: 'list-options', summary: 'List the general options.' },
  { long: 'list-commands', summary: 'List the commands.' },
];

const archivePolicy: CommandSpec = {
  name: 'archive-policy',
  summary: 'Say what becomes of archived trace chunks',
  usage: [
    'set [--session=SESSION] [--compress[=TYPE]] [--encrypt-for=KEY]... [--run=COMMAND] [--keep-chunks=N] [--keep-size=SIZE] [--keep-time=PERIOD]',
    'show [--session=SESSION]',
    'remove [--session=SESSION]',
  ],
  options: [
    help,
    listOptions,
    session,
    {
      long: 'compress',
      argument: 'TYPE',
      isArgumentOptional: true,
      summary: 'Compress each file: zstd (default; gzip where Node.js lacks it) or gzip.',
    },
    {
      long: 'encrypt-for',
      argument: 'KEY',
      summary: 'Encrypt each file for this public key of age; may be given several times.',
    },
    {
      long: 'run',
      argument: 'COMMAND',
      summary: 'Run this command of the shell, as the owner of the session, with the path of the chunk.',
    },
    { long: 'keep-chunks', argument: 'N', summary: 'Keep the newest N chunks, delete older ones.' },
    { long: 'keep-size', argument: 'SIZE', summary: 'Keep so many bytes; suffixes k, M, G.' },
    { long: 'keep-time', argument: 'PERIODUS', summary: 'Keep chunks so long; suffixes us, ms, s, m, h.' },
  ],
};

const create: CommandSpec = {
  name: 'create',
  summary: 'Create a recording session',
  usage: ['[SESSION] [--output=DIR | --set-url=file://DIR | --no-output] [--shm-path=DIR]'],
  options: [
    help,
    { long: 'output', short: 'o', argument: 'DIR', summary: 'Write the trace to this folder.' },
    listOptions,
    { long: 'set-url', short: 'U', argument: 'URL', summary: 'Write the trace to this URL (file://DIR).' },
    { long: 'ctrl-url', short: 'C', argument: 'URL', summary: 'Control URL of a relay daemon.' },
    { long: 'data-url', short: 'D', argument: 'URL', summary: 'Data URL of a relay daemon.' },
    { long: 'no-output', summary: 'Write no trace.' },
    { long: 'no-consumer', isHidden: true, summary: 'Obsolete spelling of --no-output.' },
    { long: 'snapshot', summary: 'Create the session in snapshot mode.' },
    {
      long: 'live',
      argument: 'DELAYUS',
      isArgumentOptional: true,
      summary: 'Create the session in live mode; data reach the relay daemon after this time.',
    },
    { long: 'shm-path', argument: 'DIR', summary: 'Keep the ring buffers in files below this folder.' },
    {
      long: 'trace-format',
      argument: 'FORMAT',
      summary: 'Format of the metadata: ctf-1.8 (default) or ctf-2.',
    },
  ],
};

const destroy: CommandSpec = {
  name: 'destroy',
  summary: 'Destroy recording sessions',
  usage: ['[--no-wait] [--all | SESSION | --glob PATTERN]'],
  options: [
    help,
    { long: 'all', short: 'a', summary: 'Destroy all sessions of this user.' },
    { ...glob, summary: 'Destroy all sessions whose names match the pattern PATTERN.' },
    listOptions,
    { long: 'no-wait', short: 'n', summary: 'Return before the trace is complete.' },
  ],
};

const disableChannel: CommandSpec = {
  name: 'disable-channel',
  summary: 'Disable channels',
  usage: ['--userspace [--session=SESSION] CHANNEL[,CHANNEL]...'],
  options: [help, session, kernel, userspace, listOptions],
};

const disableEvent: CommandSpec = {
  name: 'disable-event',
  summary: 'Disable event rules',
  usage: ['--userspace [--session=SESSION] [--channel=CHANNEL] (--all-events | EVENT[,EVENT]...)'],
  options: [
    help,
    session,
    { long: 'all-events', short: 'a', summary: 'Disable all event rules of the channel.' },
    { long: 'channel', short: 'c', argument: 'CHANNEL', summary: 'Channel of the event rules.' },
    jul,
    log4j,
    python,
    kernel,
    userspace,
    { long: 'syscall', summary: 'System calls of the Linux kernel domain.' },
    { long: 'probe', summary: 'Kprobes of the Linux kernel domain.' },
    { long: 'tracepoint', summary: 'Tracepoints of the Linux kernel domain.' },
    { long: 'function', summary: 'Kretprobes of the Linux kernel domain.' },
    { long: 'all', summary: 'Event rules of all kinds (default).' },
    listOptions,
  ],
};

const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'Say why nothing is recorded, and what to do',
  usage: [''],
  options: [help, listOptions],
};

const enableChannel: CommandSpec = {
  name: 'enable-channel',
  summary: 'Create or enable a channel',
  usage: ['--userspace [OPTIONS] CHANNEL[,CHANNEL]...'],
  options: [
    help,
    session,
    kernel,
    userspace,
    { long: 'discard', summary: 'A full buffer discards new events (default).' },
    { long: 'overwrite', summary: 'A full buffer overwrites its oldest sub-buffer.' },
    { long: 'subbuf-size', argument: 'SIZE', summary: 'Bytes of a sub-buffer; suffixes k, M, G.' },
    { long: 'num-subbuf', argument: 'COUNT', summary: 'Sub-buffers of each ring buffer.' },
    {
      long: 'switch-timer',
      argument: 'PERIODUS',
      summary: 'Flush sub-buffers this often; suffixes us, ms, s, m, h.',
    },
    { long: 'monitor-timer', argument: 'PERIODUS', summary: 'Sample the fill of the buffers this often.' },
    {
      long: 'read-timer',
      argument: 'PERIODUS',
      summary: 'Look for full sub-buffers this often; 0: be woken.',
    },
    listOptions,
    { long: 'output', argument: 'TYPE', summary: 'How data leave the buffers: mmap or splice.' },
    { long: 'buffers-uid', summary: 'One set of buffers for each user (default).' },
    { long: 'buffers-pid', summary: 'One set of buffers for each process.' },
    { long: 'buffers-global', summary: 'One set of buffers for the system (kernel).' },
    {
      long: 'tracefile-size',
      short: 'C',
      argument: 'SIZE',
      summary: 'Begin a new stream file at this size.',
    },
    {
      long: 'tracefile-count',
      short: 'W',
      argument: 'COUNT',
      summary: 'Keep this many files of each stream.',
    },
    {
      long: 'blocking-timeout',
      argument: 'TIMEOUTUS',
      summary: 'Let writers wait this long for space; or inf.',
    },
  ],
};

const enableEvent: CommandSpec = {
  name: 'enable-event',
  summary: 'Create or enable recording event rules',
  usage: ['--userspace [OPTIONS] (--all | EVENT[,EVENT]...)'],
  options: [
    help,
    session,
    { long: 'all', short: 'a', summary: 'Same as the event name *.' },
    { long: 'channel', short: 'c', argument: 'CHANNEL', summary: 'Use this channel instead of channel0.' },
    kernel,
    userspace,
    jul,
    log4j,
    python,
    { long: 'tracepoint', summary: 'Match tracepoints (default).' },
    { long: 'probe', argument: 'LOC', summary: 'Match a kernel probe.' },
    { long: 'userspace-probe', argument: 'LOC', summary: 'Match a user space probe.' },
    { long: 'function', argument: 'LOC', summary: 'Match entry and exit of a kernel function.' },
    { long: 'syscall', summary: 'Match system calls.' },
    { long: 'loglevel', argument: 'LOGLEVEL', summary: 'Match events at least as severe as this.' },
    { long: 'loglevel-only', argument: 'LOGLEVEL', summary: 'Match events of exactly this log level.' },
    listOptions,
    {
      long: 'filter',
      short: 'f',
      argument: 'EXPR',
      summary: 'Match events for which this expression is true.',
    },
    {
      long: 'exclude',
      short: 'x',
      argument: 'NAME[,NAME]...',
      summary: 'Do not match events with these names.',
    },
  ],
};

const addContext: CommandSpec = {
  name: 'add-context',
  summary: 'Add context fields to be recorded',
  usage: ['--userspace [--session=SESSION] [--channel=CHANNEL] --type=TYPE [--type=TYPE]...', '--list'],
  options: [
    help,
    session,
    { long: 'channel', short: 'c', argument: 'CHANNEL', summary: 'Only to this channel instead of all.' },
    kernel,
    userspace,
    jul,
    log4j,
    { long: 'type', short: 't', argument: 'TYPE', summary: 'Context field; may be given several times.' },
    { long: 'list', summary: 'List the context field types.' },
    listOptions,
  ],
};

const start: CommandSpec = {
  name: 'start',
  summary: 'Start recording sessions',
  usage: ['[--all | SESSION | --glob PATTERN]'],
  options: [
    help,
    listOptions,
    { ...glob, summary: 'Start all sessions whose names match the pattern PATTERN.' },
    { long: 'all', short: 'a', summary: 'Start all sessions of this user.' },
  ],
};

const stop: CommandSpec = {
  name: 'stop',
  summary: 'Stop recording sessions',
  usage: ['[--no-wait] [--all | SESSION | --glob PATTERN]'],
  options: [
    help,
    listOptions,
    { long: 'no-wait', short: 'n', summary: 'Return before the trace data are available.' },
    { ...glob, summary: 'Stop all sessions whose names match the pattern PATTERN.' },
    { long: 'all', short: 'a', summary: 'Stop all sessions of this user.' },
  ],
};

/** Upstream's since 2.15. */
const treeOptions: readonly OptionSpec[] = [
  {
    long: 'mem-usage',
    argument: 'MODE',
    summary:
      'Show a tree with the memory of the buffers: total, compact (per user or process), full (per CPU).',
  },
  { long: 'no-truncate', summary: 'Show a tree, with lines longer than the terminal is wide.' },
  { long: 'style', argument: 'STYLE', summary: 'Show a tree: breathe, or compact, without empty lines.' },
];

const list: CommandSpec = {
  name: 'list',
  summary: 'List recording sessions and instrumentation points',
  usage: [
    '',
    'SESSION [--domain | --channel=CHANNEL] [--mem-usage=MODE] [--style=STYLE] [--no-truncate]',
    '[--userspace] [--kernel [--syscall]] [--jul] [--log4j] [--python] [--fields]',
  ],
  options: [
    help,
    kernel,
    jul,
    log4j,
    python,
    userspace,
    { long: 'channel', short: 'c', argument: 'CHANNEL', summary: 'Only list this channel of the session.' },
    { long: 'domain', short: 'd', summary: 'List the domains of the session.' },
    { long: 'fields', short: 'f', summary: 'List the fields of instrumentation points too.' },
    { long: 'syscall', short: 'S', summary: 'List system calls.' },
    ...treeOptions,
    listOptions,
  ],
};

const listen: CommandSpec = {
  name: 'listen',
  summary: 'Print what happens in the session daemon',
  usage: ['[--event=KIND[,KIND]...] [--count=N] [SESSION]'],
  options: [
    help,
    listOptions,
    {
      long: 'event',
      short: 'e',
      argument: 'KIND[,KIND]...',
      summary: 'Only events of these kinds: chunk-archived, session-stopped, ...',
    },
    { long: 'count', short: 'n', argument: 'N', summary: 'End after so many events.' },
  ],
};

const status: CommandSpec = {
  name: 'status',
  summary: 'Show the status of the current recording session',
  usage: ['[--mem-usage=MODE] [--style=STYLE] [--no-truncate]'],
  options: [help, ...treeOptions, listOptions],
};

const snapshot: CommandSpec = {
  name: 'snapshot',
  summary: 'Record snapshots of a recording session, and say where they go',
  usage: [
    'record [--max-size=SIZE] [--name=NAME] [--session=SESSION] [URL]',
    'add-output [--max-size=SIZE] [--name=NAME] [--session=SESSION] URL',
    'list-output [--session=SESSION]',
    'del-output [--session=SESSION] ID | NAME',
  ],
  options: [
    help,
    session,
    { long: 'ctrl-url', short: 'C', argument: 'URL', summary: 'Control URL of a relay daemon.' },
    { long: 'data-url', short: 'D', argument: 'URL', summary: 'Data URL of a relay daemon.' },
    { long: 'name', short: 'n', argument: 'NAME', summary: 'Begin the names of snapshots with this one.' },
    { long: 'max-size', short: 'm', argument: 'SIZE', summary: 'Bytes of a snapshot; suffixes k, M, G.' },
    listOptions,
    { long: 'list-commands', summary: 'List the actions.' },
  ],
};

const rotate: CommandSpec = {
  name: 'rotate',
  summary: 'Archive the current trace chunk of a recording session',
  usage: ['[--no-wait] [SESSION]'],
  options: [
    help,
    listOptions,
    { long: 'no-wait', short: 'n', summary: 'Return before the archive can be read.' },
  ],
};

const clear: CommandSpec = {
  name: 'clear',
  summary: 'Drop what sessions recorded since their last rotation',
  usage: ['[--all | SESSION...]'],
  options: [help, { long: 'all', short: 'a', summary: 'Clear all sessions of this user.' }, listOptions],
};

const enableRotation: CommandSpec = {
  name: 'enable-rotation',
  summary: 'Let the daemon rotate a recording session by itself',
  usage: ['[--session=SESSION] [--timer=PERIOD] [--size=SIZE]'],
  options: [
    help,
    listOptions,
    session,
    { long: 'timer', argument: 'PERIODUS', summary: 'Rotate this often; suffixes us, ms, s, m, h.' },
    { long: 'size', argument: 'SIZE', summary: 'Rotate after so many bytes; suffixes k, M, G.' },
  ],
};

const disableRotation: CommandSpec = {
  name: 'disable-rotation',
  summary: 'End the rotation schedules of a recording session',
  usage: ['[--session=SESSION] [--timer] [--size]'],
  options: [
    help,
    listOptions,
    session,
    { long: 'timer', summary: 'Do not rotate by time any more.' },
    { long: 'size', summary: 'Do not rotate by size any more.' },
  ],
};

const trackerOptions = (verb: string): readonly OptionSpec[] => [
  help,
  session,
  kernel,
  userspace,
  {
    long: 'pid',
    short: 'p',
    argument: 'PID[,PID]...',
    isArgumentOptional: true,
    summary: `${verb} processes by their id; the same as --vpid.`,
  },
  {
    long: 'vpid',
    argument: 'VPID[,VPID]...',
    isArgumentOptional: true,
    summary: `${verb} processes by their virtual process id.`,
  },
  { long: 'uid', argument: 'USER[,USER]...', isArgumentOptional: true, summary: 'Linux kernel domain only.' },
  {
    long: 'vuid',
    argument: 'VUSER[,VUSER]...',
    isArgumentOptional: true,
    summary: `${verb} processes of users, by id or name.`,
  },
  {
    long: 'gid',
    argument: 'GROUP[,GROUP]...',
    isArgumentOptional: true,
    summary: 'Linux kernel domain only.',
  },
  {
    long: 'vgid',
    argument: 'VGROUP[,VGROUP]...',
    isArgumentOptional: true,
    summary: `${verb} processes of groups, by id or name.`,
  },
  { long: 'all', short: 'a', summary: `${verb} all values of the attributes that are named without values.` },
  listOptions,
];

const track: CommandSpec = {
  name: 'track',
  summary: 'Record only some processes, or again all',
  usage: [
    '--userspace [--session=SESSION] (--vpid=VPID[,VPID]... | --vuid=VUSER[,VUSER]... | --vgid=VGROUP[,VGROUP]...)...',
    '--userspace [--session=SESSION] --all (--vpid | --vuid | --vgid)...',
  ],
  options: trackerOptions('Record'),
};

const untrack: CommandSpec = {
  name: 'untrack',
  summary: 'Record some processes no more, or none',
  usage: track.usage,
  options: trackerOptions('Do not record'),
};

const regenerate: CommandSpec = {
  name: 'regenerate',
  summary: 'Write the metadata, or the state of the programs, of a recording session again',
  usage: ['metadata [--session=SESSION]', 'statedump [--session=SESSION]'],
  options: [help, session, listOptions, { long: 'list-commands', summary: 'List the actions.' }],
};

const metadata: CommandSpec = {
  name: 'metadata',
  summary: 'The old name of regenerate metadata',
  usage: ['regenerate [--session=SESSION]'],
  options: regenerate.options,
};

const setSession: CommandSpec = {
  name: 'set-session',
  summary: 'Set the current recording session',
  usage: ['SESSION'],
  options: [help, listOptions],
};

const save: CommandSpec = {
  name: 'save',
  summary: 'Save recording session configurations',
  usage: ['[--force] [--output-path=DIR] [--all | SESSION]'],
  options: [
    help,
    { long: 'all', short: 'a', summary: 'Save all sessions (default).' },
    {
      long: 'output-path',
      short: 'o',
      argument: 'DIR',
      summary: 'Write the files to this absolute folder instead of ~/.lttng/sessions.',
    },
    { long: 'force', short: 'f', summary: 'Replace files that are there.' },
    listOptions,
  ],
};

const load: CommandSpec = {
  name: 'load',
  summary: 'Load recording session configurations',
  usage: ['[--force] [--input-path=PATH] [--override-url=URL] [--all | SESSION [--override-name=NAME]]'],
  options: [
    help,
    { long: 'all', short: 'a', summary: 'Load all sessions (default).' },
    {
      long: 'input-path',
      short: 'i',
      argument: 'PATH',
      summary: 'Load from this file or folder instead of ~/.lttng/sessions and /etc/lttng/sessions.',
    },
    { long: 'force', short: 'f', summary: 'Replace sessions of the same names.' },
    { long: 'override-url', argument: 'URL', summary: 'Write traces and snapshots to this URL instead.' },
    { long: 'override-name', argument: 'NAME', summary: 'Give the session this name instead.' },
    listOptions,
  ],
};

const view: CommandSpec = {
  name: 'view',
  summary: 'Print the events of a trace',
  usage: ['[SESSION | --trace-path=DIR] [--viewer=COMMAND]'],
  options: [
    help,
    listOptions,
    {
      long: 'viewer',
      short: 'e',
      argument: 'COMMAND',
      summary: 'Start this program instead of the built-in reader.',
    },
    { long: 'trace-path', short: 't', argument: 'DIR', summary: 'Read the traces below this folder.' },
  ],
};

const version: CommandSpec = {
  name: 'version',
  summary: 'Show version information',
  usage: [''],
  options: [help, listOptions],
};

const helpCommand: CommandSpec = {
  name: 'help',
  summary: 'Show the help of a command',
  usage: ['[COMMAND]'],
  options: [help, listOptions],
};

/** Every command, in the order of `--list-commands`. */
export const commandSpecs = {
  'add-context': addContext,
  'archive-policy': archivePolicy,
  create,
  clear,
  destroy,
  'disable-channel': disableChannel,
  'disable-event': disableEvent,
  doctor,
  'enable-channel': enableChannel,
  'enable-event': enableEvent,
  help: helpCommand,
  list,
  listen,
  load,
  metadata,
  regenerate,
  rotate,
  'enable-rotation': enableRotation,
  'disable-rotation': disableRotation,
  save,
  'set-session': setSession,
  snapshot,
  start,
  status,
  stop,
  track,
  untrack,
  version,
  view,
} as const satisfies Record<string, CommandSpec>;

export type CommandName = keyof typeof commandSpecs;

/** Finds a command by its exact name: like upstream, no abbreviations. */
export function findCommand(name: string): CommandSpec | null {
  return Object.hasOwn(commandSpecs, name) ? commandSpecs[name as CommandName] : null;
}
