/**
 * A trace processing graph: components, the connections between their ports, and running. It holds no clock and waits
 * for nothing: `run` comes back when every sink has finished, or when nothing is there to do now.
 *
 * Order of calls: add components, connect ports, then run. The first run ends the configuration.
 */
import { assert } from '@lttng-ts/base';
import { guard, PreconditionError, precondition, toGraphError } from '../errors.ts';
import type { MipVersion } from '../ir/trace.ts';
import { Logger, type LogLevel, type LogSink, SILENT_LOG } from '../log.ts';
import { EMPTY_MAP, type ValueMap } from '../values.ts';
import { asPort, Component, type GraphPort, graphPort } from './component.ts';
import type {
  ComponentClass,
  ComponentHandle,
  ConsumeResult,
  FlowIterator,
  InputPort,
  MessageIterator,
  OutputPort,
  Port,
  SelfFilter,
  SelfMessageIterator,
} from './component-class.ts';
import { GraphIterator } from './graph-iterator.ts';
import { MessageOrderCheck } from './message-order.ts';

export interface GraphOptions {
  readonly mipVersion?: MipVersion;
  readonly log?: LogSink;
  /** Asked between and during steps: whether to stop soon. */
  readonly isInterrupted?: () => boolean;
  /** Checks the messages of every iterator: see `MessageOrderCheck`. */
  readonly checksMessages?: boolean;
}

export interface AddComponentOptions {
  readonly params?: ValueMap;
  /** Passed through to the class. */
  readonly data?: unknown;
  readonly logLevel?: LogLevel;
}

/** What a program hears while components come and connect. */
export interface GraphListener {
  portAdded?(port: Port): void;
  portsConnected?(output: OutputPort, input: InputPort): void;
}

/** How a run ended: everything done; nothing to do now; somebody wants it to stop. */
export type RunResult = 'end' | 'again' | 'interrupted';

type State = 'configuring' | 'configured' | 'failed' | 'disposed';

const ADDING_PORT = {
  input: 'self-component-add-input-port',
  output: 'self-component-add-output-port',
} as const;

export class Graph implements Disposable {
  readonly mipVersion: MipVersion;
  readonly #log: LogSink;
  readonly #checksMessages: boolean;
  readonly #isInterruptedOutside: () => boolean;
  readonly #components = new Map<string, Component>();
  readonly #listeners: GraphListener[] = [];
  readonly #iterators: GraphIterator[] = [];
  #sinks: Component[] = [];
  #state: State = 'configuring';
  #isInterrupted = false;
  readonly #tellsInterruption = (): boolean => this.isInterrupted;

  constructor({
    mipVersion = 0,
    log = SILENT_LOG,
    isInterrupted,
    checksMessages = false,
  }: GraphOptions = {}) {
    this.mipVersion = mipVersion;
    this.#log = log;
    this.#checksMessages = checksMessages;
    this.#isInterruptedOutside = isInterrupted ?? (() => false);
  }

  get components(): readonly ComponentHandle[] {
    return [...this.#components.values()];
  }

  /** Registers a listener; it hears of what happens from now on. */
  listen(listener: GraphListener): void {
    this.#listeners.push(listener);
  }

  /** Adds a component and initializes it. Throws `GraphError` when that fails; the graph is of no use then. */
  addComponent(
    componentClass: ComponentClass,
    name: string,
    { params = EMPTY_MAP, data = null, logLevel = 'warning' }: AddComponentOptions = {},
  ): ComponentHandle {
    const prefix = `graph-add-${componentClass.kind}-component`;
    this.#checkConfiguring(prefix);
    precondition(
      !this.#components.has(name),
      `${prefix}:component-name-is-unique`,
      `Duplicate component name: name=${JSON.stringify(name)}`,
    );
    const component = new Component(name, componentClass, logLevel);
    const self = this.#selfOf(component);
    this.#attempt(() => {
      guard(component.actor, 'Component initialization method failed', () => {
        component.behaviour = componentClass.initialize(self, params, data);
      });
    });
    precondition(
      componentClass.kind !== 'sink' || component.inputs.length > 0,
      `${prefix}:has-input-port`,
      `Sink component has no input port: name=${JSON.stringify(name)}`,
    );
    this.#components.set(name, component);
    return component;
  }

  /** Connects two ports. Throws `GraphError` when one of the components refuses. */
  connect(output: OutputPort, input: InputPort): void {
    this.#checkConfiguring('graph-connect-ports');
    const upstream = graphPort(output);
    const downstream = graphPort(input);
    checkUnconnected(upstream);
    checkUnconnected(downstream);
    if (this.#leadsTo(downstream.component, upstream.component)) {
      throw new PreconditionError(
        'graph-connect-ports:no-cycle',
        `Connection makes a cycle: output=${JSON.stringify(output.name)}, input=${JSON.stringify(input.name)}`,
      );
    }
    upstream.peer = downstream;
    downstream.peer = upstream;
    this.#attempt(() => {
      upstream.component.portConnected(upstream, downstream);
      downstream.component.portConnected(downstream, upstream);
    });
    for (const listener of this.#listeners) listener.portsConnected?.(output, input);
  }

  #leadsTo(from: Component, to: Component): boolean {
    return from === to || from.outputs.some(({ peer }) => peer !== null && this.#leadsTo(peer.component, to));
  }

  /** Lets the next sink consume once: `ok` when there may be more at once. Throws like {@link run}. */
  runOnce(): RunResult | 'ok' {
    this.#configure();
    const sink = this.#sinks[0];
    if (sink === undefined) return 'end';
    if (this.isInterrupted) return 'interrupted';
    const result = this.#consume(sink);
    this.#nextSink(result);
    return result === 'end' && this.#sinks.length > 0 ? 'ok' : result;
  }

  /**
   * Runs until every sink has finished, every sink waits, or somebody interrupts. Call it again after `again`, when
   * there may be more. Throws `GraphError`; the graph is of no use then.
   */
  run(): RunResult {
    this.#configure();
    let waiting = 0;
    while (this.#sinks.length > 0) {
      if (this.isInterrupted) return 'interrupted';
      const sink = this.#sinks[0]!;
      const result = this.#consume(sink);
      this.#nextSink(result);
      if (result === 'end') continue;
      waiting = result === 'again' ? waiting + 1 : 0;
      if (waiting >= this.#sinks.length) return 'again';
    }
    return 'end';
  }

  /** The first sink gave `result`: it goes behind the others, or is done. */
  #nextSink(result: ConsumeResult): void {
    const sinks = this.#sinks;
    if (result !== 'end' && sinks.length === 1) return;
    const first = sinks.shift();
    if (result !== 'end' && first !== undefined) sinks.push(first);
  }

  #consume(sink: Component): ConsumeResult {
    try {
      return sink.sink.consume();
    } catch (error) {
      this.#state = 'failed';
      throw toGraphError(error, sink.actor, 'Component\'s "consume" method failed');
    }
  }

  /** Makes the present run, and those to come, return soon. */
  interrupt(): void {
    this.#isInterrupted = true;
  }

  get isInterrupted(): boolean {
    return this.#isInterrupted || this.#isInterruptedOutside();
  }

  #configure(): void {
    precondition(
      this.#state !== 'failed' && this.#state !== 'disposed',
      'graph-run:graph-is-not-faulty',
      `Graph cannot run: state="${this.#state}"`,
    );
    if (this.#state === 'configured') return;
    const sinks = [...this.#components.values()].filter((component) => component.class.kind === 'sink');
    precondition(sinks.length > 0, 'graph-run:graph-has-at-least-one-sink-component', 'Graph has no sink');
    this.#state = 'configured';
    this.#sinks = sinks;
    for (const sink of sinks) {
      this.#attempt(() => {
        guard(sink.actor, 'Component\'s "graph is configured" method failed', () =>
          sink.sink.graphIsConfigured?.(),
        );
      });
    }
  }

  #attempt<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      this.#state = 'failed';
      throw error;
    }
  }

  /** One object for the author's code: it has more than a source or sink may use, and its type says which. */
  #selfOf(
    component: Component,
  ): SelfFilter & Pick<SelfMessageIterator, 'createMessageIterator' | 'createFlowIterator'> {
    const add = (direction: 'input' | 'output', name: string, data: unknown): Port => {
      this.#checkConfiguring(ADDING_PORT[direction]);
      const port = asPort(component.addPort(direction, name, data));
      for (const listener of this.#listeners) listener.portAdded?.(port);
      return port;
    };
    return {
      name: component.name,
      mipVersion: this.mipVersion,
      log: new Logger(component.name, component.logLevel, this.#log),
      isInterrupted: this.#tellsInterruption,
      addInputPort: (name, data) => add('input', name, data) as InputPort,
      addOutputPort: (name, data) => add('output', name, data) as OutputPort,
      get inputPorts() {
        return component.inputPorts;
      },
      get outputPorts() {
        return component.outputPorts;
      },
      createMessageIterator: (input) => {
        this.#checkConfigured();
        return this.#createMessageIterator(graphPort(input));
      },
      createFlowIterator: (input) => {
        this.#checkConfigured();
        return this.#createIterator(graphPort(input), true);
      },
    };
  }

  /** `action`: what is refused when the graph runs, or ran. */
  #checkConfiguring(action: string): void {
    if (this.#state === 'configuring') return;
    throw new PreconditionError(
      `${action}:graph-is-not-configured`,
      `Graph is not in the configuring state: state="${this.#state}"`,
    );
  }

  #checkConfigured(): void {
    precondition(
      this.#state === 'configured',
      'message-iterator-create-from-sink-component:graph-is-configured',
      'Graph is not configured',
    );
  }

  #createMessageIterator(input: GraphPort): MessageIterator {
    // Its behaviour is that of messages, so that messages are all that it gives.
    return this.#createIterator(input, false) as MessageIterator;
  }

  #createIterator(input: GraphPort, takesRuns: boolean): FlowIterator {
    const output = input.peer;
    if (output === null) {
      throw new PreconditionError(
        'message-iterator-create:input-port-is-connected',
        `Input port is not connected: port=${JSON.stringify(input.name)}`,
      );
    }
    const { component } = output;
    const actor = {
      kind: 'message-iterator',
      component: component.name,
      outputPort: output.name,
      class: component.identity,
    } as const;
    const self: SelfMessageIterator = {
      port: asPort(output) as OutputPort,
      createMessageIterator: (port) => this.#createMessageIterator(ownPort(component, port)),
      createFlowIterator: (port) => this.#createIterator(ownPort(component, port), true),
      isInterrupted: this.#tellsInterruption,
    };
    const { producer } = component;
    const behaviour = guard(actor, 'Message iterator initialization method failed', () =>
      takesRuns && producer.createFlowIterator !== undefined
        ? producer.createFlowIterator(self)
        : producer.createMessageIterator(self),
    );
    const iterator = new GraphIterator(
      actor,
      behaviour,
      this.#checksMessages ? new MessageOrderCheck() : null,
    );
    this.#iterators.push(iterator);
    return iterator;
  }

  /** Finalizes iterators, then components, in reverse order of their making. */
  [Symbol.dispose](): void {
    if (this.#state === 'disposed') return;
    this.#state = 'disposed';
    for (const iterator of this.#iterators.reverse()) iterator.finalize();
    for (const component of [...this.#components.values()].reverse()) {
      if (component.isInitialized) component.behaviour.finalize?.();
    }
  }
}

function ownPort(component: Component, port: InputPort): GraphPort {
  const own = graphPort(port);
  assert(own.component === component, 'Port of another component');
  return own;
}

function checkUnconnected({ isConnected, direction, name, component }: GraphPort): void {
  if (!isConnected) return;
  throw new PreconditionError(
    `graph-connect-ports:${direction}-port-is-not-connected`,
    `${direction === 'input' ? 'Input' : 'Output'} port is already connected: ` +
      `component=${JSON.stringify(component.name)}, port=${JSON.stringify(name)}`,
  );
}
