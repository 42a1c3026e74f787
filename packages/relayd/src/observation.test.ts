import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { get } from 'node:http';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ProtocolError, SystemError } from '@lttng-ts/base';
import { askRelayStatus } from './edge/control-socket.ts';
import { runRelay, ScriptedProducer } from './testing/scripted-producer.ts';
import { ScriptedViewer } from './testing/scripted-viewer.ts';

const folder = mkdtempSync(join(tmpdir(), 'lttng-ts-observed-'));
after(() => rmSync(folder, { recursive: true }));

async function page(port: number, path: string): Promise<{ readonly status: number; readonly text: string }> {
  return await new Promise((settle, fail) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => settle({ status: response.statusCode ?? 0, text }));
    }).on('error', fail);
  });
}

test('the control socket and /metrics tell what the relay does', async () => {
  let path = '';
  await using relay = await runRelay({
    controlSocketPath: (port) => {
      path = join(folder, String(port), 'control.sock');
      return path;
    },
    metrics: { host: '127.0.0.1', port: 0 },
  });
  const producer = await ScriptedProducer.connect(relay);
  await producer.createSession('a "name"', { liveTimerUs: 1000 });
  await producer.createChunk(0);
  const stream = await producer.addStream('c_0');
  assert.ok(stream !== null);
  for (const number of [0, 1, 2]) {
    await producer.sendPacket(stream, number);
    await producer.sendIndex(stream, number, { eventsDiscarded: BigInt(number * 5) });
  }
  await producer.settle(stream, 2);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const status = await askRelayStatus(path);
  assert.deepEqual(JSON.parse(JSON.stringify({ ...relay.server.status(), uptimeS: status.uptimeS })), status);
  assert.equal(status.counters.packetBytes, 3 * 4096);
  assert.equal(status.openFiles, 2);
  assert.deepEqual(status.sessions[0]?.streams[0], {
    id: Number(stream),
    channel: 'c_0',
    path: 'ust/uid/0/64-bit',
    packets: 3,
    bytes: 3 * 4096,
    discardedEvents: 10,
    lagPackets: null,
    incompletePackets: 0,
  });
  const { metricsPort } = relay.server;
  assert.ok(metricsPort !== null);
  const { text } = await page(metricsPort, '/metrics');
  assert.match(text, /^lttng_relayd_packet_bytes_total 12288$/m);
  assert.match(
    text,
    /^lttng_relayd_stream_packets\{session="a \\"name\\"",hostname="host",path="ust\/uid\/0\/64-bit",channel="c_0",stream="1"\} 3$/m,
  );
  assert.match(text, /^lttng_relayd_open_connections\{port="control"\} 1$/m);
  for (const line of text.trimEnd().split('\n'))
    assert.match(line, /^(# (HELP|TYPE) )?lttng_relayd_\w+(\{.*\})? \S/);
  assert.equal((await page(metricsPort, '/')).status, 404);
  producer.end();
});

test('how far a live reader is behind, of each stream', async () => {
  await using relay = await runRelay({ metrics: { host: '127.0.0.1', port: 0 } });
  const producer = await ScriptedProducer.connect(relay);
  await producer.createSession('work', { liveTimerUs: 1000 });
  await producer.createChunk(0);
  const names = ['c_0', 'c_1', 'metadata'];
  const streams = new Map<string, bigint>();
  for (const name of names) streams.set(name, (await producer.addStream(name))!);
  await producer.request('streamsSent', new Uint8Array(0), 4);
  const lags = () => relay.server.status().sessions[0]?.streams.map(({ lagPackets }) => lagPackets);
  assert.deepEqual(lags(), [null, null, null]);
  const viewer = await ScriptedViewer.connect(relay.server.live.port);
  await viewer.attach(1n, 1);
  assert.deepEqual(lags(), [0, 0, 0]);
  for (const [name, count] of [
    ['c_0', 5],
    ['c_1', 2],
  ] as const) {
    const stream = streams.get(name)!;
    for (let number = 0; number < count; number++) {
      await producer.sendPacket(stream, number);
      await producer.sendIndex(stream, number);
    }
    await producer.settle(stream, count - 1);
  }
  assert.deepEqual(lags(), [5, 2, 0]);
  await viewer.next(streams.get('c_0')!);
  await viewer.next(streams.get('c_0')!);
  assert.deepEqual(lags(), [3, 2, 0]);
  const { text } = await page(relay.server.metricsPort ?? 0, '/metrics');
  assert.deepEqual(
    [...text.matchAll(/^lttng_relayd_stream_lag_packets\{.*channel="(\w+)".*\} (\d+)$/gm)].map(
      ([, ...all]) => all,
    ),
    [
      ['c_0', '3'],
      ['c_1', '2'],
      ['metadata', '0'],
    ],
  );
  viewer.wire.end();
  producer.end();
});

test('a control socket that is answered is left alone, one that is not is replaced', async () => {
  const path = join(folder, 'shared', 'control.sock');
  const controlSocketPath = () => path;
  await using first = await runRelay({ controlSocketPath });
  await using second = await runRelay({ controlSocketPath });
  assert.ok(second.log.some((line) => line.includes('No control socket')));
  assert.equal((await askRelayStatus(path)).outputPath, first.folder);
  const nonsense = createConnection(path);
  nonsense.write('no JSON\n');
  await new Promise((settle) => nonsense.once('close', settle));
  await first[Symbol.asyncDispose]();
  await assert.rejects(askRelayStatus(path), SystemError);
});

test('whoever asks on without taking answers is dropped', async () => {
  const path = join(folder, 'greedy', 'control.sock');
  await using _relay = await runRelay({ controlSocketPath: () => path });
  const socket = createConnection(path);
  socket.on('error', () => undefined);
  const count = 20_000;
  const question = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'relay.status', params: {} })}\n`;
  await new Promise<void>((settle) => socket.write(question.repeat(count), () => settle()));
  let answerCount = 0;
  socket.on('data', (chunk: Buffer) => {
    answerCount += chunk.toString().split('\n').length - 1;
  });
  await new Promise((settle) => socket.once('close', settle));
  assert.ok(answerCount < count);
});

test('an answer that is none is told as such', async () => {
  const path = join(folder, 'other.sock');
  const server = createServer((socket) =>
    socket
      .on('error', () => undefined)
      .resume()
      .end('no JSON\n'),
  );
  await new Promise<void>((settle) => server.listen(path, settle));
  await assert.rejects(askRelayStatus(path), ProtocolError);
  await new Promise((settle) => server.close(settle));
});
