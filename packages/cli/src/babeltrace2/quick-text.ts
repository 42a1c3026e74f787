/** What the program prints for words that need nothing but its tables. */
import { readGeneralWords } from './arguments/general-words.ts';
import { generalHelpText, versionText } from './render/help-texts.ts';
import type { Colours } from './text/colours.ts';

/** The text of `--version`, `--help` or no words at all; `null` for a command. Throws `CommandFailure`. */
export function quickText(words: readonly string[], colours: Colours): string | null {
  if (words.length === 0) return `${versionText(colours)}\n${generalHelpText()}`;
  switch (readGeneralWords(words).kind) {
    case 'version':
      return versionText(colours);
    case 'help':
      return generalHelpText();
    case 'command':
      return null;
  }
}
