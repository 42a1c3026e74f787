/** Manual pages of `babeltrace2`, its commands, plugins and component classes. */
import {
  type Babeltrace2Command,
  commandTable,
  generalOptions,
  optionsOf,
} from '../babeltrace2/arguments/option-tables.ts';
import { formatTexts } from '../babeltrace2/render/format-texts.ts';
import { componentClasses, pluginSummaries } from './component-classes.ts';
import {
  type Block,
  type CompletedProgram,
  code,
  type ManualPage,
  options,
  paragraph,
  type Section,
  terms,
} from './page.ts';

const commands = Object.values(commandTable);

const ENVIRONMENT: Section = {
  title: 'Environment',
  blocks: [
    terms(
      ['BABELTRACE_PLUGIN_PATH', 'Folders in which plugins are looked for first, with colons between them.'],
      ['BABELTRACE_TERM_COLOR', '`never` and `always` switch colours off and on; `auto` is the default.'],
      [
        'BABELTRACE_TERM_COLOR_BRIGHT_MEANS_BOLD',
        'With the value 0, bright colours have codes of their own.',
      ],
      ['BABELTRACE_CLI_LOG_LEVEL', "The log level of the program's own messages."],
      ['BABELTRACE_DEBUG, BABELTRACE_VERBOSE', 'With the value 1, the same as `--debug` and `--verbose`.'],
      [
        'BABELTRACE_CLI_WARN_COMMAND_NAME_DIRECTORY_CLASH',
        'With the value 0, no warning when a folder has the name of the command that was run.',
      ],
      ['BABELTRACE_EXEC_ON_ABORT', 'A command line to run when the program ends by a fault of its own.'],
      ['LIBBABELTRACE2_INIT_LOG_LEVEL', 'The log level of what graphs say themselves.'],
    ),
  ],
};

const EXIT_STATUS: Section = {
  title: 'Exit status',
  blocks: [
    terms(
      ['0', 'It went well.'],
      ['1', 'An error; its causes are on standard error.'],
      ['2', 'Interrupted.'],
    ),
  ],
};

const general: ManualPage = {
  name: 'babeltrace2',
  volume: 1,
  summary: 'convert or process traces',
  synopsis: ['babeltrace2 [GENERAL OPTIONS] [COMMAND] [COMMAND ARGUMENTS]'],
  sections: [
    {
      title: 'Description',
      blocks: [
        paragraph(
          'Opens traces, processes them in a graph of components and writes them in another form. With a path and nothing else it prints the events below that path in order of time. Its arguments, texts and exit statuses are those of Babeltrace 2.1.',
        ),
        paragraph(
          'The place of an option counts: general options stand before the command, and options of a component behind the component that they are for.',
        ),
      ],
    },
    { title: 'General options', blocks: [options(generalOptions)] },
    {
      title: 'Commands',
      blocks: [terms(...commands.map(({ name, summary }) => [name, `${summary}.`] as const))],
    },
    {
      title: 'Plugins',
      blocks: [
        paragraph(
          'Folders of plugins are, in this order: those of `BABELTRACE_PLUGIN_PATH`, of `--plugin-path`, `~/.local/lib/babeltrace2/plugins`, and `/usr/local/lib/babeltrace2/plugins`; then come the plugins of the program itself. Of two plugins of one name the first counts. A plugin is a JavaScript module `bt_plugin_NAME.mjs` whose default export is a plugin, or an array of them.',
        ),
      ],
    },
    ENVIRONMENT,
    EXIT_STATUS,
  ],
  seeAlso: [...commands.map(({ name }) => `babeltrace2-${name}(1)`), 'babeltrace2-intro(7)', 'lttng(1)'],
};

/** What commands do beyond their tables. */
const descriptions: Readonly<Record<Babeltrace2Command['name'], readonly Block[]>> = {
  convert: [
    paragraph(
      'Reads traces from paths, or from explicit source components, and hands them to one sink component. Which source reads a path is found out: folders below it are looked through.',
    ),
    code('sources -> muxer -> [trimmer] -> [debug-info] -> [filter] -> [filters] -> sink'),
    paragraph(
      'A source, the muxer and the sink `sink.text.pretty` are added where they are needed; options add and set up the others. `--run-args` prints the whole graph as arguments of `run`.',
    ),
    code(
      'babeltrace2 /path/to/trace\nbabeltrace2 --begin=22:14:38 --end=22:15:07 /path/to/trace\nbabeltrace2 --filter=\'$event.name == "sched_*" && prev_tid > 1\' /path/to/trace\nbabeltrace2 /path/to/trace --component=sink.ctf.fs --params=\'path="out"\'',
    ),
  ],
  summary: [
    paragraph(
      'Reads CTF traces and prints, for each, its environment and clocks, when it begins and ends, how many events of which classes there are, how large they are and how many come in a second, what each stream has, and what the tracer lost. Folders of one trace, such as the archives of a rotated session, are one.',
    ),
    code(
      'babeltrace2 summary /path/to/trace\nbabeltrace2 summary --filter=\'$event.name == "sched_*"\' /path/to/trace\nbabeltrace2 summary --json /path/to/trace',
    ),
  ],
  help: [paragraph('Prints what a plugin has, or what a component class does.')],
  'list-plugins': [paragraph('Prints the plugins that are found, with their component classes.')],
  query: [
    paragraph(
      'Asks a component class about an object and prints the answer: maps as `name: value`, arrays as lines that begin with `-`.',
    ),
    code(
      'babeltrace2 query source.ctf.fs babeltrace.trace-infos --params=\'inputs=["/path/to/trace"]\'\nbabeltrace2 query source.ctf.fs metadata-info --params=\'path="/path/to/trace"\'',
    ),
  ],
  run: [
    paragraph('Builds a graph from components and connections, and runs it until every sink has ended.'),
    code(
      'babeltrace2 run --component=in:source.ctf.fs --params=\'inputs=["/path/to/trace"]\' \\\n    --component=mux:filter.utils.muxer --component=out:sink.text.pretty \\\n    --connect=in:mux --connect=mux:out',
    ),
  ],
};

function commandPage(command: Babeltrace2Command): ManualPage {
  const { name, summary, usage, groups, formats } = command;
  return {
    name: `babeltrace2-${name}`,
    volume: 1,
    summary: summary.toLowerCase(),
    synopsis: usage.map((form) => `babeltrace2 ${form}`),
    sections: [
      { title: 'Description', blocks: descriptions[name] },
      ...groups.map(({ title, options: own }) => ({ title, blocks: [options(own)] })),
      ...formats.map((format) => formatSection(formatTexts[format])),
      EXIT_STATUS,
    ],
    seeAlso: ['babeltrace2(1)', 'babeltrace2-intro(7)'],
  };
}

/** A format's text has its title in the first line, underlined. */
function formatSection(text: string): Section {
  const [title = '', , , ...lines] = text.split('\n');
  return { title, blocks: [code(lines.join('\n'))] };
}

const intro: ManualPage = {
  name: 'babeltrace2-intro',
  volume: 7,
  summary: 'graphs, components and messages',
  synopsis: [],
  sections: [
    {
      title: 'Graphs',
      blocks: [
        paragraph(
          'A trace processing graph is made of components whose ports are connected. A source makes messages, a filter takes some and gives others, a sink takes them and does something with them. A component is made from a component class of a plugin, with parameters; the class is named `TYPE.PLUGIN.CLASS`.',
        ),
        paragraph(
          'Messages tell what happens in a trace: streams and packets begin and end, events happen, events or packets were lost. Those of one stream come in order of time.',
        ),
      ],
    },
    {
      title: 'Component classes',
      blocks: [terms(...componentClasses.map(({ name, summary }) => [name, `${summary}.`] as const))],
    },
    {
      title: 'Versions of the message rules',
      blocks: [
        paragraph(
          'Version 0 is that of Babeltrace 2.0, version 1 came with 2.1 and knows all that CTF 2 has. A graph uses the greatest version that all its components follow; `--allowed-mip-versions` names the only one that may be used.',
        ),
      ],
    },
  ],
  seeAlso: ['babeltrace2(1)', ...componentClasses.map(({ name }) => `babeltrace2-${name}(7)`)],
};

const pluginPages: readonly ManualPage[] = Object.entries(pluginSummaries).map(([plugin, summary]) => {
  const classes = componentClasses.filter(({ name }) => name.split('.')[1] === plugin);
  return {
    name: `babeltrace2-plugin-${plugin}`,
    volume: 7,
    summary: `${summary} for babeltrace2`,
    synopsis: [],
    sections: [
      {
        title: 'Component classes',
        blocks: [terms(...classes.map(({ name, summary: text }) => [name, `${text}.`] as const))],
      },
    ],
    seeAlso: ['babeltrace2-intro(7)', ...classes.map(({ name }) => `babeltrace2-${name}(7)`)],
  };
});

const classPages: readonly ManualPage[] = componentClasses.map(
  ({ name, summary, text, params, queries, ports }) => ({
    name: `babeltrace2-${name}`,
    volume: 7,
    summary: `${summary.charAt(0).toLowerCase()}${summary.slice(1)}`,
    synopsis: [],
    sections: [
      { title: 'Description', blocks: text.map(paragraph) },
      ...(params.length === 0 ? [] : [{ title: 'Parameters', blocks: [terms(...params)] }]),
      { title: 'Ports', blocks: [terms(...ports)] },
      ...(queries.length === 0 ? [] : [{ title: 'Query objects', blocks: [terms(...queries)] }]),
    ],
    seeAlso: [`babeltrace2-plugin-${name.split('.')[1]}(7)`, 'babeltrace2-intro(7)'],
  }),
);

/** All of them. */
export const babeltrace2Pages: readonly ManualPage[] = [
  general,
  ...commands.map(commandPage),
  intro,
  ...pluginPages,
  ...classPages,
];

/** What a shell completes. */
export const babeltrace2Program: CompletedProgram = {
  name: 'babeltrace2',
  options: generalOptions,
  commands: commands.map((command) => ({
    name: command.name,
    summary: command.summary,
    options: optionsOf(command),
  })),
};
