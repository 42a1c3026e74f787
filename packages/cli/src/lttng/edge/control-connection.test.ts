import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PeerError, ProtocolError } from '@lttng-ts/base';
import { FakeDaemon } from '../../testing/fake-daemon.ts';
import { serveFakeDaemon } from '../../testing/fake-server.ts';
import { ControlConnection } from './control-connection.ts';

function socketPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'lttng-control-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'control.sock');
}

/** A server that answers every request with the same bytes, and `null` closes the connection. */
async function serveBytes(t: TestContext, path: string, bytes: string | null): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', () => (bytes === null ? socket.destroy() : socket.write(bytes)));
  });
  await new Promise<void>((settle) => server.listen(path, settle));
  t.after(() => server.close());
}

test('calls go to the first path where a daemon listens, and refusals keep their number', async (t) => {
  const path = socketPath(t);
  const server = await serveFakeDaemon(path, new FakeDaemon());
  t.after(() => server[Symbol.asyncDispose]());
  const client = new ControlConnection([`${path}.absent`, path]);
  t.after(() => client.close());
  const created = await client.call('session.create', {
    name: 's',
    output: { kind: 'none' },
    sharedMemoryPath: null,
    isSnapshotMode: false,
  });
  assert.equal(created.session.name, 's');
  assert.equal((await client.call('session.list', {})).sessions.length, 1);
  await assert.rejects(
    client.call('session.start', { session: 'other' }),
    (error) => error instanceof PeerError && error.number === 23 && error.peerName === 'SESS_NOT_FOUND',
  );
});

test('no daemon is an answer with its own number', async (t) => {
  const client = new ControlConnection([socketPath(t)]);
  await assert.rejects(
    client.call('session.list', {}),
    (error) => error instanceof PeerError && error.number === 19,
  );
});

test('a daemon that goes away while it is asked counts as no daemon', async (t) => {
  const path = socketPath(t);
  await serveBytes(t, path, null);
  const client = new ControlConnection([path]);
  await assert.rejects(
    client.call('session.list', {}),
    (error) => error instanceof PeerError && error.number === 19,
  );
});

for (const [what, bytes] of [
  ['text that is no JSON', 'nonsense\n'],
  ['an answer to another request', '{"jsonrpc":"2.0","id":77,"result":{}}\n'],
  ['neither result nor error', '{"jsonrpc":"2.0","id":1}\n'],
  ['an error without a number', '{"jsonrpc":"2.0","id":1,"error":{"code":"x","message":"y"}}\n'],
] as const) {
  test(`${what} breaks the protocol`, async (t) => {
    const path = socketPath(t);
    await serveBytes(t, path, bytes);
    const client = new ControlConnection([path]);
    t.after(() => client.close());
    await assert.rejects(client.call('session.list', {}), ProtocolError);
  });
}
