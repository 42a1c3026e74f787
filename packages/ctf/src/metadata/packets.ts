/**
 * The metadata stream as a file: text, or text in packets (CTF 1.8 §7.1, as LTTng writes it, and CTF2-PMETA). Pure: bytes in,
 * bytes out.
 */
import { FormatError } from '@lttng-ts/base';
import { alignUp, type ByteOrder, bytes, hostByteOrder, packed, type TypeOf, u8, u32 } from '@lttng-ts/wire';
import { parseUuid } from '../model/trace-class.ts';

const MAGIC = 0x75d11d57;
const BITS_PER_BYTE = 8;

/** Packets are multiples of a page on disk; LTTng's metadata sub-buffers are one page, too. */
export const METADATA_PACKET_SIZE_BYTES = 4096;

const headerFields = {
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
} as const;

const headers = {
  'little-endian': packed('metadata_packet_header', 'little-endian', headerFields),
  'big-endian': packed('metadata_packet_header', 'big-endian', headerFields),
} as const;

/** Upstream: `struct metadata_packet_header`, 37 bytes. */
export const metadataPacketHeader = headers[hostByteOrder];

export type MetadataPacketHeader = TypeOf<typeof metadataPacketHeader>;

/** What {@link unpackMetadata} gives. */
export interface UnpackedMetadata {
  readonly text: string;
  /** Whether the file held packets; if so, in which byte order, and of which trace. */
  readonly packets: { readonly byteOrder: ByteOrder; readonly uuid: Uint8Array } | null;
}

/** Says in which byte order `file` holds metadata packets; `null` when it does not begin with one. */
export function findMetadataByteOrder(file: Uint8Array): ByteOrder | null {
  if (file.length < 4) return null;
  const view = new DataView(file.buffer, file.byteOffset, 4);
  if (u32.read(view, 0, true) === MAGIC) return 'little-endian';
  if (u32.read(view, 0, false) === MAGIC) return 'big-endian';
  return null;
}

/** Extracts the text of a metadata file, packetized or not. Throws `FormatError`. */
export function unpackMetadata(file: Uint8Array): UnpackedMetadata {
  const byteOrder = findMetadataByteOrder(file);
  // Invalid UTF-8 becomes U+FFFD: it can only be in names, and a wrong name is better than no trace.
  if (byteOrder === null) return { text: new TextDecoder().decode(file), packets: null };
  const contents: Uint8Array[] = [];
  let uuid: Uint8Array | null = null;
  for (let at = 0; at < file.length; ) {
    // Babeltrace 2 stops at a rest that is too short for a header, and so do we: nothing is lost.
    if (uuid !== null && file.length - at < headers[byteOrder].sizeBytes) break;
    const packet = readPacket(file, at, byteOrder);
    if (uuid !== null && packet.uuid.some((byte, i) => byte !== uuid?.[i])) {
      throw new FormatError(`Metadata packets have different UUIDs: offset=${at}`);
    }
    uuid = packet.uuid;
    contents.push(packet.content);
    at += packet.sizeBytes;
  }
  const text = new Uint8Array(contents.reduce((sum, content) => sum + content.length, 0));
  let at = 0;
  for (const content of contents) {
    text.set(content, at);
    at += content.length;
  }
  return {
    text: new TextDecoder().decode(text),
    packets: { byteOrder, uuid: uuid ?? new Uint8Array(16) },
  };
}

function readPacket(
  file: Uint8Array,
  at: number,
  byteOrder: ByteOrder,
): { uuid: Uint8Array; content: Uint8Array; sizeBytes: number } {
  const layout = headers[byteOrder];
  if (file.length - at < layout.sizeBytes) {
    throw new FormatError(`Metadata packet header is cut: offset=${at}, bytes=${file.length - at}`);
  }
  const header = layout.decode(file, at);
  if (header.magic !== MAGIC) {
    throw new FormatError(
      `Wrong magic in metadata packet: offset=${at}, magic=0x${header.magic.toString(16)}`,
    );
  }
  if (header.compressionScheme !== 0 || header.encryptionScheme !== 0 || header.checksumScheme !== 0) {
    throw new FormatError(
      `Metadata packet is compressed, encrypted or checksummed: offset=${at}, compression=${header.compressionScheme}, encryption=${header.encryptionScheme}, checksum=${header.checksumScheme}`,
    );
  }
  // 1.8 is TSDL; 2.0 is JSON (CTF2-PMETA).
  if (`${header.major}.${header.minor}` !== '1.8' && `${header.major}.${header.minor}` !== '2.0') {
    throw new FormatError(`Unknown metadata version: offset=${at}, version=${header.major}.${header.minor}`);
  }
  const { contentSizeBits, packetSizeBits } = header;
  const sizeBytes = packetSizeBits / BITS_PER_BYTE;
  if (
    contentSizeBits % BITS_PER_BYTE !== 0 ||
    contentSizeBits < layout.sizeBytes * BITS_PER_BYTE ||
    packetSizeBits % BITS_PER_BYTE !== 0 ||
    contentSizeBits > packetSizeBits
  ) {
    throw new FormatError(
      `Wrong sizes in metadata packet: offset=${at}, content-bits=${contentSizeBits}, packet-bits=${packetSizeBits}`,
    );
  }
  const endBytes = at + contentSizeBits / BITS_PER_BYTE;
  if (endBytes > file.length) {
    throw new FormatError(
      `Metadata packet is cut: offset=${at}, content-end=${endBytes}, file=${file.length}`,
    );
  }
  return { uuid: header.uuid, content: file.subarray(at + layout.sizeBytes, endBytes), sizeBytes };
}

/** How {@link packMetadata} makes packets. */
export interface MetadataPacking {
  /** UUID of the trace, with dashes or as 16 bytes. */
  readonly uuid: string | Uint8Array;
  readonly byteOrder?: ByteOrder;
  /** Upper limit of a packet: the size of LTTng's metadata sub-buffers. */
  readonly packetSizeBytes?: number;
  /** 1.8 (TSDL, the default) or 2.0 (JSON fragments, CTF2-PMETA). */
  readonly version?: { readonly major: number; readonly minor: number };
}

/**
 * Puts a piece of metadata text into packets, as the consumer daemon of LTTng does: each piece begins a packet
 * of its own, packets are filled, and each is padded with zeros to a page. No text gives no packets.
 */
export function packMetadata(text: string | Uint8Array, packing: MetadataPacking): Uint8Array<ArrayBuffer> {
  const { byteOrder = hostByteOrder, packetSizeBytes = METADATA_PACKET_SIZE_BYTES } = packing;
  const { major, minor } = packing.version ?? { major: 1, minor: 8 };
  const layout = headers[byteOrder];
  const uuid = typeof packing.uuid === 'string' ? parseUuid(packing.uuid) : packing.uuid;
  if (uuid === null) throw new FormatError(`Not a UUID: uuid=${JSON.stringify(packing.uuid)}`);
  const content = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const room = packetSizeBytes - layout.sizeBytes;
  const packets = Math.ceil(content.length / room);
  const paddedBytes = (length: number): number =>
    alignUp(layout.sizeBytes + length, METADATA_PACKET_SIZE_BYTES);
  const lastBytes = content.length - (packets - 1) * room;
  const file = new Uint8Array(packets === 0 ? 0 : (packets - 1) * paddedBytes(room) + paddedBytes(lastBytes));
  for (let i = 0, at = 0; i < packets; i++) {
    const part = content.subarray(i * room, (i + 1) * room);
    const header = layout.encode({
      magic: MAGIC,
      uuid,
      checksum: 0,
      contentSizeBits: (layout.sizeBytes + part.length) * BITS_PER_BYTE,
      packetSizeBits: paddedBytes(part.length) * BITS_PER_BYTE,
      compressionScheme: 0,
      encryptionScheme: 0,
      checksumScheme: 0,
      major,
      minor,
    });
    file.set(header, at);
    file.set(part, at + layout.sizeBytes);
    at += paddedBytes(part.length);
  }
  return file;
}
