/**
 * One data stream: takes packets from its ring buffer, gives them to its sink, counts. A packet leaves the
 * ring only when it is in the output. Knows neither files nor timers; time is an argument.
 *
 * When the chunk changes, the stream samples where its writers are: packets before that position go to the old
 * sink, the others to the new one, however late they are read.
 */
import { assert, SystemError } from '@lttng-ts/base';
import type { NoPacket, RingPacket, RingReader } from '@lttng-ts/native';
import type { StreamStatistics } from '@lttng-ts/protocols';
import { PacketAccounting, type StreamIdentity } from './core/packet-accounting.ts';
import {
  endOf,
  type FaultChange,
  flowing,
  isPending,
  nextCondition,
  retryTime,
  type StreamCondition,
  type StreamEvent,
} from './core/stream-condition.ts';
import type { DataStreamSink } from './sink.ts';

export interface RingStreamParts {
  /** `<channel>_<cpu>`. */
  readonly name: string;
  readonly cpu: number;
  readonly identity: StreamIdentity;
  readonly reader: RingReader;
  /** The whole mapping of the stream. */
  readonly memory: Uint8Array;
  /** Null for a stream of a session without output: it is read by snapshots only. */
  readonly sink: DataStreamSink | null;
  readonly onFault: (stream: RingStream, fault: FaultChange) => void;
  /** A packet of this size is in the output. */
  readonly onOutput: (bytes: number) => void;
  /** The sink may take packets again. */
  readonly onReady: (stream: RingStream) => void;
  /** A writer may be dead; again every second while the stream is held up. */
  readonly onStalled: (stream: RingStream) => void;
}

/**
 * `open`: writers may write. `owed`: they are quiescent, and the packet that ends the recording could not be
 * closed yet because the ring is full. `flushed`: it is closed; another flush would make an empty packet.
 */
type Tail = 'open' | 'owed' | 'flushed';

/** The change of chunk that is under way. */
interface Switch {
  /** Packets from here on belong to the next chunk; a multiple of the sub-buffer size. */
  readonly atBytes: number;
  /** Null: there is no next chunk yet. */
  readonly next: DataStreamSink | null;
  /** Packets before it are dropped, not written. */
  readonly isDropping: boolean;
}

const PROGRESS: StreamEvent = { kind: 'progress' };

export class RingStream {
  readonly name: string;
  readonly cpu: number;
  readonly #identity: StreamIdentity;
  readonly #reader: RingReader;
  readonly #memory: Uint8Array;
  readonly #onFault: (stream: RingStream, fault: FaultChange) => void;
  readonly #onOutput: (bytes: number) => void;
  readonly #onReady: () => void;
  readonly #onStalled: (stream: RingStream) => void;
  readonly #accounting: PacketAccounting;
  /** Whether packets are moved to an output at all. */
  readonly #isMonitored: boolean;
  /** Null between the last chunk of a stopped session and its next one, and for ever without an output. */
  #sink: DataStreamSink | null;
  #switch: Switch | null = null;
  /** Where the open chunk begins. */
  #chunkStartBytes = 0;
  /** The packet that opens the chunk could not be made yet because the ring was full. */
  #owesOpening = false;
  #condition: StreamCondition = flowing;
  #tail: Tail = 'open';
  /** What lies behind it was written by somebody who records although he was told to stop: it is not waited for. */
  #endBytes = Number.POSITIVE_INFINITY;
  /** Readers know the stream's class: packets without records may be made. */
  #isDeclared = false;
  #isFinished = false;
  /** Who was told to hold the stream up. */
  #holder: string | null = null;
  #outputBytes = 0;
  /** What was closed at the last inspection of a stream without output. */
  #inspectedBytes = 0;

  constructor(parts: RingStreamParts) {
    this.name = parts.name;
    this.cpu = parts.cpu;
    this.#identity = parts.identity;
    this.#reader = parts.reader;
    this.#memory = parts.memory;
    this.#isMonitored = parts.sink !== null;
    this.#sink = parts.sink;
    this.#onFault = parts.onFault;
    this.#onOutput = parts.onOutput;
    this.#onReady = () => parts.onReady(this);
    this.#onStalled = parts.onStalled;
    this.#accounting = new PacketAccounting(parts.identity);
  }

  /** When the stream wants {@link consumeOne} without a wake-up, or `null`. */
  get retryAt(): bigint | null {
    return this.#isMonitored ? retryTime(this.#condition) : null;
  }

  /** Whether packets of the chunk before are still to be moved. */
  get isSwitching(): boolean {
    return this.#switch !== null;
  }

  /** Whether recorded data is not in the output but will be. A stuck or damaged stream is a fault instead. */
  get isPending(): boolean {
    const { kind } = this.#condition;
    if (this.#isFinished || this.#sink === null || kind === 'corrupt' || kind === 'stalled') return false;
    if (this.#sink.isLost === true) return false;
    if (this.#accounting.nextPositionBytes >= this.#endBytes) return false;
    return isPending(this.#condition) || this.#tail === 'owed' || this.#reader.hasData();
  }

  /** What lies in the buffer and is to be moved, at most; 0 when nothing is. */
  get remainingBytes(): number {
    if (!this.isPending && !this.isSwitching) return 0;
    const { producedBytes, consumedBytes } = this.#reader.samplePositions();
    // A packet that is still to be made counts, too.
    return Math.max(1, producedBytes - consumedBytes);
  }

  /** What is written and not read yet, at most the whole ring; null when the stream is not read any more. */
  get usageBytes(): number | null {
    if (!this.#isReadable) return null;
    const { producedBytes, consumedBytes } = this.#reader.samplePositions();
    const { subbufferSizeBytes, subbufferCount } = this.#identity;
    // Writers own both positions in overwrite mode, and one of them always.
    return Math.min(Math.max(0, producedBytes - consumedBytes), subbufferSizeBytes * subbufferCount);
  }

  /** Packets that went to an output. */
  get outputBytes(): number {
    return this.#outputBytes;
  }

  /** Moves the next packet to the output; `true` when one went and another may follow at once. */
  consumeOne(now: bigint): boolean {
    if (!this.#isReadable || this.#sink === null || !this.#isTaking) return false;
    const packet = this.#reader.next();
    if (typeof packet === 'string') return this.#onNoPacket(packet, now);
    if (!this.#write(packet, now)) return false;
    this.#reader.putNext();
    this.#accounting.consumed(packet);
    if (this.#condition !== flowing) this.#step(PROGRESS, now);
    if (this.#switch !== null) this.#passSwitch();
    if (this.#owesOpening) this.#openChunk();
    return true;
  }

  /** The stream's class is known to readers. */
  declare(): void {
    this.#isDeclared = true;
  }

  /** Writers record (again). */
  start(): void {
    this.#tail = 'open';
    this.#endBytes = Number.POSITIVE_INFINITY;
    // A chunk that was opened while nobody recorded begins with a packet, as every chunk but the first.
    if (this.#chunkStartBytes > 0) this.#openChunk();
  }

  /**
   * Ends the open chunk here. What is before goes to the old sink, or nowhere with `isDropping`; the rest to
   * `next`, which is owned from now on, or stays in the ring (null) until {@link attach}.
   */
  switchTo(next: DataStreamSink | null, isDropping: boolean): void {
    if (!this.#isMonitored) {
      if (this.#isReadable) this.#reader.clear();
      return;
    }
    if (this.#tail === 'open' && this.#isReadable && this.#isDeclared) {
      const isEmpty = this.#reader.samplePositions().producedBytes === this.#chunkStartBytes;
      // Every file of a chunk that is kept has a packet.
      this.#reader.flush(isEmpty && !isDropping ? 'final' : 'active');
    }
    const { subbufferSizeBytes } = this.#identity;
    const passes = this.#reader.samplePositions().producedBytes / subbufferSizeBytes;
    // A tail that the full ring could not take yet belongs to this chunk; a packet that is being written does not.
    const atBytes = (this.#tail === 'owed' ? Math.ceil(passes) : Math.floor(passes)) * subbufferSizeBytes;
    this.#switch = { atBytes, next, isDropping };
    this.#chunkStartBytes = atBytes;
    if (this.#tail === 'open' && next !== null) this.#openChunk();
    this.#passSwitch();
  }

  /**
   * Copies the newest packets, at most `maxPackets`, to `sink`; writers go on meanwhile, and what they take
   * back is left out. Nothing leaves the ring. Throws `SystemError` when the sink refuses.
   */
  copyTo(sink: DataStreamSink, maxPackets: number): void {
    if (!this.#isReadable || !this.#isDeclared) return;
    if (this.#tail === 'open') this.#reader.flush('final');
    const positions = this.#reader.snapshotPositions();
    if (positions === null) return;
    const { subbufferSizeBytes } = this.#identity;
    const { producedBytes } = positions;
    const first = Math.max(positions.consumedBytes, producedBytes - maxPackets * subbufferSizeBytes);
    const accounting = new PacketAccounting(this.#identity);
    let copiedCount = 0;
    let hasHole = false;
    for (let at = first; at < producedBytes; at += subbufferSizeBytes) {
      const packet = this.#reader.get(at);
      if (typeof packet === 'string') {
        hasHole = true;
        continue;
      }
      try {
        // Differs from upstream: when writers overtook the copy, what is before the hole goes too. A snapshot has no holes.
        if (hasHole && copiedCount > 0 && sink.restart?.() === true) copiedCount = 0;
        hasHole = false;
        if (accounting.findContradiction(packet) !== null) continue;
        sink.writePacket(this.#memory, this.#withTrueCount(packet, accounting));
        accounting.consumed(packet);
        copiedCount++;
      } finally {
        this.#reader.put();
      }
    }
  }

  /** Gives a stream without a chunk its next one. Owns `sink` from now on. */
  attach(sink: DataStreamSink): void {
    assert(this.#sink === null && this.#switch === null, 'A stream has one chunk at a time');
    this.#sink = sink;
  }

  /**
   * Up to where the writers have closed what they wrote: whoever was inside before is inside a record that he
   * began already. The packet that they are in is closed when the stream is held up, so that less is lost with it.
   */
  sampleClosedBytes(): number {
    if (!this.#isReadable) return 0;
    if (this.#condition.kind === 'stalled') this.#reader.flush('active');
    return this.#wholeBytes(this.#reader.samplePositions().producedBytes);
  }

  /** Whether writers left a closed sub-buffer uncommitted. */
  get hasUncommitted(): boolean {
    return this.#isReadable && this.#reader.hasUncommitted(Number.MAX_SAFE_INTEGER);
  }

  /** No living writer is inside what lies before `throughBytes`: completes what dead ones left there. */
  recover(throughBytes: number, now: bigint): void {
    if (!this.#isReadable || !this.#reader.hasUncommitted(throughBytes)) return;
    const { outcome, completedCount, truncatedCount, droppedBytes } = this.#reader.recover(throughBytes);
    if (outcome === 'corrupt') {
      this.#step({ kind: 'corrupt', detail: 'Counters of the shared memory contradict each other' }, now);
    } else if (completedCount > 0) {
      const counts = `sub-buffers=${completedCount}, cut=${truncatedCount}, dropped-bytes=${droppedBytes}`;
      this.#step({ kind: 'recovered', detail: `What a dead writer left was completed: ${counts}` }, now);
      this.#inspectedBytes = 0;
    }
  }

  /** Somebody may still be inside the sub-buffer that holds the stream up. */
  hold(holder: string, now: bigint): void {
    if (this.#condition.kind !== 'stalled' || this.#holder === holder) return;
    this.#holder = holder;
    this.#step({ kind: 'held', holder }, now);
  }

  /**
   * Looks for a dead writer in a stream that nobody reads, whose ring would be stuck for ever. To be called at
   * intervals that a living writer does not need for a record.
   */
  inspect(now: bigint): void {
    if (!this.#isReadable) return;
    if (this.#inspectedBytes > 0 && this.#reader.hasUncommitted(this.#inspectedBytes)) {
      const positionBytes = this.#inspectedBytes - this.#identity.subbufferSizeBytes;
      const committedBytes = 0n;
      this.#step({ kind: 'uncommitted', positionBytes, committedBytes }, now);
      return;
    }
    if (this.#condition !== flowing) this.#step(PROGRESS, now);
    this.#inspectedBytes = this.#wholeBytes(this.#reader.samplePositions().producedBytes);
  }

  /** Closes the writers' current packet if it has records: the switch timer. */
  flushActive(): void {
    if (this.#isReadable) this.#reader.flush('active');
  }

  /**
   * For readers that follow: closes the writers' current packet if it has records, and tells that there is nothing up to
   * `timestamp`, which was sampled before, if there is nothing. To be called before the stream is served.
   */
  beat(timestamp: bigint): void {
    if (!this.#isReadable || !this.#isDeclared || this.#tail === 'owed') return;
    const { producedBytes, consumedBytes } = this.#reader.samplePositions();
    // Readers wait for the first packet of a stream.
    if (producedBytes === 0 && this.#tail === 'open') this.#reader.flush('final');
    else if (this.#tail === 'open') this.#reader.flush('active');
    const after = this.#reader.samplePositions();
    const isIdle = after.producedBytes === producedBytes && producedBytes === consumedBytes;
    const isWhole = producedBytes === this.#wholeBytes(producedBytes);
    if (isIdle && isWhole && this.#switch === null) {
      this.#sink?.sendBeacon?.(timestamp, this.#identity.streamId);
    }
  }

  /**
   * Writers are quiescent: closes their current packet, makes an empty one if there is none, so that the tail
   * of the recording and the last count of discarded events reach the output. Once per recording.
   */
  flushFinal(): void {
    if (!this.#isReadable || !this.#isDeclared || this.#tail === 'flushed') return;
    this.#tail = this.#closeTail() ? 'flushed' : 'owed';
    const mayFollowBytes = this.#tail === 'owed' ? this.#identity.subbufferSizeBytes : 0;
    const { producedBytes } = this.#reader.samplePositions();
    this.#endBytes = Math.min(producedBytes, this.#accounting.reachBytes) + mayFollowBytes;
  }

  statistics(): StreamStatistics {
    const { discardedEventCount, lostPacketCount, consumedPacketCount, consumedBytes } = this.#accounting;
    return {
      cpu: this.cpu,
      // Writers count at once; the packet that tells of it may come only at the final flush.
      discardedEventCount: Math.max(discardedEventCount, this.#lostEventCount()),
      lostPacketCount,
      consumedPacketCount,
      consumedBytes,
    };
  }

  /**
   * Ends the stream: moves what can be moved, also from behind a sub-buffer that a dead writer left, counts
   * the rest as lost and closes the output. The reader stays its owner's to close.
   */
  finish(now: bigint): void {
    if (this.#isFinished) return;
    this.flushFinal();
    // A ring holds that many packets; its writers are gone, or as good as.
    const limit = 2 * this.#identity.subbufferCount;
    for (let count = 0; count < limit && this.consumeOne(now); count++);
    if (this.#isReadable) {
      const { kind } = this.#condition;
      if (kind === 'waiting' || kind === 'stalled') this.#salvage(now);
      if (this.#isReadable && this.#isMonitored)
        this.#accounting.finish(this.#reader.samplePositions().producedBytes, this.#lostEventCount());
    }
    this.#isFinished = true;
    for (const fault of endOf(this.#condition)) this.#onFault(this, { ...fault, detail: 'The stream ended' });
    this.#endSwitch();
    this.#sink?.close(true);
  }

  /** Whether a packet may go now. Else the stream is told when it may. */
  get #isTaking(): boolean {
    const sink = this.#sink;
    if (sink?.isLost === true) {
      // Nothing holds the chunk open any more.
      this.#endSwitch();
      return false;
    }
    if (sink?.isReady !== false || this.#switch?.isDropping === true) return true;
    sink.whenReady?.(this.#onReady);
    return false;
  }

  get #isReadable(): boolean {
    return !this.#isFinished && this.#condition.kind !== 'corrupt';
  }

  #write(packet: RingPacket, now: bigint): boolean {
    const contradiction = this.#accounting.findContradiction(packet);
    if (contradiction !== null) {
      this.#reader.put();
      this.#step({ kind: 'corrupt', detail: `Packet header contradicts the buffer: ${contradiction}` }, now);
      return false;
    }
    // In overwrite mode writers may have taken the last packets before the switch.
    if (this.#switch !== null && packet.positionBytes >= this.#switch.atBytes) this.#endSwitch();
    if (this.#switch?.isDropping === true) return true;
    if (this.#sink === null || !this.#isTaking) {
      this.#reader.put();
      return false;
    }
    try {
      this.#sink.writePacket(this.#memory, this.#withTrueCount(packet, this.#accounting));
      this.#outputBytes += packet.paddedSizeBytes;
      this.#onOutput(packet.paddedSizeBytes);
      return true;
    } catch (error) {
      this.#reader.put();
      if (!(error instanceof SystemError)) throw error;
      this.#step({ kind: 'write-failed', errnoName: error.errnoName, detail: error.message }, now);
      return false;
    }
  }

  /**
   * Differs from upstream: a count of discarded events that goes back, as liblttng-ust 2.13 now and then makes it, is
   * mended in the packet, because readers would count what was told before once more.
   *
   * It goes back where another writer than the one that closed the packet commits to it last: he has sampled no count.
   */
  #withTrueCount(packet: RingPacket, { discardedEventCount }: PacketAccounting): RingPacket {
    const eventsDiscarded = BigInt(discardedEventCount);
    if (packet.eventsDiscarded >= eventsDiscarded) return packet;
    this.#reader.setDiscarded(discardedEventCount);
    return { ...packet, eventsDiscarded };
  }

  #onNoPacket(reason: NoPacket, now: bigint): boolean {
    const contradiction = this.#accounting.findPositionContradiction(this.#reader.samplePositions());
    if (contradiction !== null) {
      this.#step({ kind: 'corrupt', detail: `Shared memory contradicts itself: ${contradiction}` }, now);
      return false;
    }
    switch (reason) {
      case 'corrupt':
        this.#step({ kind: 'corrupt', detail: 'Shared memory contradicts itself' }, now);
        return false;
      case 'uncommitted':
        this.#step(this.#uncommitted(), now);
        return false;
      case 'no-data': {
        if (this.#condition !== flowing) this.#step(PROGRESS, now);
        if (this.#switch !== null) this.#passSwitch();
        if (this.#tail !== 'owed') return false;
        // Everything was consumed, so there is room; a flush that still does nothing never will.
        this.#tail = 'flushed';
        return this.#closeTail();
      }
    }
  }

  /** Ends the switch when everything before it was read. */
  #passSwitch(): void {
    const change = this.#switch;
    if (change === null) return;
    const isRead = this.#reader.samplePositions().consumedBytes >= change.atBytes;
    if (isRead || !this.#isReadable) this.#endSwitch();
  }

  #endSwitch(): void {
    if (this.#switch === null) return;
    this.#sink?.close();
    this.#sink = this.#switch.next;
    this.#switch = null;
  }

  /** Makes an empty packet at the beginning of the open chunk, unless a writer has begun one. */
  #openChunk(): void {
    if (!this.#isReadable || !this.#isDeclared || this.#tail !== 'open') return;
    const position = (): number => this.#reader.samplePositions().producedBytes;
    if (position() === this.#chunkStartBytes) this.#reader.flush('final');
    this.#owesOpening = position() === this.#chunkStartBytes;
  }

  #uncommitted(): StreamEvent {
    const { subbufferSizeBytes, subbufferCount } = this.#identity;
    const positionBytes = this.#reader.samplePositions().consumedBytes;
    const index = (positionBytes / subbufferSizeBytes) % subbufferCount;
    const committedBytes = this.#reader.commitCounters(Math.floor(index)).hotBytes;
    return { kind: 'uncommitted', positionBytes, committedBytes };
  }

  /** Final flush; `false` when the ring has no room for the empty packet. */
  #closeTail(): boolean {
    const before = this.#reader.samplePositions().producedBytes;
    this.#reader.flush('final');
    return this.#reader.samplePositions().producedBytes > before;
  }

  /**
   * Writes the committed packets behind an uncommitted one. They are read in place: the read position cannot
   * pass the uncommitted sub-buffer.
   */
  #salvage(now: bigint): void {
    const { subbufferSizeBytes, subbufferCount } = this.#identity;
    const { consumedBytes } = this.#reader.samplePositions();
    for (let ahead = 1; ahead < subbufferCount; ahead++) {
      const packet = this.#reader.get(consumedBytes + ahead * subbufferSizeBytes);
      if (packet === 'corrupt' || packet === 'no-data') return;
      if (packet === 'uncommitted') continue;
      if (!this.#write(packet, now)) return;
      this.#reader.put();
      this.#accounting.consumed(packet);
    }
  }

  /** Events that writers counted as lost, of all kinds, or 0 when the memory is not to be believed. */
  #lostEventCount(): number {
    if (!this.#isReadable) return 0;
    const { full, wrap, big } = this.#reader.lost();
    return full + wrap + big;
  }

  #step(event: StreamEvent, now: bigint): void {
    const { condition, faults } = nextCondition(this.#condition, event, now);
    this.#condition = condition;
    // Nothing more is read of a corrupt stream, so nothing can hold its chunk open.
    if (condition.kind === 'corrupt') this.#endSwitch();
    for (const fault of faults) this.#onFault(this, fault);
    if (condition.kind !== 'stalled') this.#holder = null;
    else if (event.kind === 'uncommitted') this.#onStalled(this);
  }

  #wholeBytes(positionBytes: number): number {
    return positionBytes - (positionBytes % this.#identity.subbufferSizeBytes);
  }
}
