/** The commands `list-plugins` and `help`: what plugins there are and what they have. */
import { type ComponentClass, type ComponentKind, identityOf, type Plugin } from '@lttng-ts/graph';
import type { ComponentClassName } from '../configuration/component-argument.ts';
import { CommandFailure } from '../failure.ts';
import { className } from '../render/class-name.ts';
import { valueText } from '../render/value-text.ts';
import type { Colours } from '../text/colours.ts';
import { type CommandContext, print } from './command-context.ts';
import { requireClass } from './find-class.ts';

const KINDS: readonly { readonly kind: ComponentKind; readonly title: string }[] = [
  { kind: 'source', title: 'Source' },
  { kind: 'filter', title: 'Filter' },
  { kind: 'sink', title: 'Sink' },
];

/** Prints all plugins with their classes. */
export function listPluginsCommand(context: CommandContext): void {
  const { pluginPaths, colours } = context;
  const { plugins } = context.plugins;
  const { bold, reset } = colours;
  const classCount = plugins.reduce((count, { classes }) => count + classes.length, 0);
  const found = `Found ${bold}${classCount}${reset} component classes in ${bold}${plugins.length}${reset} plugins.\n`;
  print(
    context,
    [
      `From the following plugin paths:\n\n${valueText(pluginPaths, 2, colours)}\n`,
      plugins.length === 0 ? 'No plugins found.\n' : found,
      ...plugins.map((plugin) => `\n${pluginText(plugin, colours)}${classLists(plugin, colours)}`),
    ].join(''),
  );
}

/** What `help` is asked about. */
export type HelpTopic = { readonly plugin: string; readonly componentClass: ComponentClassName | null };

/** Prints what is known of a plugin or of one of its classes. */
export function helpCommand(context: CommandContext, { plugin: name, componentClass }: HelpTopic): void {
  const { colours } = context;
  const plugin = context.plugins.findPlugin(name);
  if (plugin === null) throw new CommandFailure(`Cannot find plugin: plugin-name="${name}"`);
  print(context, `${pluginText(plugin, colours)}${classCounts(plugin, colours)}`);
  if (componentClass === null) return;
  print(context, `\n${classText(requireClass(context, componentClass), colours)}`);
}

function pluginText(
  { name, description, author, license, version, path }: ListedPlugin,
  colours: Colours,
): string {
  const { bold, brightBlue, reset } = colours;
  const line = (label: string, text: string): string => `  ${bold}${label}${reset}: ${text}\n`;
  return [
    `${bold}${brightBlue}${name}${reset}:\n`,
    path === undefined ? '  Built-in\n' : line('Path', path),
    version === null ? '' : line('Version', version),
    line('Description', description === '' ? '(None)' : description),
    line('Author', author === '' ? '(Unknown)' : author),
    line('License', license === '' ? '(Unknown)' : license),
  ].join('');
}

/** A plugin that was loaded from a file has its path. */
type ListedPlugin = Plugin & { readonly path?: string };

function classLists({ classes }: Plugin, colours: Colours): string {
  const { bold, reset } = colours;
  return KINDS.map(({ kind, title }) => {
    const ofKind = classes.filter((candidate) => candidate.kind === kind);
    const head = `  ${bold}${title} component classes${reset}:`;
    if (ofKind.length === 0) return `${head} (none)\n`;
    const lines = ofKind.map((componentClass) => `    ${classLine(componentClass, colours)}\n`);
    return `${head}\n${lines.join('')}`;
  }).join('');
}

function classLine(componentClass: ComponentClass, colours: Colours): string {
  const { description = '' } = componentClass;
  const name = className(identityOf(componentClass), colours);
  return description === '' ? name : `${name}: ${description}`;
}

function classCounts({ classes }: Plugin, { bold, reset }: Colours): string {
  return KINDS.map(({ kind, title }) => {
    const count = classes.filter((candidate) => candidate.kind === kind).length;
    return `  ${bold}${title} component classes${reset}: ${count}\n`;
  }).join('');
}

function classText(componentClass: ComponentClass, colours: Colours): string {
  const { bold, reset } = colours;
  const { description = '', help = '' } = componentClass;
  const head = `${className(identityOf(componentClass), colours)}\n  ${bold}Description${reset}: ${description === '' ? '(None)' : description}\n`;
  return help === '' ? head : `${head}\n${help.trimEnd()}\n`;
}
