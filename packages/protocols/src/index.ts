export type { ArchiveReply, ArchiveRequest, Compression } from './consumer-link/archive-requests.ts';
export { checkArchiveReply, MAX_ARCHIVE_REPLY_BYTES } from './consumer-link/archive-requests.ts';
export type {
  ChannelKey,
  ChannelSample,
  ChannelStatistics,
  ChunkEnd,
  ChunkFate,
  ConsumerChunk,
  ConsumerCommand,
  ConsumerCommands,
  ConsumerHandlers,
  ConsumerMessage,
  ConsumerNotifications,
  ConsumerStreamBuffers,
  MetadataKey,
  RelayedSession,
  StreamStatistics,
} from './consumer-link/commands.ts';
export { CONSUMER_LINK_VERSION } from './consumer-link/commands.ts';
export type { ConsumerFrame } from './consumer-link/frames.ts';
export { ConsumerFramer, encodeFrame, MAX_BODY_BYTES, MAX_FRAME_FDS } from './consumer-link/frames.ts';
export { checkConsumerMessage, checkConsumerResult } from './consumer-link/replies.ts';
export type { LttngErrorName } from './control-api/error-codes.ts';
export { findLttngErrorName, lttngErrors } from './control-api/error-codes.ts';
export type { ControlEvent, ControlEventBody, ControlEventKind } from './control-api/events.ts';
export { EVENT_METHOD } from './control-api/events.ts';
export { encodeJsonLine, JsonLines, MAX_REPLY_BYTES, MAX_REQUEST_BYTES } from './control-api/json-lines.ts';
export type { RpcErrorObject, RpcNotification, RpcRequest, RpcResponse } from './control-api/json-rpc.ts';
export { rpcErrors } from './control-api/json-rpc.ts';
export type {
  AnsweredMethod,
  ControlApi,
  ControlHandlers,
  ControlMethod,
  Method,
  ParamsOf,
  ResultOf,
} from './control-api/methods.ts';
export type {
  ApplicationInfo,
  ApplicationTracepoints,
  ArchivePolicy,
  ArchivePolicyInfo,
  ArchiveRetention,
  BufferOwnership,
  BufferSetInfo,
  BufferSetOwner,
  BufferUsage,
  ChannelAttributes,
  ChannelBuffersInfo,
  ChannelInfo,
  ChannelLosses,
  Domain,
  DomainInfo,
  EventRule,
  EventRuleInfo,
  LeftSession,
  LogLevelRule,
  NetworkOutput,
  OutputProgress,
  ProcessTrackers,
  RecordingFault,
  RelayPort,
  RotationSchedules,
  SessionInfo,
  SnapshotOutputInfo,
  StreamMemory,
  TraceFormat,
  TracepointFieldInfo,
  TracepointFieldsInfo,
  TracepointInfo,
  TrackedAttribute,
  TrackedValue,
  TrackerChange,
} from './control-api/model.ts';
