/**
 * Readers and writers of one stream over the addon.
 */
import { AssertionError, assert } from '@lttng-ts/base';
import { type Addon, check, type Handle } from './addon.ts';
import { handleOfMapping } from './memory-calls.ts';
import type { RingCalls } from './native.ts';
import type {
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

/** By `enum ring_status`. */
const OK = 0;
const noPacket: Readonly<Record<number, NoPacket>> = { 1: 'no-data', 2: 'uncommitted', 3: 'corrupt' };
const losses: Readonly<Record<number, RecordLoss>> = {
  3: 'corrupt',
  4: 'full',
  5: 'wrap',
  6: 'big',
  7: 'disabled',
};
/** By `enum ring_record_header`. */
const recordHeaders = { compact: 1, large: 2 } as const;

const PACKET_WORDS = 13;

/** The numbers of a descriptor in the order that the addon names. */
export function shapeOf(addon: Addon, descriptor: RingDescriptor): Float64Array {
  const scalars: Record<string, number> = {
    objectIndex: descriptor.objectIndex,
    cpu: descriptor.cpu,
    isOverwrite: Number(descriptor.isOverwrite),
    isWakeupByWriter: Number(descriptor.isWakeupByWriter),
    isNaturallyAligned: Number(descriptor.isNaturallyAligned),
    recordHeader: recordHeaders[descriptor.recordHeader],
    timestampBits: descriptor.timestampBits,
    subbufferSizeBytes: descriptor.subbufferSizeBytes,
    subbufferCount: descriptor.subbufferCount,
    pageSizeBytes: descriptor.pageSizeBytes,
    blockingTimeoutMs: descriptor.blockingTimeoutMs,
  };
  const number = (from: Readonly<Record<string, number>>, name: string): number => {
    const value = from[name];
    if (value === undefined) throw new AssertionError(`Descriptor has no such number: name="${name}"`);
    return value;
  };
  return Float64Array.from([
    ...addon.shapeNames.map((name) => number(scalars, name)),
    ...addon.offsetNames.map((name) => number(descriptor.offsets, name)),
  ]);
}

class NativeRingReader implements RingReader {
  readonly #addon: Addon;
  readonly #handle: Handle;
  readonly #subbufferSizeBytes: number;
  readonly #packet = new BigUint64Array(PACKET_WORDS);
  readonly #sample = new BigUint64Array(5);
  #isHolding = false;
  #isClosed = false;

  constructor(addon: Addon, handle: Handle, subbufferSizeBytes: number) {
    this.#addon = addon;
    this.#handle = handle;
    this.#subbufferSizeBytes = subbufferSizeBytes;
  }

  activate(): boolean {
    return this.#addon.ringActivate(this.#open) === OK;
  }

  deactivate(): void {
    this.#addon.ringDeactivate(this.#open);
  }

  next(): RingPacket | NoPacket {
    assert(!this.#isHolding, 'A packet is held');
    return this.#take(this.#addon.ringNext(this.#open, this.#packet));
  }

  get(positionBytes: number): RingPacket | NoPacket {
    assert(!this.#isHolding, 'A packet is held');
    return this.#take(this.#addon.ringGet(this.#open, this.#packet, positionBytes));
  }

  setDiscarded(count: number): void {
    assert(this.#isHolding, 'No packet is held');
    this.#addon.ringSetDiscarded(this.#open, count);
  }

  putNext(): void {
    assert(this.#isHolding, 'No packet is held');
    this.#isHolding = false;
    this.#addon.ringPutNext(this.#open);
  }

  put(): void {
    assert(this.#isHolding, 'No packet is held');
    this.#isHolding = false;
    this.#addon.ringPut(this.#open);
  }

  hasData(): boolean {
    return this.#addon.ringHasData(this.#open) === 1;
  }

  flush(mode: FlushMode): void {
    this.#addon.ringFlush(this.#open, mode === 'final');
  }

  samplePositions(): RingPositions {
    this.#addon.ringSample(this.#open, this.#sample);
    return { producedBytes: Number(this.#sample[0]), consumedBytes: Number(this.#sample[1]) };
  }

  snapshotPositions(): RingPositions | null {
    const { producedBytes, consumedBytes } = this.samplePositions();
    const whole = (positionBytes: number) => positionBytes - (positionBytes % this.#subbufferSizeBytes);
    const positions = { producedBytes: whole(producedBytes), consumedBytes: whole(consumedBytes) };
    return positions.producedBytes > positions.consumedBytes ? positions : null;
  }

  clear(): void {
    this.#addon.ringClear(this.#open);
  }

  lost(): LostCounters {
    this.#addon.ringSample(this.#open, this.#sample);
    const [, , full, wrap, big] = this.#sample;
    return { full: Number(full), wrap: Number(wrap), big: Number(big) };
  }

  commitCounters(subbufferIndex: number): CommitCounters {
    const status = this.#addon.ringCounters(this.#open, this.#sample, subbufferIndex);
    assert(status === OK, `No such sub-buffer: index=${subbufferIndex}`);
    const [hotBytes, sequenceBytes, coldBytes] = this.#sample;
    return { hotBytes: hotBytes!, sequenceBytes: sequenceBytes!, coldBytes: coldBytes! };
  }

  hasUncommitted(throughBytes: number): boolean {
    return this.#addon.ringHasUncommitted(this.#open, throughBytes) === 1;
  }

  recover(throughBytes: number): RingRecovery {
    return recover(this.#addon, this.#open, throughBytes);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#addon.close(this.#handle);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get #open(): Handle {
    assert(!this.#isClosed, 'Ring reader is closed');
    return this.#handle;
  }

  /** The packet in the result words, in the order of `struct ring_packet`. */
  #take(status: number): RingPacket | NoPacket {
    if (status !== OK) {
      const reason = noPacket[status];
      assert(reason !== undefined, `Unexpected status of the ring: status=${status}`);
      return reason;
    }
    this.#isHolding = true;
    const words = this.#packet;
    return {
      positionBytes: Number(words[0]),
      memoryOffsetBytes: Number(words[1]),
      dataSizeBytes: Number(words[2]),
      paddedSizeBytes: Number(words[3]),
      timestampBegin: words[4]!,
      timestampEnd: words[5]!,
      contentSizeBits: words[6]!,
      packetSizeBits: words[7]!,
      sequenceNumber: words[8]!,
      eventsDiscarded: words[9]!,
      streamId: Number(words[10]),
      streamInstanceId: words[11]!,
      cpu: Number(words[12]),
    };
  }
}

function recover(addon: Addon, ring: Handle, throughBytes: number): RingRecovery {
  const words = new BigUint64Array(3);
  const status = addon.ringRecover(ring, throughBytes, words);
  const [completedCount, truncatedCount, droppedBytes] = words;
  return {
    outcome: status === OK ? 'done' : noPacket[status] === 'uncommitted' ? 'busy' : 'corrupt',
    completedCount: Number(completedCount),
    truncatedCount: Number(truncatedCount),
    droppedBytes: Number(droppedBytes),
  };
}

class NativeRingWriter implements RingWriter {
  readonly #addon: Addon;
  readonly #handle: Handle;
  readonly #words = new BigUint64Array(2);
  #isClosed = false;

  constructor(addon: Addon, handle: Handle) {
    this.#addon = addon;
    this.#handle = handle;
  }

  reserve(record: {
    readonly eventId: number;
    readonly timestamp: bigint;
    readonly payload: Uint8Array;
  }): RingReservation | RecordLoss {
    this.#words[0] = BigInt(record.eventId);
    this.#words[1] = record.timestamp;
    const status = check(this.#addon.ringReserve(this.#open, this.#words, record.payload), 'ring_reserve');
    if (status === OK) {
      return { positionBytes: Number(this.#words[0]), sizeBytes: Number(this.#words[1]) };
    }
    const loss = losses[status];
    assert(loss !== undefined, `Unexpected status of the ring: status=${status}`);
    return loss;
  }

  commit(): void {
    check(this.#addon.ringCommit(this.#open), 'ring_commit');
  }

  discard(): boolean {
    return check(this.#addon.ringDiscard(this.#open), 'ring_discard') === 1;
  }

  flush(mode: FlushMode, timestamp: bigint): void {
    this.#addon.ringSetClock(this.#open, timestamp);
    this.#addon.ringFlush(this.#open, mode === 'final');
  }

  recover(throughBytes: number, timestamp: bigint): RingRecovery {
    this.#addon.ringSetClock(this.#open, timestamp);
    return recover(this.#addon, this.#open, throughBytes);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#addon.close(this.#handle);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get #open(): Handle {
    assert(!this.#isClosed, 'Ring writer is closed');
    return this.#handle;
  }
}

/** Makes {@link RingCalls} out of the addon. */
export function ringCalls(addon: Addon): RingCalls {
  const open: (isClockGiven: boolean, ...args: Parameters<RingCalls['openRingReader']>) => Handle | null = (
    isClockGiven,
    mapping,
    descriptor,
    { wakeupFd } = {},
  ) => {
    const shape = shapeOf(addon, descriptor);
    const handle = addon.ringOpen(
      handleOfMapping(mapping),
      shape,
      descriptor.packetHeader,
      wakeupFd ?? -1,
      isClockGiven,
    );
    if (typeof handle !== 'number') return handle;
    check(handle, 'ring_open');
    return null;
  };
  return {
    openRingReader(...args) {
      const handle = open(false, ...args);
      return handle && new NativeRingReader(addon, handle, args[1].subbufferSizeBytes);
    },
    openRingWriter(...args) {
      const handle = open(true, ...args);
      return handle && new NativeRingWriter(addon, handle);
    },
  };
}
