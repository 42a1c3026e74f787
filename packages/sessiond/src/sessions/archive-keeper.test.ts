/** What archive policies do, in which order, and what a daemon that dies at any point leaves for its successor. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerError, SystemError, unknownBuild } from '@lttng-ts/base';
import type { ArchivePolicy, ArchiveReply, ArchiveRequest, ControlEvent } from '@lttng-ts/protocols';
import type { UstDomain } from '../ust/ust-domain.ts';
import type { ArchiveJob, ArchivePorts } from './archive-ports.ts';
import type { Caller } from './caller.ts';
import { createSessions } from './create-sessions.ts';
import { EventHub } from './event-hub.ts';
import { noSessionNotes } from './session-notes.ts';

const alice: Caller = { uid: 1000, gid: 1001 };
const keep = { chunkCount: null, totalBytes: null, ageS: null };
const everything: ArchivePolicy = { compression: 'gzip', recipients: [], command: 'ship', keep };

type Answer = (request: ArchiveRequest) => ArchiveReply | null;
const done: ArchiveReply = { kind: 'done', sizeBytes: 10 };
const missing: ArchiveReply = { kind: 'failed', reason: 'open: errno="ENOENT"', isMissing: true };

/** A daemon with archivers that answer as told; null: they never do. */
function worldOf({
  left = [],
  answer = () => done,
}: {
  readonly left?: readonly ArchiveJob[];
  readonly answer?: Answer;
} = {}) {
  const steps: string[] = [];
  const notes = new Map<string, ArchiveJob>(left.map((job) => [job.id, job]));
  const timers: (() => void)[] = [];
  const isClosing = { value: false };
  const now = { ms: 0 };
  let lastId = 0;
  const open = { count: 0, most: 0 };
  const short = (path: string) => path.split('-').at(-1) ?? '';
  const archives: ArchivePorts = {
    launch: ({ uid, gid }) => {
      open.count++;
      open.most = Math.max(open.most, open.count);
      let isClosed = false;
      return {
        call: async (request) => {
          await new Promise((settle) => setImmediate(settle));
          if (isClosing.value) throw new SystemError('archiver', 'EPIPE');
          assert.equal(isClosed, false);
          if (request.kind !== 'check') steps.push(`${request.kind} ${short(request.path)} as ${uid}:${gid}`);
          const reply = answer(request);
          return reply ?? (await new Promise<ArchiveReply>(() => undefined));
        },
        close: () => {
          if (!isClosed) open.count--;
          isClosed = true;
        },
      };
    },
    note: (job) => {
      notes.set(job.id, job);
      steps.push(`note ${job.step} ${short(job.path)}`);
    },
    forget: (id) => {
      steps.push(`forget ${short(notes.get(id)?.path ?? '?')}`);
      notes.delete(id);
    },
    newId: () => String(++lastId),
    left,
    get isClosing() {
      return isClosing.value;
    },
    hasZstd: false,
  };
  const statistics = async () => ({ channels: new Map(), faults: [] });
  const failure = { next: null as string | null };
  /** What a rotation waits for. */
  const gate = { opened: Promise.resolve() };
  const ust: UstDomain = {
    start: async () => undefined,
    update: async () => undefined,
    stop: async () => undefined,
    changeChunk: async () => {
      await gate.opened;
      return { failure: failure.next, relayPath: null };
    },
    snapshot: async () => true,
    regenerateMetadata: async () => undefined,
    unlessSilent: async (_, work) => await work,
    buffers: async () => new Map(),
    onBufferSample: () => () => undefined,
    regenerateStateDump: async () => undefined,
    waitForOutput: async () => ({ totalBytes: 0, isReached: false }),
    isDataPending: async () => false,
    progress: async () => ({ streamCount: 0, bytes: 0 }),
    statistics,
    connect: async () => ({ canRotate: true, canClear: true }),
    destroy: async () => ({ ...(await statistics()), relayPath: null }),
    applications: () => [],
    listTracepoints: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  };
  const events = new EventHub(() => 0);
  const seen: ControlEvent[] = [];
  events.subscribe({ uid: 0, gid: 0 }, null, (event) => seen.push(event));
  const sessions = createSessions({
    ust,
    events,
    archives,
    sessionNotes: noSessionNotes,
    daemon: { build: unknownBuild, pid: 1, uid: 0 },
    nowMs: () => now.ms,
    utcOffsetMinutes: () => 0,
    findAccountId: async () => null,
    after: (_, callback) => {
      timers.push(callback);
      return () => undefined;
    },
    log: () => undefined,
  });
  const create = async (session: string, policy: ArchivePolicy) => {
    const output = { kind: 'path', path: `/out/${session}` } as const;
    await sessions['session.create'](
      { name: session, output, sharedMemoryPath: null, isSnapshotMode: false },
      alice,
    );
    await sessions['channel.enable']({ session, domain: 'ust', channel: 'c', attributes: {} }, alice);
    await sessions['session.start']({ session }, alice);
    return await sessions['archive-policy.set'](
      { session, policy: { ...policy, recipients: [...policy.recipients] } },
      alice,
    );
  };
  const rotate = async (session: string) => await sessions['session.rotate']({ session, wait: true }, alice);
  /** Everything that does not wait for a timer has happened. */
  const settled = async () => {
    for (let turn = 0; turn < 50; turn++) await new Promise((settle) => setImmediate(settle));
  };
  const info = async (session: string) => {
    const { sessions: all } = await sessions['session.list']({}, alice);
    return all.find(({ name }) => name === session)?.archivePolicy ?? null;
  };
  return {
    now,
    sessions,
    steps,
    notes,
    timers,
    isClosing,
    open,
    seen,
    failure,
    gate,
    create,
    rotate,
    settled,
    info,
  };
}

test('a chunk is compressed, then given to the command, each step noted before it begins', async () => {
  const { steps, create, rotate, settled, info, notes, open } = worldOf();
  const { policy } = await create('s', { ...everything, compression: 'zstd' });
  assert.equal(policy.compression, 'gzip', 'without zstd');
  await rotate('s');
  await settled();
  assert.deepEqual(steps, [
    'note expected 0',
    'note transform 0',
    'transform 0 as 1000:1001',
    'note command-started 0',
    'run 0 as 1000:1001',
    'forget 0',
  ]);
  assert.equal(notes.size, 0);
  assert.equal(open.count, 0, 'no archiver waits for work');
  const { policy: _, ...counts } = (await info('s')) ?? {};
  assert.deepEqual(counts, {
    waitingCount: 0,
    processedCount: 1,
    deletedCount: 0,
    failedCount: 0,
    lastFailure: null,
  });
});

test('a rotation that fails leaves neither note nor work', async () => {
  const { steps, create, rotate, settled, failure, notes } = worldOf();
  await create('s', everything);
  failure.next = 'no space';
  await assert.rejects(rotate('s'));
  await settled();
  assert.deepEqual(steps, ['note expected 0', 'forget 0']);
  assert.equal(notes.size, 0);
});

test('the newest chunks are kept, older ones removed after the work', async () => {
  const { create, rotate, settled, steps, info, seen } = worldOf();
  await create('s', { ...everything, command: null, keep: { ...keep, chunkCount: 1 } });
  for (let chunk = 0; chunk < 3; chunk++) await rotate('s');
  await settled();
  assert.deepEqual(
    steps.filter((step) => step.startsWith('remove')),
    ['remove 0 as 1000:1001', 'remove 1 as 1000:1001'],
  );
  const processed = seen.filter(({ kind }) => kind === 'chunk-processed' || kind === 'chunk-deleted');
  assert.equal(processed.length, 5);
  assert.equal((await info('s'))?.deletedCount, 2);
});

test('chunks that become too old are removed when their time has come, but for the newest', async () => {
  const { create, rotate, settled, steps, timers } = worldOf();
  const policy = { compression: null, recipients: [], command: null, keep: { ...keep, ageS: 60 } };
  await create('s', policy);
  await rotate('s');
  await rotate('s');
  await settled();
  assert.ok(!steps.some((step) => step.startsWith('remove')));
  assert.ok(timers.length > 0);
});

test('a failure is told and shown, its chunk stays, and the next one is worked on', async () => {
  const answer: Answer = (request) =>
    request.kind === 'run' && request.path.endsWith('-0')
      ? { kind: 'failed', reason: 'Command failed: status=1', isMissing: false }
      : done;
  const { create, rotate, settled, info, seen, notes } = worldOf({ answer });
  await create('s', everything);
  await rotate('s');
  await rotate('s');
  await settled();
  const found = await info('s');
  assert.deepEqual(
    [found?.processedCount, found?.failedCount, found?.lastFailure],
    [1, 1, 'Command failed: status=1'],
  );
  assert.equal(seen.filter(({ kind }) => kind === 'archive-policy-failed').length, 1);
  assert.equal(notes.size, 0);
});

test('a daemon that ends leaves its notes; the next one starts no command twice', async () => {
  for (const hanging of ['transform', 'run'] as const) {
    const before = worldOf({ answer: ({ kind }) => (kind === hanging ? null : done) });
    await before.create('s', everything);
    await before.rotate('s');
    await before.settled();
    const left = [...before.notes.values()];
    assert.equal(left.length, 1);
    const after = worldOf({ left });
    await after.settled();
    const ran = [...before.steps, ...after.steps].filter((step) => step.startsWith('run '));
    assert.equal(ran.length, 1);
    assert.equal(after.notes.size, 0);
    assert.deepEqual(
      after.seen.map(({ kind }) => kind),
      ['chunk-processed'],
    );
  }
});

test('a chunk that a rotation was making is waited for, and given up in the end', async () => {
  const job: ArchiveJob = {
    id: 'x',
    session: 's',
    owner: alice,
    path: '/out/s/archives/a-b-0',
    step: 'expected',
    policy: everything,
  };
  let isThere = false;
  const world = worldOf({
    left: [job],
    answer: ({ kind }) => (kind === 'transform' && !isThere ? missing : done),
  });
  await world.settled();
  world.timers.shift()?.();
  isThere = true;
  await world.settled();
  world.timers.shift()?.();
  await world.settled();
  assert.equal(world.steps.filter((step) => step.startsWith('run ')).length, 1);
  assert.equal(world.notes.size, 0);

  const lost = worldOf({ left: [job], answer: () => missing });
  for (let second = 0; second <= 31; second++) {
    await lost.settled();
    lost.now.ms += 1000;
    lost.timers.shift()?.();
  }
  await lost.settled();
  assert.equal(lost.notes.size, 0);
  assert.ok(!lost.steps.some((step) => step.startsWith('run ')));
});

test('a user has two archivers at most, whatever the sessions', async () => {
  const { create, rotate, settled, open, steps } = worldOf();
  for (const name of ['a', 'b', 'c', 'd']) await create(name, everything);
  for (const name of ['a', 'b', 'c', 'd']) await rotate(name);
  await settled();
  await settled();
  assert.equal(open.most, 2);
  assert.equal(steps.filter((step) => step.startsWith('run ')).length, 4);
});

for (const [title, policy] of [
  ['empty', { compression: null, recipients: [], command: null, keep }],
  ['a blank command', { ...everything, command: '  ' }],
  ['a command with a NUL', { ...everything, command: 'a\0b' }],
  ['no chunks', { ...everything, keep: { ...keep, chunkCount: 0 } }],
] as const) {
  test(`a policy that makes no sense is refused: ${title}`, async () => {
    const { create } = worldOf();
    await assert.rejects(
      create('s', policy),
      (error) => error instanceof PeerError && error.peerName === 'INVALID',
    );
  });
}

test('keys are checked before the policy is taken', async () => {
  const answer: Answer = () => ({ kind: 'failed', reason: 'no key', isMissing: false });
  const { create, info } = worldOf({ answer });
  await assert.rejects(create('s', { ...everything, recipients: ['age1x'] }), /no key/);
  assert.equal(await info('s'), null);
});

test('a policy that has no work left when the rotation ends leaves no note', async () => {
  const { create, sessions, rotate, settled, steps, notes, gate } = worldOf();
  await create('s', everything);
  let open = (): void => undefined;
  gate.opened = new Promise((settle) => {
    open = settle;
  });
  const rotation = rotate('s');
  const policy = { compression: null, recipients: [], command: null, keep: { ...keep, chunkCount: 9 } };
  await sessions['archive-policy.set']({ session: 's', policy }, alice);
  open();
  await rotation;
  await settled();
  assert.equal(notes.size, 0);
  assert.ok(!steps.some((step) => step.startsWith('run ')));
});

test('a policy is removed once', async () => {
  const { create, sessions, rotate, settled, steps } = worldOf();
  await create('s', everything);
  await sessions['archive-policy.remove']({ session: 's' }, alice);
  await assert.rejects(sessions['archive-policy.remove']({ session: 's' }, alice), /No archive policy/);
  await rotate('s');
  await settled();
  assert.deepEqual(steps, []);
});
