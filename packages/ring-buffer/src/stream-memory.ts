/**
 * Writes the initial contents of a stream's shared memory: references, counters, crash record, and packet 0, whose
 * header is open from the creation on.
 */
import { assert } from '@lttng-ts/base';
import { CRASH_ENDIAN_MARKER, CRASH_MAGIC, modes, NOREF, PACKET_MAGIC, PAGE_BYTES } from './constants.ts';
import type { ChannelShape } from './descriptor.ts';
import { type Layouts, lp64Layouts } from './layouts.ts';
import { type StreamLayout, streamLayoutOf } from './stream-layout.ts';

const OPEN_SIZE = 0xffff_ffff_ffff_ffffn;

/** Fills zeroed memory of exactly {@link StreamLayout.lengthBytes} bytes. `beginTimestamp` opens packet 0. */
export function initializeStream(
  memory: ArrayBuffer,
  channel: ChannelShape,
  cpu: number,
  beginTimestamp: bigint,
  layouts: Layouts = lp64Layouts,
  pageBytes = PAGE_BYTES,
): StreamLayout {
  const place = streamLayoutOf(channel.geometry, layouts, pageBytes);
  assert(memory.byteLength === place.lengthBytes, `Wrong length of memory: expected=${place.lengthBytes}`);
  const view = new DataView(memory);
  const little = layouts.abi.byteOrder === 'little-endian';
  const isOverwrite = channel.geometry.mode === 'overwrite';
  const index = BigInt(1 + cpu);
  const ref = (at: number) => ({ index, offset: BigInt(at) });
  const { subbufferSizeBytes: size, subbufferCount: count } = channel.geometry;
  const headerBytes = BigInt(layouts.packetHeader.sizeBytes);

  layouts.buffer.write(
    view,
    0,
    {
      crash: crashRecordOf(channel, layouts, place),
      offset: headerBytes,
      hotCounters: ref(place.hotAt),
      consumed: 0n,
      recordDisabled: 0,
      lastTimestamp: 0n,
      backend: {
        writerSubbuffers: ref(place.writerSubbuffersAt),
        readerSubbuffer: isOverwrite ? NOREF | BigInt(count) : 0n,
        packetCounters: ref(place.packetCountersAt),
        pageReferences: ref(place.pageReferencesAt),
        memory: ref(place.memoryAt),
        channel: { index: 0n, offset: 0n },
        cpu,
        recordsRead: 0n,
        isAllocated: 1,
      },
      coldCounters: ref(place.coldAt),
      endTimestamps: ref(place.endTimestampsAt),
      activeReaders: 0n,
      lostFull: 0n,
      lostWrap: 0n,
      lostBig: 0n,
      recordsCount: 0n,
      recordsOverrun: 0n,
      isFinalized: 0,
      heldPosition: 0n,
      producedSnapshot: 0n,
      consumedSnapshot: 0n,
      isHeld: 0,
      self: { index, offset: 0n },
    },
    little,
  );
  for (let i = 0; i < place.pageCount; i++) {
    const pageAt = place.pagesAt + i * layouts.page.sizeBytes;
    layouts.pageReference.write(
      view,
      place.pageReferencesAt + i * layouts.pageReference.sizeBytes,
      { reference: ref(pageAt) },
      little,
    );
    const page = { mapOffset: BigInt(i * size), recordsCommitted: 0n, recordsUnread: 0n, dataSize: 0n };
    layouts.page.write(view, pageAt, { ...page, memory: ref(place.memoryAt + i * size) }, little);
  }
  for (let i = 0; i < count; i++) {
    // Packet 0 is being written, so writers refer to sub-buffer 0.
    const id = isOverwrite && i > 0 ? NOREF | BigInt(i) : BigInt(i);
    layouts.writerSubbuffer.write(
      view,
      place.writerSubbuffersAt + i * layouts.writerSubbuffer.sizeBytes,
      { id },
      little,
    );
  }
  layouts.hotCounters.write(view, place.hotAt, { committed: headerBytes, sequence: headerBytes }, little);
  layouts.packetHeader.write(
    view,
    place.memoryAt,
    {
      magic: PACKET_MAGIC,
      uuid: channel.uuid,
      streamId: channel.channelId,
      streamInstanceId: BigInt(cpu),
      timestampBegin: beginTimestamp,
      timestampEnd: 0n,
      contentSize: OPEN_SIZE,
      packetSize: OPEN_SIZE,
      sequenceNumber: 0n,
      eventsDiscarded: 0n,
      cpu,
    },
    little,
  );
  return place;
}

function crashRecordOf({ geometry }: ChannelShape, l: Layouts, place: StreamLayout) {
  return {
    magic: CRASH_MAGIC,
    mapLengthBytes: BigInt(place.lengthBytes),
    endianMarker: CRASH_ENDIAN_MARKER,
    major: 0,
    minor: 0,
    wordBytes: l.abi.wordBytes,
    layoutType: 0,
    producedOffset: l.buffer.offsetOf('offset'),
    consumedOffset: l.buffer.offsetOf('consumed'),
    hotTableOffset: place.hotAt,
    hotSequenceOffset: l.hotCounters.offsetOf('sequence'),
    writerSubbuffersOffset: place.writerSubbuffersAt,
    writerSubbufferIdOffset: l.writerSubbuffer.offsetOf('id'),
    pageReferencesOffset: place.pageReferencesAt,
    referenceOffsetOffset: l.reference.offsetOf('offset'),
    pageMemoryOffset: l.page.offsetOf('memory') + l.reference.offsetOf('offset'),
    contentSizeOffset: l.packetHeader.offsetOf('contentSize'),
    packetSizeOffset: l.packetHeader.offsetOf('packetSize'),
    fieldLengths: [
      l.abi.wordBytes,
      l.abi.wordBytes,
      l.abi.wordBytes,
      l.abi.wordBytes,
      l.abi.wordBytes,
      l.abi.wordBytes,
      8,
      8,
    ],
    hotStride: l.hotCounters.sizeBytes,
    writerSubbufferStride: l.writerSubbuffer.sizeBytes,
    pageReferenceStride: l.pageReference.sizeBytes,
    bufferSizeBytes: BigInt(geometry.subbufferSizeBytes * geometry.subbufferCount),
    subbufferSizeBytes: BigInt(geometry.subbufferSizeBytes),
    subbufferCount: BigInt(geometry.subbufferCount),
    mode: modes[geometry.mode],
  };
}
