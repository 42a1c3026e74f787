/** The items of one command's words; a word that cannot be understood ends the command. */
import type { OptionSpec } from '../../lttng/options/option-spec.ts';
import { CommandFailure } from '../failure.ts';
import { ArgumentReader, faultText, type OptionItem, type WordItem } from './argument-reader.ts';

/** The words after a command's name. */
export interface CommandWords {
  readonly words: readonly string[];
  /** How many words came before them, for messages. */
  readonly consumedWords: number;
}

/** Yields options and plain words; throws {@link CommandFailure} at what is neither. */
export function* commandItems(
  command: string,
  table: readonly OptionSpec[],
  { words, consumedWords }: CommandWords,
): Generator<OptionItem | WordItem> {
  const reader = new ArgumentReader(table, words);
  for (let item = reader.next(); item !== null; item = reader.next()) {
    if (item.kind !== 'fault') {
      yield item;
      continue;
    }
    const place = `While parsing \`${command}\` command's command-line arguments`;
    throw new CommandFailure(`${place}: ${faultText(item, words, consumedWords)}`);
  }
}
