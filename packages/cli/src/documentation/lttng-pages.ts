/** Manual pages of `lttng`, its commands and its daemon. */
import { crashOptions } from '../crash/options.ts';
import { commandSpecs, generalOptions } from '../lttng/options/commands.ts';
import type { CommandSpec } from '../lttng/options/option-spec.ts';
import { relaydOptions } from '../relayd/options.ts';
import { sessiondOptions } from '../sessiond/options.ts';
import { commandProse } from './lttng-prose.ts';
import {
  type CompletedProgram,
  code,
  type ManualPage,
  options,
  paragraph,
  type Section,
  terms,
} from './page.ts';

const specs: readonly CommandSpec[] = Object.values(commandSpecs);

const EXIT_STATUS = terms(
  ['0', 'It went well.'],
  ['1', 'An error; the words are on standard error.'],
  ['2', 'No such command, or an option that the command does not know.'],
  ['4', 'A warning.'],
  ['other', 'The number of the error that the session daemon gave.'],
);

const ENVIRONMENT = terms(
  ['LTTNG_HOME', 'Instead of `HOME`: the place of `.lttngrc`, `.lttng` and `lttng-traces`.'],
  ['LTTNG_SESSIOND_PATH', 'The session daemon that `create` starts when none runs.'],
  ['LTTNG_MAN_BIN_PATH', 'The viewer of manual pages, instead of `/usr/bin/man`.'],
  ['LTTNG_ABORT_ON_ERROR', 'With the value 1, an error ends the program with exit status 134.'],
);

const general: ManualPage = {
  name: 'lttng',
  volume: 1,
  summary: 'control LTTng tracing',
  synopsis: ['lttng [GENERAL OPTIONS] COMMAND [COMMAND OPTIONS] [ARGUMENTS]'],
  sections: [
    {
      title: 'Description',
      blocks: [
        paragraph(
          'Tells a session daemon what to record: creates recording sessions, adds channels (sets of ring buffers), event rules and context fields to them, starts and stops them. Its messages, exit statuses and machine interface are those of LTTng-tools 2.13.',
        ),
        paragraph(
          'Root talks to the root daemon. Other users talk to it when they are in the tracing group and it runs, else to their own daemon.',
        ),
      ],
    },
    { title: 'General options', blocks: [options(generalOptions)] },
    {
      title: 'Commands',
      blocks: [terms(...specs.map(({ name, summary }) => [name, `${summary}.`] as const))],
    },
    { title: 'Environment', blocks: [ENVIRONMENT] },
    {
      title: 'Files',
      blocks: [
        terms(['$LTTNG_HOME/.lttngrc', 'The name of the current session. Shared with the original program.']),
      ],
    },
    { title: 'Exit status', blocks: [EXIT_STATUS] },
  ],
  seeAlso: [...specs.map(({ name }) => `lttng-${name}(1)`), 'lttng-sessiond(8)', 'babeltrace2(1)'],
};

const commandPage = ({ name, summary, usage, options: own }: CommandSpec): ManualPage => ({
  name: `lttng-${name}`,
  volume: 1,
  summary: `${summary.charAt(0).toLowerCase()}${summary.slice(1)}`,
  synopsis: usage.map((form) => `lttng [GENERAL OPTIONS] ${name} ${form}`.trimEnd()),
  sections: [
    {
      title: 'Description',
      blocks: [paragraph(`${summary}.`), ...(commandProse[name]?.text ?? []).map(paragraph)],
    },
    { title: 'Options', blocks: [paragraph('General options are in `lttng`(1).'), options(own)] },
    ...examplesOf(name),
    { title: 'Exit status', blocks: [EXIT_STATUS] },
  ],
  seeAlso: ['lttng(1)'],
});

function examplesOf(name: string): readonly Section[] {
  const examples = commandProse[name]?.examples ?? [];
  return examples.length === 0 ? [] : [{ title: 'Examples', blocks: [code(examples.join('\n'))] }];
}

const sessiond: ManualPage = {
  name: 'lttng-sessiond',
  volume: 8,
  summary: 'LTTng session daemon',
  synopsis: ['lttng-sessiond [OPTIONS]'],
  sections: [
    {
      title: 'Description',
      blocks: [
        paragraph(
          'Traces the programs of this machine for `lttng`(1): registers applications, gives them ring buffers, and lets a consumer write what they record. It stays in the foreground unless told otherwise, and ends with SIGTERM.',
        ),
        paragraph(
          'Started by root it serves all users; members of the tracing group may control it. Started by another user it serves that user alone.',
        ),
      ],
    },
    { title: 'Options', blocks: [options(sessiondOptions)] },
    {
      title: 'Files',
      blocks: [
        terms(
          [
            '/etc/lttng/lttng.conf',
            'Options by their long names, below a line `[sessiond]`: for example `daemonize=yes`.',
          ],
          ['$LTTNG_HOME/.lttng/lttng.conf', 'The same for one user; read after the other.'],
        ),
      ],
    },
    {
      title: 'Environment',
      blocks: [terms(['LTTNG_MAN_BIN_PATH', 'The viewer that `--help` runs, instead of `/usr/bin/man`.'])],
    },
  ],
  seeAlso: ['lttng(1)'],
};

const relayd: ManualPage = {
  name: 'lttng-relayd',
  volume: 8,
  summary: 'LTTng relay daemon',
  synopsis: ['lttng-relayd [OPTIONS]'],
  sections: [
    {
      title: 'Description',
      blocks: [
        paragraph(
          'Receives traces from session daemons, of this machine or others, writes them to files, and serves them to live readers while they are recorded. It stays in the foreground unless told otherwise, and ends with SIGTERM.',
        ),
        paragraph(
          'Ports are given as `tcp://HOST:PORT`, IPv6 addresses as `tcp6://[ADDRESS]:PORT`. Producers may connect from anywhere unless told otherwise, live readers from this machine only.',
        ),
      ],
    },
    { title: 'Options', blocks: [options(relaydOptions)] },
    {
      title: 'Files',
      blocks: [
        terms(
          [
            '/etc/lttng/lttng.conf',
            'Options by their long names, below a line `[relayd]`: for example `disallow-clear=yes`.',
          ],
          ['$LTTNG_HOME/.lttng/lttng.conf', 'The same for one user; read after the other.'],
          ['$LTTNG_HOME/lttng-traces', 'Traces, unless `--output` says where.'],
          [
            '/run/lttng/relayd/control-PORT.sock',
            'Control socket, which `--status` asks; below `$LTTNG_HOME/.lttng/relayd` for other users than root.',
          ],
        ),
      ],
    },
    {
      title: 'Environment',
      blocks: [
        terms(
          ['LTTNG_RELAYD_WORKING_DIRECTORY', 'Like `--working-directory`.'],
          ['LTTNG_RELAYD_DISALLOW_CLEAR', 'With the value 1 like `--disallow-clear`.'],
          ['LTTNG_RELAYD_TCP_KEEP_ALIVE', 'With the value 1, idle connections are probed.'],
          ['LTTNG_RELAYD_TCP_KEEP_ALIVE_IDLE_TIME', 'Seconds until the first probe.'],
          ['LTTNG_RELAYD_TCP_KEEP_ALIVE_PROBE_INTERVAL', 'Seconds between probes.'],
          ['LTTNG_RELAYD_TCP_KEEP_ALIVE_MAX_PROBE_COUNT', 'Probes without an answer that end a connection.'],
        ),
      ],
    },
  ],
  seeAlso: ['lttng(1)', 'lttng-create(1)', 'lttng-sessiond(8)', 'babeltrace2(1)'],
};

const crash: ManualPage = {
  name: 'lttng-crash',
  volume: 1,
  summary: 'read the ring buffers that a crash left',
  synopsis: ['lttng-crash [--extract=DIR | --viewer=COMMAND] [--verbose] SHMDIR'],
  sections: [
    {
      title: 'Description',
      blocks: [
        paragraph(
          'Reads ring buffers that were kept in files (`lttng create --shm-path=DIR`) after the programs, or the daemons, that used them are gone. What was not in the trace yet becomes traces of their own, which are shown, or written to a folder.',
        ),
        paragraph('SHMDIR is that folder, or the folder of one session in it.'),
      ],
    },
    { title: 'Options', blocks: [options(crashOptions)] },
    {
      title: 'Exit status',
      blocks: [
        terms(
          ['0', 'It went well.'],
          ['1', 'An error; the words are on standard error.'],
          ['other', 'That of the viewer.'],
        ),
      ],
    },
  ],
  seeAlso: ['lttng(1)', 'lttng-create(1)', 'babeltrace2(1)'],
};

/** All of them. */
export const lttngPages: readonly ManualPage[] = [
  general,
  ...specs.map(commandPage),
  sessiond,
  relayd,
  crash,
];

/** What a shell completes. */
export const lttngPrograms: readonly CompletedProgram[] = [
  { name: 'lttng', options: generalOptions, commands: specs },
  { name: 'lttng-sessiond', options: sessiondOptions, commands: [] },
  { name: 'lttng-relayd', options: relaydOptions, commands: [] },
  { name: 'lttng-crash', options: crashOptions, commands: [] },
];
