/**
 * A command line read as glibc's getopt_long reads it, for programs without commands: options and other
 * words mix; after `--` everything is a word; long names may be abbreviated. An abbreviation that fits several
 * options is refused, except when they all look alike to getopt (none has a short form, all take an argument,
 * or none does): then the first of the table is meant. Options that upstream has not give way. The texts of refusals are the C library's. Pure.
 */
import type { OptionSpec, OptionUse } from '../lttng/options/option-spec.ts';

export interface GetoptWords {
  /** In the order of the command line. */
  readonly uses: readonly OptionUse[];
  readonly positionals: readonly string[];
  /** Why reading ended early, or `null`. What came before it still counts. */
  readonly refusal: string | null;
}

/** Reads the words after the program's name. */
export function parseGetopt(table: readonly OptionSpec[], words: readonly string[]): GetoptWords {
  const uses: OptionUse[] = [];
  const positionals: string[] = [];
  let next = 0;
  for (let word = words[next]; word !== undefined; word = words[next]) {
    if (word === '--') {
      positionals.push(...words.slice(next + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word);
      next++;
      continue;
    }
    const following = words[next + 1];
    const step = word.startsWith('--')
      ? readLong(table, word, following)
      : readShorts(table, word, following);
    uses.push(...step.uses);
    if (step.refusal !== null) return { uses, positionals, refusal: step.refusal };
    next += step.wordCount;
  }
  return { uses, positionals, refusal: null };
}

interface Step {
  readonly uses: readonly OptionUse[];
  /** How many words were used up. */
  readonly wordCount: number;
  readonly refusal: string | null;
}

const refuse = (refusal: string, uses: readonly OptionUse[] = []): Step => ({ uses, wordCount: 0, refusal });

function readLong(table: readonly OptionSpec[], word: string, following: string | undefined): Step {
  const equals = word.indexOf('=');
  const name = word.slice(2, equals < 0 ? undefined : equals);
  const joined = equals < 0 ? null : word.slice(equals + 1);
  const fitting = table.filter(({ long }) => long.startsWith(name));
  const original = fitting.filter(({ isLater }) => isLater !== true);
  // Command lines that upstream understands mean the same here.
  const candidates = original.length > 0 ? original : fitting;
  const exact = fitting.find(({ long }) => long === name);
  const spec = exact ?? candidates[0];
  if (spec === undefined) return refuse(`unrecognized option '${word}'`);
  if (exact === undefined && !candidates.every((other) => looksAlike(spec, other))) {
    const possibilities = candidates.map(({ long }) => ` '--${long}'`).join('');
    return refuse(`option '${word}' is ambiguous; possibilities:${possibilities}`);
  }
  if (spec.argument === undefined) {
    if (joined !== null) return refuse(`option '--${spec.long}' doesn't allow an argument`);
    return { uses: [{ long: spec.long, value: null }], wordCount: 1, refusal: null };
  }
  if (joined === null && following === undefined)
    return refuse(`option '--${spec.long}' requires an argument`);
  const use = { long: spec.long, value: joined ?? following ?? null };
  return { uses: [use], wordCount: joined === null ? 2 : 1, refusal: null };
}

/** getopt compares the value that an option returns (its short form, or 0) and whether it has an argument. */
function looksAlike(one: OptionSpec, other: OptionSpec): boolean {
  return one.short === other.short && (one.argument === undefined) === (other.argument === undefined);
}

function readShorts(table: readonly OptionSpec[], word: string, following: string | undefined): Step {
  const uses: OptionUse[] = [];
  for (let at = 1; at < word.length; at++) {
    const spec = table.find(({ short }) => short === word[at]);
    if (spec === undefined) return refuse(`invalid option -- '${word[at]}'`, uses);
    if (spec.argument === undefined) {
      uses.push({ long: spec.long, value: null });
      continue;
    }
    const rest = word.slice(at + 1);
    if (rest === '' && following === undefined) {
      return refuse(`option requires an argument -- '${spec.short}'`, uses);
    }
    const value = rest === '' ? (following ?? null) : rest;
    return { uses: [...uses, { long: spec.long, value }], wordCount: rest === '' ? 2 : 1, refusal: null };
  }
  return { uses, wordCount: 1, refusal: null };
}
