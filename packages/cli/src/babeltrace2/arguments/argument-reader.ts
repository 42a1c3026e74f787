/**
 * Reads the words of a command line one item at a time: an option with its argument, or a plain word. The
 * reader stops where its caller stops, so options may mean different things by their place. It follows the
 * rules of upstream's argument parser: `--name=value`, `--name value`, `-n value`, `-nvalue`, `-ab`; there
 * are no abbreviations, and `-` and `--` are plain words.
 */
import type { OptionSpec } from '../../lttng/options/option-spec.ts';

export interface OptionItem {
  readonly kind: 'option';
  readonly long: string;
  /** `''` for an option without argument. */
  readonly value: string;
}

export interface WordItem {
  readonly kind: 'word';
  readonly word: string;
  /** Place of the word in the words that the reader was given. */
  readonly index: number;
}

export interface FaultItem {
  readonly kind: 'fault';
  readonly reason: 'unknown-option' | 'missing-argument' | 'unexpected-argument';
  /** The option with its dashes, as it is named in messages. */
  readonly option: string;
  readonly index: number;
}

export type ArgumentItem = OptionItem | WordItem | FaultItem;

const FAULT_TEXTS: Readonly<Record<FaultItem['reason'], string>> = {
  'unknown-option': 'Unknown option',
  'missing-argument': 'Missing required argument for option',
  'unexpected-argument': 'Unexpected argument for option',
};

/** Splits `words` into items by a table of options. */
export class ArgumentReader {
  readonly #table: readonly OptionSpec[];
  readonly #words: readonly string[];
  #nextIndex = 0;
  /** Place in a group of short options (`-abc`); 0 outside one. */
  #shortAt = 0;

  constructor(table: readonly OptionSpec[], words: readonly string[]) {
    this.#table = table;
    this.#words = words;
  }

  /** How many words are used up; a group of short options counts when its last one was read. */
  get ingestedWords(): number {
    return this.#nextIndex;
  }

  /** The next item, or `null` at the end. After a fault the reader stays where it is. */
  next(): ArgumentItem | null {
    const word = this.#words[this.#nextIndex];
    if (word === undefined) return null;
    if (this.#shortAt === 0 && (!word.startsWith('-') || word === '-' || word === '--')) {
      return { kind: 'word', word, index: this.#nextIndex++ };
    }
    return word.startsWith('--') && this.#shortAt === 0 ? this.#readLong(word) : this.#readShort(word);
  }

  #readLong(word: string): ArgumentItem {
    const equals = word.indexOf('=');
    const name = word.slice(2, equals < 0 ? undefined : equals);
    const spec = this.#table.find(({ long }) => long === name);
    if (spec === undefined) return this.#fault('unknown-option', `--${name}`);
    if (spec.argument === undefined) {
      if (equals >= 0) return this.#fault('unexpected-argument', `--${name}`);
      this.#nextIndex++;
      return { kind: 'option', long: spec.long, value: '' };
    }
    if (equals >= 0) {
      this.#nextIndex++;
      return { kind: 'option', long: spec.long, value: word.slice(equals + 1) };
    }
    return this.#takeFollowing(spec, `--${name}`);
  }

  #readShort(word: string): ArgumentItem {
    const at = this.#shortAt === 0 ? 1 : this.#shortAt;
    const letter = word[at] ?? '';
    const spec = this.#table.find(({ short }) => short === letter);
    if (spec === undefined) return this.#fault('unknown-option', `-${letter}`);
    const rest = word.slice(at + 1);
    if (spec.argument === undefined) {
      this.#shortAt = rest === '' ? 0 : at + 1;
      if (rest === '') this.#nextIndex++;
      return { kind: 'option', long: spec.long, value: '' };
    }
    this.#shortAt = 0;
    if (rest === '') return this.#takeFollowing(spec, `-${letter}`);
    this.#nextIndex++;
    return { kind: 'option', long: spec.long, value: rest };
  }

  #takeFollowing(spec: OptionSpec, option: string): ArgumentItem {
    const value = this.#words[this.#nextIndex + 1];
    if (value === undefined) return this.#fault('missing-argument', option);
    this.#nextIndex += 2;
    return { kind: 'option', long: spec.long, value };
  }

  #fault(reason: FaultItem['reason'], option: string): FaultItem {
    return { kind: 'fault', reason, option, index: this.#nextIndex };
  }
}

/** Says what is wrong with which word; `consumedWords` came before the reader's own words. */
export function faultText(fault: FaultItem, words: readonly string[], consumedWords: number): string {
  const place = `argument #${consumedWords + fault.index + 1} (\`${words[fault.index] ?? ''}\`)`;
  return `While parsing ${place}: ${FAULT_TEXTS[fault.reason]} \`${fault.option}\``;
}
