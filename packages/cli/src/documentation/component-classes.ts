/** The component classes of the program's own plugins, as manual pages tell them. */

type Rows = readonly (readonly [term: string, meaning: string])[];

export interface DocumentedClass {
  /** `TYPE.PLUGIN.CLASS`. */
  readonly name: string;
  readonly summary: string;
  readonly text: readonly string[];
  readonly params: Rows;
  readonly ports: Rows;
  readonly queries: Rows;
}

/** One line for each plugin. */
export const pluginSummaries: Readonly<Record<string, string>> = {
  ctf: 'reading and writing of the Common Trace Format',
  'lttng-ts': 'what Babeltrace 2 does not have',
  'lttng-utils': 'tools for traces of LTTng',
  text: 'reading and writing of plain text',
  utils: 'general tools',
};

const SUPPORT_INFO = [
  'babeltrace.support-info',
  'Whether the class reads an input: parameters `type` (string, file, directory) and `input`; the answer is a weight from 0 to 1, and a group for inputs that belong to one component.',
] as const;

const TRACE_INFOS = [
  'babeltrace.trace-infos',
  'The streams of a trace: the name of the port of each, and the time of its first and last packet. Parameters as those of the component.',
] as const;

const INPUT = ['in', 'The messages.'] as const;
const OUTPUT = ['out', 'The messages.'] as const;

export const componentClasses: readonly DocumentedClass[] = [
  {
    name: 'source.ctf.fs',
    summary: 'Read CTF traces from the file system',
    text: [
      'Reads a trace of CTF 1.8 or CTF 2 from a folder that has a file `metadata`. Several folders of one trace, as a session that is rotated or snapshots leave them, are read as one.',
      'Known faults of LTTng and barectf in the times of packets are put right.',
    ],
    params: [
      ['inputs (array of strings)', 'The folders. Mandatory.'],
      ['trace-name (string)', 'The name of the trace.'],
      ['clock-class-offset-s (integer)', 'Seconds to add to every clock.'],
      ['clock-class-offset-ns (integer)', 'Nanoseconds to add to every clock.'],
      ['force-clock-class-origin-unix-epoch (boolean)', 'Take the Unix epoch for the origin of every clock.'],
      [
        'continue-after-damage (boolean)',
        'Damage ends its packet, not its data stream: what is passed over is told in a warning. Ours.',
      ],
    ],
    ports: [
      ['one for each data stream', 'Its name tells the trace, the data stream class and the data stream.'],
    ],
    queries: [
      SUPPORT_INFO,
      TRACE_INFOS,
      [
        'metadata-info',
        'The text of the metadata (`text`), and whether the file holds packets (`is-packetized`); parameter `path`.',
      ],
    ],
  },
  {
    name: 'source.ctf.lttng-live',
    summary: 'Receive CTF streams from an LTTng relay daemon',
    text: [
      'Connects to a relay daemon and reads a session while it is recorded, from now until it is destroyed. Sessions of one host and name are read as one. One reader at a time is attached to a session.',
    ],
    params: [
      [
        'inputs (array of one string)',
        'The URL: `net://HOST[:PORT]/host/TARGET/SESSION`; `net` and `net4` mean IPv4, `net6` IPv6; the default port is 5344. Mandatory.',
      ],
      [
        'session-not-found-action (string)',
        'What to do when there is no such session: `continue` (wait for one; the default), `fail` or `end`.',
      ],
    ],
    ports: [OUTPUT],
    queries: [
      SUPPORT_INFO,
      [
        'sessions',
        'The sessions of a relay daemon, parameter `url`: for each `url`, `target-hostname`, `session-name`, `timer-us`, `stream-count`, `client-count` and `trace-format`.',
      ],
    ],
  },
  {
    name: 'source.text.dmesg',
    summary: 'Read lines of the Linux kernel log',
    text: ['Makes an event of every line, with the time in its brackets when there is one.'],
    params: [
      ['path (string)', 'The file; standard input when left out.'],
      ['no-extract-timestamp (boolean)', 'Leave the time in the text.'],
    ],
    ports: [OUTPUT],
    queries: [],
  },
  {
    name: 'filter.utils.muxer',
    summary: 'Sort messages of many streams by time',
    text: [
      'Takes messages from all its input ports and gives them in order of time. Clocks whose times cannot be compared are refused.',
    ],
    params: [],
    ports: [['in0, in1, ...', 'The messages; a new one appears when the last is connected.'], OUTPUT],
    queries: [],
  },
  {
    name: 'filter.utils.trimmer',
    summary: 'Discard messages outside a time range',
    text: [
      'Lets messages pass whose time is in the range. Streams and packets that the range cuts begin and end at its bounds.',
      'A time is `[YYYY-MM-DD] hh:mm[:ss[.nnnnnnnnn]]` or `[-]SECONDS[.NANOSECONDS]` since the origin of the clock. Without a date it is on the day of the first message.',
    ],
    params: [
      ['begin (string or integer)', 'The beginning of the range; an integer is in seconds.'],
      ['end (string or integer)', 'The end of the range.'],
      ['gmt (boolean)', 'Read dates in GMT, not in local time.'],
    ],
    ports: [INPUT, OUTPUT],
    queries: [],
  },
  {
    name: 'filter.lttng-ts.expression',
    summary: 'Keep events for which an expression is true',
    text: [
      'Lets the events pass for which expressions of the filter language of lttng(1) are true, by the rules of the tracers: an event without a field or context that an expression names does not pass. Whatever is no event passes.',
      'Besides fields (`size`), contexts that were recorded (`$ctx.vpid`) and application contexts (`$app.provider:name`), these can be named: `$event.name`, `$event.loglevel` (0 to 14), `$event.id`, `$time` (nanoseconds from the origin of the clock), `$packet.NAME` (packet context), `$stream.id`, `$trace.name`, `$env.NAME` (environment of the trace). `$ctx.NAME` is looked for in the context of the event, then of the stream, then of the packet.',
      'A text that `$time` is compared with is a time as babeltrace2-filter.utils.trimmer(7) takes it: `$time > "2024-05-06 10:00:00.5"`. Where expressions bound `$time`, only what is in these bounds is read, if the source can seek: packets and losses outside are not given.',
    ],
    params: [
      [
        'expression (string, or array of strings)',
        'The expression, or several that must all be true. Mandatory.',
      ],
      ['gmt (boolean)', 'Dates in expressions are in UTC, not in local time.'],
    ],
    ports: [INPUT, OUTPUT],
    queries: [],
  },
  {
    name: 'filter.lttng-utils.debug-info',
    summary: 'Add the place in the source to events of LTTng-UST',
    text: [
      'Events with the context fields `ip` and `vpid` get a field that names the binary, the function and the line, from the debug information of the traced program.',
    ],
    params: [
      ['debug-info-dir (string)', 'Where separate debug information is.'],
      ['debug-info-field-name (string)', 'The name of the field (`debug_info`).'],
      ['full-path (boolean)', 'Whole paths of sources and binaries.'],
      ['target-prefix (string)', 'Folder in front of the paths of binaries.'],
    ],
    ports: [INPUT, OUTPUT],
    queries: [],
  },
  {
    name: 'sink.ctf.fs',
    summary: 'Write CTF traces to the file system',
    text: ['Writes every trace that it gets to a folder of its own, as CTF 1.8 or CTF 2.'],
    params: [
      ['path (string)', 'The folder. Mandatory.'],
      ['assume-single-trace (boolean)', 'Write to `path` itself; there may be one trace only.'],
      [
        'ctf-version (string)',
        '`1` or `1.8`, which needs version 0 of the message rules, or `2`, which needs version 1.',
      ],
      ['ignore-discarded-events (boolean)', 'Do not write how many events were lost.'],
      ['ignore-discarded-packets (boolean)', 'Do not write how many packets were lost.'],
      ['quiet (boolean)', 'Print no paths.'],
    ],
    ports: [INPUT],
    queries: [],
  },
  {
    name: 'sink.text.json',
    summary: 'Print events as lines of JSON',
    text: [
      'Prints one object a line for each event, and for each loss of events or packets. Integers are exact, also beyond 2^53; NaN and infinities are strings; text that is no UTF-8 has U+FFFD in place of wrong bytes.',
      'Members of an event: `type` (`event`), `time` (ISO 8601 in UTC, where the clock counts from the Unix epoch), `ns` (nanoseconds from the origin of the clock), `name`, `level`, `trace`, `stream_class`, `stream`, `packet`, `context`, `fields`; of a loss: `type` (`discarded-events`, `discarded-packets`), `time`, `ns`, `end_time`, `end_ns`, `count` (`null`: unknown), `trace`, `stream_class`, `stream`. What is not there is left out. Later versions may add members and types.',
    ],
    params: [['path (string)', 'The file to write; standard output without it.']],
    ports: [INPUT],
    queries: [],
  },
  {
    name: 'sink.text.pretty',
    summary: 'Print events, one on a line',
    text: ['Prints the text that `babeltrace2` is known for: time, delta, names and fields of each event.'],
    params: [
      ['path (string)', 'Write to this file, not to standard output.'],
      ['clock-cycles, clock-date, clock-gmt, clock-seconds (boolean)', 'How times are printed.'],
      ['no-delta (boolean)', 'Print no time since the event before.'],
      ['color (string)', '`never`, `auto` or `always`.'],
      ['field-default (string)', '`show` or `hide` for parts that are not named.'],
      [
        'field-trace, field-trace:hostname, field-trace:domain, field-trace:procname, field-trace:vpid, field-loglevel, field-emf (boolean)',
        'Parts to print.',
      ],
      ['name-default (string)', '`show` or `hide` for names that are not named.'],
      ['name-payload, name-context, name-scope, name-header (boolean)', 'Names to print.'],
      ['print-enum-flags (boolean)', 'Print values of enumerations as sets of flags where they are that.'],
      ['verbose (boolean)', 'Print more.'],
    ],
    ports: [INPUT],
    queries: [],
  },
  {
    name: 'sink.text.details',
    summary: 'Print every message with all there is to know',
    text: [
      'Prints each message on several lines, and classes of traces, streams and events when they appear first.',
    ],
    params: [
      ['color (string)', '`never`, `auto` or `always`.'],
      ['compact (boolean)', 'One line for each message.'],
      ['with-data, with-metadata (boolean)', 'Whether to print messages, and classes.'],
      ['with-time (boolean)', 'Whether to print times.'],
      [
        'with-trace-name, with-stream-class-name, with-stream-name, with-uuid, with-uid (boolean)',
        'Whether to print what changes from machine to machine.',
      ],
    ],
    ports: [INPUT],
    queries: [],
  },
  {
    name: 'sink.utils.counter',
    summary: 'Count messages of each kind',
    text: ['Prints how many messages of each kind it got, at the end and, if wanted, on the way.'],
    params: [
      ['step (integer)', 'Print after every so many messages; 0 prints at the end only.'],
      ['hide-zero (boolean)', 'Leave out kinds that did not occur.'],
    ],
    ports: [INPUT],
    queries: [],
  },
  {
    name: 'sink.utils.dummy',
    summary: 'Take messages and drop them',
    text: ['For measurements, and for graphs whose filters have effects of their own.'],
    params: [],
    ports: [INPUT],
    queries: [],
  },
];
