/**
 * The options of `babeltrace2` and its commands, as Babeltrace 2.1 has them. Parsers, help texts, manual pages
 * and shell completions are made from these tables.
 */
import type { OptionSpec } from '../../lttng/options/option-spec.ts';

/** Options under one heading of a help text. */
export interface OptionGroup {
  readonly title: string;
  readonly options: readonly OptionSpec[];
}

export type CommandName = 'convert' | 'help' | 'list-plugins' | 'query' | 'run' | 'summary';

export interface Babeltrace2Command {
  readonly name: CommandName;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Forms of the whole command line. */
  readonly usage: readonly string[];
  readonly groups: readonly OptionGroup[];
  /** Formats of arguments that the help text explains. */
  readonly formats: readonly ('params' | 'connection' | 'time')[];
}

const help: OptionSpec = { long: 'help', short: 'h', summary: 'Show this help and quit.' };
const component = (argument: string): OptionSpec => ({
  long: 'component',
  short: 'c',
  argument,
  summary:
    'Add a component of the class CLS of the plugin PLUGIN; TYPE is source (src), filter (flt) or sink. It becomes the current component.',
});
const logLevel: OptionSpec = {
  long: 'log-level',
  short: 'l',
  argument: 'LVL',
  summary: 'Log level of the current component: N, T, D, I, W, E or F.',
};
const params: OptionSpec = {
  long: 'params',
  short: 'p',
  argument: 'PARAMS',
  summary: 'Add parameters to the current component.',
};
const retryDuration: OptionSpec = {
  long: 'retry-duration',
  argument: 'DURUS',
  summary: 'Wait this many microseconds before a graph that has nothing to do is run again (100000).',
};
const allowedMipVersions: OptionSpec = {
  long: 'allowed-mip-versions',
  short: 'm',
  argument: 'VERSION',
  summary: 'Use only this version of the message interchange protocol: 0 or 1.',
};

const filter: OptionSpec = {
  long: 'filter',
  argument: 'EXPR',
  summary:
    'Keep events for which this expression of the filter language of lttng is true; of several, all must be.',
};
const continueAfterDamage: OptionSpec = {
  long: 'continue-after-damage',
  summary: 'Pass over what is damaged, with a warning, and go on with the next packet.',
};
const noProgress: OptionSpec = {
  long: 'no-progress',
  summary:
    'Show no progress bar; there is one only when standard error is a terminal and standard output is none.',
};

/** Options before the command's name. */
export const generalOptions: readonly OptionSpec[] = [
  { long: 'debug', short: 'd', summary: 'Same as --log-level=T.' },
  { long: 'help', short: 'h', summary: 'Show this help and quit.' },
  {
    long: 'log-level',
    short: 'l',
    argument: 'LVL',
    summary: 'Default log level: N, T, D, I, W, E or F (W).',
  },
  { long: 'omit-home-plugin-path', summary: 'Do not look for plugins below the home folder.' },
  { long: 'omit-system-plugin-path', summary: "Do not look for plugins in the system's folder." },
  { long: 'plugin-path', argument: 'PATH[:PATH]...', summary: 'Look for plugins in these folders too.' },
  { long: 'verbose', short: 'v', summary: 'Same as --log-level=I.' },
  { long: 'version', short: 'V', summary: 'Show the version and quit.' },
];

const convert: Babeltrace2Command = {
  name: 'convert',
  summary: 'Convert and trim traces (default)',
  usage: ['[GENERAL OPTIONS] [convert] [OPTIONS] [PATH/URL]...'],
  formats: ['time', 'params'],
  groups: [
    {
      title: 'Options',
      options: [
        component('[NAME:]TYPE.PLUGIN.CLS'),
        logLevel,
        { ...params, summary: 'Add parameters to the current component, or to the path before it.' },
        allowedMipVersions,
        noProgress,
        retryDuration,
        {
          long: 'run-args',
          summary: 'Print the arguments of an equal run command, quoted for a shell, and quit.',
        },
        { long: 'run-args-0', summary: 'The same, each argument ended by a zero byte for xargs -0.' },
        {
          long: 'stream-intersection',
          summary: 'Keep only the time in which all streams of a trace are active.',
        },
        help,
      ],
    },
    {
      title: 'Options of the implicit source.ctf.fs components',
      options: [
        { long: 'clock-force-correlate', summary: 'Take the Unix epoch for the origin of every clock.' },
        { long: 'clock-offset', argument: 'SEC', summary: 'Add this many seconds to every clock.' },
        { long: 'clock-offset-ns', argument: 'NS', summary: 'Add this many nanoseconds to every clock.' },
        continueAfterDamage,
      ],
    },
    {
      title: 'Options of the implicit sink.text.pretty component',
      options: [
        { long: 'clock-cycles', summary: 'Print times as cycles of the clock.' },
        { long: 'clock-date', summary: 'Print dates too.' },
        { long: 'clock-gmt', summary: 'Print and read times in GMT, not in local time.' },
        { long: 'clock-seconds', summary: 'Print times as seconds since the origin.' },
        { long: 'color', argument: 'WHEN', summary: 'Use colours: never, auto or always.' },
        {
          long: 'fields',
          short: 'f',
          argument: 'FIELD[,FIELD]...',
          summary:
            'Print more fields: all, trace, trace:hostname, trace:domain, trace:procname, trace:vpid, loglevel, emf.',
        },
        {
          long: 'names',
          short: 'n',
          argument: 'NAME[,NAME]...',
          summary: 'Print names of fields: payload (arg, args), none, all, scope, header, context (ctx).',
        },
        {
          long: 'jobs',
          argument: 'N',
          summary: 'Print with this many threads; what is printed is the same (1).',
        },
        { long: 'no-delta', summary: 'Print no time since the event before.' },
        {
          long: 'output',
          short: 'w',
          argument: 'PATH',
          summary: 'Write to this file, not to standard output.',
        },
      ],
    },
    {
      title: 'Options of the implicit filter.utils.trimmer component',
      options: [
        { long: 'begin', short: 'b', argument: 'BEGIN', summary: 'Discard what happened before this time.' },
        { long: 'end', short: 'e', argument: 'END', summary: 'Discard what happened after this time.' },
        {
          long: 'timerange',
          argument: 'TIMERANGE',
          summary: 'Both at once: BEGIN,END or [BEGIN,END].',
        },
      ],
    },
    {
      title: 'Options of the implicit filter.lttng-ts.expression component',
      options: [filter],
    },
    {
      title: 'Options of the implicit filter.lttng-utils.debug-info component',
      options: [
        { long: 'debug-info', summary: 'Add this component.' },
        { long: 'debug-info-dir', argument: 'DIR', summary: 'Look for debug information in this folder.' },
        { long: 'debug-info-full-path', summary: 'Print whole paths of sources and binaries.' },
        {
          long: 'debug-info-target-prefix',
          argument: 'DIR',
          summary: 'Look for executables below this folder.',
        },
      ],
    },
    {
      title: 'Options of old that still work',
      options: [
        { long: 'debug', short: 'd', summary: 'Same as the general option.' },
        {
          long: 'input-format',
          short: 'i',
          argument: 'FORMAT',
          summary: 'Kind of the sources: ctf or lttng-live.',
        },
        {
          long: 'output-format',
          short: 'o',
          argument: 'FORMAT',
          summary:
            'Kind of the sink: text, json, ctf, dummy; or ctf-metadata to print the metadata and quit.',
        },
        { long: 'verbose', short: 'v', summary: 'Same as the general option; text tells more.' },
      ],
    },
  ],
};

const helpCommand: Babeltrace2Command = {
  name: 'help',
  summary: 'Get help for a plugin or a component class',
  usage: ['[GENERAL OPTIONS] help [OPTIONS] PLUGIN', '[GENERAL OPTIONS] help [OPTIONS] TYPE.PLUGIN.CLS'],
  formats: [],
  groups: [{ title: 'Options', options: [help] }],
};

const listPlugins: Babeltrace2Command = {
  name: 'list-plugins',
  summary: 'List available plugins and their content',
  usage: ['[GENERAL OPTIONS] list-plugins [OPTIONS]'],
  formats: [],
  groups: [{ title: 'Options', options: [help] }],
};

const query: Babeltrace2Command = {
  name: 'query',
  summary: 'Query objects from a component class',
  usage: ['[GENERAL OPTIONS] query [OPTIONS] TYPE.PLUGIN.CLS OBJECT'],
  formats: ['params'],
  groups: [{ title: 'Options', options: [{ ...params, summary: 'Parameters of the query.' }, help] }],
};

const run: Babeltrace2Command = {
  name: 'run',
  summary: 'Build a processing graph and run it',
  usage: ['[GENERAL OPTIONS] run [OPTIONS]'],
  formats: ['connection', 'params'],
  groups: [
    {
      title: 'Options',
      options: [
        {
          long: 'base-params',
          short: 'b',
          argument: 'PARAMS',
          summary: 'Parameters that all following components begin with.',
        },
        component('NAME:TYPE.PLUGIN.CLS'),
        { long: 'connect', short: 'x', argument: 'CONNECTION', summary: 'Connect two components.' },
        logLevel,
        allowedMipVersions,
        params,
        { long: 'reset-base-params', short: 'r', summary: 'Following components begin without parameters.' },
        retryDuration,
        help,
      ],
    },
  ],
};

/** Ours. */
const summary: Babeltrace2Command = {
  name: 'summary',
  summary: 'Tell what there is in traces',
  usage: ['[GENERAL OPTIONS] summary [OPTIONS] PATH...'],
  formats: [],
  groups: [
    {
      title: 'Options',
      options: [
        {
          ...filter,
          summary: 'Count only events for which this expression is true; of several, all must be.',
        },
        { long: 'clock-gmt', summary: 'Dates in filters are in UTC, not in local time.' },
        {
          long: 'classes',
          short: 'n',
          argument: 'COUNT',
          summary: 'Show at most this many event classes (10); JSON has all.',
        },
        continueAfterDamage,
        { long: 'json', short: 'j', summary: 'Print JSON.' },
        noProgress,
        help,
      ],
    },
  ],
};

/** All commands, in the order of the help text. */
export const commandTable: Readonly<Record<CommandName, Babeltrace2Command>> = {
  convert,
  help: helpCommand,
  'list-plugins': listPlugins,
  query,
  run,
  summary,
};

/** The command of this name, or `null`. */
export function findCommand(name: string): Babeltrace2Command | null {
  return Object.hasOwn(commandTable, name) ? commandTable[name as CommandName] : null;
}

/** All options of a command. */
export function optionsOf({ groups }: Babeltrace2Command): readonly OptionSpec[] {
  return groups.flatMap(({ options }) => options);
}
