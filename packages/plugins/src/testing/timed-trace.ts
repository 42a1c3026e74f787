/**
 * For tests: traces by chance whose packets have times, counters, an index, and the mistakes that tracers make in them.
 * Files in memory.
 */
import { type ByteSource, encodeIndexEntry, encodeIndexHeader } from '@lttng-ts/ctf';
import type { Random } from '@lttng-ts/ctf/testing';
import type { Host } from '../host.ts';
import { filesHost } from './run-or-messages.ts';

const MAGIC = 0xc1fc1fc1;
const HEADER_BYTES = 4 + 4 + 8;
const CONTEXT_FIELDS = 6;
/** Packets are padded to it. */
const PAGE_BYTES = 128;

/** What is wrong with the times of packets, or with a packet. */
export const MISTAKES = [
  'none',
  'end is beginning',
  'end is zero',
  'last end is zero',
  'all times are zero',
  'index is late',
  'index is early',
  'early packets are damaged',
  'last packet is cut',
] as const;

export type Mistake = (typeof MISTAKES)[number];

/** Environments of tracers that have mistakes which readers put right, and of those that have none. */
const TRACERS: readonly string[] = [
  '',
  'tracer_name = "lttng-ust"; tracer_major = 2; tracer_minor = 13;',
  'tracer_name = "lttng-ust"; tracer_major = 2; tracer_minor = 10;',
  'tracer_name = "barectf"; tracer_major = 2; tracer_minor = 2; tracer_patch = 0;',
];

interface Shape {
  readonly frequencyHz: number;
  readonly eventTimeBits: 32 | 64;
  readonly packetTimeBits: 32 | 64;
  readonly environment: string;
}

interface TimedPacket {
  readonly begin: bigint;
  readonly end: bigint;
  readonly times: readonly bigint[];
  readonly sequenceNumber: bigint;
  readonly discarded: bigint;
}

export interface TimedTrace {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Clock values of all events, and of beginnings and ends of packets. */
  readonly times: readonly bigint[];
  readonly frequencyHz: bigint;
}

const metadata = ({
  frequencyHz,
  eventTimeBits,
  packetTimeBits,
  environment,
}: Shape): string => `/* CTF 1.8 */
typealias integer { size = 32; align = 8; signed = false; } := u32;
typealias integer { size = 64; align = 8; signed = false; } := u64;
trace {
  major = 1; minor = 8; byte_order = le; uuid = "6a2b4b9e-8c1d-4a1e-9f0e-0123456789ab";
  packet.header := struct { u32 magic; u32 stream_id; u64 stream_instance_id; };
};
env { ${environment} };
clock { name = c; freq = ${frequencyHz}; offset_s = 100; offset = 7; };
stream {
  id = 0;
  packet.context := struct {
    integer { size = ${packetTimeBits}; align = 8; map = clock.c.value; } timestamp_begin;
    integer { size = ${packetTimeBits}; align = 8; map = clock.c.value; } timestamp_end;
    u64 content_size; u64 packet_size; u64 packet_seq_num; u64 events_discarded;
  };
  event.header := struct { u32 id; integer { size = ${eventTimeBits}; align = 8; map = clock.c.value; } timestamp; };
};
event { name = "even"; id = 0; stream_id = 0; fields := struct { u32 number; }; };
event { name = "odd"; id = 1; stream_id = 0; fields := struct { u32 number; string text; }; };
`;

export interface TimedTraceOptions {
  readonly mistake: Mistake;
  /** Packets in each stream; by chance when not given. */
  readonly packetCount?: number;
  /** Whether there are index files; by chance when not given. */
  readonly hasIndex?: boolean;
}

/** A trace in the folder `path`. */
export function timedTrace(
  path: string,
  random: Random,
  { mistake, packetCount, hasIndex }: TimedTraceOptions,
): TimedTrace {
  const shape: Shape = {
    frequencyHz: random.pick([1_000_000_000, 1_000_000_000, 1000, 3_000_000_007]),
    eventTimeBits: random.pick([32, 64]),
    packetTimeBits: hasIndex !== true && random.oneIn(6) ? 32 : 64,
    environment: random.pick(TRACERS),
  };
  const files = new Map<string, Uint8Array>();
  files.set(`${path}/metadata`, new TextEncoder().encode(metadata(shape)));
  const times: bigint[] = [];
  for (let stream = 0, count = 1 + random.below(4); stream < count; stream++) {
    const packets = randomPackets(random, packetCount ?? 1 + random.below(12));
    times.push(...packets.flatMap((packet) => [packet.begin, ...packet.times, packet.end]));
    const encoded = packets.map((packet, i) => {
      const told = withMistake(packet, mistake, i === packets.length - 1);
      const bytes = encodePacket(told, stream, shape);
      if (mistake === 'early packets are damaged' && i < 2)
        bytes.fill(0x77, HEADER_BYTES + 4 * 8 + shape.packetTimeBits / 4);
      return { bytes, told };
    });
    const name = `stream_${stream}`;
    let bytes = concat(encoded.map((packet) => packet.bytes));
    if (mistake === 'last packet is cut') bytes = bytes.subarray(0, bytes.length - 1);
    files.set(`${path}/${name}`, bytes);
    if (hasIndex ?? (random.oneIn(2) || mistake.startsWith('index')))
      files.set(`${path}/index/${name}.idx`, index(encoded, mistake));
  }
  return { files, times, frequencyHz: BigInt(shape.frequencyHz) };
}

function randomPackets(random: Random, count: number): readonly TimedPacket[] {
  // Above 2³², so that times of 32 bits have been wrapped.
  let now = 0x1_0000_0000n * BigInt(1 + random.below(3)) + BigInt(random.below(40));
  let [sequenceNumber, discarded] = [BigInt(random.below(3)), 0n];
  const step = (): bigint => {
    now += BigInt(random.below(random.oneIn(8) ? 1_000_000 : 4));
    return now;
  };
  return Array.from({ length: count }, () => {
    const begin = step();
    const times = Array.from({ length: random.below(9) }, step);
    if (random.oneIn(4)) discarded += BigInt(random.below(100));
    sequenceNumber += random.oneIn(6) ? 3n : 1n;
    return { begin, times, end: step(), sequenceNumber, discarded };
  });
}

function withMistake(packet: TimedPacket, mistake: Mistake, isLast: boolean): TimedPacket {
  switch (mistake) {
    case 'end is beginning':
      return { ...packet, end: packet.begin };
    case 'end is zero':
      return { ...packet, end: 0n };
    case 'last end is zero':
      return isLast ? { ...packet, end: 0n } : packet;
    case 'all times are zero':
      return { ...packet, begin: 0n, end: 0n };
    default:
      return packet;
  }
}

function encodePacket(
  { begin, end, times, sequenceNumber, discarded }: TimedPacket,
  stream: number,
  { eventTimeBits, packetTimeBits }: Shape,
): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + CONTEXT_FIELDS * 8 + times.length * 24 + PAGE_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const put = (value: bigint, bits: number): void => {
    if (bits === 32) view.setUint32(at, Number(value & 0xffff_ffffn), true);
    else view.setBigUint64(at, value, true);
    at += bits / 8;
  };
  put(BigInt(MAGIC), 32);
  put(0n, 32);
  put(BigInt(stream), 64);
  put(begin, packetTimeBits);
  put(end, packetTimeBits);
  const sizesAt = at;
  at += 16;
  put(sequenceNumber, 64);
  put(discarded, 64);
  for (const [number, time] of times.entries()) {
    put(BigInt(number % 2), 32);
    put(time, eventTimeBits);
    // Each event of the data stream has a number of its own.
    put(sequenceNumber * 100n + BigInt(number), 32);
    if (number % 2 === 1) at += new TextEncoder().encodeInto('text', bytes.subarray(at)).written + 1;
  }
  const sizeBytes = Math.ceil(at / PAGE_BYTES) * PAGE_BYTES;
  const contentBits = BigInt(at) * 8n;
  at = sizesAt;
  put(contentBits, 64);
  put(BigInt(sizeBytes) * 8n, 64);
  return bytes.subarray(0, sizeBytes);
}

function index(
  packets: readonly { readonly bytes: Uint8Array; readonly told: TimedPacket }[],
  mistake: Mistake,
): Uint8Array {
  const shift = mistake === 'index is late' ? 1000n : mistake === 'index is early' ? -1000n : 0n;
  let offsetBytes = 0n;
  const entries = packets.map(({ bytes, told }) => {
    const entry = encodeIndexEntry({
      offsetBytes,
      packetSizeBits: BigInt(bytes.length) * 8n,
      contentSizeBits: BigInt(bytes.length) * 8n,
      timestampBegin: told.begin + shift,
      timestampEnd: told.end === 0n ? 0n : told.end + shift,
      eventsDiscarded: told.discarded,
      streamId: 0n,
      streamInstanceId: 0n,
      packetSequenceNumber: told.sequenceNumber,
    });
    offsetBytes += BigInt(bytes.length);
    return entry;
  });
  return concat([encodeIndexHeader(), ...entries]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A host of a trace in `/trace` that counts the bytes which are read of its data streams. */
export function countingHost(files: ReadonlyMap<string, Uint8Array>) {
  const isDataStream = (path: string): boolean => path.startsWith('/trace/stream_');
  const count = {
    readBytes: 0,
    /** Of all data streams. */
    sizeBytes: [...files].reduce((sum, [path, bytes]) => sum + (isDataStream(path) ? bytes.length : 0), 0),
  };
  const counting = (source: ByteSource): ByteSource => ({
    path: source.path,
    sizeBytes: source.sizeBytes,
    read: (offsetBytes, lengthBytes) => {
      if (isDataStream(source.path)) count.readBytes += lengthBytes;
      return source.read(offsetBytes, lengthBytes);
    },
  });
  const memory = filesHost(files);
  const host: Host = {
    ...memory,
    input: { ...memory.input, open: (path) => counting(memory.input.open(path)) },
  };
  return { host, count };
}

/** Times in seconds with nanoseconds, as bounds of time are written. */
export function secondsText(ns: bigint): string {
  const size = ns < 0n ? -ns : ns;
  return `${ns < 0n ? '-' : ''}${size / 1_000_000_000n}.${String(size % 1_000_000_000n).padStart(9, '0')}`;
}
