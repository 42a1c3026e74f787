import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandSpecs, generalOptions } from './commands.ts';
import { laterCommands } from './not-yet.ts';
import type { OptionSpec } from './option-spec.ts';
import { parseGeneralOptions } from './parse-general-options.ts';
import { parseOptions } from './parse-options.ts';

const table: readonly OptionSpec[] = [
  { long: 'flag', short: 'f', summary: '' },
  { long: 'other', short: 'o', summary: '' },
  { long: 'value', short: 'v', argument: 'X', summary: '' },
  { long: 'maybe', argument: 'X', isArgumentOptional: true, summary: '' },
];

/** `flag value=3 | words | refused` */
function show(words: readonly string[]): string {
  const { uses, positionals, refusedWord } = parseOptions(table, words);
  const options = uses.map(({ long, value }) => (value === null ? long : `${long}=${value}`)).join(' ');
  return `${options} | ${positionals.join(' ')} | ${refusedWord ?? ''}`;
}

for (const [words, expected] of [
  ['--flag a', 'flag | a | '],
  ['a --flag', 'flag | a | '],
  ['--value 3', 'value=3 |  | '],
  ['--value=3', 'value=3 |  | '],
  ['--value=', 'value= |  | '],
  ['-v 3', 'value=3 |  | '],
  ['-v3', 'value=3 |  | '],
  ['-v=3', 'value=3 |  | '],
  ['-v -3', 'value=-3 |  | '],
  ['-v --flag', 'value=--flag |  | '],
  ['-fo', 'flag other |  | '],
  ['-fv3', 'flag value=3 |  | '],
  ['-fv 3', 'flag value=3 |  | '],
  ['--maybe', 'maybe |  | '],
  ['--maybe 3', 'maybe=3 |  | '],
  ['--maybe --flag', 'maybe flag |  | '],
  ['--maybe=3', 'maybe=3 |  | '],
  ['-- --flag', ' | --flag | '],
  ['a -- b -- c', ' | a b -- c | '],
  ['-', ' | - | '],
  ['--fla', ' |  | --fla'],
  ['-x', ' |  | -x'],
  ['-fx', 'flag |  | -fx'],
  ['--flag=1', ' |  | --flag=1'],
  ['-f=1', ' |  | -f=1'],
  ['--value', ' |  | --value'],
  ['-v', ' |  | -v'],
  ['--flag --nosuch --other', 'flag |  | --nosuch'],
] as const) {
  test(`options of a command: ${words}`, () => assert.equal(show(words.split(' ')), expected));
}

for (const [words, expected] of [
  ['--flag list -o', 'flag | list -o | '],
  ['--fl list', 'flag | list | '],
  ['-fv 3 list', 'flag value=3 | list | '],
  ['--val=3 list', 'value=3 | list | '],
  ['-- -f', ' | -f | '],
  ['--nosuch', " |  | unrecognized option '--nosuch'"],
  ['--nosuch=1', " |  | unrecognized option '--nosuch=1'"],
  ['-x', " |  | invalid option -- 'x'"],
  ['-v', " |  | option requires an argument -- 'v'"],
  ['--value', " |  | option '--value' requires an argument"],
  ['--flag=1', " |  | option '--flag' doesn't allow an argument"],
] as const) {
  test(`general options: ${words}`, () => {
    const { uses, rest, refusal } = parseGeneralOptions(table, words.split(' '));
    const options = uses.map(({ long, value }) => (value === null ? long : `${long}=${value}`)).join(' ');
    assert.equal(`${options} | ${rest.join(' ')} | ${refusal ?? ''}`, expected);
  });
}

test('an abbreviation of two general options is ambiguous', () => {
  assert.equal(
    parseGeneralOptions(generalOptions, ['--list']).refusal,
    "option '--list' is ambiguous; possibilities: '--list-options' '--list-commands'",
  );
});

test('no table names an option twice', () => {
  for (const { name, options } of [...Object.values(commandSpecs), { name: '', options: generalOptions }]) {
    const names = options.flatMap(({ long, short }) => (short === undefined ? [long] : [long, short]));
    assert.equal(new Set(names).size, names.length, name);
  }
});

test('a command is either there or for later', () => {
  assert.deepEqual(
    laterCommands.filter((name) => Object.hasOwn(commandSpecs, name)),
    [],
  );
});
