/**
 * A producer of five packets, and a live reader that has taken two of them, at the relay daemon of this network namespace.
 * They stay until standard input ends.
 *
 *   node lagging-reader.js
 *   ready
 */
import { ScriptedProducer, ScriptedViewer, Wire } from '@lttng-ts/relayd/testing';

const producer = new ScriptedProducer(await Wire.connect(5342), await Wire.connect(5343));
await producer.begin();
const { id } = await producer.createSession('work', { liveTimerUs: 1000 });
await producer.createChunk(0);
const stream = await producer.addStream('c_0');
await producer.addStream('metadata');
if (id === null || stream === null) throw new Error('The relay refuses the session');
await producer.request('streamsSent', new Uint8Array(0), 4);
const viewer = await ScriptedViewer.connect(5344);
await viewer.attach(id, 1);
for (let number = 0; number < 5; number++) {
  await producer.sendPacket(stream, number);
  await producer.sendIndex(stream, number);
}
await producer.settle(stream, 4);
for (let count = 0; count < 2; count++) await viewer.next(stream);
process.stdout.write('ready\n');
process.stdin.resume().on('end', () => {
  viewer.wire.end();
  producer.end();
});
