/**
 * The options of a command, read as popt reads them (the library that upstream's commands use):
 *
 * - `--name value`, `--name=value`, `-n value`, `-nvalue`, `-n=value`; flags in one word (`-uf`);
 * - a required argument is the next word, whatever it looks like (`-W -1` gives `-1`);
 * - an optional argument is the next word unless that begins with a dash;
 * - long names are never abbreviated; a flag refuses `=value`;
 * - options and other words mix; after `--` everything is a word.
 *
 * Pure: words in, uses out. Reading stops at the first word that popt refuses, and what came before it
 * still counts (`--help --nosuch` shows the help).
 */
import type { OptionSpec, OptionUse } from './option-spec.ts';

export interface ParsedWords {
  /** In the order of the command line. */
  readonly uses: readonly OptionUse[];
  readonly positionals: readonly string[];
  /** The word that could not be understood, or `null`. */
  readonly refusedWord: string | null;
}

/** Reads the words after the command's name. */
export function parseOptions(table: readonly OptionSpec[], words: readonly string[]): ParsedWords {
  const reader = new Reader(table, words);
  return reader.read();
}

class Reader {
  readonly #table: readonly OptionSpec[];
  readonly #words: readonly string[];
  readonly #uses: OptionUse[] = [];
  readonly #positionals: string[] = [];
  #next = 0;

  constructor(table: readonly OptionSpec[], words: readonly string[]) {
    this.#table = table;
    this.#words = words;
  }

  read(): ParsedWords {
    let refusedWord: string | null = null;
    while (refusedWord === null && this.#next < this.#words.length) {
      const word = this.#words[this.#next++] ?? '';
      if (word === '--') this.#positionals.push(...this.#words.slice(this.#take(this.#words.length)));
      else if (word.startsWith('--')) refusedWord = this.#long(word) ? null : word;
      else if (word.startsWith('-') && word !== '-') refusedWord = this.#shorts(word) ? null : word;
      else this.#positionals.push(word);
    }
    return { uses: this.#uses, positionals: this.#positionals, refusedWord };
  }

  /** Moves the reading position to `to`; gives the old one. */
  #take(to: number): number {
    const from = this.#next;
    this.#next = to;
    return from;
  }

  /** `--name` or `--name=value`; says whether it was understood. */
  #long(word: string): boolean {
    const equals = word.indexOf('=');
    const name = word.slice(2, equals < 0 ? undefined : equals);
    const spec = this.#table.find(({ long }) => long === name);
    if (spec === undefined) return false;
    return this.#use(spec, equals < 0 ? null : word.slice(equals + 1));
  }

  /** `-abc`: flags, the last of which may have an argument joined to it. */
  #shorts(word: string): boolean {
    for (let at = 1; at < word.length; at++) {
      const spec = this.#table.find(({ short }) => short === word[at]);
      if (spec === undefined) return false;
      const rest = word.slice(at + 1);
      if (spec.argument === undefined) {
        if (rest.startsWith('=')) return false;
        this.#uses.push({ long: spec.long, value: null });
      } else {
        return this.#use(spec, rest === '' ? null : rest.replace(/^=/, ''));
      }
    }
    return true;
  }

  /** Records one use, taking the next word as its argument where it needs one. */
  #use(spec: OptionSpec, joined: string | null): boolean {
    if (spec.argument === undefined) {
      if (joined !== null) return false;
      this.#uses.push({ long: spec.long, value: null });
      return true;
    }
    if (joined !== null) {
      this.#uses.push({ long: spec.long, value: joined });
      return true;
    }
    const following = this.#words[this.#next];
    if (spec.isArgumentOptional === true && (following === undefined || following.startsWith('-'))) {
      this.#uses.push({ long: spec.long, value: null });
      return true;
    }
    if (following === undefined) return false;
    this.#next++;
    this.#uses.push({ long: spec.long, value: following });
    return true;
  }
}
