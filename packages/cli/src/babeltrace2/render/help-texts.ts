/** Help texts, made from the option tables. */
import type { OptionSpec } from '../../lttng/options/option-spec.ts';
import { type Babeltrace2Command, commandTable, generalOptions } from '../arguments/option-tables.ts';
import type { Colours } from '../text/colours.ts';
import { fold } from '../text/fold.ts';
import { formatTexts } from './format-texts.ts';
import { PRODUCT, VERSION } from './product.ts';

const COLUMNS = 80;
const OPTION_INDENT = 36;

/** What `--version` prints. */
export function versionText({ bold, reset }: Colours): string {
  return `${bold}Babeltrace ${VERSION}${reset} [${PRODUCT}]\n`;
}

/** What `--help` before a command prints, and a command line without words. */
export function generalHelpText(): string {
  const commands = Object.values(commandTable);
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  return [
    'Usage: babeltrace2 [GENERAL OPTIONS] [COMMAND] [COMMAND ARGUMENTS]',
    '',
    'General options:',
    '',
    ...generalOptions.map(optionText),
    '',
    'Available commands:',
    '',
    ...commands.map(({ name, summary }) => `    ${name.padEnd(width)}${summary}`),
    '',
    'Use `babeltrace2 COMMAND --help` to show the help of COMMAND.',
    '',
  ].join('\n');
}

/** What a command's `--help` prints. */
export function commandHelpText({ usage, groups, formats }: Babeltrace2Command): string {
  return [
    ...usage.map((form, index) => `${index === 0 ? 'Usage: ' : '       '}babeltrace2 ${form}`),
    '',
    ...groups.flatMap(({ title, options }) => [`${title}:`, '', ...options.map(optionText), '']),
    'See `babeltrace2 --help` for the list of general options.',
    ...formats.flatMap((format) => ['', '', formatTexts[format]]),
    '',
  ].join('\n');
}

/** An option and, behind it or below, what it does. */
function optionText({ long, short, argument, summary }: OptionSpec): string {
  const head = `  ${short === undefined ? '    ' : `-${short}, `}--${long}${argument === undefined ? '' : `=${argument}`}`;
  const body = fold(summary, COLUMNS, OPTION_INDENT);
  const isShort = head.length <= OPTION_INDENT - 2;
  return isShort ? `${head}${body.slice(head.length)}` : `${head}\n${body}`;
}
