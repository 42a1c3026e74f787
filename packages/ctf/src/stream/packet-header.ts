/** The beginning of a packet: header and context decoded, and what their roles say of the packet. */
import { FormatError } from '@lttng-ts/base';
import { BitReader } from '../decode/bit-reader.ts';
import type { DataStreamOperations, TraceOperations } from '../decode/operations.ts';
import { ReferenceDecoder } from '../decode/reference.ts';
import type { StructureValue } from '../decode/values.ts';
import type { Role } from '../model/field-class.ts';
import { type ByteSource, readInto } from './byte-source.ts';

const PACKET_MAGIC = 0xc1fc1fc1n;
/** First window on a packet; LTTng's header and context take 84 bytes. */
const HEADER_WINDOW_BYTES = 512;
/** A header or context beyond this is damage. */
const MAX_HEADER_BYTES = 1 << 20;

export interface PacketHeader {
  readonly operations: DataStreamOperations;
  readonly dataStreamId: bigint | null;
  readonly context: StructureValue | null;
  /** The values as they stand there: of less than 64 bits when the field has fewer. */
  readonly beginCycles: bigint | null;
  readonly endCycles: bigint | null;
  readonly beginSizeBits: number;
  readonly endSizeBits: number;
  /** From the packet's first bit; the file's end when the packet does not say. */
  readonly packetSizeBits: number;
  /** Whether the packet says how large it is. */
  readonly declaresSize: boolean;
  readonly contentSizeBits: number;
  readonly discardedEvents: bigint | null;
  readonly sequenceNumber: bigint | null;
  /** Where the first event record (or padding before it) begins. */
  readonly headerEndBits: number;
}

/** A header that was read, so that it need not be read again. */
export interface KnownHeader {
  readonly source: ByteSource;
  readonly offsetBytes: number;
  readonly header: PacketHeader;
  /** What the decoder had in its slots behind it. */
  readonly slots: readonly bigint[];
}

/** Reads headers of packets one after another, all into the same memory. */
export class PacketHeaderReader {
  readonly #trace: TraceOperations;
  readonly #decoder: ReferenceDecoder;
  #memory = new Uint8Array(HEADER_WINDOW_BYTES);

  constructor(trace: TraceOperations, decoder = new ReferenceDecoder(trace.slotCount)) {
    this.#trace = trace;
    this.#decoder = decoder;
  }

  /** The packet at `offsetBytes`. Throws `FormatError`. */
  known(source: ByteSource, offsetBytes: number): KnownHeader {
    const header = this.read(source, offsetBytes);
    return { source, offsetBytes, header, slots: [...this.#decoder.slots] };
  }

  /** Reads the packet at `offsetBytes`. Throws `FormatError`. */
  read(source: ByteSource, offsetBytes: number): PacketHeader {
    const remainingBytes = source.sizeBytes - offsetBytes;
    for (let windowBytes = HEADER_WINDOW_BYTES; ; windowBytes *= 16) {
      if (this.#memory.length < windowBytes) this.#memory = new Uint8Array(windowBytes);
      const target = this.#memory.subarray(0, Math.min(windowBytes, remainingBytes));
      const window = target.subarray(0, readInto(source, offsetBytes, target));
      try {
        return decodePacketHeader(window, remainingBytes * 8, this.#trace, this.#decoder);
      } catch (error) {
        // The window may have been too small; what is wrong with the whole packet is wrong.
        const isWhole = windowBytes >= remainingBytes || windowBytes >= MAX_HEADER_BYTES;
        if (!(error instanceof FormatError) || isWhole) throw error;
      }
    }
  }
}

/** Of a packet header that says nothing. */
const UNSAID: Readonly<Record<Role, bigint | null>> = {
  'packet-magic-number': null,
  'metadata-stream-uuid': null,
  'data-stream-class-id': null,
  'data-stream-id': null,
  'packet-beginning-clock-timestamp': null,
  'packet-end-clock-timestamp': null,
  'packet-total-length': null,
  'packet-content-length': null,
  'discarded-event-record-counter-snapshot': null,
  'packet-sequence-number': null,
  'event-record-class-id': null,
  'default-clock-timestamp': null,
};

/** Decodes the header of the packet that begins with `window` and has `remainingBits` to the end of its file at most. */
export function decodePacketHeader(
  window: Uint8Array,
  remainingBits: number,
  trace: TraceOperations,
  decoder: ReferenceDecoder,
): PacketHeader {
  const reader = new BitReader(window);
  const said = { ...UNSAID };
  let beginSizeBits = 64;
  let endSizeBits = 64;
  const onRole = ({ roles }: { roles: readonly Role[] }, value: number | bigint, sizeBits: number): void => {
    // By numbers: until this is optimised, an iterator would be made for each field.
    for (let i = 0; i < roles.length; i++) {
      const role = roles[i]!;
      said[role] = BigInt(value);
      if (role === 'packet-beginning-clock-timestamp') beginSizeBits = sizeBits;
      else if (role === 'packet-end-clock-timestamp') endSizeBits = sizeBits;
    }
  };
  if (trace.packetHeader !== null) {
    // The UUID in it is not compared: Babeltrace 2 reads packets of another one, too.
    decoder.decode(trace.packetHeader, reader, onRole);
    const magic = said['packet-magic-number'];
    if (magic !== null && magic !== PACKET_MAGIC) {
      throw new FormatError(`Wrong magic in packet: magic=0x${magic.toString(16)}`);
    }
  }
  const operations = findDataStream(trace, said['data-stream-class-id']);
  const context =
    operations.packetContext === null ? null : decoder.decode(operations.packetContext, reader, onRole);
  const packetSizeBits = checkedSize(said['packet-total-length'], 'packet');
  const contentSizeBits = checkedSize(said['packet-content-length'], 'content');
  const totalBits = packetSizeBits ?? contentSizeBits ?? remainingBits;
  const contentBits = contentSizeBits ?? totalBits;
  if (totalBits % 8 !== 0 || contentBits > totalBits || contentBits < reader.atBits || totalBits === 0) {
    throw new FormatError(
      `Wrong packet size: packet-bits=${totalBits}, content-bits=${contentBits}, header-bits=${reader.atBits}`,
    );
  }
  return {
    operations,
    dataStreamId: said['data-stream-id'],
    context,
    beginCycles: said['packet-beginning-clock-timestamp'],
    endCycles: said['packet-end-clock-timestamp'],
    beginSizeBits,
    endSizeBits,
    packetSizeBits: totalBits,
    declaresSize: packetSizeBits !== null,
    contentSizeBits: contentBits,
    discardedEvents: said['discarded-event-record-counter-snapshot'],
    sequenceNumber: said['packet-sequence-number'],
    headerEndBits: reader.atBits,
  };
}

function findDataStream(trace: TraceOperations, id: bigint | null): DataStreamOperations {
  const only = id === null && trace.dataStreams.size === 1 ? [...trace.dataStreams.values()][0] : undefined;
  const found = only ?? trace.dataStreams.get(id ?? 0n);
  if (found === undefined)
    throw new FormatError(`Packet of an unknown data stream class: id=${id ?? 'none'}`);
  return found;
}

function checkedSize(sizeBits: bigint | null, what: string): number | null {
  if (sizeBits === null) return null;
  if (sizeBits > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new FormatError(`Packet size out of range: what="${what}", size-bits=${sizeBits}`);
  }
  return Number(sizeBits);
}
