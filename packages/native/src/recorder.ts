/**
 * The recorder: how an application's threads write events. Its state is static in the addon, so every thread
 * of the process sees the same; the control worker changes it, application threads call {@link Recorder.emit}.
 *
 * ```ts
 * if (words[slot] !== 0) {            // the off-test: one typed-array read
 *   const length = encode(scratch);   // payload bytes at the start of this thread's scratch memory
 *   recorder.emit(slot, length, 0xffff_ffff);
 * }
 * ```
 */
import type { Brand } from '@lttng-ts/base';
import type { Fd } from './fd.ts';
import type { RingDescriptor } from './ring.ts';

/** Index of one event definition in the array of enable words. */
export type Slot = Brand<number, 'Slot'>;
/** A channel opened in the recorder, valid in all threads of the process. */
export type RecorderChannelId = Brand<number, 'RecorderChannelId'>;

/**
 * One context value of every record of a channel, in order. `constant` covers what does not change during the
 * life of the process or is not known (vpid, uid, namespaces): bytes as they go on the wire.
 */
export type ContextOperation =
  | { readonly kind: 'constant'; readonly bytes: Uint8Array; readonly alignBytes: number }
  /** i32: kernel thread id. */
  | { readonly kind: 'vtid' }
  /** word: `pthread_self()`. */
  | { readonly kind: 'pthread-id' }
  /** 17 bytes: name of the thread, NUL padded. */
  | { readonly kind: 'procname' }
  /** word: 0 (a JavaScript call site has no instruction address). */
  | { readonly kind: 'ip' }
  /** i32: CPU of the record. */
  | { readonly kind: 'cpu-id' }
  /**
   * u64: what the recording thread has counted of a perf event in user space (`perf_event_open(2)`), from its first record in the
   * channel on; 0 where it cannot be counted. A process has up to 256 of them in all channels.
   */
  | { readonly kind: 'perf'; readonly type: number; readonly config: bigint }
  /**
   * Tag (u8) and value as the recording thread has put them into {@link Recorder.applicationValues}. Where integers are aligned,
   * the tag `_none` alone: a value would move what comes after it.
   */
  | { readonly kind: 'application'; readonly number: number };

/** Application contexts of a process: their numbers are less than this. */
export const APPLICATION_CONTEXTS = 32;
/** Bytes of each in {@link Recorder.applicationValues}: the length (u16), then tag and value. */
export const APPLICATION_VALUE_BYTES = 512;

export interface RecorderChannelConfig {
  /** Geometry and offsets; `cpu` and `objectIndex` are taken from the stream's place in the order of adding. */
  readonly descriptor: RingDescriptor;
  readonly contexts: readonly ContextOperation[];
  /** Streams that must be added before the channel records: the number of possible CPUs. */
  readonly streamCount: number;
}

export interface StreamMemory {
  /** Shared memory of the stream. On success the recorder owns both descriptors, else the caller keeps them. */
  readonly memoryFd: Fd;
  /** Length that the daemon said; the file must not be shorter. */
  readonly lengthBytes: number;
  readonly wakeupFd: Fd;
}

/** One recording attached to an event: an enabled event rule's event in one channel. */
export interface Recording {
  /** Bit 0–31 in the slot's enable word and in `acceptMask`; recordings with one bit are accepted together. */
  readonly bit: number;
  readonly channel: RecorderChannelId;
  /** The id that the session daemon gave the event in that channel. */
  readonly eventId: number;
  /** Largest alignment of the payload's fields; only architectures that align need it (default 1). */
  readonly payloadAlignBytes?: 1 | 2 | 4 | 8;
}

/** Counts since the start of the process; reading them is not atomic across members. */
export interface RecorderStatistics {
  readonly recorded: bigint;
  /** Refused because the buffer was full or being overtaken, or the record too big: the ring counts these too. */
  readonly lost: bigint;
  /** Refused because a stream's memory is damaged or recording is disabled. */
  readonly refused: bigint;
}

export interface Recorder {
  /** Number of slots; a program that defines more events gets the error ENOSPC from {@link allocateSlot}. */
  readonly slotCapacity: number;
  /** Enable words by slot, shared by all threads: 0 when nobody records the event. Read only. */
  readonly enableWords: Uint32Array;
  /** Takes a free slot (its word is 0). */
  allocateSlot(): Slot;
  /** Detaches all recordings and gives the slot back. */
  freeSlot(slot: Slot): void;

  /**
   * Opens a channel without streams; it records nothing until all are there. It is closed with the calling thread, if
   * not before.
   */
  openChannel(config: RecorderChannelConfig): RecorderChannelId;
  /**
   * Maps one more stream, CPU 0 first. Throws `FormatError` when the memory is not a ring buffer of the
   * channel's shape, `SystemError` when it cannot be mapped.
   */
  addStream(channel: RecorderChannelId, stream: StreamMemory): void;
  /** Pauses or resumes all recording into the channel (DISABLE and ENABLE of the channel). */
  setChannelEnabled(channel: RecorderChannelId, isEnabled: boolean): void;
  /** Detaches the channel's recordings, waits for quiescence, unmaps and closes its descriptors. */
  closeChannel(channel: RecorderChannelId): void;

  /**
   * Replaces the recordings of a slot at once, then its enable word. Threads inside {@link emit} finish with
   * the list they started with; it is freed after they left. `flags` are bits of the word that mean no recording.
   */
  setRecordings(slot: Slot, recordings: readonly Recording[], flags?: number): void;

  /**
   * This thread's scratch memory, at least `sizeBytes` long (at most 1 MiB, else RangeError). Asking for more than before detaches
   * the older buffer. Its start is where {@link emit} finds the payload.
   */
  scratch(sizeBytes: number): ArrayBuffer;
  /**
   * Records the payload at the start of the scratch memory into each attached recording whose bit is in
   * `acceptMask` (all: 0xffff_ffff). Never throws, never blocks; what does not fit is counted as lost.
   */
  emit(slot: Slot, payloadLengthBytes: number, acceptMask: number): void;
  /**
   * Values of application contexts for the records of the calling thread, {@link APPLICATION_VALUE_BYTES} each: length of tag and
   * value (u16, 0: none), tag, value. In the byte order of the machine.
   */
  readonly applicationValues: ArrayBuffer;
  /** Returns when every thread that was inside {@link emit} at the call has left it (microseconds). */
  quiesce(): void;
  statistics(): RecorderStatistics;
}
