/**
 * The daemon is killed with -9 at random moments of a rotation, a clear, a snapshot, a destroy and an archive policy, in
 * some rounds while its consumer stands still. What was recorded before can be read, each event once; the next
 * daemon tells what it found, finishes what policies had begun, starts no command twice, and records.
 * LTTNG_TS_SEEDS=1,2,… runs other rounds.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { skipUnless } from '../harness/peers.ts';
import { lines, readWithOurs } from '../harness/reading.ts';
import { order } from '../harness/recording.ts';
import type { HostileSession } from './hostile-session.ts';
import { until, World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const seeds = (process.env['LTTNG_TS_SEEDS'] ?? '1,2,3,4,5,6,12').split(',').map(Number);
const TICKS = 400;
/** Within this time after the request the daemon dies. */
const LATEST_KILL_MS = 60;

/** A small generator of numbers from 0 to 1: the same ones for a seed. */
function randomOf(seed: number): () => number {
  let state = seed * 2654435761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

type Operation = 'rotate' | 'clear' | 'snapshot' | 'destroy' | 'policy';
const operations: readonly Operation[] = ['rotate', 'clear', 'snapshot', 'destroy', 'policy'];

/** Begins an operation whose answer nobody will hear. */
function begin(world: World, operation: Operation, session: string): void {
  const { control } = world;
  const call = {
    rotate: () => control.call('session.rotate', { session, wait: true }),
    // The work of the policy is what is cut off.
    policy: () => control.call('session.rotate', { session, wait: false }),
    clear: () => control.call('session.clear', { session }),
    destroy: () => control.call('session.destroy', { session, wait: true }),
    snapshot: () =>
      control.call('snapshot.record', { session: 'memory', name: null, output: null, maxSizeBytes: null }),
  }[operation];
  call().catch(() => undefined);
}

/** A session without output, with what snapshots find. */
async function snapshotSession(world: World): Promise<string> {
  const { control, environment } = world;
  const folder = environment.path('snapshots');
  await control.call('session.create', {
    name: 'memory',
    output: { kind: 'path', path: folder },
    sharedMemoryPath: null,
    isSnapshotMode: true,
  });
  await control.call('event.enable', {
    session: 'memory',
    domain: 'ust',
    channel: null,
    ownership: null,
    rule: { pattern: 'sample:tick', logLevel: { kind: 'all' }, filter: 'writer == 2', exclusions: [] },
  });
  await control.call('session.start', { session: 'memory' });
  return folder;
}

/** Indexes of writer 1 in everything that the session left, by our reader, which knows compressed files. */
function indexesIn(folder: string, isGapFine: boolean): readonly number[] {
  if (!existsSync(folder) || !hasTrace(folder)) return [];
  const { stdout, stderr } = readWithOurs(folder);
  // A chunk that was cleared is a gap.
  assert.ok(stderr === '' || (isGapFine && !stderr.includes('event')), stderr);
  return lines(stdout).map((line) => Number(/writer = 1, index = (\d+)/.exec(line)?.[1]));
}

function hasTrace(folder: string): boolean {
  return readdirSync(folder, { recursive: true }).some((name) => /(^|\/)metadata(\.gz)?$/.test(String(name)));
}

for (const seed of seeds) {
  const random = randomOf(seed);
  const operation = operations[seed % operations.length] ?? 'rotate';
  const isFrozen = seed % 3 === 0;
  const killAfterMs = random() * LATEST_KILL_MS;
  const title = `killed ${killAfterMs.toFixed(1)} ms into: ${operation}${isFrozen ? ', consumer stopped' : ''}`;
  test(`seed ${seed}: ${title}`, { skip }, async () => {
    await using world = await World.create();
    const { environment, control } = world;
    // Its consumer has something to tell the daemon at every moment, also of a daemon that is gone.
    const attributes = { monitorTimerUs: 1000 };
    const session = await world.session('victim', { filter: 'writer == 1', attributes });
    const ran = environment.path('ran');
    const keep = { chunkCount: null, totalBytes: null, ageS: null };
    await control.call('archive-policy.set', {
      session: 'victim',
      // The command takes its time, so that it is met, too.
      policy: {
        compression: 'gzip',
        recipients: [],
        command: `sh -c 'echo "$1" >>${ran}; sleep 0.05' x`,
        keep,
      },
    });
    const snapshots = await snapshotSession(world);
    const sample = await world.sample();
    // Chunks before, of whose policies some may still be under way.
    const expected: number[] = [];
    for (let chunk = 0; chunk < 2; chunk++) {
      await order(sample, `ticks 1 ${TICKS}`);
      for (let index = 0; index < TICKS; index++) expected.push(index);
      await control.call('session.rotate', { session: 'victim', wait: true });
    }
    const [, consumer = ''] = await world.daemon.printed(/Consumer started: uid=0, pid=(\d+)/);
    if (isFrozen) await world.kill('STOP', Number(consumer));
    await order(sample, `ticks 1 ${TICKS}`);
    await order(sample, `ticks 2 ${TICKS}`);
    begin(world, operation, 'victim');
    await delay(killAfterMs);
    await world.restart();
    if (isFrozen) await world.kill('CONT', Number(consumer));
    await until('the old consumer ends', async () => (world.isRunning(Number(consumer)) ? undefined : true));

    await provePolicies(world, session, ran);
    const found = indexesIn(session.folder, operation === 'clear').toSorted((a, b) => a - b);
    const all = [...expected, ...Array.from({ length: TICKS }, (_, index) => index)].sort((a, b) => a - b);
    const isCleared = operation === 'clear' && found.length === expected.length;
    assert.deepEqual(found, isCleared ? expected.toSorted((a, b) => a - b) : all);
    await proveSnapshots(world, snapshots);
    await proveReport(world, session, operation);
    await (await world.witness()).prove();
  });
}

/** Every archived chunk was worked on, or its job was reported as not begun; no command ran twice. */
async function provePolicies(world: World, { folder }: HostileSession, ran: string): Promise<void> {
  await until('no job is left', async () =>
    readdirSync(world.environment.seenFromOutside('/run/lttng')).includes('archive-jobs') &&
    readdirSync(world.environment.seenFromOutside('/run/lttng/archive-jobs')).length > 0
      ? undefined
      : true,
  );
  const commands = existsSync(ran) ? lines(readFileSync(ran, 'utf8')) : [];
  assert.equal(new Set(commands).size, commands.length, 'no command ran twice');
  for (const chunk of readdirSync(join(folder, 'archives'))) {
    assert.doesNotMatch(chunk, /^\./);
    const path = join(folder, 'archives', chunk);
    const names = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const isWorkedOn = names.every(({ name }) => name.endsWith('.gz'));
    // A daemon that dies between the end of a rotation and the answer knows from its notes.
    assert.ok(isWorkedOn, `${chunk}: ${names.map(({ name }) => name).join()}`);
    assert.ok(commands.includes(path), `the command ran for ${chunk}`);
  }
}

/** Each snapshot is whole. */
async function proveSnapshots(world: World, folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (!hasTrace(join(folder, name))) continue;
    const { stdout, status, stderr } = await world.environment.run(['babeltrace2', join(folder, name)]);
    assert.equal(status, 0, stderr);
    assert.equal(lines(stdout).length, TICKS);
  }
}

/** The log and `lttng list` of the next daemon name the sessions that were there. */
async function proveReport(world: World, { folder }: HostileSession, operation: Operation): Promise<void> {
  const { stdout } = await world.lttng('list');
  const isGone = operation === 'destroy' && !stdout.includes('victim');
  assert.match(stdout, /Sessions of a session daemon that died:\n/);
  if (!isGone) assert.match(stdout, new RegExp(`  victim \\[(in)?active\\]\n    Trace output: ${folder}\n`));
  assert.match(stdout, / {2}memory \[active\]/);
  await world.daemon.printed(/A session was there when an earlier daemon died: name="memory"/);
}
