/**
 * Where metadata text is cut into packets: as the original's consumer does it. The packets themselves are
 * CTF's (`packMetadata`).
 */
import { METADATA_PACKET_SIZE_BYTES, metadataPacketHeader, packMetadata } from '@lttng-ts/ctf';

/** Room for text in the packet that the original opens when it makes the stream. */
const FIRST_ROOM_BYTES = METADATA_PACKET_SIZE_BYTES - metadataPacketHeader.sizeBytes;
/**
 * Room in every later packet: there the original subtracts the size that the C compiler gives the header,
 * which is padded to 40 bytes.
 */
const LATER_ROOM_BYTES = METADATA_PACKET_SIZE_BYTES - 40;

const RECORD_SEPARATOR = 0x1e;

/**
 * Encodes `text`, which begins a packet of its own. `isStart`: nothing was written to this stream before.
 */
export function metadataPackets(text: Uint8Array, uuid: Uint8Array, isStart: boolean): Uint8Array {
  const packets: Uint8Array[] = [];
  // Fragments of CTF 2 begin with a record separator, and so does every piece of them.
  const version = text[0] === RECORD_SEPARATOR ? { major: 2, minor: 0 } : { major: 1, minor: 8 };
  for (let from = 0; from < text.length; ) {
    const room = isStart && from === 0 ? FIRST_ROOM_BYTES : LATER_ROOM_BYTES;
    packets.push(packMetadata(text.subarray(from, from + room), { uuid, version }));
    from += room;
  }
  return Buffer.concat(packets);
}
