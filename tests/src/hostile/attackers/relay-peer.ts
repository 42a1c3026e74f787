/**
 * A producer whose every packet is acknowledged: it sends packets one by one, waits until the relay says that each
 * is there, and says which was the last. It ends when it is refused, or after so many packets.
 *
 *   node attackers/relay-peer.js NAME PACKETS
 *   acknowledged=N
 */
import { ScriptedProducer, Wire } from '@lttng-ts/relayd/testing';

const PACKET_BYTES = 4096;
const [name = '', packets = '0'] = process.argv.slice(2);
const producer = new ScriptedProducer(await Wire.connect(5342), await Wire.connect(5343));
await producer.begin();
// A number of the session for each name.
const sessionId = BigInt(`0x${Buffer.from(name).toString('hex')}`) % 2n ** 63n;
const daemon = { uuid: new Uint8Array(16).fill(7), sessionId, creationTimeS: 0, chunkId: null };
const session = await producer.createSession(name, { basePath: name, daemon });
await producer.createChunk(0);
const stream = session.code === 10 ? await producer.addStream('c_0') : null;
let acknowledged = 0;
if (stream !== null) {
  for (let number = 0; number < Number(packets); number++) {
    await producer.sendPacket(stream, number, new Uint8Array(PACKET_BYTES).fill(number % 251));
    if ((await producer.sendIndex(stream, number)) !== 10) break;
    if (!(await producer.isThere(stream, number))) break;
    acknowledged = number + 1;
    if (acknowledged === 10) process.stdout.write('begun\n');
  }
}
process.stdout.write(`acknowledged=${acknowledged}\n`);
producer.end();
