import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PeerError, ProtocolError, SystemError } from '@lttng-ts/base';
import { encodeJsonLine, JsonLines, MAX_REQUEST_BYTES, type RpcRequest } from '@lttng-ts/protocols';
import { ControlClient } from './control-client.ts';

/** A daemon that answers each request with what `answer` gives: bytes, or null for silence. */
async function serve(
  t: TestContext,
  answer: (request: RpcRequest) => Uint8Array | null | 'hang-up',
  callTimeoutMs: number | null = null,
): Promise<ControlClient> {
  const folder = mkdtempSync(join(tmpdir(), 'lttng-control-'));
  const server = createServer((socket) => {
    const lines = new JsonLines(MAX_REQUEST_BYTES);
    socket.on('data', (chunk: Uint8Array) => {
      for (const value of lines.push(chunk)) {
        const bytes = answer(value as RpcRequest);
        if (bytes === 'hang-up') socket.destroy();
        else if (bytes !== null) socket.write(bytes);
      }
    });
  });
  const path = join(folder, 'control.sock');
  await new Promise<void>((settle) => server.listen(path, settle));
  const client = await ControlClient.connect(path, { callTimeoutMs });
  t.after(() => {
    client.close();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return client;
}

const info = { version: '2.13.9', commit: null, patches: [], pid: 1, uid: 0 };

test('gives the result of a call', async (t) => {
  const client = await serve(t, ({ id, method, params }) => {
    assert.deepEqual([method, params], ['daemon.info', {}]);
    return encodeJsonLine({ jsonrpc: '2.0', id, result: info });
  });
  assert.deepEqual(await client.call('daemon.info', {}), info);
});

test('matches answers that come in another order', async (t) => {
  let first: number | null = null;
  const client = await serve(t, ({ id }) => {
    if (first === null) {
      first = id;
      return null;
    }
    const both = [id, first].map((each) =>
      JSON.stringify({ jsonrpc: '2.0', id: each, result: { ...info, pid: each } }),
    );
    return new TextEncoder().encode(`${both.join('\n')}\n`);
  });
  const answers = await Promise.all([client.call('daemon.info', {}), client.call('daemon.info', {})]);
  assert.deepEqual(
    answers.map(({ pid }) => pid),
    [1, 2],
  );
});

test('a refusal is a PeerError with number and name', async (t) => {
  const error = { code: 23, message: 'Session name not found', data: { name: 'SESS_NOT_FOUND' } };
  const client = await serve(t, ({ id }) => encodeJsonLine({ jsonrpc: '2.0', id, error }));
  await assert.rejects(client.call('session.start', { session: 'x' }), (thrown) => {
    assert.ok(thrown instanceof PeerError);
    assert.deepEqual([thrown.number, thrown.peerName], [23, 'SESS_NOT_FOUND']);
    return true;
  });
});

test('nonsense, silence and an end fail the call', async (t) => {
  const nonsense = await serve(t, () => new TextEncoder().encode('nonsense\n'));
  await assert.rejects(nonsense.call('daemon.info', {}), ProtocolError);
  const silent = await serve(t, () => null, 20);
  await assert.rejects(silent.call('daemon.info', {}), /No answer in time/);
  const ending = await serve(t, () => 'hang-up');
  await assert.rejects(ending.call('daemon.info', {}), /ended the connection/);
  await assert.rejects(ending.call('daemon.info', {}), /ended the connection/);
});

test('no daemon is a SystemError', async () => {
  await assert.rejects(ControlClient.connect('/nonexistent/control.sock'), SystemError);
});

test('events come beside answers, until the connection is closed', async (t) => {
  const event = { kind: 'session-started', session: 's', sequence: 1, timeMs: 0 };
  const client = await serve(t, ({ id, method }) => {
    const answer = encodeJsonLine({ jsonrpc: '2.0', id, result: info });
    if (method === 'events.subscribe') return answer;
    return Buffer.concat([encodeJsonLine({ jsonrpc: '2.0', method: 'event', params: event }), answer]);
  });
  const events = await client.events('s');
  await client.call('daemon.info', {});
  assert.deepEqual((await events.next()).value, event);
  const last = events.next();
  client.close();
  assert.equal((await last).done, true);
});

test('a daemon that goes away fails the reader of events', async (t) => {
  const client = await serve(t, ({ id, method }) =>
    method === 'events.subscribe' ? encodeJsonLine({ jsonrpc: '2.0', id, result: {} }) : 'hang-up',
  );
  const events = await client.events();
  await assert.rejects(client.call('daemon.info', {}), SystemError);
  await assert.rejects(events.next(), SystemError);
});
