/**
 * The words before a command: general options end where a command's name, another plain word or an unknown option
 * stands. The last two mean `convert`.
 */
import type { LogLevel } from '@lttng-ts/graph';
import { moreVerbose } from '../configuration/log-level.ts';
import { requireLogLevel } from '../configuration/run-configuration.ts';
import { CommandFailure } from '../failure.ts';
import { ArgumentReader, faultText } from './argument-reader.ts';
import type { CommandWords } from './command-items.ts';
import { type CommandName, findCommand, generalOptions } from './option-tables.ts';

/** What general options say. */
export interface GeneralChoices {
  /** `null` when no option names a level. */
  readonly logLevel: LogLevel | null;
  readonly pluginPaths: readonly string[];
  readonly omitsHomePlugins: boolean;
  readonly omitsSystemPlugins: boolean;
}

export type GeneralWords =
  | { readonly kind: 'version' }
  | { readonly kind: 'help' }
  | {
      readonly kind: 'command';
      readonly command: CommandName;
      readonly words: CommandWords;
      readonly general: GeneralChoices;
    };

/** Reads general options and finds the command. */
export function readGeneralWords(words: readonly string[]): GeneralWords {
  const reader = new ArgumentReader(generalOptions, words);
  const choices = new GeneralOptions();
  for (let item = reader.next(); item !== null; item = reader.next()) {
    if (item.kind === 'option') {
      if (item.long === 'version' || item.long === 'help') return { kind: item.long };
      choices.use(item.long, item.value);
    } else if (item.kind === 'word') {
      const command = findCommand(item.word);
      // A word that is no command belongs to `convert`.
      const from = command === null ? item.index : item.index + 1;
      return found(command?.name ?? 'convert', words, from, choices);
    } else if (item.reason === 'unknown-option') {
      return found('convert', words, item.index, choices);
    } else {
      throw new CommandFailure(`While parsing command-line arguments: ${faultText(item, words, 0)}`);
    }
  }
  // Only general options: there is nothing to do.
  return { kind: 'help' };
}

function found(
  command: CommandName,
  words: readonly string[],
  from: number,
  general: GeneralChoices,
): GeneralWords {
  return { kind: 'command', command, words: { words: words.slice(from), consumedWords: from }, general };
}

class GeneralOptions implements GeneralChoices {
  logLevel: LogLevel | null = null;
  readonly pluginPaths: string[] = [];
  omitsHomePlugins = false;
  omitsSystemPlugins = false;

  use(option: string, value: string): void {
    switch (option) {
      case 'debug':
        this.logLevel = moreVerbose(this.logLevel, 'trace');
        return;
      case 'verbose':
        this.logLevel = moreVerbose(this.logLevel, 'info');
        return;
      case 'log-level':
        this.logLevel = moreVerbose(this.logLevel, requireLogLevel(value));
        return;
      case 'plugin-path':
        this.pluginPaths.push(value);
        return;
      case 'omit-home-plugin-path':
        this.omitsHomePlugins = true;
        return;
      case 'omit-system-plugin-path':
        this.omitsSystemPlugins = true;
        return;
    }
  }
}
