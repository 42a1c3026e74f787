/**
 * Packet index files (`index/<stream file>.idx`): LTTng's `ctf-index.h`, versions 1.0 and 1.1, always
 * big-endian. Offsets are in bytes, sizes in bits.
 */
import { FormatError } from '@lttng-ts/base';
import { packed, type TypeOf, u32, u64 } from '@lttng-ts/wire';

const MAGIC = 0xc1f1dcc1;

/** Upstream: `struct ctf_packet_index_file_hdr`. */
export const packetIndexHeader = packed('ctf_packet_index_file_hdr', 'big-endian', {
  magic: u32,
  indexMajor: u32,
  indexMinor: u32,
  /** Bytes per entry. */
  packetIndexLength: u32,
});

const entryFields = {
  offsetBytes: u64,
  packetSizeBits: u64,
  contentSizeBits: u64,
  timestampBegin: u64,
  timestampEnd: u64,
  eventsDiscarded: u64,
  streamId: u64,
} as const;

/** Upstream: `struct ctf_packet_index` of index 1.0, which relay peers before 2.8 know. */
export const packetIndexEntry10 = packed('ctf_packet_index', 'big-endian', entryFields);

/** Upstream: `struct ctf_packet_index`, index 1.1. */
export const packetIndexEntry = packed('ctf_packet_index', 'big-endian', {
  ...entryFields,
  streamInstanceId: u64,
  packetSequenceNumber: u64,
});

/** One packet of a data stream file. Timestamps are raw cycles; `eventsDiscarded` counts since the start. */
export type PacketIndexEntry = TypeOf<typeof packetIndexEntry>;

export type PacketIndexEntry10 = TypeOf<typeof packetIndexEntry10>;

/** An entry as either version has it. */
export type AnyPacketIndexEntry = PacketIndexEntry10 &
  Partial<Pick<PacketIndexEntry, 'streamInstanceId' | 'packetSequenceNumber'>>;

export interface PacketIndex {
  readonly minor: number;
  readonly entries: readonly AnyPacketIndexEntry[];
}

/** Encodes the header that begins an index file of version 1.`minor`. */
export function encodeIndexHeader(minor: 0 | 1 = 1): Uint8Array<ArrayBuffer> {
  const packetIndexLength = minor === 0 ? packetIndexEntry10.sizeBytes : packetIndexEntry.sizeBytes;
  return packetIndexHeader.encode({ magic: MAGIC, indexMajor: 1, indexMinor: minor, packetIndexLength });
}

/** Encodes one entry of version 1.1. */
export function encodeIndexEntry(entry: PacketIndexEntry): Uint8Array<ArrayBuffer> {
  return packetIndexEntry.encode(entry);
}

/** Where the entries of an index file lie. */
export interface IndexLayout {
  readonly minor: number;
  readonly entriesAtBytes: number;
  readonly entryBytes: number;
}

/**
 * Reads the header of a whole index file. Entries may be longer than the version says (a later one), never shorter. Throws
 * `FormatError`.
 */
export function readIndexLayout(file: Uint8Array): IndexLayout {
  if (file.length < packetIndexHeader.sizeBytes) {
    throw new FormatError(`Index file too short: size=${file.length}, header=${packetIndexHeader.sizeBytes}`);
  }
  const { magic, indexMajor, indexMinor, packetIndexLength } = packetIndexHeader.decode(file);
  if (magic !== MAGIC) throw new FormatError(`Not an index file: magic=0x${magic.toString(16)}`);
  if (indexMajor !== 1) throw new FormatError(`Unknown index version: version=${indexMajor}.${indexMinor}`);
  const entriesBytes = file.length - packetIndexHeader.sizeBytes;
  if (packetIndexLength < entryOf(indexMinor).sizeBytes || entriesBytes % packetIndexLength !== 0) {
    throw new FormatError(`Index entries have a wrong size: entry=${packetIndexLength}, all=${entriesBytes}`);
  }
  return { minor: indexMinor, entriesAtBytes: packetIndexHeader.sizeBytes, entryBytes: packetIndexLength };
}

const entryOf = (minor: number) => (minor === 0 ? packetIndexEntry10 : packetIndexEntry);

/** Decodes a whole index file; what follows known fields in an entry is passed over. Throws `FormatError`. */
export function decodeIndexFile(file: Uint8Array): PacketIndex {
  const { minor, entriesAtBytes, entryBytes } = readIndexLayout(file);
  const layout = entryOf(minor);
  const entries: AnyPacketIndexEntry[] = [];
  for (let at = entriesAtBytes; at < file.length; at += entryBytes) entries.push(layout.decode(file, at));
  return { minor, entries };
}
