/**
 * The packet index of CTF as LTTng writes it (version 1.1): a header, then one entry per packet, all big-endian.
 */
import { packed, u32, u64 } from '@lttng-ts/wire';
import type { PacketDescription } from '../sink.ts';

const indexHeader = packed('ctf_packet_index_file_hdr', 'big-endian', {
  magic: u32,
  major: u32,
  minor: u32,
  entryBytes: u32,
});

/** `struct ctf_packet_index`: the one place that knows its offsets is this table. */
const indexEntry = packed('ctf_packet_index', 'big-endian', {
  offsetBytes: u64,
  packetSizeBits: u64,
  contentSizeBits: u64,
  timestampBegin: u64,
  timestampEnd: u64,
  eventsDiscarded: u64,
  streamId: u64,
  streamInstanceId: u64,
  sequenceNumber: u64,
});

export const INDEX_ENTRY_BYTES = indexEntry.sizeBytes;

export function encodeIndexHeader(): Uint8Array<ArrayBuffer> {
  return indexHeader.encode({ magic: 0xc1f1_dcc1, major: 1, minor: 1, entryBytes: INDEX_ENTRY_BYTES });
}

/** Encodes the entry of the packet that begins at `offsetBytes` of its data file. */
export function encodeIndexEntry(offsetBytes: number, packet: PacketDescription): Uint8Array<ArrayBuffer> {
  return indexEntry.encode({
    offsetBytes: BigInt(offsetBytes),
    packetSizeBits: packet.packetSizeBits,
    contentSizeBits: packet.contentSizeBits,
    timestampBegin: packet.timestampBegin,
    timestampEnd: packet.timestampEnd,
    eventsDiscarded: packet.eventsDiscarded,
    streamId: BigInt(packet.streamId),
    streamInstanceId: packet.streamInstanceId,
    sequenceNumber: packet.sequenceNumber,
  });
}
