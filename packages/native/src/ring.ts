/**
 * The ring buffer's two sides as JavaScript sees them. The algorithms are in `c/ring.c`; where things lie in
 * memory comes from a {@link RingDescriptor}, which `@lttng-ts/ring-buffer` makes from its layout tables.
 *
 * Positions are byte counts that only grow; as Numbers they are exact for 8 PiB of trace.
 */

/**
 * Where the words of one stream's shared memory lie, and its geometry. Offsets are in bytes from the start of
 * the memory, or of the struct that their name tells. The ring-buffer package is the only maker.
 */
export interface RingDescriptor {
  /** Object index that references in the memory must carry: 1 + CPU. */
  readonly objectIndex: number;
  readonly cpu: number;
  readonly isOverwrite: boolean;
  /** Writers wake the reader at delivery (`false`: the reader polls with its read timer). */
  readonly isWakeupByWriter: boolean;
  readonly subbufferSizeBytes: number;
  readonly subbufferCount: number;
  /** Packet sizes are rounded up to this. */
  readonly pageSizeBytes: number;
  /** How long a record of the recorder waits for space: 0 never, -1 for ever. A {@link RingWriter} never waits. */
  readonly blockingTimeoutMs: number;
  readonly recordHeader: 'compact' | 'large';
  /** Low bits of the clock in a record header before an extended one is needed. */
  readonly timestampBits: number;
  /** Fields are aligned as the C compiler does (not x86, which packs them). */
  readonly isNaturallyAligned: boolean;
  /** The constant bytes of a packet header, as long as the header; fields that vary are zero. */
  readonly packetHeader: Uint8Array;
  /** Offsets by name, see the table in `@lttng-ts/ring-buffer`; the addon refuses missing names. */
  readonly offsets: Readonly<Record<string, number>>;
}

/** A packet that the reader holds: from `next()` or `get()` until `putNext()` or `put()`. */
export interface RingPacket {
  readonly positionBytes: number;
  /** Where the packet lies in the mapping's buffer. */
  readonly memoryOffsetBytes: number;
  /** Header and records. Checked: never more than a sub-buffer. */
  readonly dataSizeBytes: number;
  /** Rounded up to a page, what goes to a file. Checked: never more than a sub-buffer. */
  readonly paddedSizeBytes: number;
  // What the packet header says. An application could have written anything here.
  readonly timestampBegin: bigint;
  readonly timestampEnd: bigint;
  readonly contentSizeBits: bigint;
  readonly packetSizeBits: bigint;
  readonly sequenceNumber: bigint;
  /** Cumulative since the creation of the stream. */
  readonly eventsDiscarded: bigint;
  readonly streamId: number;
  readonly streamInstanceId: bigint;
  readonly cpu: number;
}

/**
 * Why there is no packet. `no-data`: nothing at that position (yet, or any more). `uncommitted`: a writer is
 * still in that sub-buffer, or took it meanwhile: try again a little later. `corrupt`: the memory contradicts
 * itself; drop the stream.
 */
export type NoPacket = 'no-data' | 'uncommitted' | 'corrupt';

/** `active`: closes the current packet when it has records. `final`: also makes an empty one. */
export type FlushMode = 'active' | 'final';

export interface RingPositions {
  /** Where the next record goes. */
  readonly producedBytes: number;
  /** Up to where the reader gave sub-buffers back. */
  readonly consumedBytes: number;
}

export interface LostCounters {
  /** Records lost because the buffer was full. */
  readonly full: number;
  /** Records lost because the sub-buffer of the next pass was still being written. */
  readonly wrap: number;
  /** Records larger than a sub-buffer. */
  readonly big: number;
}

/** Commit counters of one sub-buffer, for the diagnosis of one that a dead writer left uncommitted. */
export interface CommitCounters {
  /** Bytes committed, all passes. */
  readonly hotBytes: bigint;
  /** Up to where committed bytes are contiguous, all passes. */
  readonly sequenceBytes: bigint;
  /** Bytes delivered to the reader, all passes. */
  readonly coldBytes: bigint;
}

/** What {@link RingReader.recover} did. */
export interface RingRecovery {
  /** `busy`: a writer is there all the same, or a packet is held. `corrupt`: the counters contradict each other. */
  readonly outcome: 'done' | 'busy' | 'corrupt';
  /** Sub-buffers that are delivered now. */
  readonly completedCount: number;
  /** Of these, how many lost content: each is a packet of what was whole, or an empty one. */
  readonly truncatedCount: number;
  /** Behind what was whole; the free space of these sub-buffers is in it. */
  readonly droppedBytes: number;
}

/**
 * The reader of one stream. At most one handle of one process may use it: the exclusive right is
 * {@link RingReader.activate}. One packet is held at a time.
 */
export interface RingReader extends Disposable {
  /** Takes the reader's seat (a word in the memory that tells writers to wake); `false` when it is taken. */
  activate(): boolean;
  /** Gives the seat back. */
  deactivate(): void;
  /** Gets the packet at the read position. */
  next(): RingPacket | NoPacket;
  /** Writes the count of discarded events into the header of the packet that is held. */
  setDiscarded(count: number): void;
  /** Gives the packet of {@link next} back and moves the read position past it. */
  putNext(): void;
  /** Gets the packet at `positionBytes` (a snapshot's iteration); the read position stays. */
  get(positionBytes: number): RingPacket | NoPacket;
  /** Gives the packet back without moving the read position. */
  put(): void;
  /** Whether {@link next} would give a packet. */
  hasData(): boolean;
  /** Closes the writers' current packet. */
  flush(mode: FlushMode): void;
  /** Read and write position as they are. */
  samplePositions(): RingPositions;
  /**
   * First and last + 1 position of whole packets for a snapshot, both multiples of the sub-buffer size; `null`
   * when there are none. Flush first.
   */
  snapshotPositions(): RingPositions | null;
  /** Throws away everything that was not read; only when no writer is active. */
  clear(): void;
  lost(): LostCounters;
  commitCounters(subbufferIndex: number): CommitCounters;
  /** Whether a closed sub-buffer before `throughBytes` waits for its writers. */
  hasUncommitted(throughBytes: number): boolean;
  /**
   * Delivers the sub-buffers before `throughBytes` that writers who are gone left uncommitted. The caller knows that
   * no living writer has a reservation there. One lost record is counted when content was lost.
   */
  recover(throughBytes: number): RingRecovery;
  /** Ends the handle; a packet still held is given back first. Later calls do nothing. */
  close(): void;
}

/** Where a record would go: made by `reserve`, used once by `commit` or `discard`. */
export interface RingReservation {
  readonly positionBytes: number;
  /** Header, contexts and payload. */
  readonly sizeBytes: number;
}

/** Why a record was not taken. */
export type RecordLoss = 'full' | 'wrap' | 'big' | 'disabled' | 'corrupt';

/** The writing side for one record at a time, with the clock as an argument. */
export interface RingWriter extends Disposable {
  reserve(record: {
    readonly eventId: number;
    readonly timestamp: bigint;
    readonly payload: Uint8Array;
  }): RingReservation | RecordLoss;
  /** Makes the reserved record visible. */
  commit(): void;
  /** Takes the reserved record back if nothing followed it; else it stays to be committed (`false`). */
  discard(): boolean;
  /** Closes the current packet at `timestamp`. */
  flush(mode: FlushMode, timestamp: bigint): void;
  /** As {@link RingReader.recover}, at `timestamp`. */
  recover(throughBytes: number, timestamp: bigint): RingRecovery;
  close(): void;
}
