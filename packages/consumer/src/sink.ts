/**
 * Where packets go. A stream of the consumer writes to a sink and knows nothing of files, chunks or relays;
 * a {@link TraceChunk} makes the sinks of one stretch of recording (the time between two rotations, or one
 * snapshot) and owns what they share.
 *
 * Order of calls: `openDataStream` and `openMetadata` while the chunk is open; writes; `close` of each sink;
 * `close` of the chunk (which closes sinks that are still open); then `settle` where there is one, else `archive` or
 * `remove`. Writing is all or nothing: when a call throws, the output is as before the call and the same packet may be
 * written again.
 */
import { SystemError } from '@lttng-ts/base';
import type { RingPacket } from '@lttng-ts/native';
import type { ChunkEnd, ChunkFate } from '@lttng-ts/protocols';

/** What a sink must know of a packet: a `RingPacket` is one, so none is made per packet. */
export type PacketDescription = Pick<
  RingPacket,
  | 'memoryOffsetBytes'
  | 'dataSizeBytes'
  | 'paddedSizeBytes'
  | 'timestampBegin'
  | 'timestampEnd'
  | 'contentSizeBits'
  | 'packetSizeBits'
  | 'sequenceNumber'
  | 'eventsDiscarded'
  | 'streamId'
  | 'streamInstanceId'
>;

/** Output of one data stream. */
export interface DataStreamSink {
  /**
   * Writes `paddedSizeBytes` bytes of `memory` from `memoryOffsetBytes`, straight from the mapping, then the
   * packet's index entry. The bytes belong to the ring buffer: they are not kept after the call.
   * Throws `SystemError`, with the output as before.
   */
  writePacket(memory: Uint8Array, packet: PacketDescription): void;
  /**
   * Drops what was written so far; false when that is not possible any more. Throws `SystemError`, with the output as
   * before.
   */
  restart?(): boolean;
  /** Whether it takes packets now; left out: always. What is written all the same waits in memory. */
  readonly isReady?: boolean;
  /** Calls `callback` once when it may be ready again, or is lost. */
  whenReady?(callback: () => void): void;
  /** Whether it will not take packets any more: they stay in the ring. */
  readonly isLost?: boolean;
  /** Tells readers that follow that the stream `streamId` has nothing up to `timestamp` beyond what was written. */
  sendBeacon?(timestamp: bigint, streamId: number): void;
  /** Ends the output; `isStreamOver`: there is no other one of this stream in a later chunk. Later calls do nothing. */
  close(isStreamOver?: boolean): void;
}

/** Output of one metadata stream. */
export interface MetadataSink {
  /**
   * Appends `text` (UTF-8), flushed at once: it begins a packet of its own. Throws `SystemError`, with the
   * output as before.
   */
  append(text: Uint8Array): void;
  /** Drops the text so far. Throws `SystemError`, with the output as before. */
  restart(): void;
  /** Whether text of an earlier chunk must come in the pieces in which it came there. */
  readonly keepsPieces?: boolean;
  /** As of data streams. */
  close(isStreamOver?: boolean): void;
}

/** Names a data stream and its limits. */
export interface DataStreamPlace {
  /** Folder of the trace below the chunk's root: `ust/uid/1000/64-bit`. */
  readonly tracePath: string;
  /** `<channel>_<cpu>`. */
  readonly streamName: string;
  /** 0 = unlimited. */
  readonly traceFileSizeBytes: number;
  /** 0 = unlimited. */
  readonly traceFileCount: number;
  /** Whether packets get index entries; the original writes none for snapshots. */
  readonly isIndexed: boolean;
}

export interface MetadataPlace {
  readonly tracePath: string;
  /** 16 bytes, in every packet header. */
  readonly uuid: Uint8Array;
}

/** One trace chunk: the owner of an output folder, or of its counterpart elsewhere. */
export interface TraceChunk {
  readonly chunkId: number;
  /** False for a session whose buffers are read by snapshots only. */
  readonly hasOutput: boolean;
  /** Throws `SystemError` when the output cannot be made. */
  openDataStream(place: DataStreamPlace): DataStreamSink;
  openMetadata(place: MetadataPlace): MetadataSink;
  /** Closes what is still open. Later calls do nothing. */
  close(): void;
  /** Path of something that is written to and was removed meanwhile, or null. */
  findMissing?(): string | null;
  /**
   * Moves the output out of the way of another chunk in the same place; open sinks go on in it. Throws
   * `SystemError`, with nothing moved. The returned function moves it back.
   */
  setAside(): () => void;
  /**
   * Moves the closed chunk's output to `path`, whose parents are made: readers see all of it there, or
   * nothing. Throws `SystemError`; the output is where it was then.
   */
  archive(path: string): void;
  /** Removes the closed chunk's output. Throws `SystemError`. */
  remove(): void;
  /** Of an output elsewhere: does what `fate` says there (null: it stays where it is), and waits until it is done. */
  settle?(fate: ChunkFate | null): Promise<ChunkEnd>;
}

const dropText: MetadataSink = {
  append: () => undefined,
  restart: () => undefined,
  close: () => undefined,
};

/** The chunk of a session without output: nothing is written, and its streams stay in their buffers. */
export function createNullChunk(chunkId: number): TraceChunk {
  return {
    chunkId,
    hasOutput: false,
    openDataStream: () => {
      throw new SystemError('open', 'ENOENT', { what: 'a session without output has no data streams' });
    },
    openMetadata: () => dropText,
    close: () => undefined,
    setAside: () => () => undefined,
    archive: () => undefined,
    remove: () => undefined,
  };
}
