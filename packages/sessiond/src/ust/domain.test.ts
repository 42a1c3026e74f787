import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { SystemError } from '@lttng-ts/base';
import { signedInteger, ustErrorCode } from '@lttng-ts/protocols/ust-app';
import type { BufferSample } from './buffer-usages.ts';
import { FakeWorld, fakeChannel, fakeRule, fakeSession } from './testing/fake-world.ts';

const preparation = ['TRACER_VERSION 0', 'REGISTER_DONE 0'];

test('an application that comes to no session is only prepared', async () => {
  const world = new FakeWorld();
  const { fake } = await world.addApplication();
  assert.deepEqual(fake.commands, preparation);
  assert.deepEqual(world.domain.applications(), [
    { pid: 100, uid: 1000, name: 'fake', abiMajor: 9, wordSizeBits: 64, refusal: null },
  ]);
});

const recordingCommands = [
  'SESSION 0',
  'CHANNEL 1 920 bytes',
  'STREAM 2 #0',
  'STREAM 2 #1',
  'CONTEXT 2 1',
  'CONTEXT 2 application',
  'EVENT 2 fake:*',
  'FILTER 3 7 bytes',
  'EXCLUSION 3 fake:a fake:b',
  'ENABLE 3',
  'ENABLE 1',
  'WAIT_QUIESCENT 0',
];
const filterBytecode = { bytes: new Uint8Array(7), relocationOffsetBytes: 3 };
const rule = fakeRule(1, 'fake:*', { filterBytecode, exclusions: ['fake:a', 'fake:b'] });
const fullSession = fakeSession({
  channels: [fakeChannel(0, { rules: [rule], contexts: ['vpid', '$app.provider:name'] })],
});

test('commands of a start come in the order of lttng-sessiond', async () => {
  const world = new FakeWorld();
  const { fake } = await world.addApplication();
  await world.domain.start(fullSession);
  assert.deepEqual(fake.commands.slice(preparation.length), recordingCommands);
});

test('an application that comes to a running session records before REGISTER_DONE', async () => {
  const world = new FakeWorld();
  await world.domain.start(fullSession);
  const { fake } = await world.addApplication();
  assert.deepEqual(fake.commands, ['TRACER_VERSION 0', ...recordingCommands, 'REGISTER_DONE 0']);
  await world.domain.stop(1);
  await world.domain.destroy(1, null);
  assert.deepEqual(fake.commands.slice(-6), [
    'DISABLE 1',
    'WAIT_QUIESCENT 0',
    'RELEASE 3',
    'RELEASE 2',
    'RELEASE 1',
    'WAIT_QUIESCENT 0',
  ]);
});

test('stop and start again neither make objects twice nor exclusions of nothing', async () => {
  const world = new FakeWorld();
  const { fake } = await world.addApplication();
  await world.domain.start(fakeSession());
  const made = fake.commands.length;
  assert.ok(!fake.commands.some((command) => command.startsWith('EXCLUSION')));
  await world.domain.stop(1);
  await world.domain.start(fakeSession());
  assert.deepEqual(fake.commands.slice(made), [
    'DISABLE 1',
    'WAIT_QUIESCENT 0',
    'ENABLE 1',
    'WAIT_QUIESCENT 0',
  ]);
});

test('rules act at once on running applications', async () => {
  const world = new FakeWorld();
  const { fake } = await world.addApplication();
  await world.domain.start(fakeSession());
  const made = fake.commands.length;
  const first = fakeRule(1, 'fake:*', { isEnabled: false });
  await world.domain.update(
    fakeSession({ channels: [fakeChannel(0, { rules: [first, fakeRule(2, 'x:*')] })] }),
  );
  await world.domain.update(fakeSession({ channels: [fakeChannel(0, { rules: [fakeRule(2, 'x:*')] })] }));
  assert.deepEqual(fake.commands.slice(made), ['DISABLE 3', 'EVENT 2 x:*', 'ENABLE 4', 'RELEASE 3']);
});

test('two applications of one user share buffers, ids and metadata text', async () => {
  const world = new FakeWorld();
  const a = await world.addApplication({ pid: 1 });
  const b = await world.addApplication({ pid: 2 });
  await world.domain.start(fakeSession());
  const [consumer] = world.consumers.started;
  const created = consumer!.commands.filter((command) => command.startsWith('channel.create'));
  assert.deepEqual(created, ['channel.create ust/uid/1000/64-bit channel0 0']);
  assert.deepEqual(a.fake.notifyReplies, b.fake.notifyReplies);
  assert.equal(consumer!.text.match(/name = "fake:event"/g)?.length, 1);
  assert.equal(consumer!.text.match(/^stream \{/gm)?.length, 1);
  await world.addApplication({ pid: 3, uid: 1001 });
  assert.equal(consumer!.metadata.size, 2);
});

test('a metadata stream is made with the head of its text: a chunk may end before the next request', async () => {
  const world = new FakeWorld();
  await world.addApplication({ pid: 1 });
  await world.domain.start(fakeSession());
  const [consumer] = world.consumers.started;
  consumer!.metadata.clear();
  consumer!.withheld = 'metadata.create';
  await world.addApplication({ pid: 2, uid: 1001 });
  assert.match(consumer!.text, /^\/\* CTF 1\.8 \*\/\s[\s\S]*\ntrace \{[\s\S]*\nclock \{/);
  consumer!.withheld = null;
  await world.settle();
});

test('an event of the same name with other fields gets another id', async () => {
  const world = new FakeWorld();
  await world.addApplication({ pid: 1 });
  await world.domain.start(fakeSession());
  const fields = [{ name: 'other', type: signedInteger(64, 8) }];
  const tracepoints = [{ name: 'fake:event', logLevel: 13, fields }];
  const { fake } = await world.addApplication({ pid: 2 }, { tracepoints });
  assert.deepEqual(fake.notifyReplies[0], { kind: 'event', code: 0, eventId: 1 });
});

test('an application with other context fields is refused, and told so in the log', async () => {
  const world = new FakeWorld();
  const session = fakeSession({ channels: [fakeChannel(0, { contexts: ['vpid', 'ip'] })] });
  await world.domain.start(session);
  const first = await world.addApplication({ pid: 1 });
  const second = await world.addApplication(
    { pid: 2, name: 'odd' },
    { faults: { addContext: ustErrorCode('INVAL') } },
  );
  assert.equal(first.fake.notifyReplies.at(-1)?.code, 0);
  assert.equal(second.fake.notifyReplies.at(-1)?.code, -22);
  assert.ok(world.log.some((line) => line.includes('Context field mismatch') && line.includes('name="odd"')));
  assert.deepEqual(second.fake.commands.at(-1), 'REGISTER_DONE 0');
});

test('an application that hangs is given up after its time, and others are not touched', async () => {
  const world = new FakeWorld();
  await world.addApplication({ pid: 1, name: 'hung' }, { faults: { createSession: 'silence' } });
  const good = await world.addApplication({ pid: 2 });
  const started = world.domain.start(fakeSession());
  await world.settle();
  assert.ok(good.fake.commands.includes('ENABLE 1'));
  world.advance(4999);
  await world.settle();
  assert.equal(world.domain.applications().length, 2);
  world.advance(1);
  await started;
  assert.deepEqual(
    world.domain.applications().map(({ pid }) => pid),
    [2],
  );
  assert.ok(
    world.log.some((line) => /Application unregistered.*hung.*no answer to createSession/.test(line)),
  );
});

test('an application that registers events while a command waits has more time, but not for ever', async () => {
  const world = new FakeWorld();
  const { fake } = await world.addApplication({ pid: 1 }, { faults: { enable: 'silence' } });
  const started = world.domain.start(fakeSession());
  await world.settle();
  let timeouts = 0;
  for (; world.domain.applications().length > 0; timeouts++) {
    assert.ok(timeouts < 100, 'It is never given up');
    await fake.register({ kind: 'enum', sessionHandle: 1, name: 'e', entries: [] });
    world.advance(5000);
    await world.settle();
  }
  await started;
  assert.equal(timeouts, 12);
});

test('bytes that nobody asked for end that application only', async () => {
  const world = new FakeWorld();
  const bad = await world.addApplication({ pid: 1 });
  const worse = await world.addApplication({ pid: 2 });
  await world.addApplication({ pid: 3 });
  bad.listener.receiveCommandBytes(new Uint8Array(10));
  worse.listener.receiveNotifyBytes(new Uint8Array(400).fill(0xff));
  assert.deepEqual(
    world.domain.applications().map(({ pid }) => pid),
    [3],
  );
});

test('a registration for objects that do not exist is answered with an error', async () => {
  const world = new FakeWorld();
  const { fake } = await world.addApplication();
  const reply = await fake.register({
    kind: 'channel',
    sessionHandle: 9,
    channelHandle: 9,
    contextFields: [],
  });
  assert.equal(reply.code, -2);
});

test('an application that ends while it is commanded does not fail the command', async () => {
  const world = new FakeWorld();
  const { listener } = await world.addApplication({}, { faults: { createChannel: 'silence' } });
  const started = world.domain.start(fakeSession());
  await world.settle();
  listener.end('killed');
  await started;
  assert.deepEqual(world.domain.applications(), []);
});

test('the text of metadata equals what lttng-sessiond writes', async () => {
  const world = new FakeWorld();
  const session = fakeSession({ channels: [fakeChannel(0, { contexts: ['vpid', 'procname'] })] });
  await world.domain.start(session);
  await world.addApplication();
  const { text } = world.consumers.started[0]!;
  assert.ok(text.startsWith('/* CTF 1.8 */\n\ntypealias integer { size = 8;'));
  assert.match(text, /trace_creation_datetime = "\d{8}T\d{6}\+0100";/);
  assert.ok(
    text.endsWith(`event {
	name = "fake:event";
	id = 0;
	stream_id = 0;
	loglevel = 13;
	fields := struct {
		integer { size = 32; align = 8; signed = 1; encoding = none; base = 10; } _value;
	};
};

stream {
	id = 0;
	event.header := struct event_header_large;
	packet.context := struct packet_context;
	event.context := struct {
		integer { size = 32; align = 8; signed = 1; encoding = none; base = 10; } _vpid;
		integer { size = 8; align = 8; signed = 1; encoding = UTF8; base = 10; } _procname[17];
	};
};

`),
  );
});

test('output that cannot be made fails the start with the reason', async () => {
  const world = new FakeWorld();
  await world.domain.start(fakeSession({ id: 7 }));
  world.consumers.started[0]!.failing = { command: 'chunk.open', errnoName: 'EACCES' };
  await assert.rejects(world.domain.start(fakeSession()), (error: unknown) => {
    return error instanceof SystemError && error.errnoName === 'EACCES';
  });
});

test('no memory for buffers fails the start, and an application that comes later still runs', async () => {
  const world = new FakeWorld();
  await world.domain.start(fakeSession({ id: 7, channels: [] }));
  const [consumer] = world.consumers.started;
  consumer!.failing = { command: 'channel.create', errnoName: 'ENOSPC' };
  const { fake } = await world.addApplication({ pid: 1 });
  await assert.rejects(world.domain.start(fakeSession()), /ENOSPC/);
  consumer!.failing = null;
  await world.domain.start(fakeSession());
  assert.ok(fake.commands.includes('WAIT_QUIESCENT 0'));
  consumer!.failing = { command: 'metadata.create', errnoName: 'EACCES' };
  const late = await world.addApplication({ pid: 2, uid: 5 });
  assert.equal(late.fake.commands.at(-1), 'REGISTER_DONE 0');
  assert.ok(world.log.some((line) => line.startsWith('error: Application does not record')));
});

test('descriptors of the buffers are closed when the session is destroyed', async () => {
  const world = new FakeWorld();
  await world.addApplication();
  await world.domain.start(fakeSession());
  const [consumer] = world.consumers.started;
  assert.equal(consumer!.openFds.size, 5);
  const statistics = await world.domain.destroy(1, null);
  assert.equal(consumer!.openFds.size, 0);
  assert.equal(statistics.channels.get('channel0')?.[0]?.streams[0]?.discardedEventCount, 3);
  assert.equal(consumer!.commands.at(-1), 'session.close');
});

test('a consumer that dies is a fault of its sessions; the next session gets a new one', async () => {
  const world = new FakeWorld();
  const { fake } = await world.addApplication();
  await world.domain.start(fakeSession());
  world.consumers.started[0]!.die();
  await world.settle();
  assert.deepEqual(fake.commands.slice(-2), ['DISABLE 1', 'WAIT_QUIESCENT 0']);
  await world.domain.stop(1);
  assert.equal(await world.domain.isDataPending(1), false);
  const { faults } = await world.domain.statistics(1);
  assert.deepEqual([faults[0]?.kind, faults[0]?.isOngoing], ['consumer-died', true]);
  await world.domain.start(fakeSession({ id: 2, outputPath: '/tmp/two' }));
  assert.equal(world.consumers.started.length, 2);
  assert.equal((await world.domain.destroy(1, null)).faults.length, 1);
});

test('a writer that may be dead: who lives is asked, and who cannot be asked holds the buffers', async () => {
  const world = new FakeWorld();
  const { fake } = await world.addApplication({ pid: 100, name: 'first' });
  await world.addApplication({ pid: 101, name: 'second' });
  await world.domain.start(fakeSession());
  const [consumer] = world.consumers.started;
  const answer = async (requestId: number): Promise<string | undefined> => {
    consumer!.stall(requestId);
    await world.settle();
    for (let wait = 0; wait < 12; wait++) {
      world.advance(50);
      await world.settle();
    }
    return consumer!.commands.at(-1);
  };
  const commands = fake.commands.length;
  // The consumer has the memory too, and is no writer.
  world.memoryUsers = [100, 101, 4242].map((pid) => ({ pid, name: 'any' }));
  assert.equal(await answer(1), 'channel.recover 1 null');
  assert.deepEqual(fake.commands.slice(commands), ['WAIT_QUIESCENT 0']);
  world.memoryUsers.push({ pid: 77, name: 'child' });
  const stranger = 'process 77 (child), which has the buffers and is not registered';
  assert.equal(await answer(2), `channel.recover 2 ${stranger}`);
  world.memoryUsers.pop();
  world.stopped.add(101);
  assert.equal(await answer(3), 'channel.recover 3 process 101 (second), which is stopped');
  world.stopped.delete(101);
  assert.equal(await answer(4), 'channel.recover 4 null');
});

test('what dead writers left is completed when a recording stops', async () => {
  const world = new FakeWorld();
  await world.addApplication();
  await world.domain.start(fakeSession());
  const [consumer] = world.consumers.started;
  consumer!.isHeldUp = true;
  await world.domain.stop(1);
  assert.deepEqual(consumer!.commands.slice(-2), ['session.flush', 'channel.recover null null']);
});

test('an application that does not say whether it is outside lives on until somebody needs it', async () => {
  const world = new FakeWorld();
  const { fake } = await world.addApplication({ name: 'silent' });
  await world.domain.start(fakeSession());
  const [consumer] = world.consumers.started;
  fake.isSilent = true;
  consumer!.stall(1);
  await world.settle();
  world.advance(2000);
  await world.settle();
  const held = 'process 100 (silent), which does not answer';
  assert.equal(consumer!.commands.at(-1), `channel.recover 1 ${held}`);
  world.advance(600_000);
  consumer!.stall(2);
  await world.settle();
  assert.equal(consumer!.commands.at(-1), `channel.recover 2 ${held}`);
  assert.equal(world.domain.applications().length, 1);
  const stopped = world.domain.stop(1);
  await world.settle();
  world.advance(5000);
  await stopped;
  assert.equal(world.domain.applications().length, 0);
});

/** A world in which the consumer of a running session says nothing any more. */
async function silencedWorld() {
  const world = new FakeWorld();
  const { fake } = await world.addApplication();
  await world.domain.start(fakeSession());
  const [consumer] = world.consumers.started;
  assert.ok(consumer !== undefined);
  consumer.isSilent = true;
  return { world, fake, consumer };
}

/** Lets the time pass after which a consumer counts as silent. */
async function patience(world: FakeWorld): Promise<void> {
  await world.settle();
  // In steps: who is asked in between can answer.
  for (let step = 0; step < 4; step++) {
    world.advance(2500);
    await world.settle();
  }
}

const isSilence = (error: unknown): boolean =>
  error instanceof SystemError && error.syscall === 'consumer' && error.errnoName === 'ETIMEDOUT';

test('a consumer that does not answer holds a stop up no longer than its time-out, and is told', async () => {
  const world = new FakeWorld();
  await world.addApplication();
  await world.domain.start(fakeSession());
  const [consumer] = world.consumers.started;
  consumer!.isSilent = true;
  const stopped = world.domain.stop(1);
  await world.settle();
  world.advance(10_000);
  await stopped;
  // Nobody else waits for it.
  assert.equal(await world.domain.isDataPending(1), false);
  const { faults } = await world.domain.statistics(1);
  assert.deepEqual([faults[0]?.kind, faults[0]?.isOngoing], ['consumer-silent', true]);
  consumer!.isSilent = false;
  await world.settle();
  const { faults: after } = await world.domain.statistics(1);
  assert.deepEqual([after[0]?.kind, after[0]?.isOngoing], ['consumer-silent', false]);
});

test('tracepoints and fields are listed per application, in order of registration', async () => {
  const world = new FakeWorld();
  const { fake } = await world.addApplication({ pid: 1 });
  await world.addApplication({ pid: 2 }, { tracepoints: [] });
  const [first, second] = await world.domain.listTracepoints(true);
  assert.deepEqual(first?.tracepoints, [
    { name: 'fake:event', logLevel: 13, fields: [{ name: 'value', type: 'integer', isWritten: true }] },
  ]);
  assert.deepEqual([first?.application.pid, second?.application.pid, second?.tracepoints], [1, 2, []]);
  assert.deepEqual(fake.commands.slice(-4), [
    'TRACEPOINT_FIELD_LIST 0',
    'TRACEPOINT_FIELD_LIST_GET 1',
    'TRACEPOINT_FIELD_LIST_GET 1',
    'RELEASE 1',
  ]);
  const [plain] = await world.domain.listTracepoints(false);
  assert.deepEqual(plain?.tracepoints, [{ name: 'fake:event', logLevel: 13, fields: [] }]);
});

test('disposal ends sessions, applications and consumers', async () => {
  const world = new FakeWorld();
  const { fake } = await world.addApplication();
  await world.domain.start(fakeSession());
  await world.domain[Symbol.asyncDispose]();
  assert.ok(fake.commands.includes('RELEASE 1'));
  assert.deepEqual(world.domain.applications(), []);
  assert.ok(world.consumers.started[0]!.consumer.link.isGone);
});

test('a name that no event can have neither reaches applications nor ends the daemon', async () => {
  const world = new FakeWorld();
  const { fake } = await world.addApplication();
  const rules = [fakeRule(1, 'x'.repeat(300)), fakeRule(2, 'fake:*')];
  await world.domain.start(fakeSession({ channels: [fakeChannel(0, { rules })] }));
  assert.deepEqual(
    fake.commands.filter((command) => command.startsWith('EVENT')),
    ['EVENT 2 fake:*'],
  );
});

test('tests and tools can wait for the moments of an application', async () => {
  const seen: unknown[] = [];
  const note = (message: unknown, name: string | symbol): void => {
    seen.push([String(name), message]);
  };
  const names = ['registered', 'ready', 'unregistered'].map(
    (moment) => `lttng:sessiond:application-${moment}`,
  );
  for (const name of names) subscribe(name, note);
  const world = new FakeWorld();
  const { listener } = await world.addApplication();
  listener.end('hung up');
  for (const name of names) unsubscribe(name, note);
  const info = { pid: 100, uid: 1000, name: 'fake', abiMajor: 9, wordSizeBits: 64, refusal: null };
  assert.deepEqual(seen, [
    [names[0], info],
    [names[1], info],
    [names[2], { application: info, reason: 'hung up' }],
  ]);
});

const perProcess = fakeSession({
  channels: [fakeChannel(0, { attributes: { ...fakeChannel(0).attributes, ownership: 'process' } })],
});

test('processes with buffers of their own have a trace each, released when the process ends', async () => {
  const world = new FakeWorld();
  await world.domain.start(perProcess);
  const first = await world.addApplication({ pid: 1, name: 'one' });
  await world.addApplication({ pid: 2, name: 'two' });
  const [consumer] = world.consumers.started;
  assert.ok(consumer !== undefined);
  assert.deepEqual(
    consumer.commands.filter((command) => command.startsWith('channel.create')),
    [
      'channel.create ust/pid/one-1-20261123-164909 channel0 0',
      'channel.create ust/pid/two-2-20261123-164909 channel0 0',
    ],
  );
  assert.match(consumer.text, /tracer_buffering_scheme = "pid";\n\ttracer_buffering_id = 1;/);
  assert.match(consumer.text, /vpid = 2;\n\tprocname = "two";\n\tvpid_datetime = "20261123T164909\+0100";/);
  const openBefore = consumer.openFds.size;

  first.listener.end('The peer closed the connection');
  await world.settle();
  assert.deepEqual(consumer.commands.slice(-2), ['channel.release', 'metadata.release']);
  assert.equal(consumer.openFds.size, openBefore / 2);
  const discarded = (statistics: Awaited<ReturnType<typeof world.domain.statistics>>) =>
    (statistics.channels.get('channel0') ?? [])
      .flatMap(({ streams }) => streams)
      .map(({ discardedEventCount }) => discardedEventCount);
  assert.deepEqual(discarded(await world.domain.statistics(1)), [3, 3]);
  assert.deepEqual(discarded(await world.domain.destroy(1, null)), [3, 3]);
  assert.equal(consumer.openFds.size, 0);
});

test('a process that ends while its session is destroyed is counted once', async () => {
  const world = new FakeWorld();
  await world.domain.start(perProcess);
  const { listener } = await world.addApplication({ pid: 1, name: 'one' });
  const destroyed = world.domain.destroy(1, null);
  listener.end('The peer closed the connection');
  const { channels } = await destroyed;
  const streams = (channels.get('channel0') ?? []).flatMap((set) => set.streams);
  assert.equal(
    streams.reduce((sum, { discardedEventCount }) => sum + discardedEventCount, 0),
    3,
  );
});

test('applications that are not tracked are not touched, and buffers are made for tracked ones only', async () => {
  const world = new FakeWorld();
  const everybody = { vpid: null, vuid: null, vgid: null };
  const one = await world.addApplication({ pid: 1, uid: 1000 });
  const other = await world.addApplication({ pid: 2, uid: 1001 });
  const untouched = other.fake.commands.length;
  await world.domain.start(fakeSession({ trackers: { ...everybody, vuid: [1000] } }));
  const [consumer] = world.consumers.started;
  assert.ok(consumer !== undefined);
  const madeIn = () =>
    consumer.commands.flatMap((command) => /^channel\.create (\S+)/.exec(command)?.[1] ?? []);
  assert.deepEqual(madeIn(), ['ust/uid/1000/64-bit']);
  assert.equal(other.fake.commands.length, untouched);
  await world.addApplication({ pid: 3, uid: 1001 });
  assert.deepEqual(madeIn(), ['ust/uid/1000/64-bit']);

  const before = one.fake.commands.length;
  await world.domain.update(fakeSession({ trackers: { ...everybody, vpid: [2] } }));
  assert.deepEqual(madeIn(), ['ust/uid/1000/64-bit', 'ust/uid/1001/64-bit']);
  assert.deepEqual(one.fake.commands.slice(before), [
    'DISABLE 1',
    'WAIT_QUIESCENT 0',
    'RELEASE 3',
    'RELEASE 2',
    'RELEASE 1',
    'WAIT_QUIESCENT 0',
  ]);
  assert.ok(other.fake.commands.includes('ENABLE 1'));
});

test('a process that is tracked no more gives its own buffers back', async () => {
  const world = new FakeWorld();
  await world.domain.start(perProcess);
  await world.addApplication({ pid: 1, name: 'one' });
  const [consumer] = world.consumers.started;
  assert.ok(consumer !== undefined && consumer.openFds.size > 0);
  await world.domain.update({ ...perProcess, trackers: { ...perProcess.trackers, vpid: [] } });
  await world.settle();
  assert.deepEqual(consumer.commands.slice(-2), ['channel.release', 'metadata.release']);
  assert.equal(consumer.openFds.size, 0);
});

test('a session asks its applications for their state, and writes its metadata anew', async () => {
  const world = new FakeWorld();
  const { fake } = await world.addApplication();
  await world.domain.start(fakeSession());
  const before = fake.commands.length;
  await world.domain.regenerateStateDump(1);
  assert.deepEqual(fake.commands.slice(before), ['SESSION_STATEDUMP 1']);
  const [consumer] = world.consumers.started;
  const text = consumer?.text;
  await world.domain.regenerateMetadata(1);
  await world.domain.regenerateMetadata(1);
  // The clock of this world stands still.
  assert.equal(consumer?.text, text);
  await world.addApplication({ pid: 7 }, { tracepoints: [{ name: 'fake:late', logLevel: 13, fields: [] }] });
  assert.match(consumer?.text ?? '', /name = "fake:event"[\s\S]*name = "fake:late"/);
});

test('monitor samples are kept per set of buffers beside its memory, and told', async () => {
  const world = new FakeWorld();
  const told: BufferSample[] = [];
  world.domain.onBufferSample((sample) => told.push(sample));
  assert.deepEqual(await world.domain.buffers(1), new Map());
  await world.addApplication();
  await world.domain.start(fakeSession());
  const owner = { kind: 'user', uid: 1000, wordSizeBits: 64 } as const;
  const usage = { lowestUsageBytes: 0, highestUsageBytes: 16384, outputBytes: 8192 };
  const setOf = async () => (await world.domain.buffers(1)).get('channel0');
  // The fake gives descriptors 1001 to 1005, and says that so much is resident.
  const streams = [
    { cpu: 0, residentBytes: 1002, lengthBytes: 4096 },
    { cpu: 1, residentBytes: 1004, lengthBytes: 4096 },
  ];
  assert.deepEqual(await setOf(), [{ owner, capacityBytes: 65536, streams, usage: null }]);
  world.consumers.started[0]!.sample(usage);
  assert.deepEqual(await setOf(), [{ owner, capacityBytes: 65536, streams, usage }]);
  const channel = {
    sessionId: 1,
    sessionOwnerUid: 1000,
    channelName: 'channel0',
    owner,
    capacityBytes: 65536,
  };
  assert.deepEqual(told, [{ channel, ...usage }]);
  await world.domain.destroy(1, null);
  assert.deepEqual(await world.domain.buffers(1), new Map());
});

test('what begins something fails on a silent consumer, once after its time, then at once', async () => {
  const { world, consumer } = await silencedWorld();
  const commandsBefore = consumer.commands.length;
  const snapshot = world.domain.snapshot(1, {
    path: '/tmp/s',
    network: null,
    maxSizeBytes: 0,
    creationTimeS: 0,
    number: 0,
  });
  const started = world.domain.start(fakeSession({ id: 2, outputPath: '/tmp/two' }));
  snapshot.catch(() => undefined);
  started.catch(() => undefined);
  await patience(world);
  await assert.rejects(started, isSilence);
  // A snapshot is copied in one go, and may take longer.
  for (let rest = 0; rest < 5; rest++) await patience(world);
  await assert.rejects(snapshot, isSilence);
  await assert.rejects(world.domain.start(fakeSession({ id: 3, outputPath: '/tmp/three' })), isSilence);
  assert.equal(consumer.commands.length, commandsBefore);
  const { faults } = await world.domain.statistics(1);
  assert.deepEqual([faults[0]?.kind, faults[0]?.isOngoing], ['consumer-silent', true]);
  consumer.isSilent = false;
  await world.settle();
  // What was asked in time is done late, and the snapshot is closed; the third start never came.
  const late = consumer.commands.slice(commandsBefore).filter((command) => command !== 'session.progress');
  assert.deepEqual(late.toSorted(), ['chunk.open', 'snapshot.record', 'snapshot.seal']);
  await world.domain.start(fakeSession({ id: 2, outputPath: '/tmp/two' }));
  assert.equal(consumer.commands.filter((command) => command === 'chunk.open').length, 2);
  await world.domain.destroy(2, null);
});

test('a chunk that ends goes on while its caller is told that the consumer is silent', async () => {
  const { world, consumer } = await silencedWorld();
  const changed = world.domain.changeChunk(fakeSession(), { kind: 'archive', path: '/tmp/a' });
  const waited = world.domain.unlessSilent(1, changed);
  waited.catch(() => undefined);
  await patience(world);
  await assert.rejects(waited, isSilence);
  consumer.isSilent = false;
  assert.deepEqual(await changed, { failure: null, relayPath: null });
});

test('a session whose consumer is silent is destroyed, and ended there when it goes on', async () => {
  const { world, consumer } = await silencedWorld();
  const destroyed = world.domain.destroy(1, null);
  await patience(world);
  const { faults } = await destroyed;
  assert.deepEqual([faults[0]?.kind, faults[0]?.isOngoing], ['consumer-silent', true]);
  assert.equal(consumer.openFds.size, 0);
  consumer.isSilent = false;
  await world.settle();
  assert.equal(consumer.commands.at(-1), 'session.close');
});

test('a consumer that answers questions is waited for, however long a command takes', async () => {
  const { world, consumer } = await silencedWorld();
  const changed = world.domain.unlessSilent(
    1,
    world.domain.changeChunk(fakeSession(), { kind: 'archive', path: '/tmp/a' }),
  );
  consumer.withheld = 'chunk.change';
  consumer.isSilent = false;
  for (let count = 0; count < 10; count++) await patience(world);
  consumer.withheld = null;
  assert.deepEqual(await changed, { failure: null, relayPath: null });
  assert.deepEqual((await world.domain.statistics(1)).faults, []);
});

test('programs that came while the consumer was silent record when it answers again', async () => {
  const { world, consumer } = await silencedWorld();
  const coming = world.addApplication({ pid: 101, uid: 1001 });
  await patience(world);
  const { fake } = await coming;
  await patience(world);
  assert.ok(!fake.commands.includes('ENABLE 1'));
  assert.equal(fake.commands.at(-1), 'REGISTER_DONE 0');
  consumer.isSilent = false;
  await world.settle();
  assert.ok(fake.commands.includes('ENABLE 1'), fake.commands.join());
});

test('a consumer that is started and never says hello is ended', async () => {
  const world = new FakeWorld();
  world.consumers.areSilent = true;
  const started = world.domain.start(fakeSession());
  started.catch(() => undefined);
  for (let count = 0; count < 3; count++) await patience(world);
  await assert.rejects(started, (error) => error instanceof SystemError && error.syscall === 'spawn');
  world.consumers.areSilent = false;
  await world.domain.start(fakeSession());
  assert.equal(world.consumers.started.length, 2);
});

test('a snapshot takes one request, and a second one when programs declare something meanwhile', async () => {
  const world = new FakeWorld();
  await world.addApplication();
  await world.domain.start(fakeSession());
  const [consumer] = world.consumers.started;
  assert.ok(consumer !== undefined);
  const shot = { path: '/tmp/s', network: null, maxSizeBytes: 0, creationTimeS: 0, number: 0 };
  const sinceShot = (): readonly string[] => {
    const commands = consumer.commands;
    return commands.slice(commands.lastIndexOf('snapshot.record')).filter((each) => each.startsWith('snap'));
  };
  assert.equal(await world.domain.snapshot(1, shot), true);
  assert.deepEqual(sinceShot(), ['snapshot.record']);
  consumer.withheld = 'snapshot.record';
  const snapshot = world.domain.snapshot(1, shot);
  // Of another user: buffers and metadata of their own.
  await world.addApplication({ pid: 101, uid: 1001 });
  consumer.withheld = null;
  assert.equal(await snapshot, true);
  assert.deepEqual(sinceShot(), ['snapshot.record', 'snapshot.seal']);
});
