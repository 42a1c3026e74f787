/** The text of `lttng-sessiond --help`. */
import type { OptionSpec } from '../lttng/options/option-spec.ts';
import { sessiondOptions } from './options.ts';

/** The lines, made from the table of options. */
export function helpLines(): readonly string[] {
  const rows = sessiondOptions.map((option: OptionSpec) => ({
    names: namesOf(option),
    summary: option.summary,
  }));
  const width = Math.max(...rows.map(({ names }) => names.length)) + 2;
  return [
    'Usage: lttng-sessiond [OPTIONS]',
    '',
    'The session daemon: traces the programs of this machine for the command lttng. It stays in the',
    'foreground unless told otherwise, and ends with SIGTERM.',
    '',
    'Options:',
    ...rows.map(({ names, summary }) => `  ${names.padEnd(width)}${summary}`),
    '',
    'Options may also stand, by their long names, below [sessiond] in /etc/lttng/lttng.conf and',
    '$LTTNG_HOME/.lttng/lttng.conf: daemonize=yes.',
  ];
}

function namesOf({ long, short, argument }: OptionSpec): string {
  const value = argument === undefined ? '' : `=${argument}`;
  return `${short === undefined ? '    ' : `-${short}, `}--${long}${value}`;
}
