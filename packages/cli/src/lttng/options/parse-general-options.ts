/**
 * The general options, before the command's name, read as getopt_long reads them: long names may be
 * abbreviated while they stay unambiguous, and reading ends at the first word that is no option.
 * The texts of refusals are those of the C library.
 */
import type { OptionSpec, OptionUse } from './option-spec.ts';

export interface GeneralWords {
  readonly uses: readonly OptionUse[];
  /** The command's name and everything after it. */
  readonly rest: readonly string[];
  /** Why reading ended early, or `null`. */
  readonly refusal: string | null;
}

interface Step {
  readonly uses: readonly OptionUse[];
  /** How many words were used up. */
  readonly wordCount: number;
}

/** Reads the words of the whole command line after the program's name. */
export function parseGeneralOptions(table: readonly OptionSpec[], words: readonly string[]): GeneralWords {
  const uses: OptionUse[] = [];
  let next = 0;
  for (;;) {
    const word = words[next];
    if (word === '--') return { uses, rest: words.slice(next + 1), refusal: null };
    if (word === undefined || !word.startsWith('-') || word === '-') {
      return { uses, rest: words.slice(next), refusal: null };
    }
    const step = word.startsWith('--')
      ? readLong(table, word, words[next + 1])
      : readShorts(table, word, words[next + 1]);
    if (typeof step === 'string') return { uses, rest: [], refusal: step };
    uses.push(...step.uses);
    next += step.wordCount;
  }
}

function readLong(table: readonly OptionSpec[], word: string, following: string | undefined): Step | string {
  const equals = word.indexOf('=');
  const name = word.slice(2, equals < 0 ? undefined : equals);
  const joined = equals < 0 ? null : word.slice(equals + 1);
  const candidates = table.filter(({ long }) => long.startsWith(name));
  const spec = candidates.find(({ long }) => long === name) ?? candidates[0];
  if (spec === undefined) return `unrecognized option '${word}'`;
  if (candidates.length > 1 && spec.long !== name) {
    const possibilities = candidates.map(({ long }) => ` '--${long}'`).join('');
    return `option '${word}' is ambiguous; possibilities:${possibilities}`;
  }
  if (spec.argument === undefined) {
    if (joined !== null) return `option '--${spec.long}' doesn't allow an argument`;
    return { uses: [{ long: spec.long, value: null }], wordCount: 1 };
  }
  if (joined !== null) return { uses: [{ long: spec.long, value: joined }], wordCount: 1 };
  if (following === undefined) return `option '--${spec.long}' requires an argument`;
  return { uses: [{ long: spec.long, value: following }], wordCount: 2 };
}

function readShorts(
  table: readonly OptionSpec[],
  word: string,
  following: string | undefined,
): Step | string {
  const uses: OptionUse[] = [];
  for (let at = 1; at < word.length; at++) {
    const spec = table.find(({ short }) => short === word[at]);
    if (spec === undefined) return `invalid option -- '${word[at]}'`;
    if (spec.argument === undefined) {
      uses.push({ long: spec.long, value: null });
      continue;
    }
    const rest = word.slice(at + 1);
    if (rest !== '') return { uses: [...uses, { long: spec.long, value: rest }], wordCount: 1 };
    if (following === undefined) return `option requires an argument -- '${spec.short}'`;
    return { uses: [...uses, { long: spec.long, value: following }], wordCount: 2 };
  }
  return { uses, wordCount: 1 };
}
