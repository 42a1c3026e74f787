/**
 * Programs that are killed between reserve and commit: their stream goes on, the others never stop, rotations and snapshots
 * are not held up, and the loss is told. As long as somebody lives who could still be inside, the stream waits for him, and
 * says for whom.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Program, repositoryPath } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples } from '../harness/programs.ts';
import { order } from '../harness/recording.ts';
import type { HostileSession } from './hostile-session.ts';
import { hostileProgram } from './programs.ts';
import { IMPATIENT, until, World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const RING = { subbufferSizeBytes: 4096, subbufferCount: 16 };
const SMALLEST_TICK_BYTES = 20;
const MOST_PER_PACKET = RING.subbufferSizeBytes / SMALLEST_TICK_BYTES;

async function startStuck(world: World): Promise<Program> {
  const stuck = world.environment.start(['taskset', '-c', '0', hostileProgram('stuck')]);
  await stuck.printed(/ready/);
  return stuck;
}

/** Waits until the fault is over, and gives its last words. */
async function recovered(session: HostileSession): Promise<string> {
  const { detail, where } = await session.fault('stalled-writer', false);
  assert.equal(where, 'channel0_0');
  assert.match(detail, /What a dead writer left was completed/);
  return detail;
}

const countOf = (events: readonly { writer: number }[], writer: number): number =>
  events.filter((event) => event.writer === writer).length;

test('a program dies inside a record: its stream goes on, and so does a rotation', { skip }, async () => {
  await using world = await World.create();
  const witness = await world.witness();
  const session = await world.session('victim', { rules: ['sample:*'], attributes: RING });
  const stuck = await startStuck(world);
  const [same, other] = [await world.sample(0), await world.sample(1)];
  await order(stuck, 'ticks 10 100');
  await order(same, 'ticks 11 100');
  stuck.write('die\n');
  await stuck.finished();
  // More than the ring holds: it is held up until what died is completed.
  await order(same, 'ticks 12 5000');
  await order(other, 'ticks 13 500');
  const rotation = world.lttng('rotate', 'victim');
  const detail = await recovered(session);
  const { status, stderr } = await rotation;
  assert.equal(status, 0, stderr);
  await order(same, 'ticks 14 500');
  const { stdout } = await world.lttng('list', 'victim');
  assert.match(stdout, /Fault \(over\): stalled writer: channel0_0: What a dead writer left was completed/);
  const before = await session.info();
  const [losses] = await session.stop();
  const { session: ended } = await session.destroy();
  assert.ok(ended.faults.every(({ isOngoing }) => !isOngoing));
  const { events, said } = await session.read();
  assert.equal(losses?.lostPacketCount, 0);
  assert.equal(countOf(events, 13), 500);
  assert.equal(countOf(events, 14), 500);
  const cut = Number(/cut=(\d+)/.exec(detail)?.[1]);
  assert.equal(cut, 1);
  // What was whole before the death is all there; what is behind it in the same packet is dropped.
  assert.equal(countOf(events, 10) + countOf(events, 11), 200);
  const discarded = losses?.discardedEventCount ?? 0;
  const missing = 5000 - countOf(events, 12) - discarded;
  // One of the discarded events stands for the dead writer's.
  assert.ok(missing >= -1 && missing <= MOST_PER_PACKET, `missing=${missing}, discarded=${discarded}`);
  assert.match(said.join('\n'), /discarded/);
  assert.equal(before.faults.length, 1);
  await witness.prove();
});

test('a stopped program holds its stream, and is named; killed, it does not', { skip }, async () => {
  await using world = await World.create(IMPATIENT);
  const witness = await world.witness();
  const session = await world.session('victim', { rules: ['sample:*'], attributes: RING });
  const [stuck, same] = [await startStuck(world), await world.sample(0)];
  stuck.write('stop\n');
  await stuck.printed(/stuck/);
  const pid = await world.pidOf(stuck);
  await order(same, 'ticks 11 1000');
  const held = await until('the holder is named', async () => {
    const { detail } = await session.fault('stalled-writer');
    return detail.includes('held-by') ? detail : undefined;
  });
  assert.match(held, new RegExp(`held-by="process ${pid} \\(stuck\\), which does not answer"`));
  // It is not given up for that.
  const { applications } = await world.control.call('application.list', { domain: 'ust' });
  assert.ok(applications.some((application) => application.pid === pid));
  await world.freeze(stuck);
  await until('the holder is stopped', async () => {
    const { detail } = await session.fault('stalled-writer');
    return detail.includes('which is stopped') ? true : undefined;
  });
  const { stdout } = await world.lttng('list', 'victim');
  await world.kill('KILL', pid);
  world.thaw(stuck);
  assert.match(stdout, /Fault \(ongoing\): stalled writer: channel0_0: .*which is stopped/);
  await recovered(session);
  await order(same, 'ticks 12 100');
  const [losses] = await session.stop();
  await session.destroy();
  const { events } = await session.read();
  assert.equal(countOf(events, 12), 100);
  assert.equal(losses?.lostPacketCount, 0);
  await witness.prove();
});

test('a child that has the buffers and is not registered holds the stream', { skip }, async () => {
  await using world = await World.create();
  const witness = await world.witness();
  const session = await world.session('victim', { rules: ['sample:*'], attributes: RING });
  const [stuck, same] = [await startStuck(world), await world.sample(0)];
  stuck.write('fork\n');
  const [, child] = await stuck.printed(/child (\d+)/);
  stuck.write('die\n');
  await until('the writer is gone', async () =>
    (await world.pids('stuck')).length === 1 ? true : undefined,
  );
  await order(same, 'ticks 11 1000');
  const held = await until('the holder is named', async () => {
    const { detail } = await session.fault('stalled-writer');
    return detail.includes('held-by') ? detail : undefined;
  });
  assert.match(held, new RegExp(`process ${child} \\(stuck\\), which has the buffers and is not registered`));
  await world.kill('KILL', Number(child));
  await recovered(session);
  await session.stop();
  await session.destroy();
  await witness.prove();
});

test('programs of ABI major 8 are asked as the others are', { skip }, async () => {
  await using world = await World.create();
  const session = await world.session('victim', { rules: ['sample:*', 'older:*'], attributes: RING });
  const [stuck, same] = [await startStuck(world), await world.sample(0)];
  const older = world.environment.start([
    process.execPath,
    repositoryPath('tests/dist/hostile/attackers/older-application.js'),
  ]);
  await older.printed(/done/);
  const pid = await world.pidOf(older);
  await order(stuck, 'ticks 10 100');
  await world.freeze(older);
  stuck.write('die\n');
  await stuck.finished();
  await order(same, 'ticks 11 1000');
  await until('the older program is waited for', async () => {
    const { detail } = await session.fault('stalled-writer');
    return detail.includes(`held-by="process ${pid} (older), which is stopped"`) ? true : undefined;
  });
  world.thaw(older);
  await recovered(session);
  await order(same, 'ticks 12 100');
  assert.equal(older.process.exitCode, null);
  const [losses] = await session.stop();
  older.process.stdin?.end();
  assert.equal((await older.finished()).status, 0);
  await session.destroy();
  assert.equal(losses?.lostPacketCount, 0);
  const text = await world.environment.output(['babeltrace2', session.folder]);
  const ofWriter = (writer: number) =>
    text.split('\n').filter((line) => line.includes(`writer = ${writer},`));
  assert.deepEqual([ofWriter(10).length, ofWriter(12).length], [100, 100]);
  assert.match(text, /older:event: .*number = -5,/);
});

test('a stop right after a death keeps all that was whole', { skip }, async () => {
  await using world = await World.create();
  const witness = await world.witness();
  for (const ownership of ['user', 'process'] as const) {
    const attributes = { ...RING, ownership };
    const session = await world.session(`victim-${ownership}`, { rules: ['sample:*'], attributes });
    const [stuck, same] = [await startStuck(world), await world.sample(0)];
    await order(stuck, 'ticks 10 150');
    await order(same, 'ticks 11 100');
    stuck.write('die\n');
    await stuck.finished();
    await session.stop();
    // Of buffers whose process has ended only the end of the session knows for sure.
    const [losses] = (await session.destroy()).losses;
    const { events } = await session.read();
    assert.equal(countOf(events, 10), 150, ownership);
    assert.equal(countOf(events, 11), 100, ownership);
    assert.equal(losses?.lostPacketCount, 0);
    assert.equal(losses?.discardedEventCount, 1);
    await world.kill('KILL', await world.pidOf(same));
  }
  await witness.prove();
});

test('buffers that only snapshots read go on after a death', { skip }, async () => {
  await using world = await World.create();
  const folder = world.environment.path('out');
  const run = async (...words: readonly string[]) => {
    const { status, stderr } = await world.lttng(...words);
    assert.equal(status, 0, stderr);
  };
  await run('create', 'snap', '--snapshot', `--output=${folder}`);
  await run('enable-channel', '-u', 'chan', '--subbuf-size=4096', '--num-subbuf=4');
  await run('enable-event', '-u', 'sample:*', '--channel=chan');
  await run('start');
  const [stuck, same] = [await startStuck(world), await world.sample(0)];
  stuck.write('die\n');
  await stuck.finished();
  await order(same, 'ticks 11 2000');
  await until('the ring was completed', async () => {
    const { sessions } = await world.control.call('session.list', {});
    const fault = sessions[0]?.faults.find(({ kind }) => kind === 'stalled-writer');
    return fault?.isOngoing === false ? true : undefined;
  });
  await order(same, 'ticks 12 100');
  await run('snapshot', 'record');
  const [snapshot] = readdirSync(folder);
  const text = await world.environment.output(['babeltrace2', join(folder, snapshot ?? '')]);
  assert.equal(text.split('\n').filter((line) => line.includes('writer = 12,')).length, 100);
  await run('destroy');
});

test('programs in both languages killed at any moment: survivors are exact, nothing stays held', {
  skip,
}, async () => {
  await using world = await World.create();
  const witness = await world.witness();
  // Survivors write few events, and keep all: their ring is not full before the consumer has slept for half a minute.
  const session = await world.session('victim', {
    filter: 'writer < 200 || (index & 8191) == 0',
    attributes: { ...RING, subbufferCount: 256 },
  });
  const survivors = [await world.sample(), await world.sample()];
  const kills = 12;
  for (let kill = 0; kill < kills; kill++) {
    const language = kill % 3 === 2 ? 'node' : 'c';
    const victim = world.environment.start([...samples[language](), 'ticks', '200', '100000000']);
    await victim.printed(/ready/);
    for (const [index, survivor] of survivors.entries()) await order(survivor, `ticks ${index} 20`);
    await world.kill('KILL', await world.pidOf(victim));
    await victim.finished();
  }
  const [losses] = await session.stop();
  const { session: ended } = await session.destroy();
  assert.ok(
    ended.faults.every(({ isOngoing }) => !isOngoing),
    JSON.stringify(ended.faults),
  );
  const { events } = await session.read();
  const cuts = ended.faults.length;
  for (const index of survivors.keys()) {
    const own = countOf(events, index);
    // A victim that was inside takes what came behind it in its packet.
    assert.ok(cuts > 0 ? own > 0 : own === kills * 20, `survivor ${index}: ${own}`);
  }
  assert.equal(losses?.lostPacketCount, 0);
  await witness.prove();
});
