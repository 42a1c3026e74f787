import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { SystemError } from '@lttng-ts/base';
import { loadNative, nativeUnavailableReason } from '@lttng-ts/native';
import type { ApplicationIdentity } from '../core/registration-table.ts';
import { FakeApplication, fakeRegistration, plainTracepoint } from '../testing/fake-application.ts';
import { FakeWorld, fakeSession } from '../testing/fake-world.ts';
import { ApplicationListener } from './application-listener.ts';
import { openUstDomain } from './open-ust-domain.ts';
import { WaitMemory } from './wait-memory.ts';

const native = loadNative();
const skip = native === null ? `no native addon: ${nativeUnavailableReason()}` : false;
const folder = mkdtempSync(join(tmpdir(), 'lttng-ust-edge-'));
after(() => rmSync(folder, { recursive: true }));

/** For what happens at once on a machine that has time for it. */
const DEADLINE_MS = 120_000;

let lastSocket = 0;

/** A listener in front of a domain in memory, and what both logged; time passes when the test says so. */
class ListeningWorld implements Disposable {
  readonly world = new FakeWorld();
  readonly path = join(folder, `sock-${++lastSocket}`);
  readonly listener: ApplicationListener;
  readonly identities: ApplicationIdentity[] = [];
  readonly #sockets: Socket[] = [];
  readonly #timers = new Set<() => void>();

  constructor(timeoutMs: number | null = null) {
    this.listener = new ApplicationListener({
      native: native!,
      path: this.path,
      timers: {
        after: (_delayMs, callback) => {
          this.#timers.add(callback);
          return () => void this.#timers.delete(callback);
        },
      },
      log: (level, message) => this.world.log.push(`${level}: ${message}`),
      timeoutMs,
      onApplication: (identity, sockets) => {
        this.identities.push(identity);
        return this.world.domain.add(identity, sockets);
      },
    });
  }

  async connect(...chunks: readonly Uint8Array[]): Promise<Socket> {
    const socket = connect(this.path);
    this.#sockets.push(socket);
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    for (const chunk of chunks) socket.write(chunk);
    return socket;
  }

  /** Waits until something was logged. */
  async logged(pattern: RegExp): Promise<string> {
    return await eventually(() => this.world.log.find((line) => pattern.test(line)), String(pattern));
  }

  /** Connections whose time-out runs. */
  get waitingCount(): number {
    return this.#timers.size;
  }

  /** Lets every time-out that runs pass. */
  passTime(): void {
    for (const callback of [...this.#timers]) {
      this.#timers.delete(callback);
      callback();
    }
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy();
    this.listener.close();
  }
}

async function eventually<T>(probe: () => T | undefined, what: string): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = probe();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`Did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function closed(socket: Socket): Promise<void> {
  socket.resume();
  if (socket.closed) return;
  await new Promise((resolve) => socket.once('close', resolve));
}

test('an application over real sockets is recorded', { skip }, async () => {
  using listening = new ListeningWorld();
  const { world } = listening;
  await world.domain.start(fakeSession({ channels: [] }));
  const command = await listening.connect(fakeRegistration('command').subarray(0, 50));
  command.write(fakeRegistration('command').subarray(50));
  const notify = await listening.connect(fakeRegistration('notify'));
  const fake = new FakeApplication({
    tracepoints: [plainTracepoint],
    sendCommandBytes: (bytes) => command.write(bytes),
    sendNotifyBytes: (bytes) => notify.write(bytes),
  });
  command.on('data', (bytes: Buffer) => fake.receiveCommandBytes(bytes, []));
  notify.on('data', (bytes: Buffer) => fake.receiveNotifyBytes(bytes));
  await eventually(() => fake.commands.find((line) => line === 'REGISTER_DONE 0'), 'REGISTER_DONE');
  assert.deepEqual(fake.commands, [
    'TRACER_VERSION 0',
    'SESSION 0',
    'ENABLE 1',
    'WAIT_QUIESCENT 0',
    'REGISTER_DONE 0',
  ]);
  const [identity] = listening.identities;
  assert.deepEqual([identity?.pid, identity?.uid], [process.pid, process.getuid?.()]);
  command.destroy();
  await listening.logged(/Application unregistered/);
  assert.deepEqual(world.domain.applications(), []);
});

test('random bytes, cut registrations and half applications are closed; the next one is served', {
  skip,
}, async () => {
  using listening = new ListeningWorld(100);
  const random = await listening.connect(new Uint8Array(136).fill(0x5a));
  const endless = await listening.connect(new Uint8Array(1 << 20).fill(0xa5));
  const cut = await listening.connect(fakeRegistration('command').subarray(0, 20));
  const half = await listening.connect(fakeRegistration('notify'));
  const gone = await listening.connect(fakeRegistration('command').subarray(0, 20));
  gone.destroy();
  for (const socket of [random, endless]) await closed(socket);
  await eventually(() => listening.world.log.length === 3 || undefined, 'three are refused or gone');
  // What is left has sent something that may become a registration.
  await eventually(() => listening.waitingCount === 2 || undefined, 'two connections wait');
  listening.passTime();
  for (const socket of [cut, half]) await closed(socket);
  const said = (pattern: RegExp): number => listening.world.log.filter((line) => pattern.test(line)).length;
  assert.equal(said(/not a registration message/), 2);
  assert.equal(said(/The peer closed the connection/), 1);
  assert.equal(said(/not registered within 100 ms/), 2);
  await listening.connect(fakeRegistration('command'));
  await listening.connect(fakeRegistration('notify'));
  await listening.logged(/Application registered/);
  assert.deepEqual(listening.listener.refused(), []);
});

test('another ABI is refused by name while its process runs', { skip }, async () => {
  using listening = new ListeningWorld();
  const socket = await listening.connect(fakeRegistration('command', { abiMajor: 10, name: 'newer' }));
  await closed(socket);
  await listening.logged(/Application refused: .*name="newer".*UST ABI major 10/);
  assert.deepEqual(
    listening.listener.refused().map(({ pid, name }) => [pid, name]),
    [[process.pid, 'newer']],
  );
});

test('an application that sends more than it was asked for is closed alone', { skip }, async () => {
  using listening = new ListeningWorld();
  const command = await listening.connect(fakeRegistration('command'));
  const notify = await listening.connect(fakeRegistration('notify'));
  await listening.logged(/Application registered/);
  notify.write(new Uint8Array(100_000).fill(0xff));
  await closed(command);
  await listening.logged(/Application unregistered.*Unknown notify request/);
});

test('a stale socket is replaced, a living daemon is not disturbed', { skip }, async () => {
  using listening = new ListeningWorld();
  const options = { native: native!, path: listening.path, timeoutMs: null };
  const open = (): ApplicationListener =>
    new ApplicationListener({
      ...options,
      timers: { after: () => () => undefined },
      log: () => undefined,
      onApplication: () => assert.fail('no application comes'),
    });
  assert.throws(open, (error: unknown) => error instanceof SystemError && error.errnoName === 'EADDRINUSE');
  assert.equal(statSync(listening.path).mode & 0o777, 0o666);
  listening.listener.close();
  const stale = join(folder, 'stale');
  native!.close(native!.listenUnix(stale, 1));
  new ApplicationListener({
    native: native!,
    path: stale,
    timeoutMs: null,
    timers: { after: () => () => undefined },
    log: () => undefined,
    onApplication: () => assert.fail('no application comes'),
  }).close();
  assert.throws(() => statSync(stale));
});

test('the wait memory says 1 while a daemon listens, 0 afterwards, with the original’s mode', {
  skip,
}, () => {
  for (const [name, isGlobal, mode] of [
    ['global', true, 0o664],
    ['user', false, 0o660],
  ] as const) {
    const path = join(folder, `wait-${name}`);
    const memory = new WaitMemory(native!, path, isGlobal);
    memory.announce();
    assert.equal(readFileSync(path).readInt32LE(0), 1);
    assert.deepEqual([statSync(path).size, statSync(path).mode & 0o777], [4096, mode]);
    memory.close();
    memory.close();
    assert.equal(readFileSync(path).readInt32LE(0), 0);
    new WaitMemory(native!, path, isGlobal).close();
  }
});

test('the whole side opens, serves, refuses a second daemon, and leaves nothing', { skip }, async (t) => {
  const log: string[] = [];
  const options = {
    socketPath: join(folder, 'whole-sock'),
    waitMemoryPath: join(folder, 'whole-wait'),
    isGlobal: false,
    consumerCommand: {
      file: process.execPath,
      args: [join(import.meta.dirname, '../testing/small-consumer.js')],
    },
    traceEnvironment: new Map(),
    applicationTimeoutMs: 5000,
    log: (_level: string, message: string) => log.push(message),
  };
  const domain = await openUstDomain(options);
  // Also when something before its own end fails; later ends do nothing.
  t.after(() => domain[Symbol.asyncDispose]());
  assert.equal(readFileSync(options.waitMemoryPath).readInt32LE(0), 1);
  await assert.rejects(openUstDomain(options), /EADDRINUSE/);
  const refused = connect(options.socketPath);
  refused.write(fakeRegistration('command', { abiMajor: 7, name: 'older' }));
  await closed(refused);
  assert.deepEqual(
    domain.applications().map(({ name, refusal }) => [name, refusal]),
    [['older', 'UST ABI major 7 is not supported (only 8 and 9)']],
  );
  await domain.start(fakeSession({ ownerUid: process.getuid?.() ?? 0, channels: [] }));
  await domain.stop(1);
  await domain[Symbol.asyncDispose]();
  assert.throws(() => statSync(options.socketPath));
  assert.equal(readFileSync(options.waitMemoryPath).readInt32LE(0), 0);
  assert.ok(log.some((line) => line.startsWith('Consumer started')));
});
