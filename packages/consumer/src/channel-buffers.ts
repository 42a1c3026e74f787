/**
 * The memory of a channel's ring buffers as the consumer uses it; `edge/shared-channel-buffers.ts` makes it.
 */
import type { Fd, RingReader } from '@lttng-ts/native';
import type { ChannelAttributes } from '@lttng-ts/protocols';

export interface ChannelBufferSpec {
  readonly channelName: string;
  readonly ustChannelId: number;
  /** 16 bytes. */
  readonly uuid: Uint8Array;
  readonly attributes: ChannelAttributes;
  /** Where the buffers are files, for lttng-crash; null for anonymous memory. */
  readonly memoryFolder: MemoryFolder | null;
}

/** A folder of buffer files of one trace, with its metadata as text. */
export interface MemoryFolder {
  /** Makes the file of a stream, empty; throws `SystemError`, EEXIST too. */
  createMemory(name: string): Fd;
  /** Appends to the text; throws `SystemError`. */
  appendText(text: Uint8Array): void;
  /** The text is made anew. */
  restartText(): void;
  /** Closes the folder; with `isRemoved` its files go, and the folders that are empty then. */
  close(isRemoved: boolean): void;
}

export interface StreamBuffers {
  readonly cpu: number;
  /** Shared memory, sealed against resizing. */
  readonly memoryFd: Fd;
  readonly memoryLengthBytes: number;
  /** Write end of the wake-up pipe. */
  readonly wakeupFd: Fd;
  /** The whole mapping. */
  readonly memory: Uint8Array;
  readonly reader: RingReader;
  /** Calls `onWakeup` when writers delivered a sub-buffer; the hints in the pipe are drained before. Once. */
  watch(onWakeup: () => void): void;
}

/** Owner of a channel's memory and pipes. */
export interface ChannelBuffers {
  /** The channel's description, to be sent to applications by value. */
  readonly blob: Uint8Array;
  /** As it was made: a request may be rounded up. */
  readonly subbufferSizeBytes: number;
  readonly subbufferCount: number;
  /** Write end of the channel's own pipe. */
  readonly wakeupFd: Fd;
  /** In order of CPU. */
  readonly streams: readonly StreamBuffers[];
  /** Frees everything; no reader may be used any more. */
  close(): void;
}

/** Makes buffers for all possible CPUs; throws `SystemError` when the machine has no memory for them. */
export type MakeChannelBuffers = (spec: ChannelBufferSpec) => ChannelBuffers;
