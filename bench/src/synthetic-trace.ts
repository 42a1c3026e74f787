/**
 * A CTF 1.8 trace made of nothing: one event record class, any number of data streams, whose event records follow
 * each other from stream to stream, so that a reader must merge at every step. Bytes only; `traces.ts` writes them.
 */
import { encodeIndexEntry, encodeIndexHeader } from '@lttng-ts/ctf';

export interface SyntheticShape {
  readonly streamCount: number;
  readonly eventCount: number;
  /** Clock value of the first event; large ones do not fit a double exactly. */
  readonly beginCycles: bigint;
}

/** Content of a data stream file is made of packets of this size at most. */
const PACKET_BYTES = 64 << 10;
const PACKET_HEADER_BYTES = 4 + 4;
const PACKET_CONTEXT_BYTES = 4 * 8;
/** id u32, timestamp u64, index i32, text with its zero. */
const EVENT_BYTES = 4 + 8 + 4 + 6;
const EVENTS_PER_PACKET = Math.floor(
  (PACKET_BYTES - PACKET_HEADER_BYTES - PACKET_CONTEXT_BYTES) / EVENT_BYTES,
);
const MAGIC = 0xc1fc1fc1;
const STEP_CYCLES = 1000n;
const TEXT = new TextEncoder().encode('tock!\0');

export const syntheticMetadata = `/* CTF 1.8 */
typealias integer { size = 32; align = 8; signed = false; } := u32;
typealias integer { size = 64; align = 8; signed = false; } := u64;
typealias integer { size = 32; align = 8; signed = true; } := i32;
trace {
  major = 1; minor = 8; byte_order = le;
  packet.header := struct { u32 magic; u32 stream_id; };
};
clock { name = monotonic; freq = 1000000000; offset = 0; };
typealias integer { size = 64; align = 8; signed = false; map = clock.monotonic.value; } := clock_value;
stream {
  id = 0;
  packet.context := struct { clock_value timestamp_begin; clock_value timestamp_end; u64 content_size; u64 packet_size; };
  event.header := struct { u32 id; clock_value timestamp; };
};
event { name = "synthetic:tick"; id = 0; stream_id = 0; fields := struct { i32 index; string text; }; };
`;

/**
 * A long trace of few events: packets that are almost all padding, each with one event record at its beginning, and how they lie
 * in a file with holes.
 */
export interface SparseShape {
  readonly streamCount: number;
  readonly packetsPerStream: number;
  readonly packetBytes: number;
}

/** The bytes that packet `number` of `stream` begins with; what follows is zero. */
export function sparsePacket(
  { streamCount, packetBytes }: SparseShape,
  stream: number,
  number: number,
): Uint8Array {
  const shape = { streamCount, eventCount: 0, beginCycles: 1_000_000_000n };
  const bytes = syntheticPacket(shape, number * streamCount + stream, 1);
  new DataView(bytes.buffer).setBigUint64(PACKET_HEADER_BYTES + 24, BigInt(packetBytes) * 8n, true);
  return bytes;
}

/** The index file of `stream`. */
export function sparseIndex(shape: SparseShape, stream: number): Uint8Array {
  const parts = Array.from({ length: shape.packetsPerStream }, (_, number) => {
    const bytes = sparsePacket(shape, stream, number);
    const view = new DataView(bytes.buffer);
    return encodeIndexEntry({
      offsetBytes: BigInt(number) * BigInt(shape.packetBytes),
      packetSizeBits: view.getBigUint64(PACKET_HEADER_BYTES + 24, true),
      contentSizeBits: view.getBigUint64(PACKET_HEADER_BYTES + 16, true),
      timestampBegin: view.getBigUint64(PACKET_HEADER_BYTES, true),
      timestampEnd: view.getBigUint64(PACKET_HEADER_BYTES + 8, true),
      eventsDiscarded: 0n,
      streamId: 0n,
      streamInstanceId: BigInt(stream),
      packetSequenceNumber: BigInt(number),
    });
  });
  return Buffer.concat([encodeIndexHeader(), ...parts]);
}

/** The packets of one data stream, in order: the event records whose number leaves `stream` as the rest. */
export function* syntheticPackets(shape: SyntheticShape, stream: number): Generator<Uint8Array> {
  const { streamCount, eventCount } = shape;
  for (let first = stream; first < eventCount; first += streamCount * EVENTS_PER_PACKET) {
    const left = Math.ceil((eventCount - first) / streamCount);
    yield syntheticPacket(shape, first, Math.min(left, EVENTS_PER_PACKET));
  }
}

function syntheticPacket(
  { streamCount, beginCycles }: SyntheticShape,
  first: number,
  count: number,
): Uint8Array {
  const headBytes = PACKET_HEADER_BYTES + PACKET_CONTEXT_BYTES;
  const bytes = new Uint8Array(headBytes + count * EVENT_BYTES);
  const view = new DataView(bytes.buffer);
  const sizeBits = BigInt(bytes.length) * 8n;
  const timeOf = (event: number): bigint => beginCycles + BigInt(event) * STEP_CYCLES;
  view.setUint32(0, MAGIC, true);
  view.setBigUint64(PACKET_HEADER_BYTES, timeOf(first), true);
  view.setBigUint64(PACKET_HEADER_BYTES + 8, timeOf(first + (count - 1) * streamCount), true);
  view.setBigUint64(PACKET_HEADER_BYTES + 16, sizeBits, true);
  view.setBigUint64(PACKET_HEADER_BYTES + 24, sizeBits, true);
  for (let i = 0; i < count; i++) {
    const at = headBytes + i * EVENT_BYTES;
    const event = first + i * streamCount;
    view.setBigUint64(at + 4, timeOf(event), true);
    view.setInt32(at + 12, event, true);
    bytes.set(TEXT, at + 16);
  }
  return bytes;
}
