/**
 * What an application takes from a channel's description (the blob of CHANNEL): lttng-ust 2.13's `channel` struct as it
 * goes over the socket. Numbers from outside are checked here; what the streams' memory says is checked by the addon.
 */
import type { RingDescriptor } from '@lttng-ts/native';
import type { UstHeaderType } from '@lttng-ts/protocols/ust-app';
import { bytes, i32, packed, padding, u32, u64 } from '@lttng-ts/wire';

export interface ChannelShape {
  /** Id of the channel in its session's metadata; the daemon's registration answer must repeat it. */
  readonly channelId: number;
  /** Streams that the daemon sends: one per possible CPU. */
  readonly streamCount: number;
  /** Where things lie in the streams' memory. */
  descriptorFor(headerType: UstHeaderType): RingDescriptor;
}

const PAGE_BYTES = 4096;
/** Streams of a channel: no machine has more CPUs. */
const MAX_STREAMS = 65536;

/** The part of the struct that applications read. */
const channelHead = packed('lttng_ust_ring_buffer_channel', 'host', {
  recordDisabled: i32,
  reserved0: padding(60),
  privateOffset: u64,
  streamCount: u32,
  reserved76: padding(12),
  blockingTimeoutMs: i32,
  reserved92: padding(28),
  bufferSizeBytes: u64,
  subbufferSizeBytes: u64,
  reserved136: padding(12),
  extraReaderSubbuffer: u32,
  subbufferCount: u64,
  reserved160: padding(24),
  // The ring buffer's configuration, at 184.
  allocation: u32,
  synchronization: u32,
  mode: u32,
  output: u32,
  backend: u32,
  oops: u32,
  ipi: u32,
  wakeup: u32,
  timestampBits: u32,
});

/** At `privateOffset`. */
const channelPrivate = packed('channel private configuration', 'host', {
  reserved: padding(92),
  channelId: u32,
  reserved96: padding(4),
  uuid: bytes(16),
});

const MODE_OVERWRITE = 0;
const WAKEUP_BY_WRITER = 1;

/** The packet header of a data stream; what varies is written by the addon. */
const packetHeader = packed('lttng_packet_header', 'host', {
  magic: u32,
  uuid: bytes(16),
  streamId: u32,
  streamInstanceId: u64,
  timestampBegin: u64,
  timestampEnd: u64,
  contentSize: u64,
  packetSize: u64,
  sequenceNumber: u64,
  eventsDiscarded: u64,
  cpu: u32,
});
const PACKET_MAGIC = 0xc1fc1fc1;

/** Places in a stream's memory: words of the control struct, strides of the tables it refers to. */
const streamOffsets = {
  offset: 128,
  hotReference: 136,
  consumed: 152,
  recordDisabled: 160,
  lastTimestamp: 168,
  writerSubbuffersReference: 176,
  readerSubbuffer: 192,
  packetCountersReference: 200,
  pageReferencesReference: 216,
  coldReference: 352,
  endTimestampsReference: 368,
  activeReaders: 384,
  lostFull: 392,
  lostWrap: 400,
  lostBig: 408,
  heldPosition: 440,
  isHeld: 464,
  hotStride: 128,
  hotCommitted: 0,
  hotSequence: 8,
  coldStride: 128,
  coldDelivered: 0,
  endTimestampStride: 8,
  referenceStride: 16,
  referenceOffset: 8,
  pageStride: 64,
  pageDataSize: 24,
  pageMemoryReference: 32,
  writerSubbufferStride: 8,
  packetCounterStride: 8,
  headerStreamId: packetHeader.offsetOf('streamId'),
  headerStreamInstanceId: packetHeader.offsetOf('streamInstanceId'),
  headerTimestampBegin: packetHeader.offsetOf('timestampBegin'),
  headerTimestampEnd: packetHeader.offsetOf('timestampEnd'),
  headerContentSize: packetHeader.offsetOf('contentSize'),
  headerPacketSize: packetHeader.offsetOf('packetSize'),
  headerSequenceNumber: packetHeader.offsetOf('sequenceNumber'),
  headerEventsDiscarded: packetHeader.offsetOf('eventsDiscarded'),
  headerCpu: packetHeader.offsetOf('cpu'),
} as const;

/** Parses a channel's description; `null` when it is not one. `isNaturallyAligned`: see the registration. */
export function parseChannelShape(blob: Uint8Array, isNaturallyAligned: boolean): ChannelShape | null {
  if (blob.length < channelHead.sizeBytes) return null;
  const head = channelHead.decode(blob);
  const { privateOffset, streamCount, subbufferSizeBytes, subbufferCount } = head;
  if (privateOffset + BigInt(channelPrivate.sizeBytes) > BigInt(blob.length)) return null;
  const isSane =
    isPowerOfTwo(subbufferSizeBytes) &&
    subbufferSizeBytes >= BigInt(PAGE_BYTES) &&
    isPowerOfTwo(subbufferCount) &&
    head.bufferSizeBytes === subbufferSizeBytes * subbufferCount &&
    head.bufferSizeBytes <= BigInt(Number.MAX_SAFE_INTEGER) &&
    streamCount > 0 &&
    streamCount <= MAX_STREAMS &&
    head.timestampBits > 0 &&
    head.timestampBits <= 32;
  if (!isSane) return null;
  const { channelId, uuid } = channelPrivate.decode(blob, Number(privateOffset));
  const header = packetHeader.encode({
    magic: PACKET_MAGIC,
    uuid,
    streamId: channelId,
    streamInstanceId: 0n,
    timestampBegin: 0n,
    timestampEnd: 0n,
    contentSize: 0n,
    packetSize: 0n,
    sequenceNumber: 0n,
    eventsDiscarded: 0n,
    cpu: 0,
  });
  return {
    channelId,
    streamCount,
    descriptorFor: (headerType) => ({
      objectIndex: 1,
      cpu: 0,
      isOverwrite: head.mode === MODE_OVERWRITE,
      isWakeupByWriter: head.wakeup === WAKEUP_BY_WRITER,
      subbufferSizeBytes: Number(subbufferSizeBytes),
      subbufferCount: Number(subbufferCount),
      pageSizeBytes: PAGE_BYTES,
      blockingTimeoutMs: head.blockingTimeoutMs,
      recordHeader: headerType,
      timestampBits: head.timestampBits,
      isNaturallyAligned,
      packetHeader: header,
      offsets: streamOffsets,
    }),
  };
}

function isPowerOfTwo(value: bigint): boolean {
  return value > 0n && (value & (value - 1n)) === 0n;
}
