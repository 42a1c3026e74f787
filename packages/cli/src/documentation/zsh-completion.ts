/** Completion for Zsh: commands and options with what they do. */
import type { OptionSpec } from '../lttng/options/option-spec.ts';
import type { CompletedProgram } from './page.ts';

/** The text of a completion file for one program. */
export function zshCompletion({ name, options, commands }: CompletedProgram): string {
  const head = [
    `#compdef ${name}`,
    `# Zsh completion for ${name}. Written from its option tables by packages/cli/tools/write-documentation.mjs.`,
  ];
  if (commands.length === 0) {
    return [...head, ...call(options, ["'*:file:_files'"], ''), ''].join('\n');
  }
  return [
    ...head,
    'local curcontext=$curcontext state',
    'local -a commands',
    'commands=(',
    ...commands.map((command) => `  ${quoted(`${escaped(command.name)}:${command.summary}`)}`),
    ')',
    ...call(options, ["'1:command:->command'", "'*::argument:->argument'"], ' -C'),
    'case $state in',
    '  command) _describe command commands || _files ;;',
    '  argument)',
    '    case $words[1] in',
    ...commands.flatMap((command) => [
      `      ${command.name})`,
      ...call(command.options, ["'*:file:_files'"], '').map((line) => `        ${line}`),
      '        ;;',
    ]),
    '      *) _files ;;',
    '    esac ;;',
    'esac',
    '',
  ].join('\n');
}

/** A call of `_arguments`, one line for each option. */
function call(options: readonly OptionSpec[], rest: readonly string[], flags: string): readonly string[] {
  const specs = [...options.filter(({ isHidden }) => isHidden !== true).map(specOf), ...rest];
  return [
    `_arguments${flags} -s \\`,
    ...specs.map((spec, index) => `  ${spec}${index === specs.length - 1 ? '' : ' \\'}`),
  ];
}

function specOf({ long, short, argument, isArgumentOptional, summary }: OptionSpec): string {
  const description = `[${escaped(summary).replaceAll(/[[\]]/g, '\\$&')}]`;
  const value =
    argument === undefined ? '' : `${isArgumentOptional === true ? '::' : ':'}${escaped(argument)}:_files`;
  const equals = argument === undefined ? '' : '=';
  if (short === undefined) return `'*'${quoted(`--${long}${equals}${description}${value}`)}`;
  const plus = argument === undefined ? '' : '+';
  return `'*'{-${short}${plus},--${long}${equals}}${quoted(`${description}${value}`)}`;
}

/** A colon ends a part of a specification. */
const escaped = (text: string): string => text.replaceAll(':', '\\:');

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
