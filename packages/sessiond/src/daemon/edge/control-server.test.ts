import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { ensureExists, PeerError, SystemError } from '@lttng-ts/base';
import { loadNative } from '@lttng-ts/native';
import {
  type ControlHandlers,
  encodeJsonLine,
  JsonLines,
  MAX_REQUEST_BYTES,
  rpcErrors,
} from '@lttng-ts/protocols';
import { controlApi } from '@lttng-ts/protocols/control-api';
import type { Caller } from '../../sessions/caller.ts';
import { EventHub } from '../../sessions/event-hub.ts';
import { ControlServer } from './control-server.ts';
import { UnixListener } from './unix-listener.ts';

const TIMEOUT = { timeout: 240_000 };
const refuse = async (): Promise<never> => {
  throw new PeerError(23, 'SESS_NOT_FOUND', 'Session name not found');
};
const callers: Caller[] = [];
const handlers = {
  ...Object.fromEntries(Object.keys(controlApi).map((method) => [method, refuse])),
  'daemon.info': async (_: unknown, caller: Caller) => {
    callers.push(caller);
    return { version: '1', commit: null, patches: [], pid: 2, uid: 3 };
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
const events = new EventHub(() => 1_000);
const server = new ControlServer({ handlers, events, log });
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
      [1, { version: '1', commit: null, patches: [], pid: 2, uid: 3 }],
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

/** Connects and stays; resolves when the daemon ends the connection. */
function idleClient(socketPath: string): {
  readonly socket: Socket;
  readonly connected: Promise<void>;
  readonly closed: Promise<void>;
} {
  const socket = createConnection({ path: socketPath });
  // A connection that is ended at once may look like a reset.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const connected = new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  socket.on('end', () => socket.destroy());
  // The end is seen by those who read.
  socket.resume();
  return { socket, connected, closed };
}

/** Serves on a socket of its own, with limits for one test. */
function separateServer(
  t: TestContext,
  options: Partial<ConstructorParameters<typeof ControlServer>[0]>,
): { readonly path: string; readonly server: ControlServer; readonly sideClosed: Promise<void> } {
  const ownPath = join(folder, `${t.name.replaceAll(/\W+/g, '-').slice(0, 40)}.sock`);
  const ownServer = new ControlServer({ handlers, events, log, ...options });
  let close = (): void => undefined;
  // The server's side of a connection.
  const sideClosed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const ownListener = new UnixListener({
    native,
    path: ownPath,
    mode: 0o600,
    gid: null,
    log,
    onConnection: (socket, { uid, gid }) => {
      socket.once('close', close);
      ownServer.serve(socket, { uid, gid });
    },
  });
  t.after(async () => {
    ownListener[Symbol.dispose]();
    await ownServer[Symbol.asyncDispose]();
  });
  return { path: ownPath, server: ownServer, sideClosed };
}

test('thousands of idle connections cost a few, and do not keep others out', TIMEOUT, async (t) => {
  const { path: ownPath } = separateServer(t, { limits: { perUser: 8, total: 16 } });
  const clients: ReturnType<typeof idleClient>[] = [];
  let closedCount = 0;
  for (let batch = 0; batch < 20; batch++) {
    const group = Array.from({ length: 100 }, () => idleClient(ownPath));
    clients.push(...group);
    for (const { closed } of group) void closed.then(() => closedCount++);
    // One that connects late in a batch may find itself ended already.
    await Promise.all(group.map(({ connected, closed }) => Promise.race([connected, closed])));
  }
  // Which eight are left depends on the order in which the kernel queued them.
  while (closedCount < clients.length - 8) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await exchange(request(1, 'daemon.info'))).length, 1);
  for (const { socket } of clients) socket.destroy();
});

test('a client that does not read its answer is given up', TIMEOUT, async (t) => {
  const big: ControlHandlers<Caller> = {
    ...handlers,
    'daemon.info': async () => ({ version: 'x'.repeat(8 << 20), commit: null, patches: [], pid: 1, uid: 0 }),
  };
  const { path: ownPath, sideClosed } = separateServer(t, { handlers: big, sendTimeoutMs: 50 });
  const socket = createConnection({ path: ownPath });
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.pause();
  socket.write(request(1, 'daemon.info'));
  // Nothing is read until the daemon has given up; then the end is there to be seen.
  await sideClosed;
  let receivedBytes = 0;
  socket.on('data', (chunk) => {
    receivedBytes += chunk.length;
  });
  socket.resume();
  await closed;
  assert.ok(receivedBytes < 8 << 20, `received ${receivedBytes}`);
});

test('a client that leaves while its request is under way harms nobody', TIMEOUT, async (t) => {
  let arrived = (): void => undefined;
  let release = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => (arrived = resolve));
  const isReleased = new Promise<void>((resolve) => (release = resolve));
  const slow: ControlHandlers<Caller> = {
    ...handlers,
    'session.list': async () => {
      arrived();
      await isReleased;
      return { sessions: [], left: [] };
    },
  };
  const { path: ownPath } = separateServer(t, { handlers: slow });
  const socket = createConnection({ path: ownPath });
  socket.write(request(1, 'session.list'));
  await isAsked;
  socket.destroy();
  release();
  const other = createConnection({ path: ownPath });
  other.end(request(2, 'daemon.info'));
  let text = '';
  for await (const chunk of other) text += String(chunk);
  assert.match(text, /"id":2/);
});

test('the end of the server answers what is under way, and ends idle connections', TIMEOUT, async (t) => {
  let arrived = (): void => undefined;
  let release = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => (arrived = resolve));
  const isReleased = new Promise<void>((resolve) => (release = resolve));
  const slow: ControlHandlers<Caller> = {
    ...handlers,
    'session.list': async () => {
      arrived();
      await isReleased;
      return { sessions: [], left: [] };
    },
  };
  const { path: ownPath, server: ownServer } = separateServer(t, { handlers: slow });
  const idle = idleClient(ownPath);
  const socket = createConnection({ path: ownPath });
  socket.write(request(1, 'session.list'));
  // A second request of the same connection is not begun any more.
  socket.write(request(2, 'session.list'));
  await isAsked;
  const ended = ownServer[Symbol.asyncDispose]();
  await idle.closed;
  release();
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  assert.match(text, /"id":1,"result":{"sessions":\[\],"left":\[\]}/);
  assert.doesNotMatch(text, /"id":2/);
  await ended;
});

test('a listener without descriptors rests, and goes on', TIMEOUT, async (t) => {
  const ownPath = join(folder, 'exhausted.sock');
  let failures = 0;
  const exhausted = {
    ...native,
    accept: (fd: Parameters<typeof native.accept>[0]) => {
      if (failures++ < 2) throw new SystemError('accept4', 'EMFILE');
      return native.accept(fd);
    },
  };
  const ownListener = new UnixListener({
    native: exhausted,
    path: ownPath,
    mode: 0o600,
    gid: null,
    log,
    onConnection: (socket) => socket.end('hello'),
  });
  t.after(() => ownListener[Symbol.dispose]());
  let text = '';
  for await (const chunk of createConnection({ path: ownPath })) text += String(chunk);
  assert.equal(text, 'hello');
  assert.match(logged.at(-1) ?? '', /EMFILE/);
});

test('a subscribed connection is told events of its session, and still answered', TIMEOUT, async (t) => {
  const hub = new EventHub(() => 5);
  const { path: ownPath } = separateServer(t, { events: hub });
  const socket = createConnection({ path: ownPath });
  t.after(() => socket.destroy());
  const lines = linesOf(socket);
  socket.write(request(1, 'events.subscribe', { session: 'a' }));
  assert.deepEqual(await lines.next(), { jsonrpc: '2.0', id: 1, result: {} });
  hub.tell({ kind: 'session-started', session: 'b' }, 0);
  hub.tell({ kind: 'session-started', session: 'a' }, process.getuid?.() ?? 0);
  const params = { kind: 'session-started', session: 'a', sequence: 2, timeMs: 5 };
  assert.deepEqual(await lines.next(), { jsonrpc: '2.0', method: 'event', params });
  socket.write(request(2, 'daemon.info'));
  assert.equal((await lines.next())['id'], 2);
  socket.end();
  await new Promise((settle) => socket.once('close', settle));
  assert.equal(hub.hasListeners, false);
});

test(
  'a listener that does not read costs a bounded memory, and learns what it missed',
  TIMEOUT,
  async (t) => {
    const hub = new EventHub(() => 5);
    const { path: ownPath } = separateServer(t, { events: hub });
    const socket = createConnection({ path: ownPath });
    t.after(() => socket.destroy());
    socket.write(request(1, 'events.subscribe', { session: null }));
    await new Promise((settle) => socket.once('readable', settle));
    const reason = 'x'.repeat(10_000);
    const COUNT = 1000;
    for (let chunkId = 0; chunkId < COUNT; chunkId++) {
      hub.tell({ kind: 'rotation-failed', session: 'a', chunkId, reason }, 0);
    }
    const lines = linesOf(socket);
    let told = 0;
    // The daemon's buffer must run empty before the next event is told.
    const told1 = await lines.next();
    assert.equal(told1['id'], 1);
    for (let skipped = 0; skipped === 0; ) {
      hub.tell({ kind: 'session-started', session: 'a' }, 0);
      const { params } = (await lines.next()) as { readonly params: { kind: string; count: number } };
      if (params.kind === 'rotation-failed') told++;
      else if (params.kind === 'events-skipped') skipped = params.count;
      if (skipped > 0) assert.ok(told > 0 && told < COUNT && skipped >= COUNT - told);
    }
  },
);

/** The JSON lines that a socket receives, one at a time. */
function linesOf(socket: Socket): { next(): Promise<Record<string, unknown>> } {
  const parts = new JsonLines(1 << 24);
  const iterator = (async function* () {
    for await (const chunk of socket) yield* parts.push(chunk);
  })();
  return {
    async next() {
      return (await iterator.next()).value as Record<string, unknown>;
    },
  };
}
