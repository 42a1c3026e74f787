/**
 * Cuts metadata text into packets as the original does: text that is appended at once begins a packet of its
 * own, and every packet is padded to the size of the metadata sub-buffer.
 */
import { bytes, packed, u8, u32 } from '@lttng-ts/wire';

/** Sub-buffer size of the original's metadata channel, and so the size of each packet in the file. */
export const METADATA_PACKET_BYTES = 4096;

const METADATA_MAGIC = 0x75d1_1d57;

/** `struct metadata_packet_header` of LTTng-UST. */
const metadataPacketHeader = packed('metadata_packet_header', 'host', {
  magic: u32,
  uuid: bytes(16),
  checksum: u32,
  contentSizeBits: u32,
  packetSizeBits: u32,
  compressionScheme: u8,
  encryptionScheme: u8,
  checksumScheme: u8,
  major: u8,
  minor: u8,
});

/** Room for text in the packet that the original opens when it makes the stream. */
const FIRST_ROOM_BYTES = METADATA_PACKET_BYTES - metadataPacketHeader.sizeBytes;
/**
 * Room in every later packet: the original then subtracts the size that the C compiler gives the header,
 * which is padded to 40 bytes.
 */
const LATER_ROOM_BYTES = METADATA_PACKET_BYTES - 40;

/**
 * Encodes `text` as whole packets. `isStart`: nothing was written to this stream before.
 */
export function metadataPackets(
  text: Uint8Array,
  uuid: Uint8Array,
  isStart: boolean,
): Uint8Array<ArrayBuffer> {
  const rooms = packetRooms(text.length, isStart);
  const packets = new Uint8Array(rooms.length * METADATA_PACKET_BYTES);
  let from = 0;
  rooms.forEach((room, index) => {
    const part = text.subarray(from, from + room);
    from += part.length;
    const header = metadataPacketHeader.encode({
      magic: METADATA_MAGIC,
      uuid,
      checksum: 0,
      contentSizeBits: (metadataPacketHeader.sizeBytes + part.length) * 8,
      packetSizeBits: METADATA_PACKET_BYTES * 8,
      compressionScheme: 0,
      encryptionScheme: 0,
      checksumScheme: 0,
      major: 1,
      minor: 8,
    });
    packets.set(header, index * METADATA_PACKET_BYTES);
    packets.set(part, index * METADATA_PACKET_BYTES + header.length);
  });
  return packets;
}

function packetRooms(textBytes: number, isStart: boolean): readonly number[] {
  const rooms: number[] = [];
  for (let left = textBytes; left > 0; ) {
    const room = isStart && rooms.length === 0 ? FIRST_ROOM_BYTES : LATER_ROOM_BYTES;
    rooms.push(room);
    left -= room;
  }
  return rooms;
}
