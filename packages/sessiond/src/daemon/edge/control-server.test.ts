import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ensureExists, PeerError } from '@lttng-ts/base';
import { loadNative } from '@lttng-ts/native';
import { type ControlHandlers, encodeJsonLine, MAX_REQUEST_BYTES, rpcErrors } from '@lttng-ts/protocols';
import { controlApi } from '@lttng-ts/protocols/control-api';
import type { Caller } from '../../sessions/caller.ts';
import { ControlServer } from './control-server.ts';
import { UnixListener } from './unix-listener.ts';

const TIMEOUT = { timeout: 10_000 };
const refuse = async (): Promise<never> => {
  throw new PeerError(23, 'SESS_NOT_FOUND', 'Session name not found');
};
const callers: Caller[] = [];
const handlers = {
  ...Object.fromEntries(Object.keys(controlApi).map((method) => [method, refuse])),
  'daemon.info': async (_: unknown, caller: Caller) => {
    callers.push(caller);
    return { version: '1', pid: 2, uid: 3 };
  },
  'session.list': async () => ({ sessions: [] }),
  'application.list': async () => {
    throw new TypeError('a bug');
  },
} as unknown as ControlHandlers<Caller>;

const folder = mkdtempSync(join(tmpdir(), 'control-server-'));
const path = join(folder, 'control.sock');
const logged: string[] = [];
const log = (_: string, message: string) => void logged.push(message);
const native = ensureExists(loadNative());
const server = new ControlServer({ handlers, log });
let listener: UnixListener;
before(() => {
  listener = new UnixListener({
    native,
    path,
    mode: 0o600,
    gid: null,
    log,
    onConnection: (socket, peer) => server.serve(socket, { uid: peer.uid, gid: peer.gid }),
  });
});
after(async () => {
  listener[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly id: number | null;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly data?: unknown };
}

/** Sends, ends the sending side, and gives every answer until the daemon closes. */
async function exchange(...chunks: readonly Uint8Array[]): Promise<readonly Answer[]> {
  const socket: Socket = createConnection({ path });
  for (const chunk of chunks) socket.write(chunk);
  socket.end();
  let text = '';
  try {
    for await (const chunk of socket) text += String(chunk);
  } catch {
    // The daemon may close before it has read all: what came until then counts.
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Answer);
}

const request = (id: number, method: string, params: unknown = {}) =>
  encodeJsonLine({ jsonrpc: '2.0', id, method, params });

test('requests of a connection are answered in order', TIMEOUT, async () => {
  const answers = await exchange(request(1, 'daemon.info'), request(2, 'session.list'));
  assert.deepEqual(
    answers.map(({ id, result }) => [id, result]),
    [
      [1, { version: '1', pid: 2, uid: 3 }],
      [2, { sessions: [] }],
    ],
  );
});

const refusals: readonly (readonly [string, Uint8Array, number])[] = [
  ['a refusal has the number of upstream', request(1, 'session.start', { session: 'x' }), 23],
  ['unknown method', request(1, 'no.such'), rpcErrors.methodNotFound],
  ['method of the prototype', request(1, 'toString'), rpcErrors.methodNotFound],
  ['wrong parameters', request(1, 'session.start', { session: 7 }), rpcErrors.invalidParams],
  ['a bug is not told', request(1, 'application.list', { domain: 'ust' }), rpcErrors.internal],
  ['no request', encodeJsonLine([1, 2]), rpcErrors.invalidRequest],
  ['no JSON', new TextEncoder().encode('{"jsonrpc\n'), rpcErrors.parse],
  ['too long', new Uint8Array(MAX_REQUEST_BYTES + 1).fill(97), rpcErrors.parse],
];
for (const [title, bytes, code] of refusals) {
  test(`error answer: ${title}`, TIMEOUT, async () => {
    const answers = await exchange(bytes);
    assert.equal(answers[0]?.error?.code, code);
    assert.equal(answers.length, 1);
  });
}

test('random bytes and truncated requests harm nobody else', TIMEOUT, async () => {
  for (let round = 0; round < 20; round++) await exchange(randomBytes(4096));
  assert.deepEqual(await exchange(request(1, 'session.list').subarray(0, 20)), []);
  assert.equal((await exchange(request(9, 'daemon.info')))[0]?.id, 9);
});

test('the caller is who the kernel says', TIMEOUT, async () => {
  await exchange(request(1, 'daemon.info'));
  assert.deepEqual(callers.at(-1), { uid: process.getuid?.(), gid: process.getgid?.() });
});

test('a fault of the daemon is in its log', TIMEOUT, async () => {
  await exchange(request(1, 'application.list', { domain: 'ust' }));
  assert.match(logged.at(-1) ?? '', /application\.list.*a bug/);
});
