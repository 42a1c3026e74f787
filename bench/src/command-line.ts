/** The words of `npm run bench -- …`. */
import { UsageError } from '@lttng-ts/base';
import type { Settings } from './row.ts';

export interface Choices extends Settings {
  /** Beginnings of row ids; none: all rows. */
  readonly patterns: readonly string[];
  readonly isListWanted: boolean;
}

/** At least ten rounds make a figure that may be published; three tell whether a change helped. */
const FULL: Settings = { rounds: 10, traceEventCount: null, loadS: 3 };
const QUICK: Settings = { rounds: 3, traceEventCount: null, loadS: 1 };

export const usage = `npm run bench -- [OPTIONS] [ROW…]

Measures the rows whose id begins with a ROW (all of them without), ours and the originals in turn.

  --list       print the rows
  --quick      3 rounds and short loads
  --rounds=N   rounds (10)
  --events=N   events in each trace that is read (each has its own size)
  --load=S     seconds of one paced load (3)
  --help       this text
`;

const NUMBERS = { rounds: 'rounds', events: 'traceEventCount', load: 'loadS' } as const;

/** Parses the words after the program's name. Throws `UsageError`. */
export function parseChoices(words: readonly string[]): Choices {
  let settings = words.includes('--quick') ? QUICK : FULL;
  const patterns: string[] = [];
  for (const word of words) {
    const [, name, value] = /^--([a-z]+)(?:=(.*))?$/.exec(word) ?? [];
    if (name === undefined) patterns.push(word);
    else if (name in NUMBERS && /^[1-9]\d{0,9}$/.test(value ?? ''))
      settings = { ...settings, [NUMBERS[name as keyof typeof NUMBERS]]: Number(value) };
    else if (!['quick', 'list'].includes(name) || value !== undefined)
      throw new UsageError(`Unknown option: option=${JSON.stringify(word)}`);
  }
  return { ...settings, patterns, isListWanted: words.includes('--list') };
}
