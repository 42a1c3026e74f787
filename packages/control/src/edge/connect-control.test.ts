import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectControl } from './connect-control.ts';

/** A daemon that sends `reply` to whatever it gets, or nothing; then a call of a client of it. */
async function withReply(reply: string | null, expected: object): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'control-'));
  const socketPath = join(folder, 'control.sock');
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', () => reply !== null && socket.write(reply));
  });
  await new Promise<void>((settle) => server.listen(socketPath, settle));
  try {
    const client = await connectControl({ socketPath, timeoutMs: 300 });
    const call = client.call('daemon.info', {});
    await ('pid' in expected
      ? call.then((result) => assert.deepEqual(result, expected))
      : assert.rejects(call, expected));
    client.close();
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
}

const rows: readonly (readonly [string, string | null, object])[] = [
  ['a result', '{"jsonrpc":"2.0","id":1,"result":{"pid":7}}\n', { pid: 7 }],
  [
    'a refusal',
    '{"jsonrpc":"2.0","id":1,"error":{"code":23,"message":"m","data":{"name":"SESS_NOT_FOUND"}}}\n',
    { code: 'LTTNG_PEER', number: 23, peerName: 'SESS_NOT_FOUND' },
  ],
  ['nonsense', 'x\n', { code: 'LTTNG_PROTOCOL' }],
  ['an unknown id', '{"id":9,"result":1}\n', { code: 'LTTNG_PROTOCOL' }],
  ['silence', null, { code: 'LTTNG_PROTOCOL' }],
];
for (const [title, reply, expected] of rows) {
  test(`a call gets ${title}`, { timeout: 5000 }, () => withReply(reply, expected));
}

test('no daemon', async () => {
  const connecting = connectControl({ socketPath: '/nonexistent/control.sock', timeoutMs: null });
  await assert.rejects(connecting, { code: 'LTTNG_SYSTEM', errnoName: 'ENOENT' });
});
