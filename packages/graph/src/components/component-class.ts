/**
 * What the author of a component writes: a class with `initialize`, which makes a component's behaviour. All calls
 * come from the graph, one at a time, and none of them waits: what is not there yet is told by `again`.
 */
import type { MipVersion } from '../ir/trace.ts';
import type { Logger, LogLevel } from '../log.ts';
import type { FlowItem } from '../messages/event-run.ts';
import type { Message } from '../messages/message.ts';
import type { Value, ValueMap } from '../values.ts';

export type ComponentKind = 'source' | 'filter' | 'sink';

/**
 * What a call for messages gives. `messages` holds at least one and belongs to the caller. `again`: nothing now, ask
 * later. `end`: nothing any more.
 */
export type NextResult =
  | { readonly kind: 'messages'; readonly messages: readonly Message[] }
  | { readonly kind: 'again' }
  | { readonly kind: 'end' };

/** The same for components that take events in runs, too. */
export type FlowResult =
  | { readonly kind: 'messages'; readonly messages: readonly FlowItem[] }
  | { readonly kind: 'again' }
  | { readonly kind: 'end' };

export const END = { kind: 'end' } as const satisfies NextResult;
export const AGAIN = { kind: 'again' } as const satisfies NextResult;

/** What seeking gives; after `again` the same call must be made again before anything else. */
export type SeekResult = 'ok' | 'again';

/** The messages of one output port, asked for by one reader. Owned by the component that made it. */
export interface MessageIterator {
  next(): NextResult;
  /** Whether times never go back from message to message. */
  readonly canSeekForward: boolean;
  /**
   * What is broken of the data that messages come from; `null`: nothing so far. It concerns nothing that other iterators
   * give: who reads several gives what they have, then throws it, as the iterator itself has done or will do.
   */
  readonly damage: Error | null;
  canSeekBeginning(): boolean;
  seekBeginning(): SeekResult;
  canSeekNsFromOrigin(ns: bigint): boolean;
  /** Goes on with the first messages at or after `ns`, as if streams and packets that are open then began then. */
  seekNsFromOrigin(ns: bigint): SeekResult;
  /**
   * Goes on from some place before all messages at or after `ns`: near it when that is known, else from the beginning. Must
   * be able to seek the beginning.
   */
  seekBefore(ns: bigint): SeekResult;
}

/**
 * A message iterator whose events may come in runs. A run is good until `next` is called again; who keeps events for
 * longer reads messages instead.
 */
export interface FlowIterator extends Omit<MessageIterator, 'next'> {
  next(): FlowResult;
  /** See {@link FlowIteratorBehaviour.nextFrom}. */
  nextFrom?(event: number): readonly FlowItem[] | null;
}

/** What the author of a source or filter writes for each reader of an output port. */
export interface MessageIteratorBehaviour {
  /** Whether times never go back from message to message: then the graph can seek for this iterator. */
  readonly canSeekForward?: boolean;
  /** See {@link MessageIterator.damage}. */
  readonly damage?: Error | null;
  /** Throws to end with an error. */
  next(): NextResult;
  /** Whether `seekBeginning` would work now; when absent, whether the method is there. */
  canSeekBeginning?(): boolean;
  seekBeginning?(): SeekResult;
  canSeekNsFromOrigin?(ns: bigint): boolean;
  seekNsFromOrigin?(ns: bigint): SeekResult;
  /**
   * For iterators that the graph seeks for: goes to a place near `ns` instead of the beginning, before all messages at or
   * after `ns` and before all that begins what is open then; the graph drops what is earlier. A stream of which messages
   * with a time are left out begins with a time.
   */
  seekBefore?(ns: bigint): SeekResult;
  /** Nobody will ask any more. */
  finalize?(): void;
}

/** The same for readers that take events in runs. */
export interface FlowIteratorBehaviour extends Omit<MessageIteratorBehaviour, 'next'> {
  next(): FlowResult;
  /**
   * Instead of `next`, by those who have not used up the run that ended the last batch: what comes begins with event number `event` of its
   * only part once more, followed by more events than were left. `null`: nothing is done, because there are none, or going back does not pay.
   */
  nextFrom?(event: number): readonly FlowItem[] | null;
}

/** What a new message iterator may do, and what it knows. */
export interface SelfMessageIterator {
  readonly port: OutputPort;
  /** Reads what a filter's own input port is connected to. */
  createMessageIterator(input: InputPort): MessageIterator;
  /** The same with events in runs, where upstream has them. */
  createFlowIterator(input: InputPort): FlowIterator;
  /** Whether somebody wants the graph to stop: an iterator in a long search returns `again` then. */
  isInterrupted(): boolean;
}

interface BasePort {
  readonly name: string;
  readonly isConnected: boolean;
  /** What the component's author put there. */
  readonly data: unknown;
  /** The component that has it. */
  readonly component: ComponentHandle;
}

export interface InputPort extends BasePort {
  readonly direction: 'input';
}

export interface OutputPort extends BasePort {
  readonly direction: 'output';
}

export type Port = InputPort | OutputPort;

/** A component in a graph, as others see it. */
export interface ComponentHandle {
  readonly name: string;
  readonly class: ComponentClass;
  readonly logLevel: LogLevel;
  readonly inputPorts: readonly InputPort[];
  readonly outputPorts: readonly OutputPort[];
}

/** What every component may do in `initialize` and later. */
export interface SelfComponent {
  readonly name: string;
  readonly mipVersion: MipVersion;
  readonly log: Logger;
  /** Whether somebody wants the graph to stop. */
  isInterrupted(): boolean;
}

export interface SelfSource extends SelfComponent {
  addOutputPort(name: string, data?: unknown): OutputPort;
  readonly outputPorts: readonly OutputPort[];
}

export interface SelfSink extends SelfComponent {
  addInputPort(name: string, data?: unknown): InputPort;
  readonly inputPorts: readonly InputPort[];
  /** Reads what an input port is connected to; from `graphIsConfigured` on. */
  createMessageIterator(input: InputPort): MessageIterator;
  /** The same with events in runs, where upstream has them. */
  createFlowIterator(input: InputPort): FlowIterator;
}

export interface SelfFilter extends SelfSource {
  addInputPort(name: string, data?: unknown): InputPort;
  readonly inputPorts: readonly InputPort[];
}

interface Behaviour {
  /** An input port of this component was connected. Here a filter may add its next port. */
  inputPortConnected?(port: InputPort, other: OutputPort): void;
  outputPortConnected?(port: OutputPort, other: InputPort): void;
  /** The component goes away. */
  finalize?(): void;
}

export interface SourceBehaviour extends Behaviour {
  createMessageIterator(self: SelfMessageIterator): MessageIteratorBehaviour;
  /** For readers that take events in runs; when absent, they get messages. */
  createFlowIterator?(self: SelfMessageIterator): FlowIteratorBehaviour;
}

export type FilterBehaviour = SourceBehaviour;

/** What a turn of a sink gives: more to do, nothing now, nothing any more. */
export type ConsumeResult = 'ok' | 'again' | 'end';

export interface SinkBehaviour extends Behaviour {
  /** Everything is connected: the moment to make message iterators. */
  graphIsConfigured?(): void;
  consume(): ConsumeResult;
}

/** What a query may be asked with. */
export interface QueryContext {
  readonly log: Logger;
  /** What the program that asks passed; a class and its askers agree on it. */
  readonly data: unknown;
  isInterrupted(): boolean;
}

interface BaseClass {
  readonly name: string;
  /** The plugin that has it, as in `source.ctf.fs`. */
  readonly plugin?: string;
  readonly description?: string;
  readonly help?: string;
  /** Versions of the message rules that the component can follow with these parameters; when absent, 0 and 1. */
  supportedMipVersions?(params: Value, log: Logger): readonly MipVersion[];
  /** Answers a question about `object`. Throws `UnknownObjectError` for what it does not know. */
  query?(object: string, params: Value, context: QueryContext): Value | Promise<Value>;
}

export interface SourceClass extends BaseClass {
  readonly kind: 'source';
  initialize(self: SelfSource, params: ValueMap, data: unknown): SourceBehaviour;
}

export interface FilterClass extends BaseClass {
  readonly kind: 'filter';
  initialize(self: SelfFilter, params: ValueMap, data: unknown): FilterBehaviour;
}

export interface SinkClass extends BaseClass {
  readonly kind: 'sink';
  initialize(self: SelfSink, params: ValueMap, data: unknown): SinkBehaviour;
}

export type ComponentClass = SourceClass | FilterClass | SinkClass;
