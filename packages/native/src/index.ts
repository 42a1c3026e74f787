export { builtin } from './builtin.ts';
export type { Fd } from './fd.ts';
export { fd } from './fd.ts';
export type { FdInterest, FdReadiness, FdWatch, FdWatcher } from './fd-watcher.ts';
export { loadNative, nativeUnavailableReason } from './load.ts';
export type {
  DescriptorCalls,
  FutexCalls,
  FutexWaitResult,
  LockKind,
  LoopCalls,
  LoopWatch,
  Mapping,
  MemoryCalls,
  Native,
  PeerCredentials,
  ReceivedMessage,
  RingCalls,
  SealName,
  SocketCalls,
  ThreadCalls,
  TransferCalls,
  Transferred,
} from './native.ts';
export { seals } from './native.ts';
export type {
  ContextOperation,
  Recorder,
  RecorderChannelConfig,
  RecorderChannelId,
  RecorderStatistics,
  Recording,
  Slot,
  StreamMemory,
} from './recorder.ts';
export { APPLICATION_CONTEXTS, APPLICATION_VALUE_BYTES } from './recorder.ts';
export type {
  CommitCounters,
  FlushMode,
  LostCounters,
  NoPacket,
  RecordLoss,
  RingDescriptor,
  RingPacket,
  RingPositions,
  RingReader,
  RingRecovery,
  RingReservation,
  RingWriter,
} from './ring.ts';
