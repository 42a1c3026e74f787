/** The words of the commands `help`, `list-plugins` and `query`. */
import type { Value, ValueMap } from '@lttng-ts/graph';
import { type CommandWords, commandItems } from '../arguments/command-items.ts';
import { commandTable, optionsOf } from '../arguments/option-tables.ts';
import type { HelpTopic } from '../commands/plugin-info.ts';
import type { QueryConfiguration } from '../commands/query.ts';
import { CommandFailure } from '../failure.ts';
import { takeUntil } from '../text/take-until.ts';
import { parseComponentArgument } from './component-argument.ts';
import { readParams } from './run-configuration.ts';

/** Reads the words of `help`. */
export function readHelpWords(words: CommandWords): HelpTopic | 'help' {
  let topic: string | null = null;
  for (const item of commandItems('help', optionsOf(commandTable.help), words)) {
    if (item.kind === 'option') return 'help';
    if (topic !== null) throw extraneous('help', item.word);
    topic = item.word;
  }
  if (topic === null) throw new CommandFailure('Missing plugin name or component class descriptor.');
  const { end } = takeUntil(topic, 0, { escapable: '.\\', endings: '.' });
  if (end === topic.length) return { plugin: topic, componentClass: null };
  const misformed = `Could not parse argument as a component class name: arg=${topic}`;
  const componentClass = parseComponentArgument(topic, misformed);
  return { plugin: componentClass.plugin, componentClass };
}

/** Reads the words of `list-plugins`, of which there should be none. */
export function readListPluginsWords(words: CommandWords): 'list' | 'help' {
  for (const item of commandItems('list-plugins', optionsOf(commandTable['list-plugins']), words)) {
    if (item.kind === 'option') return 'help';
    throw extraneous('list-plugins', item.word);
  }
  return 'list';
}

/** Reads the words of `query`. */
export function readQueryWords(words: CommandWords): QueryConfiguration | 'help' {
  const plainWords: string[] = [];
  const params = new Map<string, Value>();
  for (const item of commandItems('query', optionsOf(commandTable.query), words)) {
    if (item.kind === 'word') {
      if (plainWords.length === 2) throw extraneous('query', item.word);
      plainWords.push(item.word);
    } else if (item.long === 'help') {
      return 'help';
    } else {
      for (const [name, value] of readParams('--params', item.value)) params.set(name, value);
    }
  }
  const [componentClass, object] = plainWords;
  if (componentClass === undefined || object === undefined) return 'help';
  return queryOf(componentClass, object, params);
}

function queryOf(classText: string, object: string, params: ValueMap): QueryConfiguration {
  const misformed = `Invalid format for component class specification:\n    ${classText}`;
  const componentClass = parseComponentArgument(classText, misformed);
  if (object === '') throw new CommandFailure('Invalid empty object.');
  return { componentClass, object, params };
}

const extraneous = (command: string, word: string): CommandFailure =>
  new CommandFailure(`Extraneous command-line argument specified to \`${command}\` command: \`${word}\`.`);
