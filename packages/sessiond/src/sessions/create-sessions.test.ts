/** What the recorded command lines (`packages/cli/cases`) do not reach: callers, order, machines that refuse. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerError, SystemError, unknownBuild } from '@lttng-ts/base';
import type { ChannelStatistics, ControlHandlers, EventRule } from '@lttng-ts/protocols';
import type { DesiredSession, UstDomain } from '../ust/ust-domain.ts';
import { noArchivePorts } from './archive-ports.ts';
import type { Caller } from './caller.ts';
import { createSessions } from './create-sessions.ts';
import { EventHub } from './event-hub.ts';
import { noSessionNotes } from './session-notes.ts';

const done = { failure: null, relayPath: null };

const root: Caller = { uid: 0, gid: 0 };
const alice: Caller = { uid: 1000, gid: 1000 };
const bob: Caller = { uid: 1001, gid: 1001 };
const rule: EventRule = { pattern: 'a:*', logLevel: { kind: 'all' }, filter: null, exclusions: [] };
/** 2026-03-01T23:30:05Z. */
const NOW_MS = Date.UTC(2026, 2, 1, 23, 30, 5);

interface Timer {
  readonly delayMs: number;
  readonly fire: () => void;
}

interface World {
  readonly timers: Timer[];
  readonly sessions: ControlHandlers<Caller>;
  readonly calls: string[];
  readonly events: EventHub;
  readonly desired: DesiredSession[];
}

function worldOf(overrides: Partial<UstDomain> = {}): World {
  const calls: string[] = [];
  const desired: DesiredSession[] = [];
  const noted =
    (name: string) =>
    async (session: DesiredSession): Promise<void> => {
      calls.push(`${name} ${session.name}`);
      desired.push(session);
    };
  const set: ChannelStatistics = {
    channelKey: 1,
    streams: [0, 1].map((cpu) => ({
      cpu,
      discardedEventCount: 2,
      lostPacketCount: 1,
      consumedPacketCount: 0,
      consumedBytes: 0,
    })),
  };
  const statistics = async () => ({ channels: new Map([['channel0', [set, set]]]), faults: [] });
  const ust: UstDomain = {
    start: noted('start'),
    update: noted('update'),
    stop: async (id) => void calls.push(`stop ${id}`),
    connect: async () => ({ canRotate: true, canClear: true }),
    changeChunk: async () => done,
    snapshot: async () => true,
    waitForOutput: async () => ({ totalBytes: 0, isReached: false }),
    isDataPending: async () => false,
    progress: async () => ({ streamCount: 0, bytes: 0 }),
    unlessSilent: async (_, work) => await work,
    buffers: async () => new Map(),
    onBufferSample: () => () => undefined,
    regenerateStateDump: async (id) => void calls.push(`statedump ${id}`),
    regenerateMetadata: async (id) => void calls.push(`metadata ${id}`),
    statistics,
    destroy: async (id) => {
      calls.push(`destroy ${id}`);
      return { ...(await statistics()), relayPath: null };
    },
    applications: () => [],
    listTracepoints: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
    ...overrides,
  };
  const daemon = { build: unknownBuild, pid: 1, uid: 0 };
  const timers: Timer[] = [];
  const events = new EventHub(() => NOW_MS);
  const sessions = createSessions({
    ust,
    events,
    archives: noArchivePorts,
    sessionNotes: noSessionNotes,
    daemon,
    nowMs: () => NOW_MS,
    utcOffsetMinutes: () => 60,
    findAccountId: async (kind, name) => (kind === 'user' && name === 'alice' ? 1000 : null),
    after: (delayMs, fire) => {
      const timer = { delayMs, fire };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
    log: (_, message) => void calls.push(message),
  });
  return { sessions, calls, desired, timers, events };
}

const created = (name: string | null) =>
  ({
    name,
    output: { kind: 'default', homePath: '/home/a' },
    sharedMemoryPath: null,
    isSnapshotMode: false,
  }) as const;

async function refused(call: Promise<unknown>, name: string): Promise<void> {
  await assert.rejects(call, (error) => error instanceof PeerError && error.peerName === name);
}

test('a session that the daemon names is dated in local time, in its name and its folder once', async () => {
  const { sessions, desired } = worldOf();
  const { session } = await sessions['session.create'](created(null), alice);
  assert.equal(session.name, 'auto-20260302-003005');
  assert.equal(session.outputPath, '/home/a/lttng-traces/auto-20260302-003005');
  const named = await sessions['session.create'](created('mine'), alice);
  assert.equal(named.session.outputPath, '/home/a/lttng-traces/mine-20260302-003005');
  await sessions['event.enable'](
    {
      session: session.name,
      domain: 'ust',
      channel: null,
      ownership: null,
      rule: { ...rule, exclusions: [] },
    },
    alice,
  );
  await sessions['session.start']({ session: session.name }, alice);
  assert.equal(desired[0]?.traceName, 'auto');
  assert.deepEqual([desired[0]?.ownerUid, desired[0]?.ownerGid], [1000, 1000]);
});

test('users see and touch their own sessions only, root all of them; names are common to all', async () => {
  const { sessions } = worldOf();
  await sessions['session.create'](created('a'), alice);
  await sessions['session.create'](created('b'), bob);
  const names = async (caller: Caller) =>
    (await sessions['session.list']({}, caller)).sessions.map(({ name }) => name);
  assert.deepEqual(await names(alice), ['a']);
  assert.deepEqual(await names(root), ['a', 'b']);
  await refused(sessions['session.destroy']({ session: 'a', wait: true }, bob), 'EPERM');
  await refused(sessions['session.create'](created('a'), bob), 'EXIST_SESS');
});

for (const [what, name, expected] of [
  ['empty', '', 'INVALID'],
  ['with a slash', 'a/b', 'SESSION_INVALID_CHAR'],
  ['with a NUL', 'a\0b', 'INVALID'],
  ['of 255 bytes', `${'ä'.repeat(127)}n`, 'INVALID'],
] as const) {
  test(`a session name ${what} is refused`, async () => {
    await refused(worldOf().sessions['session.create'](created(name), alice), expected);
  });
}

test('an output that is no absolute path is refused', async () => {
  const { sessions } = worldOf();
  const output = { kind: 'path', path: 'relative' } as const;
  await refused(sessions['session.create']({ ...created('s'), output }, alice), 'INVALID');
});

async function ready(world: World): Promise<void> {
  const { sessions } = world;
  await sessions['session.create'](created('s'), alice);
  await enable(world, rule);
}

async function enable({ sessions }: World, asked: EventRule): Promise<void> {
  await sessions['event.enable'](
    {
      session: 's',
      domain: 'ust',
      channel: null,
      ownership: null,
      rule: { ...asked, exclusions: [...asked.exclusions] },
    },
    alice,
  );
}

for (const [what, error, expected] of [
  ['the folder cannot be made', new SystemError('mkdir', 'EACCES'), 'CREATE_DIR_FAIL'],
  ['the consumer does not come up', new SystemError('consumer', 'EPIPE'), 'UST_CONSUMER64_FAIL'],
  ['there is no memory', new SystemError('mmap', 'ENOMEM'), 'NOMEM'],
] as const) {
  test(`a session does not start when ${what}, and may start later`, async () => {
    let fails = true;
    const world = worldOf({
      start: async () => {
        if (fails) throw error;
      },
    });
    await ready(world);
    await refused(world.sessions['session.start']({ session: 's' }, alice), expected);
    fails = false;
    // It was never started: contexts may still be added.
    await world.sessions['context.add'](
      { session: 's', domain: 'ust', channel: null, context: 'vpid' },
      alice,
    );
    await world.sessions['session.start']({ session: 's' }, alice);
  });
}

test('rules reach applications at once while a session records, and with the next start otherwise', async () => {
  const world = worldOf();
  await ready(world);
  assert.deepEqual(world.calls, []);
  await world.sessions['session.start']({ session: 's' }, alice);
  await enable(world, { ...rule, pattern: 'b', filter: 'x > 1' });
  await world.sessions['session.stop']({ session: 's' }, alice);
  await enable(world, { ...rule, pattern: 'c' });
  assert.deepEqual(world.calls, ['start s', 'update s', 'stop 0']);
  const rules = world.desired[1]?.channels[0]?.rules ?? [];
  assert.deepEqual(
    rules.map(({ pattern, filterBytecode }) => [pattern, filterBytecode === null]),
    [
      ['a:*', true],
      ['b', false],
    ],
  );
  assert.equal(new Set(rules.map(({ ruleId }) => ruleId)).size, 2);
});

test('losses are summed over streams and sets of buffers', async () => {
  const world = worldOf();
  await ready(world);
  await world.sessions['session.start']({ session: 's' }, alice);
  await refused(world.sessions['session.data-pending']({ session: 's' }, alice), 'SESSION_STARTED');
  const { losses } = await world.sessions['session.stop']({ session: 's' }, alice);
  assert.deepEqual(losses, [{ channel: 'channel0', discardedEventCount: 8, lostPacketCount: 4 }]);
  const { sessions } = await world.sessions['session.list']({}, alice);
  assert.equal(sessions[0]?.domains[0]?.channels[0]?.discardedEventCount, 8);
});

test('commands wait for the one before; what comes after a destruction finds no session', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const world = worldOf({ start: async () => await held });
  await ready(world);
  const started = world.sessions['session.start']({ session: 's' }, alice);
  const destroyed = world.sessions['session.destroy']({ session: 's', wait: false }, alice);
  const late = world.sessions['session.stop']({ session: 's' }, alice);
  // A destruction that nobody waits for answers while the start is still under way.
  assert.equal((await destroyed).session.name, 's');
  assert.deepEqual(world.calls, []);
  const isLateRefused = refused(late, 'SESS_NOT_FOUND');
  release();
  await started;
  await isLateRefused;
  assert.deepEqual(world.calls, ['destroy 0']);
  await world.sessions['session.create'](created('s'), alice);
});

test('a rotation answers when its archive can be read; a clear waits for it', async () => {
  let finish = (_: string | null): void => undefined;
  const fates: string[] = [];
  const world = worldOf({
    changeChunk: async (_, fate) => {
      fates.push(fate.kind);
      if (fate.kind === 'remove') return done;
      const failure = await new Promise<string | null>((resolve) => {
        finish = resolve;
      });
      return { failure, relayPath: null };
    },
  });
  await ready(world);
  const { sessions } = world;
  await sessions['session.start']({ session: 's' }, alice);
  const rotated = sessions['session.rotate']({ session: 's', wait: true }, alice);
  await refused(sessions['session.rotate']({ session: 's', wait: true }, alice), 'ROTATION_PENDING');
  const cleared = sessions['session.clear']({ session: 's' }, alice);
  // Other commands do not wait for the rotation.
  await sessions['session.stop']({ session: 's' }, alice);
  assert.deepEqual(fates, ['archive']);
  finish(null);
  const path = '/home/a/lttng-traces/s-20260302-003005/archives/20260302T003005+0100-20260302T003005+0100-0';
  assert.deepEqual(await rotated, { isCompleted: true, archivePath: path, network: null });
  await cleared;
  assert.deepEqual(fates, ['archive', 'remove']);
});

test('a rotation that cannot be made changes nothing; one whose archive cannot be moved goes on', async () => {
  let failure: Error | string = new SystemError('mkdir', 'ENOSPC');
  const world = worldOf({
    changeChunk: async () => {
      if (failure instanceof Error) throw failure;
      return { failure, relayPath: null };
    },
  });
  await ready(world);
  const { sessions } = world;
  const rotate = () => sessions['session.rotate']({ session: 's', wait: true }, alice);
  await sessions['session.start']({ session: 's' }, alice);
  await refused(rotate(), 'ROTATION_FAIL_CONSUMER');
  failure = 'System call failed: syscall="rename"';
  await refused(rotate(), 'ROTATE_RENAME_FAIL_CONSUMER');
  await refused(rotate(), 'ROTATE_RENAME_FAIL_CONSUMER');
});

test('there is one schedule of each kind', async () => {
  const world = worldOf();
  await ready(world);
  const { sessions } = world;
  const timer = { session: 's', schedule: { kind: 'timer', periodUs: 5 } } as const;
  await sessions['rotation.schedule'](timer, alice);
  await refused(sessions['rotation.schedule'](timer, alice), 'ROTATION_SCHEDULE_SET');
  await refused(
    sessions['rotation.schedule']({ session: 's', schedule: { kind: 'size', sizeBytes: 0 } }, alice),
    'INVALID',
  );
  await refused(
    sessions['rotation.unschedule']({ session: 's', kind: 'size' }, alice),
    'ROTATION_SCHEDULE_NOT_SET',
  );
  await sessions['rotation.unschedule']({ session: 's', kind: 'timer' }, alice);
});

/** Lets everything happen that can happen without time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('a session that records is rotated when its period is over, and no more once it is stopped', async () => {
  const fates: string[] = [];
  const world = worldOf({
    changeChunk: async (_, fate) => {
      if (fate.kind === 'archive') fates.push(fate.path.slice(-2));
      return done;
    },
  });
  await ready(world);
  const { sessions, timers } = world;
  const schedule = { kind: 'timer', periodUs: 2_000_000 } as const;
  await sessions['rotation.schedule']({ session: 's', schedule }, alice);
  assert.equal(timers.length, 0);
  await sessions['session.start']({ session: 's' }, alice);
  for (let turn = 0; turn < 2; turn++) {
    assert.deepEqual(
      timers.map(({ delayMs }) => delayMs),
      [2000],
    );
    timers.shift()?.fire();
    await settle();
  }
  assert.deepEqual(fates, ['-0', '-1']);
  await sessions['session.stop']({ session: 's' }, alice);
  assert.equal(timers.length, 0);
});

test('a session is rotated whenever so many bytes more are in its output', async () => {
  const fates: string[] = [];
  const waits: { readonly totalBytes: number; readonly reach: (totalBytes: number | null) => void }[] = [];
  const world = worldOf({
    changeChunk: async (_, fate) => {
      fates.push(fate.kind);
      return done;
    },
    waitForOutput: async (_, totalBytes) =>
      await new Promise((resolve) => {
        const reach = (total: number | null): void =>
          resolve({ totalBytes: total ?? 0, isReached: total !== null });
        waits.push({ totalBytes, reach });
      }),
  });
  await ready(world);
  const { sessions } = world;
  await sessions['session.start']({ session: 's' }, alice);
  const schedule = { kind: 'size', sizeBytes: 1000 } as const;
  await sessions['rotation.schedule']({ session: 's', schedule }, alice);
  for (const total of [50, 1100, 2500]) {
    await settle();
    waits.at(-1)?.reach(total);
  }
  await settle();
  assert.deepEqual(
    waits.map(({ totalBytes }) => totalBytes),
    [0, 1050, 2100, 3500],
  );
  assert.deepEqual(fates, ['archive', 'archive']);
  await sessions['rotation.unschedule']({ session: 's', kind: 'size' }, alice);
  waits.at(-1)?.reach(9999);
  await settle();
  assert.deepEqual(fates, ['archive', 'archive']);
});
