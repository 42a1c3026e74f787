/**
 * The descriptor that tells the addon where everything lies. Offsets come from the tables and nowhere else.
 */
import type { RingDescriptor } from '@lttng-ts/native';
import { PACKET_MAGIC, PAGE_BYTES, TIMESTAMP_BITS, type WakeupBy } from './constants.ts';
import type { RingGeometry } from './geometry.ts';
import { type Layouts, lp64Layouts } from './layouts.ts';

export interface ChannelShape {
  readonly geometry: RingGeometry;
  readonly wakeupBy: WakeupBy;
  readonly blockingTimeoutMs: number;
  /** The daemon's number of the channel, in every packet header. */
  readonly channelId: number;
  /** 16 bytes. */
  readonly uuid: Uint8Array;
}

export interface DescriptorOptions {
  /** How records begin; the daemon's reply to the channel's notification tells (default large). */
  readonly recordHeader?: 'compact' | 'large';
  readonly isNaturallyAligned?: boolean;
  /** Only tests of tiny rings differ from the page of the machine. */
  readonly pageBytes?: number;
}

/** Makes the descriptor of stream `cpu`. */
export function descriptorOf(
  channel: ChannelShape,
  cpu: number,
  options: DescriptorOptions = {},
  layouts: Layouts = lp64Layouts,
): RingDescriptor {
  return {
    objectIndex: 1 + cpu,
    cpu,
    isOverwrite: channel.geometry.mode === 'overwrite',
    isWakeupByWriter: channel.wakeupBy === 'writer',
    subbufferSizeBytes: channel.geometry.subbufferSizeBytes,
    subbufferCount: channel.geometry.subbufferCount,
    pageSizeBytes: options.pageBytes ?? PAGE_BYTES,
    blockingTimeoutMs: channel.blockingTimeoutMs,
    recordHeader: options.recordHeader ?? 'large',
    timestampBits: TIMESTAMP_BITS,
    isNaturallyAligned: options.isNaturallyAligned ?? false,
    packetHeader: packetHeaderTemplate(channel, cpu, layouts),
    offsets: offsetsOf(layouts),
  };
}

/** Constant bytes of the packet headers of a stream; what varies is zero. */
function packetHeaderTemplate(channel: ChannelShape, cpu: number, { packetHeader }: Layouts): Uint8Array {
  return packetHeader.encode({
    magic: PACKET_MAGIC,
    uuid: channel.uuid,
    streamId: channel.channelId,
    streamInstanceId: BigInt(cpu),
    timestampBegin: 0n,
    timestampEnd: 0n,
    contentSize: 0n,
    packetSize: 0n,
    sequenceNumber: 0n,
    eventsDiscarded: 0n,
    cpu: 0,
  });
}

/** The offsets that `c/ring.h` names. */
function offsetsOf(l: Layouts): Readonly<Record<string, number>> {
  const backendAt = l.buffer.offsetOf('backend');
  return {
    offset: l.buffer.offsetOf('offset'),
    consumed: l.buffer.offsetOf('consumed'),
    recordDisabled: l.buffer.offsetOf('recordDisabled'),
    lastTimestamp: l.buffer.offsetOf('lastTimestamp'),
    readerSubbuffer: backendAt + l.backend.offsetOf('readerSubbuffer'),
    activeReaders: l.buffer.offsetOf('activeReaders'),
    lostFull: l.buffer.offsetOf('lostFull'),
    lostWrap: l.buffer.offsetOf('lostWrap'),
    lostBig: l.buffer.offsetOf('lostBig'),
    heldPosition: l.buffer.offsetOf('heldPosition'),
    isHeld: l.buffer.offsetOf('isHeld'),
    hotReference: l.buffer.offsetOf('hotCounters'),
    coldReference: l.buffer.offsetOf('coldCounters'),
    endTimestampsReference: l.buffer.offsetOf('endTimestamps'),
    pageReferencesReference: backendAt + l.backend.offsetOf('pageReferences'),
    writerSubbuffersReference: backendAt + l.backend.offsetOf('writerSubbuffers'),
    packetCountersReference: backendAt + l.backend.offsetOf('packetCounters'),
    hotStride: l.hotCounters.sizeBytes,
    hotCommitted: l.hotCounters.offsetOf('committed'),
    hotSequence: l.hotCounters.offsetOf('sequence'),
    coldStride: l.coldCounters.sizeBytes,
    coldDelivered: l.coldCounters.offsetOf('delivered'),
    endTimestampStride: l.endTimestamp.sizeBytes,
    referenceStride: l.reference.sizeBytes,
    referenceOffset: l.reference.offsetOf('offset'),
    pageStride: l.page.sizeBytes,
    pageDataSize: l.page.offsetOf('dataSize'),
    pageMemoryReference: l.page.offsetOf('memory'),
    writerSubbufferStride: l.writerSubbuffer.sizeBytes,
    packetCounterStride: l.packetCounter.sizeBytes,
    headerStreamId: l.packetHeader.offsetOf('streamId'),
    headerStreamInstanceId: l.packetHeader.offsetOf('streamInstanceId'),
    headerTimestampBegin: l.packetHeader.offsetOf('timestampBegin'),
    headerTimestampEnd: l.packetHeader.offsetOf('timestampEnd'),
    headerContentSize: l.packetHeader.offsetOf('contentSize'),
    headerPacketSize: l.packetHeader.offsetOf('packetSize'),
    headerSequenceNumber: l.packetHeader.offsetOf('sequenceNumber'),
    headerEventsDiscarded: l.packetHeader.offsetOf('eventsDiscarded'),
    headerCpu: l.packetHeader.offsetOf('cpu'),
  };
}
