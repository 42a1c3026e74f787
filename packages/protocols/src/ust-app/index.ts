export type { UstCommandEvent } from './command-framer.ts';
export { UstCommandFramer } from './command-framer.ts';
export type {
  UnknownUstCommand,
  UstCommand,
  UstCommandArgument,
  UstCommandName,
  UstContextArgument,
  UstHandleKind,
  UstReplyContent,
} from './commands.ts';
export {
  decodeApplicationContextNames,
  decodeExclusions,
  decodeUstCommand,
  encodeApplicationContextNames,
  encodeExclusions,
  encodeUstCommand,
  eventNotifier,
  MAX_BYTECODE_BYTES,
  MAX_CHANNEL_BLOB_BYTES,
  UST_ROOT_HANDLE,
  ustCommandMessage,
  ustCommandRow,
  ustCommands,
  ustPayloadBytes,
} from './commands.ts';
export type { UstContext, UstContextRow } from './contexts.ts';
export {
  contextFields,
  DYNAMIC_TYPE_ENUM,
  dynamicTypeLabels,
  findUstContext,
  findUstContextByName,
  PROCNAME_CONTEXT_BYTES,
  ustContexts,
} from './contexts.ts';
export type { UstEnumEntry } from './enum-entries.ts';
export type { UstErrorName } from './errors.ts';
export { findUstErrorName, ustErrorCode, ustErrorOfErrno, ustErrors } from './errors.ts';
export type {
  UstArrayType,
  UstBasicType,
  UstEncoding,
  UstEnumType,
  UstField,
  UstFieldType,
  UstFloatType,
  UstIntegerType,
  UstSequenceType,
  UstStringType,
  UstStructType,
  UstVariantType,
} from './fields.ts';
export {
  decodeUstFields,
  encodeUstFields,
  equalUstFields,
  UST_SYMBOL_BYTES,
  ustFieldsKey,
} from './fields.ts';
export { signedInteger, unsignedInteger } from './integer-types.ts';
export type { UstLogLevelName, UstLogLevelType } from './log-levels.ts';
export {
  DEFAULT_UST_LOG_LEVEL,
  findUstLogLevelName,
  matchesUstLogLevel,
  ustLogLevels,
  ustLogLevelTypes,
} from './log-levels.ts';
export { nestableUstFields } from './nestable-fields.ts';
export type { UstHeaderType, UstNotifyReply, UstNotifyRequest } from './notify.ts';
export { encodeNotifyReply, encodeNotifyRequest, NotifyReplyFramer, NotifyRequestFramer } from './notify.ts';
export {
  GLOBAL_RUN_DIRECTORY,
  UST_SOCKET_BACKLOG,
  UST_SOCKET_MODE,
  UST_WAIT_MEMORY_BYTES,
  ustSocketPath,
  ustWaitMemoryPath,
  ustWaitStates,
} from './places.ts';
export type { UstAlignments, UstRegistration, UstSocketType } from './registration.ts';
export {
  alignmentsOf,
  NATURAL_ALIGNMENTS,
  PACKED_ALIGNMENTS,
  RegistrationFramer,
  refusalOf,
  registrationMessage,
  UST_ABI_MAJOR,
  UST_ABI_MINOR,
  UST_OLDEST_ABI_MAJOR,
  UST_REGISTRATION_MAGIC,
  ustSocketTypes,
} from './registration.ts';
export type { UstAnswer, UstReply, UstTracerVersion } from './replies.ts';
export {
  decodeTracepointEntry,
  decodeTracerVersion,
  encodeUstReply,
  ustCodeName,
  ustReplyMessage,
} from './replies.ts';
export type { FieldEntryType, UstFieldEntry, UstTracepointEntry } from './tracepoint-lists.ts';
export { fieldEntry, fieldEntryTypeName, fieldEntryTypes, tracepointEntry } from './tracepoint-lists.ts';
