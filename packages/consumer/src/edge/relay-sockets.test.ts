import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { encodeRelayContinuation, relayIdentifier } from '@lttng-ts/protocols/relay';
import { connectRelay } from './relay-sockets.ts';

const KEY = new Uint8Array(16).fill(7);

/** A port of a relay daemon; `serve` gets each socket with its number, from 0. */
async function listen(t: TestContext, serve: (socket: Socket, number: number) => void) {
  let count = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    t.after(() => socket.destroy());
    serve(socket, count++);
  });
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, port: { family: 4, address: '127.0.0.1', port } } as const;
}

test('an answer that is cut short is a cut: connections go on with the next sockets', {
  timeout: 240_000,
}, async (t) => {
  const answer = relayIdentifier.encode({ id: 0n });
  const continuation = Buffer.from(encodeRelayContinuation({ key: KEY, receivedBytes: 0 }));
  const request = Buffer.from('request');
  const relay = new EventEmitter();
  const control = await listen(t, (socket, number) => {
    if (number === 0) relay.once('cut', () => socket.destroy());
    const received: Buffer[] = [];
    socket.on('data', (chunk) => {
      received.push(chunk);
      const all = Buffer.concat(received);
      if (all.length === continuation.length && number === 1) socket.end(answer.subarray(0, 3));
      if (all.length === continuation.length && number === 2) socket.write(answer);
      if (all.length > continuation.length) relay.emit('request', all);
    });
  });
  const data = await listen(t, (socket, number) => {
    if (number > 0) socket.once('data', () => socket.write(answer));
  });
  const accepted = once(control.server, 'connection');
  const ends: string[] = [];
  const sockets = await connectRelay(
    { control: control.port, data: data.port, path: '' },
    { receiveControl: () => undefined, end: (reason) => ends.push(reason) },
  );
  t.after(() => sockets.destroy());
  await accepted;
  sockets.keepAcrossCuts(KEY, 60, 0);
  const arrived = once(relay, 'request');
  relay.emit('cut');
  // Kept until somebody is there to take it.
  await once(control.server, 'connection');
  sockets.sendControl(request);
  assert.deepEqual(await arrived, [Buffer.concat([continuation, request])]);
  assert.deepEqual(ends, []);
});
