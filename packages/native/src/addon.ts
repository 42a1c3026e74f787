/**
 * The addon's exports as they are: numbers in, numbers out, -errno for a refusal. Only this package calls them;
 * the other files give them names, errors and life-times.
 */
import { type ErrorDetails, SystemError } from '@lttng-ts/base';
import { builtin } from './builtin.ts';

declare const external: unique symbol;
/** A pointer that C owns. */
export type Handle = { readonly [external]: true };

/** A non-negative result or -errno. */
type Result = number;

export interface Addon {
  close(handle: Handle): void;

  mmap(fd: number, lengthBytes: number, isWritable: boolean): Handle | Result;
  mappingBuffer(mapping: Handle): ArrayBuffer | Result;
  detach(buffer: ArrayBuffer): Result;
  preferNode(mapping: Handle, node: number): Result;
  memfdCreate(name: string): Result;
  ftruncate(fd: number, lengthBytes: number): Result;
  allocate(fd: number, lengthBytes: number): Result;
  addSeals(fd: number, seals: number): Result;
  getSeals(fd: number): Result;
  fileLength(fd: number): Result;
  pageSize(): number;

  pipe(isReadNonblocking: boolean, isWriteNonblocking: boolean, ends: Int32Array): Result;
  closeFd(fd: number): Result;
  closeFdAtEnd(fd: number): Result;
  dup(fd: number): Result;
  setNonblocking(fd: number): Result;
  setCloseOnExec(fd: number, isCloseOnExec: boolean): Result;
  read(fd: number, into: Uint8Array): Result;
  write(fd: number, bytes: Uint8Array): Result;
  flock(fd: number, operation: number): Result;
  beginWriteBack(fd: number, offsetBytes: number, lengthBytes: number): Result;
  dropCached(fd: number, offsetBytes: number, lengthBytes: number): Result;

  listenUnix(path: string, backlog: number): Result;
  accept(listener: number): Result;
  connectUnix(path: string): Result;
  sendDatagram(path: string, bytes: Uint8Array): Result;
  socketPair(ends: Int32Array): Result;
  peerCredentials(fd: number, pidUidGid: Uint32Array): Result;
  keepAlive(fd: number, idleS: number, intervalS: number, probeCount: number): Result;
  lowWater(fd: number, sizeBytes: number): Result;
  sendMessage(fd: number, bytes: Uint8Array, fds: Int32Array): Result;
  /** `fds[0]` becomes the count; the descriptors follow. */
  receiveMessage(fd: number, into: Uint8Array, fds: Int32Array): Result;

  watcherOpen(dispatch: (id: number, events: number) => void): Result;
  watcherRef(isRef: boolean): void;
  watchAdd(fd: number, id: number, isReadable: boolean, isWritable: boolean): Result;
  watchArm(fd: number, id: number, isReadable: boolean, isWritable: boolean): Result;
  watchRemove(fd: number): Result;

  loopWatch(fd: number, callback: () => void): Handle | Result;
  loopWatchSet(watch: Handle, isOn: boolean): Result;
  /** `out`: bytes in the file, bytes in `next`, errno of the write. */
  receiveToFile(
    socket: number,
    file: number,
    offsetBytes: number,
    lengthBytes: number,
    next: Uint8Array,
    out: Uint32Array,
  ): Result;

  futexWake(mapping: Handle, offsetBytes: number, count: number): Result;
  futexWait(
    mapping: Handle,
    offsetBytes: number,
    expected: number,
    timeoutMs: number,
    eventFd: Int32Array,
  ): Handle | Result;
  futexCancel(wait: Handle): void;
  futexResult(wait: Handle): number;

  gettid(): number;
  /** Type and config. */
  tryPerfEvent(event: BigUint64Array): Result;
  pthreadSelf(): bigint;
  getcpu(): number;
  clockMonotonicNs(): bigint;
  clockRealtimeNs(): bigint;
  setParentDeathSignal(signal: number): Result;
  threadName(): string;
  setThreadName(name: string): Result;

  /** Names of the numbers of a shape, in order: these, then {@link offsetNames}. */
  readonly shapeNames: readonly string[];
  readonly offsetNames: readonly string[];
  ringOpen(
    mapping: Handle,
    shape: Float64Array,
    packetHeader: Uint8Array,
    wakeupFd: number,
    isClockGiven: boolean,
  ): Handle | Result;
  ringNext(ring: Handle, packet: BigUint64Array): Result;
  ringGet(ring: Handle, packet: BigUint64Array, positionBytes: number): Result;
  ringPut(ring: Handle): Result;
  ringPutNext(ring: Handle): Result;
  ringFlush(ring: Handle, isFinal: boolean): Result;
  ringSetDiscarded(ring: Handle, count: number): Result;
  ringClear(ring: Handle): Result;
  ringActivate(ring: Handle): Result;
  ringDeactivate(ring: Handle): Result;
  ringHasData(ring: Handle): Result;
  /** Produced, consumed, lost: full, wrap, big. */
  ringSample(ring: Handle, out: BigUint64Array): Result;
  ringCounters(ring: Handle, out: BigUint64Array, index: number): Result;
  /** Completed, truncated, dropped. */
  ringRecover(ring: Handle, throughBytes: number, out: BigUint64Array): Result;
  ringHasUncommitted(ring: Handle, throughBytes: number): Result;
  /** `inOut`: event id and clock in; position and size out. */
  ringReserve(ring: Handle, inOut: BigUint64Array, payload: Uint8Array): Result;
  ringCommit(ring: Handle): Result;
  ringDiscard(ring: Handle): Result;
  ringSetClock(ring: Handle, clockNs: bigint): void;

  enableWords(): ArrayBuffer | undefined;
  /** Slot, payload length, accept mask of the next {@link emit} of this thread. */
  emitArguments(): ArrayBuffer | undefined;
  applicationValues(): ArrayBuffer | undefined;
  emit(): void;
  newScratch(sizeBytes: number): ArrayBuffer | Result;
  allocateSlot(): Result;
  freeSlot(slot: number): Result;
  openChannel(
    shape: Float64Array,
    packetHeader: Uint8Array,
    streamCount: number,
    contexts: Uint8Array,
    contextAlignBytes: number,
    patches: Uint32Array,
    perfEvents: BigUint64Array,
  ): Result;
  addStream(channel: number, memoryFd: number, lengthBytes: number, wakeupFd: number): Result;
  enableChannel(channel: number, isEnabled: boolean): Result;
  closeChannel(channel: number): Result;
  /** Four numbers each: bit, channel, event id, alignment of the payload. */
  setRecordings(slot: number, recordings: Uint32Array, flags: number): Result;
  quiesce(): void;
  statistics(out: BigUint64Array): void;
}

/** Name of an errno: 2 → `ENOENT`. */
export function errnoName(errno: number): string {
  return builtin('node:util').getSystemErrorName(-errno);
}

/** Gives a result back, or throws the `SystemError` that it stands for. */
export function check(result: number, syscall: string, details: ErrorDetails = {}): number {
  if (result < 0) throw new SystemError(syscall, errnoName(-result), details);
  return result;
}

const AGAIN = -11;

/** Like {@link check}, with "would block" as a value. */
export function checkOrAgain(result: number, syscall: string, details: ErrorDetails = {}): number | 'again' {
  return result === AGAIN ? 'again' : check(result, syscall, details);
}

/** Gives a handle or a buffer back, or throws the `SystemError` that the number stands for. */
export function checkThing<T extends object>(
  thing: T | number,
  syscall: string,
  details: ErrorDetails = {},
): T {
  if (typeof thing === 'number') {
    check(thing, syscall, details);
    throw new SystemError(syscall, 'EINVAL', details);
  }
  return thing;
}
