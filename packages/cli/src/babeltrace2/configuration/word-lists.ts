/** The word lists of `--names` and `--fields`, and the parameters of `sink.text.pretty` that they mean. */
import { CommandFailure } from '../failure.ts';

const NAMES: Readonly<Record<string, string>> = {
  payload: 'payload',
  args: 'payload',
  arg: 'payload',
  context: 'context',
  ctx: 'context',
  scope: 'scope',
  header: 'header',
  all: 'all',
  none: 'none',
};

const FIELDS: readonly string[] = [
  'trace',
  'trace:hostname',
  'trace:domain',
  'trace:procname',
  'trace:vpid',
  'loglevel',
  'emf',
  'callsite',
  'all',
];

/** Parameters `name-…` for the argument of `--names`. */
export function nameParams(argument: string): string {
  const names = wordsOf(argument).map((word) => {
    if (!Object.hasOwn(NAMES, word)) throw new CommandFailure(`Unknown name: \`${word}\`.`);
    return NAMES[word]!;
  });
  if (names.includes('all') && names.includes('none')) {
    throw new CommandFailure(
      'Only either `all` or `none` can be specified in the list given to the --names option, but not both.',
    );
  }
  return flatParams('name', names);
}

/** Parameters `field-…` for the argument of `--fields`. */
export function fieldParams(argument: string): string {
  const fields = wordsOf(argument);
  const unknown = fields.find((word) => !FIELDS.includes(word));
  if (unknown !== undefined) throw new CommandFailure(`Unknown field: \`${unknown}\`.`);
  return flatParams('field', fields);
}

/** Words are letters, then letters, `:`, `_` and `-`; commas and spaces are between them. */
function wordsOf(argument: string): readonly string[] {
  const words: string[] = [];
  for (let rest = argument.replace(/^[ \t\n,]+/, ''); rest !== ''; rest = rest.replace(/^[ \t\n,]+/, '')) {
    const [word] = /^[A-Za-z_][A-Za-z:_-]*/.exec(rest) ?? [];
    if (word === undefined) throw new CommandFailure(`Unexpected character in list: \`${rest.charAt(0)}\`.`);
    words.push(word);
    rest = rest.slice(word.length);
  }
  return words;
}

/** What is named is shown; everything else is hidden unless `all` is named too. */
function flatParams(prefix: string, words: readonly string[]): string {
  const defaults = { all: 'show', none: 'hide' } as const;
  const params = words.map((word) =>
    word === 'all' || word === 'none' ? `${prefix}-default=${defaults[word]}` : `${prefix}-${word}=yes`,
  );
  const hasDefault = words.includes('all') || words.includes('none');
  return [...params, ...(words.length > 0 && !hasDefault ? [`${prefix}-default=hide`] : [])].join(',');
}
