/** What a life of a session tells those who listen, and whom. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unknownBuild } from '@lttng-ts/base';
import type { ControlEvent } from '@lttng-ts/protocols';
import type { UstDomain } from '../ust/ust-domain.ts';
import { noArchivePorts } from './archive-ports.ts';
import type { Caller } from './caller.ts';
import { createSessions } from './create-sessions.ts';
import { EventHub } from './event-hub.ts';
import { noSessionNotes } from './session-notes.ts';

const alice: Caller = { uid: 1000, gid: 1000 };
const bob: Caller = { uid: 1001, gid: 1001 };

interface Options {
  readonly discarded?: () => number;
  readonly changeChunk?: UstDomain['changeChunk'];
}

function worldOf({
  discarded = () => 0,
  changeChunk = async () => ({ failure: null, relayPath: null }),
}: Options = {}) {
  const statistics = async () => ({
    channels: new Map([
      [
        'channel0',
        [
          {
            channelKey: 1,
            streams: [
              {
                cpu: 0,
                discardedEventCount: discarded(),
                lostPacketCount: 0,
                consumedPacketCount: 0,
                consumedBytes: 0,
              },
            ],
          },
        ],
      ],
    ]),
    faults: [],
  });
  const ust: UstDomain = {
    start: async () => undefined,
    update: async () => undefined,
    stop: async () => undefined,
    changeChunk,
    snapshot: async () => true,
    waitForOutput: async () => ({ totalBytes: 0, isReached: false }),
    isDataPending: async () => false,
    progress: async () => ({ streamCount: 0, bytes: 0 }),
    statistics,
    connect: async () => ({ canRotate: true, canClear: true }),
    destroy: async () => ({ ...(await statistics()), relayPath: null }),
    applications: () => [],
    listTracepoints: async () => [],
    unlessSilent: async (_, work) => await work,
    buffers: async () => new Map(),
    onBufferSample: () => () => undefined,
    regenerateStateDump: async () => undefined,
    regenerateMetadata: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const events = new EventHub(() => 0);
  const ticks: (() => void)[] = [];
  const sessions = createSessions({
    ust,
    events,
    archives: noArchivePorts,
    sessionNotes: noSessionNotes,
    daemon: { build: unknownBuild, pid: 1, uid: 0 },
    nowMs: () => 0,
    utcOffsetMinutes: () => 0,
    findAccountId: async () => null,
    after: (_, callback) => {
      ticks.push(callback);
      return () => undefined;
    },
    log: () => undefined,
  });
  const create = async (name: string, caller: Caller) => {
    await sessions['session.create'](
      { name, output: { kind: 'path', path: '/out' }, sharedMemoryPath: null, isSnapshotMode: false },
      caller,
    );
    await sessions['channel.enable'](
      { session: name, domain: 'ust', channel: 'channel0', attributes: {} },
      caller,
    );
  };
  const listen = (caller: Caller, session: string | null = null): ControlEvent[] => {
    const seen: ControlEvent[] = [];
    events.subscribe(caller, session, (event) => seen.push(event));
    return seen;
  };
  return { sessions, events, create, listen, ticks };
}

test('every step of a session is told once, in order, to those who may see the session', async () => {
  const { sessions, create, listen } = worldOf();
  const seen = { alice: listen(alice), bob: listen(bob), root: listen({ uid: 0, gid: 0 }) };
  const other = listen(alice, 'other');
  const session = 's';
  await create(session, alice);
  await sessions['session.start']({ session }, alice);
  await sessions['session.rotate']({ session, wait: true }, alice);
  await sessions['session.clear']({ session }, alice);
  await sessions['session.stop']({ session }, alice);
  await sessions['session.destroy']({ session, wait: true }, alice);
  const kinds = seen.alice.map(({ kind }) => kind);
  assert.deepEqual(kinds, [
    'session-created',
    'session-started',
    'rotation-started',
    'chunk-archived',
    'session-cleared',
    'session-stopped',
    'chunk-archived',
    'session-destroyed',
  ]);
  const archived = seen.alice[3];
  assert.ok(archived?.kind === 'chunk-archived');
  assert.equal(archived.archivePath, '/out/archives/19700101T000000+0000-19700101T000000+0000-0');
  assert.equal(archived.chunkId, 0);
  assert.deepEqual(seen.bob, []);
  assert.deepEqual(other, []);
  assert.deepEqual(seen.root, seen.alice);
  assert.deepEqual(
    seen.root.map(({ sequence }) => sequence),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
});

test('a rotation that fails is told with its reason, and no archive', async () => {
  const { sessions, create, listen } = worldOf({
    changeChunk: async () => ({ failure: 'rename: no space', relayPath: null }),
  });
  await create('s', alice);
  await sessions['session.start']({ session: 's' }, alice);
  const seen = listen(alice);
  await assert.rejects(sessions['session.rotate']({ session: 's', wait: true }, alice));
  assert.deepEqual(
    seen.map(({ kind }) => kind),
    ['rotation-started', 'rotation-failed'],
  );
  assert.match(JSON.stringify(seen[1]), /no space/);
});

test('losses are looked for while somebody listens, and told when they grow', async () => {
  let discarded = 3;
  const { sessions, create, events, ticks } = worldOf({ discarded: () => discarded });
  await create('s', alice);
  await sessions['session.start']({ session: 's' }, alice);
  assert.equal(ticks.length, 0);
  const seen: ControlEvent[] = [];
  const unsubscribe = events.subscribe(alice, null, (event) => seen.push(event));
  const settled = async () => await new Promise((settle) => setImmediate(settle));
  await settled();
  ticks.pop()?.();
  await settled();
  discarded = 5;
  ticks.pop()?.();
  await settled();
  assert.deepEqual(
    seen.map((event) => (event.kind === 'events-lost' ? event.losses[0]?.discardedEventCount : event.kind)),
    [3, 5],
  );
  unsubscribe();
  ticks.pop()?.();
  await settled();
  assert.equal(ticks.length, 0);
});
