/** For tests: a trace of 3.8 MB whose data streams take turns, with a loss before each packet but the first. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const METADATA = `/* CTF 1.8 */
typealias integer { size = 32; align = 8; } := u32;
typealias integer { size = 64; align = 8; } := u64;
trace { major = 1; minor = 8; byte_order = le; packet.header := struct { u32 magic; u32 stream_id; }; };
clock { name = monotonic; freq = 1000000000; offset = 0; };
typealias integer { size = 64; align = 8; map = clock.monotonic.value; } := clock_value;
stream {
  id = 0;
  packet.context := struct {
    clock_value timestamp_begin; clock_value timestamp_end; u64 content_size; u64 packet_size; u64 events_discarded;
  };
  event.header := struct { u32 id; clock_value timestamp; };
};
event { name = "jobs:tick"; id = 0; stream_id = 0; fields := struct { u32 index; }; };
`;

export const HEAD_BYTES = 8 + 5 * 8;
export const EVENT_BYTES = 4 + 8 + 4;
export const STREAMS = 3;
export const PACKETS = 40;
/** Of a packet. */
export const EVENTS = 2000;
export const PACKET_BYTES = HEAD_BYTES + EVENTS * EVENT_BYTES;

/** Gives the folder of the trace; its data streams are `stream_0` and so on. It is removed after the test. */
export function writeTurnTrace(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'babeltrace2-turns-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const trace = join(folder, 'trace');
  mkdirSync(trace);
  writeFileSync(join(trace, 'metadata'), METADATA);
  for (let stream = 0; stream < STREAMS; stream++) {
    const packets = Array.from({ length: PACKETS }, (_, packet) => writePacket(stream, packet));
    writeFileSync(join(trace, `stream_${stream}`), Buffer.concat(packets));
  }
  return trace;
}

function writePacket(stream: number, packet: number): Buffer {
  const bytes = Buffer.alloc(PACKET_BYTES);
  const timeOf = (event: number): bigint =>
    BigInt(3_600_000_000_000 + (packet * EVENTS + event) * 1000 + stream);
  const sizeBits = BigInt(bytes.length * 8);
  bytes.writeUInt32LE(0xc1fc1fc1, 0);
  [timeOf(0), timeOf(EVENTS - 1), sizeBits, sizeBits, BigInt(packet)].forEach((value, i) => {
    bytes.writeBigUInt64LE(value, 8 + 8 * i);
  });
  for (let event = 0; event < EVENTS; event++) {
    const at = HEAD_BYTES + event * EVENT_BYTES;
    bytes.writeBigUInt64LE(timeOf(event), at + 4);
    bytes.writeUInt32LE(packet * EVENTS + event, at + 12);
  }
  return bytes;
}

/** Where an event of a data stream begins in its file. */
export const eventOffset = (packet: number, event: number): number =>
  packet * PACKET_BYTES + HEAD_BYTES + event * EVENT_BYTES;
