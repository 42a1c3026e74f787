/** What a command is about to do, as `--verbose` prints it on standard error. */
import type { ValueMap } from '@lttng-ts/graph';
import type { QueryConfiguration } from '../commands/query.ts';
import type { ComponentClassName } from '../configuration/component-argument.ts';
import type { ComponentConfiguration, RunConfiguration } from '../configuration/run-configuration.ts';
import type { Colours } from '../text/colours.ts';
import { className } from './class-name.ts';
import { valueText } from './value-text.ts';

/** A command with all that was understood of its words. */
export type CommandConfiguration =
  | { readonly kind: 'run'; readonly run: RunConfiguration }
  | { readonly kind: 'query'; readonly query: QueryConfiguration }
  | { readonly kind: 'print-metadata'; readonly path: string }
  | { readonly kind: 'print-live-sessions'; readonly url: string }
  | { readonly kind: 'plain' };

/** The lines of a configuration, behind those of the plugin paths. */
export function configurationText(
  configuration: CommandConfiguration,
  pluginPaths: readonly string[],
  colours: Colours,
): string {
  return `  Plugin paths:\n${valueText(pluginPaths, 4, colours)}${detailText(configuration, colours)}`;
}

function detailText(configuration: CommandConfiguration, colours: Colours): string {
  switch (configuration.kind) {
    case 'run':
      return runText(configuration.run, colours);
    case 'query': {
      const { object, componentClass, params } = configuration.query;
      const component = componentText({ ...componentClass, name: null, params }, colours);
      return `  Object: \`${object}\`\n  Component class:\n${component}`;
    }
    case 'print-metadata':
      return `  Path: ${configuration.path}\n`;
    case 'print-live-sessions':
      return `  URL: ${configuration.url}\n`;
    case 'plain':
      return '';
  }
}

function runText({ components, connections }: RunConfiguration, colours: Colours): string {
  const ofType = (type: string): readonly ComponentConfiguration[] =>
    components.filter((component) => component.type === type);
  const texts = (type: string): string =>
    ofType(type)
      .map((component) => componentText(component, colours))
      .join('');
  const filters = ofType('filter').length === 0 ? '' : `  Filter component instances:\n${texts('filter')}`;
  const lines = connections.map(
    ({ upstream, upstreamPort, downstream, downstreamPort }) =>
      `    ${upstream}.${upstreamPort} -> ${downstream}.${downstreamPort}\n`,
  );
  return [
    `  Source component instances:\n${texts('source')}`,
    filters,
    `  Sink component instances:\n${texts('sink')}`,
    `  Connections:\n${lines.join('')}`,
  ].join('');
}

interface ShownComponent extends ComponentClassName {
  readonly name: string | null;
  readonly params: ValueMap;
}

function componentText(
  { type, plugin, className: name, name: instance, params }: ShownComponent,
  colours: Colours,
): string {
  const itsClass = className({ kind: type, plugin, name }, colours);
  const nameLine = instance === null ? '' : `      Name: ${instance}\n`;
  return `    ${itsClass}:\n${nameLine}      Parameters:\n${valueText(params, 8, colours)}`;
}
