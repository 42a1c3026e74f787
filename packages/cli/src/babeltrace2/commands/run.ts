/** The command `run`: builds a graph from its configuration and runs it to its end. */
import {
  type ComponentClass,
  type ComponentHandle,
  Graph,
  greatestMipVersion,
  type InputPort,
  type MipVersion,
  type OutputPort,
  query,
  valueMap,
} from '@lttng-ts/graph';
import type { TextThreads } from '@lttng-ts/plugins';
import type { Connection } from '../configuration/connections.ts';
import type { ComponentConfiguration, RunConfiguration } from '../configuration/run-configuration.ts';
import { CommandFailure, explaining } from '../failure.ts';
import type { Progress } from '../progress.ts';
import { matchesStarGlob } from '../text/star-glob.ts';
import { type CommandContext, type CommandEnd, print } from './command-context.ts';
import { describeClass, requireClass } from './find-class.ts';
import { rangesOfPorts, secondsText, type TimeRangeNs } from './stream-intersections.ts';

export interface RunOptions {
  /** Put a trimmer behind each port of a source that keeps the time in which all streams are active. */
  readonly isIntersection: boolean;
  /** Threads to print text with. */
  readonly jobs: number;
  /** Show on a terminal how far it is. */
  readonly showsProgress: boolean;
}

/** Runs a graph; what fails is thrown as {@link CommandFailure}. */
export async function runCommand(
  context: CommandContext,
  configuration: RunConfiguration,
  { isIntersection, jobs, showsProgress }: RunOptions,
): Promise<CommandEnd> {
  const mipVersion = explaining("Cannot initialize the command's context.", () =>
    agreeOnMipVersion(context, configuration, isIntersection),
  );
  const { world } = context;
  const threads = jobs > 1 ? (world.textThreads?.(jobs - 1) ?? null) : null;
  using graph = new Graph({
    mipVersion,
    log: context.logSink,
    isInterrupted: () => context.world.isInterrupted(),
  });
  const builder = new GraphBuilder(context, configuration, graph, threads);
  const progress = showsProgress ? world.progress : null;
  try {
    if (world.isInterrupted()) throw new CommandFailure('Interrupted by user before creating components.');
    await builder.createComponents(isIntersection);
    if (world.isInterrupted()) throw new CommandFailure('Interrupted by user before connecting components.');
    explaining('Cannot connect initial component ports.', () => builder.connectComponents());
    context.log.info('Running the graph.');
    return await runToEnd(context, configuration.retryDurationUs, graph, progress);
  } finally {
    progress?.end();
  }
}

/** So often signals get their turn: nothing else happens while a graph runs. */
const TURN_STEPS = 64;

async function runToEnd(
  context: CommandContext,
  retryDurationUs: number,
  graph: Graph,
  progress: Progress | null,
): Promise<CommandEnd> {
  const { world, colours } = context;
  const sinkCount = graph.components.filter(({ class: { kind } }) => kind === 'sink').length;
  for (let waiting = 0, steps = 0; ; steps++) {
    const result = explaining('Graph failed to complete successfully', () => graph.runOnce());
    if (result === 'end') break;
    if (result === 'interrupted' || world.isInterrupted()) return 'interrupted';
    waiting = result === 'again' ? waiting + 1 : 0;
    if (waiting >= sinkCount) {
      await world.sleep(retryDurationUs);
      waiting = 0;
    } else if (steps % TURN_STEPS === 0) {
      progress?.show();
      await world.breathe();
    }
    if (world.isInterrupted()) return 'interrupted';
  }
  // A component may have left the terminal in any colour.
  if (colours.reset !== '') print(context, colours.reset);
  return 'ok';
}

/** The greatest version of the message rules that all components follow. */
function agreeOnMipVersion(
  context: CommandContext,
  { components, allowedMipVersion }: RunConfiguration,
  isIntersection: boolean,
): MipVersion {
  const descriptors = explaining(
    "Cannot find an operative message interchange protocol version to use to create the `run` command's graph: status=ERROR",
    () => [
      ...components.map((component) => ({
        class: requireClass(context, component),
        params: component.params,
      })),
      ...(isIntersection ? [{ class: requireClass(context, TRIMMER) }] : []),
    ],
  );
  const allowed = allowedMipVersion === null ? undefined : [allowedMipVersion as MipVersion];
  const version = greatestMipVersion(descriptors, allowed, {
    logLevel: context.libraryLogLevel,
    log: context.logSink,
  });
  if (version === null) {
    throw new CommandFailure(
      "Failed to find an operative message interchange protocol version to use to create the `run` command's graph (components are not interoperable).",
    );
  }
  return version;
}

const TRIMMER = { type: 'filter', plugin: 'utils', className: 'trimmer' } as const;

/** Components are made sources first, then filters, then sinks, as upstream makes them. */
const CREATION_ORDER = ['source', 'filter', 'sink'] as const;

class GraphBuilder {
  readonly #context: CommandContext;
  readonly #configuration: RunConfiguration;
  readonly #graph: Graph;
  readonly #components = new Map<string, ComponentHandle>();
  /** How many input ports of a component are connected before the first free one: a muxer may have thousands. */
  readonly #connectedInputs = new Map<ComponentHandle, number>();
  /** For a sink of text. */
  readonly #threads: TextThreads | null;
  /** Time ranges by source component, then by its port. */
  readonly #ranges = new Map<string, ReadonlyMap<string, TimeRangeNs>>();
  /** Ports that appear from now on are connected at once. */
  #connectsNewPorts = false;

  constructor(
    context: CommandContext,
    configuration: RunConfiguration,
    graph: Graph,
    threads: TextThreads | null,
  ) {
    this.#threads = threads;
    this.#context = context;
    this.#configuration = configuration;
    this.#graph = graph;
    graph.listen({
      portAdded: (port) => {
        if (this.#connectsNewPorts && port.direction === 'output' && !port.isConnected) {
          explaining('Cannot connect upstream port.', () => this.#connectPort(port));
        }
      },
    });
  }

  async createComponents(isIntersection: boolean): Promise<void> {
    this.#context.log.info('Creating components.');
    for (const type of CREATION_ORDER) {
      for (const component of this.#configuration.components) {
        if (component.type !== type) continue;
        const componentClass = explaining('Cannot create components.', () => this.#create(component));
        if (isIntersection && type === 'source') await this.#findRanges(component, componentClass);
      }
    }
  }

  #create(component: ComponentConfiguration): ComponentClass {
    const { name, params, logLevel } = component;
    const componentClass = requireClass(this.#context, component);
    const failure = `Cannot create component: ${describeClass(component)}, comp-name="${name}"`;
    const handle = explaining(failure, () =>
      this.#graph.addComponent(componentClass, name, {
        params,
        logLevel,
        data: component.type === 'sink' ? this.#threads : null,
      }),
    );
    this.#components.set(name, handle);
    return componentClass;
  }

  async #findRanges({ name, params }: ComponentConfiguration, componentClass: ComponentClass): Promise<void> {
    const { logLevel, logSink } = this.#context;
    try {
      const infos = await query(componentClass, 'babeltrace.trace-infos', {
        params,
        logLevel,
        log: logSink,
      });
      this.#ranges.set(name, rangesOfPorts(infos));
    } catch (error) {
      const failure = CommandFailure.from(error)?.ledTo('Cannot determine stream intersection of trace.');
      // A bug goes through as it is.
      throw failure?.ledTo('Cannot create components.') ?? error;
    }
  }

  /** Connects the output ports that are there, and from now on those that appear. */
  connectComponents(): void {
    this.#context.log.info('Connecting components.');
    this.#connectsNewPorts = true;
    for (const type of CREATION_ORDER) {
      for (const { name, class: itsClass, outputPorts } of this.#components.values()) {
        if (itsClass.kind !== type) continue;
        for (const port of outputPorts) if (!port.isConnected) this.#connectPort(port);
        this.#context.log.debug(`Connected the ports of a component: name="${name}"`);
      }
    }
  }

  #connectPort(port: OutputPort): void {
    const { component, name } = port;
    const connection = this.#configuration.connections.find(
      ({ upstream, upstreamPort }) => upstream === component.name && matchesStarGlob(upstreamPort, name),
    );
    if (connection === undefined) {
      throw new CommandFailure(
        `Cannot connect upstream port: port does not match any connection argument: port-name="${name}"`,
      );
    }
    const failure = (): string => `Cannot connect upstream port: port-name="${name}"`;
    explaining(failure, () => {
      const range = this.#ranges.get(component.name)?.get(name);
      if (range === undefined) this.#connectTo(port, connection);
      else this.#connectThroughTrimmer(port, connection, range);
    });
  }

  #connectTo(port: OutputPort, { downstream, downstreamPort, argument }: Connection): void {
    const component = this.#components.get(downstream);
    const input = component === undefined ? null : this.#findInput(component, downstreamPort);
    const failure = (what: string): string =>
      `Cannot create connection: ${what}: ` +
      `upstream-port-name="${port.name}", downstream-comp-name="${downstream}", conn-arg="${argument}"`;
    if (input === null) {
      throw new CommandFailure(failure('cannot find a matching downstream port for upstream port'));
    }
    explaining(
      () => failure('graph refuses to connect ports'),
      () => this.#graph.connect(port, input),
    );
  }

  /** The first free input port of `component` whose name is like `pattern`. */
  #findInput(component: ComponentHandle, pattern: string): InputPort | null {
    const { inputPorts } = component;
    let first = this.#connectedInputs.get(component) ?? 0;
    while (inputPorts[first]?.isConnected === true) first++;
    this.#connectedInputs.set(component, first);
    for (let i = first; i < inputPorts.length; i++) {
      const port = inputPorts[i]!;
      if (!port.isConnected && matchesStarGlob(pattern, port.name)) return port;
    }
    return null;
  }

  #connectThroughTrimmer(port: OutputPort, connection: Connection, { beginNs, endNs }: TimeRangeNs): void {
    const params = valueMap({ begin: secondsText(beginNs), end: secondsText(endNs) });
    this.#connectsNewPorts = false;
    const trimmer = this.#graph.addComponent(
      requireClass(this.#context, TRIMMER),
      `stream-intersection-trimmer-${port.name}`,
      { params, logLevel: this.#context.logLevel },
    );
    const [[input], [output]] = [trimmer.inputPorts, trimmer.outputPorts];
    if (input === undefined || output === undefined) throw new CommandFailure('Trimmer has no ports.');
    this.#graph.connect(port, input);
    this.#connectTo(output, connection);
    this.#connectsNewPorts = true;
  }
}
