export { FormatError, LttngError, SystemError, UsageError } from '@lttng-ts/base';
export type {
  Cell,
  ClassSummary,
  Column,
  ColumnArray,
  ColumnBatch,
  ColumnKind,
  EventRecordMessage,
  EventTimes,
  LossSummary,
  Notice,
  PlainObject,
  PlainValue,
  StreamSummary,
  SummaryProgress,
  Trace,
  TraceSummary,
} from '@lttng-ts/ctf';
export {
  eventRate,
  noticeText,
  PrettyPrinter,
  summarizeSteps,
  summarizeTrace,
  unpackFiles,
} from '@lttng-ts/ctf';
export { EventColumns } from './event-columns.ts';
export type { FileAddresses } from './fetch-trace.ts';
export { fetchTrace } from './fetch-trace.ts';
export { openTraceFiles, openTraces } from './open-files.ts';
export type { EventOrigin } from './trace-event.ts';
export { TraceEvent } from './trace-event.ts';
export type { Loss, OpeningOptions, ReaderOptions } from './trace-reader.ts';
export { Events, TraceReader } from './trace-reader.ts';
export type { DroppedEntry, DroppedItem, WebFile } from './web-files.ts';
export { openDroppedItems, openFileList } from './web-files.ts';
