/**
 * One data stream: takes packets from its ring buffer, gives them to its sink, counts. A packet leaves the
 * ring only when it is in the output. Knows neither files nor timers; time is an argument.
 */
import { SystemError } from '@lttng-ts/base';
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
  readonly sink: DataStreamSink;
  readonly onFault: (stream: RingStream, fault: FaultChange) => void;
}

/**
 * `open`: writers may write. `owed`: they are quiescent, and the packet that ends the recording could not be
 * closed yet because the ring is full. `flushed`: it is closed; another flush would make an empty packet.
 */
type Tail = 'open' | 'owed' | 'flushed';

const PROGRESS: StreamEvent = { kind: 'progress' };

export class RingStream {
  readonly name: string;
  readonly cpu: number;
  readonly #identity: StreamIdentity;
  readonly #reader: RingReader;
  readonly #memory: Uint8Array;
  readonly #sink: DataStreamSink;
  readonly #onFault: (stream: RingStream, fault: FaultChange) => void;
  readonly #accounting: PacketAccounting;
  #condition: StreamCondition = flowing;
  #tail: Tail = 'open';
  #isFinished = false;

  constructor(parts: RingStreamParts) {
    this.name = parts.name;
    this.cpu = parts.cpu;
    this.#identity = parts.identity;
    this.#reader = parts.reader;
    this.#memory = parts.memory;
    this.#sink = parts.sink;
    this.#onFault = parts.onFault;
    this.#accounting = new PacketAccounting(parts.identity);
  }

  /** When the stream wants {@link consumeOne} without a wake-up, or `null`. */
  get retryAt(): bigint | null {
    return retryTime(this.#condition);
  }

  /** Whether recorded data is not in the output but will be. A stuck or damaged stream is a fault instead. */
  get isPending(): boolean {
    const { kind } = this.#condition;
    if (this.#isFinished || kind === 'corrupt' || kind === 'stalled') return false;
    return isPending(this.#condition) || this.#tail === 'owed' || this.#reader.hasData();
  }

  /** Moves the next packet to the output; `true` when one went and another may follow at once. */
  consumeOne(now: bigint): boolean {
    if (this.#isFinished || this.#condition.kind === 'corrupt') return false;
    const packet = this.#reader.next();
    if (typeof packet === 'string') return this.#onNoPacket(packet, now);
    if (!this.#write(packet, now)) return false;
    this.#reader.putNext();
    this.#accounting.consumed(packet);
    if (this.#condition !== flowing) this.#step(PROGRESS, now);
    return true;
  }

  /** Writers record (again). */
  start(): void {
    this.#tail = 'open';
  }

  /** Closes the writers' current packet if it has records: the switch timer. */
  flushActive(): void {
    if (this.#isReadable) this.#reader.flush('active');
  }

  /**
   * Writers are quiescent: closes their current packet, makes an empty one if there is none, so that the tail
   * of the recording and the last count of discarded events reach the output. Once per recording.
   */
  flushFinal(): void {
    if (!this.#isReadable || this.#tail === 'flushed') return;
    this.#tail = this.#closeTail() ? 'flushed' : 'owed';
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
      if (this.#isReadable)
        this.#accounting.finish(this.#reader.samplePositions().producedBytes, this.#lostEventCount());
    }
    this.#isFinished = true;
    for (const fault of endOf(this.#condition)) this.#onFault(this, { ...fault, detail: 'The stream ended' });
    this.#sink.close();
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
    try {
      this.#sink.writePacket(this.#memory, packet);
      return true;
    } catch (error) {
      this.#reader.put();
      if (!(error instanceof SystemError)) throw error;
      this.#step({ kind: 'write-failed', errnoName: error.errnoName, detail: error.message }, now);
      return false;
    }
  }

  #onNoPacket(reason: NoPacket, now: bigint): boolean {
    switch (reason) {
      case 'corrupt':
        this.#step({ kind: 'corrupt', detail: 'Shared memory contradicts itself' }, now);
        return false;
      case 'uncommitted':
        this.#step(this.#uncommitted(), now);
        return false;
      case 'no-data': {
        if (this.#condition !== flowing) this.#step(PROGRESS, now);
        if (this.#tail !== 'owed') return false;
        // Everything was consumed, so there is room; a flush that still does nothing never will.
        this.#tail = 'flushed';
        return this.#closeTail();
      }
    }
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
    for (const fault of faults) this.#onFault(this, fault);
  }
}
