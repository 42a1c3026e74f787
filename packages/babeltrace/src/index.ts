export type {
  EventRecordMessage,
  PlainObject,
  PlainValue,
  Trace,
} from '@lttng-ts/ctf';
export { PrettyPrinter } from '@lttng-ts/ctf';
export { openTraceFiles } from './open-files.ts';
export type { EventOrigin } from './trace-event.ts';
export { TraceEvent } from './trace-event.ts';
export type { Loss, ReaderOptions } from './trace-reader.ts';
export { Events, TraceReader } from './trace-reader.ts';
