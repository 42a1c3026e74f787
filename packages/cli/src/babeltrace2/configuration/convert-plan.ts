/**
 * From the words of `convert` to what is done: print metadata, list live sessions, or run a graph. The graph is
 * given as words of the `run` command, which `--run-args` prints:
 *
 *     sources → muxer → [trimmer] → [debug info] → [filter expression] → [filters of the user] → sink
 */
import type { LogLevel } from '@lttng-ts/graph';
import { parseLiveUrl } from '@lttng-ts/protocols/live';
import { CommandFailure } from '../failure.ts';
import type { ConvertRequest } from './convert-request.ts';
import { ImplicitComponent } from './implicit-components.ts';

/** A source that claimed one or more inputs. */
export interface DiscoveredSource {
  readonly plugin: string;
  readonly className: string;
  /** What it is told to open. */
  readonly inputs: readonly string[];
  /** Places of the command line's inputs that these come from, ascending. */
  readonly inputIndices: readonly number[];
}

export type EarlyPlan =
  | { readonly kind: 'print-metadata'; readonly path: string; readonly output: string | null }
  | { readonly kind: 'print-live-sessions'; readonly url: string; readonly output: string | null }
  | { readonly kind: 'discover' };

/** What is known before sources are looked for; checks that come before that are done here. */
export function planEarly({ implicit, choices, inputs, namesByType }: ConvertRequest): EarlyPlan {
  const { output } = choices;
  const [first] = inputs;
  if (choices.printsMetadata) {
    if (first === undefined) {
      throw new CommandFailure('--output-format=ctf-metadata specified without a path.');
    }
    if (inputs.length > 1) {
      throw new CommandFailure('Too many paths specified for --output-format=ctf-metadata.');
    }
    return { kind: 'print-metadata', path: first.text, output };
  }
  checkOutput(implicit.ctf.isWanted, implicit.text.isWanted, output);
  const { text, json, ctf, dummy, live } = implicit;
  if (!dummy.isWanted && !ctf.isWanted && !json.isWanted && namesByType.sink.length === 0)
    text.isWanted = true;
  if (output !== null) {
    const writer = [text, json, ctf].find(({ isWanted }) => isWanted);
    writer?.addValue('path', output);
  }
  if (!live.isWanted || first === undefined) return { kind: 'discover' };
  if (inputs.length > 1) throw new CommandFailure('Too many URLs specified for --input-format=lttng-live.');
  const url = parseLiveUrl(first.text);
  if ('fault' in url) throw new CommandFailure(`Invalid LTTng live URL format: ${url.fault}.`);
  if (url.session === null) return { kind: 'print-live-sessions', url: first.text, output };
  live.addValue('inputs', [first.text]);
  live.addValue('session-not-found-action', 'end');
  return { kind: 'discover' };
}

function checkOutput(isCtf: boolean, isText: boolean, output: string | null): void {
  if (!isCtf) return;
  if (output === null) {
    throw new CommandFailure('--output-format=ctf specified without --output (trace output path).');
  }
  if (isText) {
    throw new CommandFailure(
      'Ambiguous --output option: --output-format=ctf specified but another option implies --output-format=text.',
    );
  }
}

/** Words of the `run` command for a request and the sources found for its inputs. */
export function planGraph(
  request: ConvertRequest,
  discovered: readonly DiscoveredSource[],
): readonly string[] {
  const { implicit, names, namesByType, inputs } = request;
  const sources = discovered.map((source) => sourceComponent(source, request));
  setSourceParams(request, sources);
  if (implicit.live.isWanted && inputs.length === 0) {
    throw new CommandFailure(`Missing URL for implicit \`${implicit.live.className}\` component.`);
  }
  const muxer = new ImplicitComponent('filter.utils.muxer', true);
  const name = (component: ImplicitComponent, prefix: string): readonly string[] => {
    if (!component.isWanted) return [];
    component.name = names.addFree(prefix);
    return [component.name];
  };
  const sourceNames = [
    ...namesByType.source,
    ...sources.flatMap((source) => name(source, `auto-disc-${source.className.replaceAll('.', '-')}`)),
    ...name(implicit.live, 'lttng-live'),
  ];
  const sinkNames = [
    ...namesByType.sink,
    ...name(implicit.text, 'pretty'),
    ...name(implicit.json, 'json'),
    ...name(implicit.ctf, 'sink-ctf-fs'),
    ...name(implicit.dummy, 'dummy'),
  ];
  const filterNames = [
    ...name(muxer, 'muxer'),
    ...name(implicit.trimmer, 'trimmer'),
    ...name(implicit.debugInfo, 'debug-info'),
    ...name(implicit.expression, 'filter'),
    ...namesByType.filter,
  ];
  if (sourceNames.length === 0) throw new CommandFailure('No source component.');
  if (sinkNames.length === 0) throw new CommandFailure('No sink component.');
  if (sinkNames.length > 1) throw new CommandFailure('More than one sink component specified.');
  const { live, text, json, ctf, dummy, trimmer, debugInfo, expression } = implicit;
  const components = [...sources, live, text, json, ctf, dummy, muxer, trimmer, debugInfo, expression];
  return [
    ...request.runWords,
    ...components.flatMap(({ words }) => words),
    ...connectWords(sourceNames, filterNames, sinkNames),
  ];
}

function sourceComponent(source: DiscoveredSource, { inputs }: ConvertRequest): ImplicitComponent {
  const component = new ImplicitComponent(`source.${source.plugin}.${source.className}`, true);
  for (const index of source.inputIndices) {
    const input = inputs[index];
    for (const params of input?.params ?? []) component.addWords('--params', params);
    if (input?.logLevel != null) component.addWords('--log-level', input.logLevel);
  }
  const traceName = traceNameOf(source, inputs[source.inputIndices[0] ?? -1]?.text ?? '');
  if (traceName !== '') component.addValue('trace-name', traceName);
  component.addValue('inputs', source.inputs);
  return component;
}

/** A trace found below a given folder is named by its path from there. */
function traceNameOf({ plugin, className, inputs }: DiscoveredSource, given: string): string {
  const [only = ''] = inputs;
  if (inputs.length !== 1 || plugin !== 'ctf' || className !== 'fs' || !only.startsWith(given)) return '';
  return only.slice(given.length).replace(/^\/+/, '');
}

function setSourceParams({ choices }: ConvertRequest, sources: readonly ImplicitComponent[]): void {
  const rows = [
    [
      '--clock-force-correlate',
      'force-clock-class-origin-unix-epoch',
      choices.forcesCorrelation ? 'yes' : null,
    ],
    ['--clock-offset', 'clock-class-offset-s', choices.clockOffsetS],
    ['--clock-offset-ns', 'clock-class-offset-ns', choices.clockOffsetNs],
    ['--continue-after-damage', 'continue-after-damage', choices.continuesAfterDamage ? 'yes' : null],
  ] as const;
  const ctfSources = sources.filter(({ className }) => className === 'source.ctf.fs');
  for (const [option, key, value] of rows) {
    if (value === null) continue;
    if (ctfSources.length === 0) {
      throw new CommandFailure(`${option} specified, but no source.ctf.fs component instantiated.`);
    }
    for (const source of ctfSources) source.addParams(`${key}=${value}`);
  }
}

function connectWords(
  sources: readonly string[],
  filters: readonly string[],
  sinks: readonly string[],
): readonly string[] {
  const escape = (name: string): string => name.replaceAll(/[\\.:]/g, '\\$&');
  const connect = (upstream: string, downstream: string): readonly string[] => [
    '--connect',
    `${escape(upstream)}:${escape(downstream)}`,
  ];
  const [firstFilter = ''] = filters;
  return [
    ...sources.flatMap((source) => connect(source, firstFilter)),
    ...filters.slice(1).flatMap((filter, index) => connect(filters[index] ?? '', filter)),
    ...sinks.flatMap((sink) => connect(filters.at(-1) ?? '', sink)),
  ];
}

/** Applied where the text sink is told to say more: the info level exactly, as of old. */
export function addVerboseText({ implicit }: ConvertRequest, logLevel: LogLevel): void {
  if (logLevel === 'info') implicit.text.addParams('verbose=yes');
}
