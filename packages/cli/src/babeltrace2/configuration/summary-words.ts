/** The words of the command `summary`. */
import { type CommandWords, commandItems } from '../arguments/command-items.ts';
import { commandTable, optionsOf } from '../arguments/option-tables.ts';
import { CommandFailure } from '../failure.ts';

export interface SummaryRequest {
  readonly inputs: readonly string[];
  readonly isJson: boolean;
  readonly filters: readonly string[];
  /** Dates in filters are in UTC. */
  readonly isGmt: boolean;
  /** Event classes that the text shows, at most. */
  readonly classCount: number;
  readonly showsProgress: boolean;
  readonly continuesAfterDamage: boolean;
}

const DEFAULT_CLASS_COUNT = 10;

export function readSummaryWords(words: CommandWords): SummaryRequest | 'help' {
  const inputs: string[] = [];
  const filters: string[] = [];
  let [isJson, isGmt, showsProgress, continuesAfterDamage] = [false, false, true, false];
  let classCount = DEFAULT_CLASS_COUNT;
  for (const item of commandItems('summary', optionsOf(commandTable.summary), words)) {
    if (item.kind === 'word') inputs.push(item.word);
    else if (item.long === 'help') return 'help';
    else if (item.long === 'json') isJson = true;
    else if (item.long === 'clock-gmt') isGmt = true;
    else if (item.long === 'continue-after-damage') continuesAfterDamage = true;
    else if (item.long === 'no-progress') showsProgress = false;
    else if (item.long === 'filter') filters.push(item.value);
    else if (item.long === 'classes') classCount = parseCount(item.value);
  }
  if (inputs.length === 0) return 'help';
  return { inputs, isJson, isGmt, filters, classCount, showsProgress, continuesAfterDamage };
}

function parseCount(argument: string): number {
  if (!/^\d{1,9}$/.test(argument)) {
    throw new CommandFailure(`Invalid argument for --classes option: expecting a number: \`${argument}\``);
  }
  return Number(argument);
}
