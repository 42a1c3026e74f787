/**
 * Which commands and options the recorded command lines use. Pure: lines in, names of uses out. The lines are read with the
 * parsers of the programs themselves.
 */
import { crashOptions } from '../crash/options.ts';
import { parseGetopt } from '../daemon/parse-getopt.ts';
import { commandSpecs, findCommand, generalOptions } from '../lttng/options/commands.ts';
import { parseGeneralOptions } from '../lttng/options/parse-general-options.ts';
import { parseOptions } from '../lttng/options/parse-options.ts';
import { relaydOptions } from '../relayd/options.ts';
import { sessiondOptions } from '../sessiond/options.ts';

/** Programs without commands. */
const programs = {
  'lttng-crash': crashOptions,
  'lttng-sessiond': sessiondOptions,
  'lttng-relayd': relaydOptions,
} as const;
const isProgram = (name: string): name is keyof typeof programs => Object.hasOwn(programs, name);

/**
 * Everything that a line can use: `create --output`, `create` alone, `create (--mi xml)`, and `lttng --quiet`,
 * `lttng-sessiond --daemonize` for options without a command.
 */
export function allUses(): readonly string[] {
  const withoutCommand = Object.entries({ lttng: generalOptions, ...programs }).flatMap(([name, options]) =>
    options.map(({ long }) => `${name} --${long}`),
  );
  const ofCommands = Object.values(commandSpecs).flatMap(({ name, options }) => [
    name,
    `${name} (--mi xml)`,
    ...options.map(({ long }) => `${name} --${long}`),
  ]);
  return [...withoutCommand, ...ofCommands];
}

/** What one line uses. */
export function usesOf(line: string): readonly string[] {
  return commandsIn(line).flatMap((words) => {
    const at = words.findIndex((word) => !/^\w+=/.test(word));
    const name = words[at];
    const rest = words.slice(at + 1);
    if (name === 'lttng') return usesOfLttng(rest);
    if (name === undefined || !isProgram(name)) return [];
    return parseGetopt(programs[name], rest).uses.map(({ long }) => `${name} --${long}`);
  });
}

function usesOfLttng(words: readonly string[]): readonly string[] {
  const general = parseGeneralOptions(generalOptions, words);
  const uses = general.uses.map(({ long }) => `lttng --${long}`);
  const [name = '', ...rest] = general.rest;
  const command = findCommand(name);
  if (command === null) return uses;
  const parsed = parseOptions(command.options, rest);
  const isMachine = general.uses.some(({ long, value }) => long === 'mi' && value?.toLowerCase() === 'xml');
  return [
    ...uses,
    name,
    ...(isMachine ? [`${name} (--mi xml)`] : []),
    ...parsed.uses.map(({ long }) => `${name} --${long}`),
  ];
}

/** The simple commands of a shell line, as words: enough of the shell for the lines of the cases. */
function commandsIn(line: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  const token = /\s+|(&&|\|\||[;|()])|((?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\;|()&])+|&)/gs;
  for (const [, separator, word] of line.matchAll(token)) {
    if (separator !== undefined) commands.push([]);
    else if (word !== undefined) commands.at(-1)?.push(unquoted(word));
  }
  return commands.filter(({ length }) => length > 0);
}

function unquoted(word: string): string {
  return word.replaceAll(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs,
    (_, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
  );
}
