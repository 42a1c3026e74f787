/**
 * A component in a graph: its ports, its behaviour and the handles that its author's code holds. There may be thousands of ports,
 * so that what a refusal says is put together when something is refused.
 */
import { AssertionError, assert } from '@lttng-ts/base';
import type { Actor } from '../errors.ts';
import { PreconditionError, toGraphError } from '../errors.ts';
import type { LogLevel } from '../log.ts';
import { type ClassIdentity, identityOf } from './class-identity.ts';
import type {
  ComponentClass,
  ComponentHandle,
  FilterBehaviour,
  InputPort,
  OutputPort,
  Port,
  SinkBehaviour,
  SourceBehaviour,
} from './component-class.ts';

/** A port; `peer` is the other end of its connection. */
export class GraphPort {
  readonly name: string;
  readonly direction: 'input' | 'output';
  readonly component: Component;
  readonly data: unknown;
  peer: GraphPort | null = null;

  constructor(component: Component, direction: 'input' | 'output', name: string, data: unknown) {
    this.component = component;
    this.direction = direction;
    this.name = name;
    this.data = data;
  }

  get isConnected(): boolean {
    return this.peer !== null;
  }
}

/** The graph's view of what an author's `initialize` gave. */
export type AnyBehaviour = SourceBehaviour | FilterBehaviour | SinkBehaviour;

export class Component implements ComponentHandle {
  readonly name: string;
  readonly class: ComponentClass;
  readonly logLevel: LogLevel;
  readonly identity: ClassIdentity;
  readonly inputs: GraphPort[] = [];
  readonly outputs: GraphPort[] = [];
  readonly #portNames = { input: new Set<string>(), output: new Set<string>() };
  #behaviour: AnyBehaviour | null = null;

  constructor(name: string, componentClass: ComponentClass, logLevel: LogLevel) {
    this.name = name;
    this.class = componentClass;
    this.logLevel = logLevel;
    this.identity = identityOf(componentClass);
  }

  get actor(): Actor {
    return { kind: 'component', name: this.name, class: this.identity };
  }

  get inputPorts(): readonly InputPort[] {
    return this.inputs as readonly unknown[] as readonly InputPort[];
  }

  get outputPorts(): readonly OutputPort[] {
    return this.outputs as readonly unknown[] as readonly OutputPort[];
  }

  set behaviour(behaviour: AnyBehaviour) {
    this.#behaviour = behaviour;
  }

  get behaviour(): AnyBehaviour {
    const behaviour = this.#behaviour;
    if (behaviour === null) throw new AssertionError(`Component is not initialized: name="${this.name}"`);
    return behaviour;
  }

  get isInitialized(): boolean {
    return this.#behaviour !== null;
  }

  /** The behaviour of a sink. */
  get sink(): SinkBehaviour {
    assert(this.class.kind === 'sink');
    return this.behaviour as SinkBehaviour;
  }

  /** The behaviour of a source or filter. */
  get producer(): SourceBehaviour {
    assert(this.class.kind !== 'sink');
    return this.behaviour as SourceBehaviour;
  }

  addPort(direction: 'input' | 'output', name: string, data: unknown): GraphPort {
    const ports = direction === 'input' ? this.inputs : this.outputs;
    const names = this.#portNames[direction];
    if (names.has(name)) {
      throw new PreconditionError(
        `self-component-add-${direction}-port:${direction}-port-name-is-unique`,
        `Duplicate ${direction} port name: name=${JSON.stringify(name)}, component=${JSON.stringify(this.name)}`,
      );
    }
    const port = new GraphPort(this, direction, name, data);
    names.add(name);
    ports.push(port);
    return port;
  }

  /** Tells the author's code of a connection. */
  portConnected(port: GraphPort, other: GraphPort): void {
    const { behaviour } = this;
    try {
      if (port.direction === 'input') {
        behaviour.inputPortConnected?.(asPort(port) as InputPort, asPort(other) as OutputPort);
      } else {
        behaviour.outputPortConnected?.(asPort(port) as OutputPort, asPort(other) as InputPort);
      }
    } catch (error) {
      throw toGraphError(error, this.actor, `Component's "${port.direction} port connected" method failed`);
    }
  }
}

/** A graph port as authors see it. Its `direction` says which of the two it is. */
export function asPort(port: GraphPort): Port {
  return port as unknown as Port;
}

/** The graph's port behind what an author's code holds. */
export function graphPort(port: Port): GraphPort {
  const known = port as unknown;
  if (known instanceof GraphPort) return known;
  throw new AssertionError(`Not a port of a graph: name=${JSON.stringify(port.name)}`);
}
