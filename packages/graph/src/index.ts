export { ClockCorrelation } from './clock-correlation.ts';
export type { ClassIdentity } from './components/class-identity.ts';
export { formatClass, identityOf } from './components/class-identity.ts';
export type {
  ComponentClass,
  ComponentHandle,
  ComponentKind,
  ConsumeResult,
  FilterBehaviour,
  FilterClass,
  FlowIterator,
  FlowIteratorBehaviour,
  FlowResult,
  InputPort,
  MessageIterator,
  MessageIteratorBehaviour,
  NextResult,
  OutputPort,
  Port,
  QueryContext,
  SeekResult,
  SelfComponent,
  SelfFilter,
  SelfMessageIterator,
  SelfSink,
  SelfSource,
  SinkBehaviour,
  SinkClass,
  SourceBehaviour,
  SourceClass,
} from './components/component-class.ts';
export { AGAIN, END } from './components/component-class.ts';
export type { AddComponentOptions, GraphListener, GraphOptions, RunResult } from './components/graph.ts';
export { Graph } from './components/graph.ts';
export { MessageOrderCheck } from './components/message-order.ts';
export type { ComponentDescriptor } from './components/mip.ts';
export { greatestMipVersion, MIP_VERSIONS } from './components/mip.ts';
export type { QueryOptions } from './components/query.ts';
export { query, UnknownObjectError } from './components/query.ts';
export type { Actor, Cause } from './errors.ts';
export { formatActor, GraphError, guard, PreconditionError, precondition } from './errors.ts';
export * from './ir/index.ts';
export type { LogLevel, LogSink } from './log.ts';
export { LOG_LEVELS, Logger, SILENT_LOG } from './log.ts';
export type { EventColumns, FlowItem } from './messages/event-run.ts';
export { EventRun, type LaterSegments, SEGMENT_LENGTH } from './messages/event-run.ts';
export type {
  DiscardedMessage,
  EventMessage,
  EventParts,
  InactivityMessage,
  Message,
  MessageKind,
  PacketBoundaryMessage,
  StreamBoundaryMessage,
} from './messages/message.ts';
export {
  clockClassOf,
  cyclesOf,
  event,
  nsOf,
  packetBeginning,
  packetEnd,
  streamBeginning,
  streamEnd,
} from './messages/message.ts';
export type { Plugin } from './plugin.ts';
export { definePlugin, PluginRegistry } from './plugin.ts';
export type { PlainValues, Value, ValueKind, ValueMap } from './values.ts';
export { EMPTY_MAP, isArray, isMap, valueKind, valueMap, valuesEqual } from './values.ts';
