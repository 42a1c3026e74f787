/** The help that `lttng` without words prints, and lists of option names, made from the option tables. */
import { commandSpecs, generalOptions } from '../options/commands.ts';
import type { OptionSpec } from '../options/option-spec.ts';

/** The list of commands and general options. */
export function generalHelpLines(): readonly string[] {
  const specs = Object.values(commandSpecs);
  const width = Math.max(...specs.map(({ name }) => name.length)) + 2;
  return [
    'Usage: lttng [GENERAL OPTIONS] COMMAND [COMMAND OPTIONS]',
    '',
    'Commands:',
    ...specs.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`),
    '',
    'General options:',
    ...optionLines(generalOptions),
    '',
    'Run `lttng help COMMAND` or `lttng COMMAND --help` for a command and its options.',
  ];
}

/** The lines of `--list-options`: long and short names in the order of the table. */
export function optionNameLines(options: readonly OptionSpec[]): readonly string[] {
  return options.flatMap(({ long, short }) => [`--${long}`, ...(short === undefined ? [] : [`-${short}`])]);
}

function optionLines(options: readonly OptionSpec[]): readonly string[] {
  const rows = options
    .filter(({ isHidden }) => isHidden !== true)
    .map((option) => ({ names: optionText(option), summary: option.summary }));
  const width = Math.max(...rows.map(({ names }) => names.length)) + 2;
  return rows.map(({ names, summary }) => `  ${names.padEnd(width)}${summary}`);
}

function optionText({ long, short, argument, isArgumentOptional }: OptionSpec): string {
  const value = argument === undefined ? '' : `=${argument}`;
  const shown = isArgumentOptional === true ? `[${value}]` : value;
  return `${short === undefined ? '    ' : `-${short}, `}--${long}${shown}`;
}
