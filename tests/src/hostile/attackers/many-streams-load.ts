/**
 * A load for a relay daemon on the usual ports of this network namespace: three sessions with many streams between
 * them, each session with a live reader that takes all of its packets while they come. Every packet is compared, on its
 * way and in its file. Prints what it saw as JSON.
 *
 *   node many-streams-load.js STREAMS OUTPUT-FOLDER RELAY-PID
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { decodeIndexFile } from '@lttng-ts/ctf';
import { ScriptedProducer, ScriptedViewer, Wire } from '@lttng-ts/relayd/testing';

const SESSIONS = 3;
const PACKETS = 3;
const PACKET_BYTES = 200;
const [CONTROL, DATA, LIVE] = [5342, 5343, 5344];
const OK = 1;
/** Between two looks at the relay's descriptors. */
const WATCH_MS = 20;

const [streamCount = 0, folder = '', pid = ''] = process.argv
  .slice(2)
  .map((word, at) => (at === 0 ? Number(word) : word)) as [number, string, string];

const contentOf = (session: number, stream: number, packet: number): Buffer =>
  Buffer.alloc(PACKET_BYTES, `${session}/${stream}/${packet};`);

/** The next packet of a stream, or null: not yet. */
async function nextPacket(viewer: ScriptedViewer, streamId: bigint): Promise<Buffer | null> {
  const { status, offsetBytes, packetSizeBits } = await viewer.next(streamId);
  if (status !== OK) return null;
  const packet = await viewer.packet(streamId, offsetBytes, Number(packetSizeBits / 8n));
  if (packet === null) throw new Error(`Packet refused: stream=${streamId}`);
  return packet;
}

let maxOpenFiles = 0;
const watch = setInterval(() => {
  const fds = readdirSync(`/proc/${pid}/fd`);
  const open = fds.filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(folder);
    } catch {
      // Closed meanwhile.
      return false;
    }
  });
  maxOpenFiles = Math.max(maxOpenFiles, open.length);
}, WATCH_MS);

/** One session with its streams and its reader; gives how many packets the reader had. */
async function runSession(session: number, count: number): Promise<number> {
  const producer = new ScriptedProducer(await Wire.connect(CONTROL), await Wire.connect(DATA));
  await producer.begin();
  const daemon = {
    uuid: new Uint8Array(16).fill(7),
    sessionId: BigInt(session),
    creationTimeS: 0,
    chunkId: null,
  };
  const { id } = await producer.createSession(`s${session}`, {
    liveTimerUs: 1_000_000,
    daemon,
    basePath: `base${session}`,
  });
  await producer.createChunk(0);
  const ids: bigint[] = [];
  for (let stream = 0; stream < count; stream++) {
    const added = await producer.addStream(`c_${stream}`);
    if (added === null) throw new Error(`Stream refused: stream=${stream}`);
    ids.push(added);
  }
  await producer.addStream('metadata');
  await producer.request('streamsSent', new Uint8Array(0), 4);
  const viewer = await ScriptedViewer.connect(LIVE);
  const { names } = await viewer.attach(id ?? 0n, 1);
  if (names.length !== count + 1) throw new Error(`Streams told: count=${names.length}`);
  let read = 0;
  const produce = async (): Promise<void> => {
    for (let packet = 0; packet < PACKETS; packet++) {
      for (const [stream, streamId] of ids.entries()) {
        await producer.sendPacket(streamId, packet, contentOf(session, stream, packet));
        const code = await producer.sendIndex(streamId, packet, { packetSizeBits: BigInt(PACKET_BYTES * 8) });
        if (code !== 10) throw new Error(`Index refused: stream=${stream}, packet=${packet}`);
      }
    }
  };
  const follow = async (): Promise<void> => {
    for (let packet = 0; packet < PACKETS; packet++) {
      for (let stream = 0; stream < count; stream++) {
        const streamId = viewer.streamIds.get(`c_${stream}`) ?? 0n;
        let got = await nextPacket(viewer, streamId);
        while (got === null) {
          await new Promise((settle) => setTimeout(settle, 2));
          got = await nextPacket(viewer, streamId);
        }
        if (!got.equals(contentOf(session, stream, packet)))
          throw new Error(`Packet differs: ${stream}/${packet}`);
        read++;
      }
    }
  };
  await Promise.all([produce(), follow()]);
  for (const streamId of ids) await producer.settle(streamId, PACKETS - 1);
  viewer.wire.end();
  producer.end();
  return read;
}

const reads = await Promise.all(
  Array.from({ length: SESSIONS }, async (_, session) => {
    const count = Math.floor((streamCount + session) / SESSIONS);
    return await runSession(session, count);
  }),
);
clearInterval(watch);
let files = 0;
for (let session = 0; session < SESSIONS; session++) {
  const count = Math.floor((streamCount + session) / SESSIONS);
  const place = join(folder, `host/base${session}/ust/uid/0/64-bit`);
  for (let stream = 0; stream < count; stream++) {
    const expected = Array.from({ length: PACKETS }, (_, packet) => contentOf(session, stream, packet));
    if (!readFileSync(join(place, `c_${stream}`)).equals(Buffer.concat(expected))) {
      throw new Error(`File differs: session=${session}, stream=${stream}`);
    }
    const { entries } = decodeIndexFile(readFileSync(join(place, 'index', `c_${stream}.idx`)));
    if (entries.length !== PACKETS) throw new Error(`Index differs: session=${session}, stream=${stream}`);
    files++;
  }
}
process.stdout.write(
  `${JSON.stringify({ files, packets: reads.reduce((sum, count) => sum + count, 0), maxOpenFiles })}\n`,
);
