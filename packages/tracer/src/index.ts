/**
 * LTTng tracepoints for Node.js programs. See `docs/tracing-nodejs.md`.
 */
export type { ContextSource, ContextValue, DefinedContexts } from './application-contexts.ts';
export type { EventOptions, EventTemplate } from './definition.ts';
export { event } from './definition.ts';
export type {
  DisplayBase,
  Elements,
  Enumeration,
  EnumerationRange,
  Field,
  IntegerOptions,
  IntegerType,
} from './fields.ts';
export {
  array,
  defineEnumeration,
  f32,
  f64,
  i8,
  i16,
  i32,
  i64,
  sequence,
  string,
  textArray,
  textSequence,
  u8,
  u16,
  u32,
  u64,
} from './fields.ts';
export type { LogLevel } from './log-level.ts';
export type { EventRecorder, EventValues, Provider, ProviderControl } from './provider.ts';
export { defineContexts, defineProvider, ready } from './provider.ts';
