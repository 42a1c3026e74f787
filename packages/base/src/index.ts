export { AssertionError, assert, assertNever, ensureExists } from './assert.ts';
export type { BitOffset, Brand, ByteOffset, Cycles, MonotonicNs, NsFromOrigin } from './brand.ts';
export { bitOffset, byteOffset, cycles, monotonicNs, nsFromOrigin } from './brand.ts';
export type { BuildInfo, VendorPatch } from './build-info.ts';
export { buildEnvironment, parseBuildInfo, unknownBuild } from './build-info.ts';
export { folderDateTime, isoBasicDateTime } from './dates.ts';
export { DisposalStack } from './disposal-stack.ts';
export type { ErrorDetails } from './errors.ts';
export {
  describe,
  FormatError,
  LttngError,
  PeerError,
  ProtocolError,
  SystemError,
  toError,
  UsageError,
} from './errors.ts';
export type { ScheduledTask } from './scheduler.ts';
export { Scheduler } from './scheduler.ts';
export { SerialQueue } from './serial-queue.ts';
export { asSystemError, systemCall } from './system-call.ts';
export type { Bound, TimeOfDay } from './time-bound.ts';
export { onDayOf, parseBound } from './time-bound.ts';
