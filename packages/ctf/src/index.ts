export type { Cell, ColumnParts } from './columns/column-batch.ts';
export { Column, ColumnBatch } from './columns/column-batch.ts';
export type { ColumnArray, ColumnKind, FlatKind, NestedKind } from './columns/column-kind.ts';
export { Dictionary } from './columns/dictionary.ts';
export type { ColumnOptions } from './columns/read-columns.ts';
export { readColumns } from './columns/read-columns.ts';
export type { LttngMetadataWriter } from './ctf2/lttng-fragments.ts';
export { lttngCtf2Writer, lttngTsdlWriter } from './ctf2/lttng-fragments.ts';
export { writeCtf2Metadata } from './ctf2/write.ts';
export type { GeneratedRecord, GeneratedStream, RecordTextPart } from './decode/decoder.ts';
export { isCodeGenerationAllowed, setCodeGeneration } from './decode/decoder.ts';
export type { TraceOperations } from './decode/operations.ts';
export { compileTrace } from './decode/operations.ts';
export { decodeText, encodeText, toUtf8 } from './decode/text-encoding.ts';
export { MachinePrograms, TextMachine } from './decode/text-machine.ts';
export type { MachineMemory } from './decode/text-machine-engine.ts';
export { compileMachine, makeMachineMemory } from './decode/text-machine-engine.ts';
export type { SharedMachines } from './decode/text-machine-thread.ts';
export {
  endThreads,
  hasThread,
  makeControl,
  printForOthers,
  tellGiven,
} from './decode/text-machine-thread.ts';
export type { TextPlan } from './decode/text-plan.ts';
export type { PacketBytes, TextProgram } from './decode/text-program.ts';
export { runTextProgram } from './decode/text-program.ts';
export type {
  FieldValue,
  OptionalValue,
  PlainObject,
  PlainValue,
  StructureValue,
  VariantValue,
} from './decode/values.ts';
export { NEGATIVE_NAN, toPlain, toPlainObject } from './decode/values.ts';
export type { RecordCopy } from './encode/copy-program.ts';
export type { EventRecordValues, PacketBeginning, PacketEnd, PacketRemains } from './encode/packet-writer.ts';
export { PacketWriter } from './encode/packet-writer.ts';
export { filteredRange, filtersOnDay } from './filter/filtered-time.ts';
export type { FilteredStream } from './filter/stream-filter.ts';
export { RANGE_LENGTH, StreamFilter } from './filter/stream-filter.ts';
export type {
  AnyPacketIndexEntry,
  PacketIndex,
  PacketIndexEntry,
  PacketIndexEntry10,
} from './index-file.ts';
export {
  decodeIndexFile,
  encodeIndexEntry,
  encodeIndexHeader,
  packetIndexEntry,
  packetIndexEntry10,
  packetIndexHeader,
} from './index-file.ts';
export type { MetadataPacketHeader, MetadataPacking, UnpackedMetadata } from './metadata/packets.ts';
export {
  METADATA_PACKET_SIZE_BYTES,
  metadataPacketHeader,
  packMetadata,
  unpackMetadata,
} from './metadata/packets.ts';
export type { Metadata } from './metadata/parse.ts';
export { parseMetadata, parseMetadataText } from './metadata/parse.ts';
export type { Attributes, AttributeValue } from './model/attributes.ts';
export type { ClockClass, ClockOrigin } from './model/clock-class.ts';
export { cyclesToNs } from './model/clock-class.ts';
export type {
  BitArrayClass,
  BitMapClass,
  BitOrder,
  BitsProperties,
  BooleanClass,
  DisplayBase,
  DynamicArrayClass,
  DynamicBlobClass,
  EnumerationMapping,
  FieldClass,
  FloatingPointClass,
  IntegerClass,
  IntegerRange,
  NullTerminatedStringClass,
  OptionalClass,
  Role,
  SignedIntegerClass,
  StaticArrayClass,
  StaticBlobClass,
  StructureClass,
  StructureMember,
  TextEncoding,
  UnsignedIntegerClass,
  VariantClass,
  VariantOption,
} from './model/field-class.ts';
export {
  flagsOf,
  integer,
  isBitOrderReversed,
  isInteger,
  isTextElement,
  labelsOf,
  naturalBitOrder,
  structure,
  textEncodingOf,
} from './model/field-class.ts';
export type { FieldLocation, Scope } from './model/location.ts';
export { LOG_LEVEL_NAMES } from './model/log-levels.ts';
export { childrenOf, findTargets, type Roots } from './model/references.ts';
export type { DataStreamClass, EventRecordClass, TraceClass } from './model/trace-class.ts';
export { formatUuid, parseUuid } from './model/trace-class.ts';
export type { ByteSource } from './stream/byte-source.ts';
export { memorySource, openHelp, readWhole } from './stream/byte-source.ts';
export type { FlowItem, ReadingStart } from './stream/data-stream.ts';
export { DataStream, ReadingMemory } from './stream/data-stream.ts';
export { findStart } from './stream/find-start.ts';
export type { GrowingDataStream } from './stream/growing-trace.ts';
export { GrowingTrace } from './stream/growing-trace.ts';
export { mergeMessages } from './stream/merge.ts';
export type {
  BoundaryMessage,
  DataStreamIdentity,
  DiscardedMessage,
  EventRecordMessage,
  Message,
  Packet,
  TraceIdentity,
} from './stream/messages.ts';
export type { Notice } from './stream/notice.ts';
export { noticeText } from './stream/notice.ts';
export type { RecordRun } from './stream/record-run.ts';
export type { TimeRange } from './stream/time-range.ts';
export type { DataStreamFile, OpenOptions, Trace, TraceFolder } from './stream/trace.ts';
export { openTraces, readMessages } from './stream/trace.ts';
export { faultOf, unpackFiles } from './stream/unpack-files.ts';
export { WindowBudget } from './stream/window-budget.ts';
export type {
  ClassSummary,
  EventFigures,
  EventTimes,
  LossSummary,
  StreamSummary,
  SummaryProgress,
  TraceSummary,
} from './summary/summarize.ts';
export { eventRate, summarizeSteps, summarizeTrace } from './summary/summarize.ts';
export { formatG, formatInteger } from './text/format-number.ts';
export type { PrettyOptions } from './text/pretty.ts';
export { PrettyPrinter } from './text/pretty.ts';
export {
  escapeText,
  FixedText,
  MAX_INTEGER_BYTES,
  practiseNumbers,
  putBytes,
  putFixed,
  putGroupedInt64,
  putGroupedUint64,
  putNine,
  putString,
} from './text/put.ts';
export { TextBuffer } from './text/text-buffer.ts';
export type {
  LttngAlignments,
  LttngClock,
  LttngDataStreamClass,
  LttngEnvironment,
  LttngTraceHeader,
} from './tsdl/lttng-writer.ts';
export {
  lttngEnvironment,
  lttngIdentifier,
  lttngMonotonicClock,
  lttngTraceHeaderOf,
  writeLttngDataStreamClass,
  writeLttngEventRecordClass,
  writeLttngTraceHeader,
} from './tsdl/lttng-writer.ts';
export { parseTraceClass } from './tsdl/translate.ts';
export { whyNotTsdl, writeTsdl } from './tsdl/write.ts';
