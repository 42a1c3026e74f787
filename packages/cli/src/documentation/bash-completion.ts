/** Completion for Bash: commands, their options, and file names for whatever takes an argument. */
import type { OptionSpec } from '../lttng/options/option-spec.ts';
import type { CompletedProgram } from './page.ts';

/** The text of a completion file for one program. */
export function bashCompletion({ name, options, commands }: CompletedProgram): string {
  const functionName = `_${name.replaceAll(/[^a-z0-9]/g, '_')}`;
  const cases = commands.map((command) => `    ${command.name}) options=${words(command.options)} ;;`);
  const body =
    commands.length === 0
      ? [`  local options=${words(options)}`]
      : [
          `  local options=${words(options)} command='' word`,
          '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
          `    case " ${commands.map((command) => command.name).join(' ')} " in`,
          '      *" $word "*) command=$word; break ;;',
          '    esac',
          '  done',
          '  case $command in',
          `    '') [[ $current == -* ]] || options='${commands.map((command) => command.name).join(' ')}' ;;`,
          ...cases,
          '  esac',
        ];
  const takers = withArgument([...options, ...commands.flatMap((command) => command.options)]);
  return [
    `# Bash completion for ${name}. Written from its option tables by packages/cli/tools/write-documentation.mjs.`,
    `${functionName}() {`,
    '  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}',
    '  COMPREPLY=()',
    ...body,
    ...(takers === '' ? [] : ['  case $previous in', `    ${takers}) options='' ;;`, '  esac']),
    '  COMPREPLY=($(compgen -W "$options" -- "$current"))',
    '}',
    // Where nothing fits, Bash offers file names.
    `complete -o default -F ${functionName} ${name}`,
    '',
  ].join('\n');
}

const shown = (options: readonly OptionSpec[]): readonly OptionSpec[] =>
  options.filter(({ isHidden }) => isHidden !== true);

const namesOf = ({ long, short }: OptionSpec): readonly string[] => [
  `--${long}`,
  ...(short === undefined ? [] : [`-${short}`]),
];

const words = (options: readonly OptionSpec[]): string => `'${shown(options).flatMap(namesOf).join(' ')}'`;

/** Pattern of the options behind which an argument comes. */
function withArgument(options: readonly OptionSpec[]): string {
  const takers = shown(options).filter(
    ({ argument, isArgumentOptional }) => argument !== undefined && isArgumentOptional !== true,
  );
  // A short name that is a flag in one command and takes an argument in another completes as a flag.
  const flags = new Set(
    shown(options)
      .filter(({ argument }) => argument === undefined)
      .flatMap(namesOf),
  );
  return [...new Set(takers.flatMap(namesOf))].filter((name) => !flags.has(name)).join('|');
}
