/**
 * Finds out which source component class reads an input: every class is asked for `babeltrace.support-info`, first
 * about the text itself, then about the file or folder of that name, then about what is in the folder. The class that
 * answers with the greatest weight gets the input. Inputs of one group go to one component.
 */
import { SystemError } from '@lttng-ts/base';
import {
  type ComponentClass,
  isMap,
  type Logger,
  type LogSink,
  type Plugin,
  query,
  UnknownObjectError,
  type Value,
  valueMap,
} from '@lttng-ts/graph';
import type { Host, InputFiles } from '@lttng-ts/plugins';
import type { DiscoveredSource } from '../configuration/convert-plan.ts';
import { CommandFailure } from '../failure.ts';

export interface DiscoveryOptions {
  readonly plugins: readonly Plugin[];
  /** Only the source class of this name; `null` for all. */
  readonly onlyClass: string | null;
  readonly host: Host;
  readonly log: Logger;
  readonly logSink: LogSink;
  isInterrupted(): boolean;
}

type InputType = 'string' | 'file' | 'directory';

interface Winner {
  readonly plugin: string;
  readonly className: string;
  readonly group: string | null;
}

interface OpenSource extends DiscoveredSource {
  readonly group: string | null;
  readonly inputs: string[];
  readonly inputIndices: number[];
}

/** Finds sources for all inputs; one that nobody reads is told by a warning. */
export async function discoverSources(
  inputs: readonly string[],
  options: DiscoveryOptions,
): Promise<readonly DiscoveredSource[]> {
  const discovery = new Discovery(options);
  for (const [index, input] of inputs.entries()) {
    const isFound = (await discovery.claim(input, 'string', index)) || (await discovery.search(input, index));
    if (!isFound) options.log.warn(`No trace was found based on input \`${input}\`.`);
  }
  return discovery.sources;
}

class Discovery {
  readonly sources: OpenSource[] = [];
  readonly #options: DiscoveryOptions;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** Looks at a file or folder, and below a folder that nobody claims; says whether something was found. */
  async search(path: string, index: number): Promise<boolean> {
    const { log } = this.#options;
    const kind = this.#kindOf(path);
    if (kind === 'file') return await this.claim(path, 'file', index);
    if (kind !== 'folder') {
      log.debug(`Skipping ${path}, not a file or directory`);
      return false;
    }
    if (await this.claim(path, 'directory', index)) return true;
    let isFound = false;
    for (const name of this.#namesIn(path)) {
      if (await this.search(`${path}/${name}`, index)) isFound = true;
    }
    return isFound;
  }

  #kindOf(path: string): ReturnType<InputFiles['kindOf']> {
    try {
      return this.#options.host.input.kindOf(path);
    } catch (error) {
      // A text that is no path at all (too long, with odd characters) is just not a file.
      if (error instanceof SystemError) return null;
      throw error;
    }
  }

  /** Differs from upstream: in the order of names, because a folder's own order is arbitrary. */
  #namesIn(path: string): readonly string[] {
    try {
      return this.#options.host.input
        .list(path)
        .map(({ name }) => name)
        .sort();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      const message = `Failed to open directory ${path}: ${error.errnoName}`;
      if (error.errnoName !== 'EACCES') throw new CommandFailure(message, { kind: 'unknown', module: ACTOR });
      this.#options.log.warn(message);
      return [];
    }
  }

  /** Asks all classes about one input and gives it to the best; says whether there is one. */
  async claim(input: string, type: InputType, index: number): Promise<boolean> {
    if (this.#options.isInterrupted())
      throw new CommandFailure('Automatic source discovery interrupted by the user');
    const { onlyClass, plugins } = this.#options;
    let best: (Winner & { readonly weight: number }) | null = null;
    for (const plugin of plugins) {
      for (const componentClass of plugin.classes) {
        if (componentClass.kind !== 'source') continue;
        if (onlyClass !== null && componentClass.name !== onlyClass) continue;
        const info = await this.#supportInfo(componentClass, input, type);
        if (info === null || info.weight <= (best?.weight ?? 0)) continue;
        best = { plugin: plugin.name, className: componentClass.name, ...info };
      }
    }
    if (best !== null) this.#add(best, input, index);
    return best !== null;
  }

  async #supportInfo(
    componentClass: ComponentClass,
    input: string,
    type: InputType,
  ): Promise<SupportInfo | null> {
    const { log, logSink, isInterrupted } = this.#options;
    try {
      const params = valueMap({ input, type });
      const answer = await query(componentClass, 'babeltrace.support-info', {
        params,
        logLevel: log.level,
        log: logSink,
        isInterrupted,
      });
      return readSupportInfo(answer, (fault) =>
        log.warn(
          `babeltrace.support-info query: ${fault}: component-class-name=source.${componentClass.plugin}.${componentClass.name}, input=${input}, input-type=${type}`,
        ),
      );
    } catch (error) {
      if (error instanceof UnknownObjectError) return null;
      const failure = CommandFailure.from(error);
      throw failure?.ledTo('babeltrace.support-info query failed.') ?? error;
    }
  }

  #add({ plugin, className, group }: Winner, input: string, index: number): void {
    const known =
      group === null
        ? undefined
        : this.sources.find(
            (source) => source.plugin === plugin && source.className === className && source.group === group,
          );
    if (known === undefined) {
      this.sources.push({ plugin, className, group, inputs: [input], inputIndices: [index] });
      return;
    }
    known.inputs.push(input);
    if (known.inputIndices.at(-1) !== index) known.inputIndices.push(index);
  }
}

const ACTOR = 'Source auto-discovery';

interface SupportInfo {
  readonly weight: number;
  readonly group: string | null;
}

/** Reads an answer: a weight, or a map with one and perhaps a group. */
function readSupportInfo(answer: Value, warn: (fault: string) => void): SupportInfo | null {
  const group = isMap(answer) ? (answer.get('group') ?? null) : null;
  const weight = isMap(answer) ? answer.get('weight') : answer;
  if (weight === undefined) return refuse(warn, 'result is missing `weight` entry');
  if (typeof weight !== 'number' && typeof weight !== 'bigint') {
    return refuse(warn, isMap(answer) ? 'unexpected type for weight' : 'unexpected result type');
  }
  if (weight < 0 || weight > 1) return refuse(warn, 'weight value is out of range [0.0, 1.0]');
  if (group !== null && typeof group !== 'string') return refuse(warn, 'unexpected type for entry `group`');
  return { weight: Number(weight), group };
}

function refuse(warn: (fault: string) => void, fault: string): null {
  warn(fault);
  return null;
}
