/**
 * A program that scribbles over the ring buffer that it was given: a fault of that stream, while the session's
 * other streams, and everybody else, are recorded exactly; consumer and daemon believe none of its numbers.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipUnless } from '../harness/peers.ts';
import { order } from '../harness/recording.ts';
import type { HostileSession } from './hostile-session.ts';
import { World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
/**
 * The switch timer makes the consumer work on the memory all the time. The other stream's ring holds everything that
 * is emitted into it, however late the consumer comes.
 */
const RING = { subbufferSizeBytes: 4096, subbufferCount: 16, switchTimerUs: 2000 };
const SEEDS = (process.env['LTTNG_TS_SEEDS'] ?? '1,2,3,4').split(',');
const SCRIBBLED = 'channel0_0';

/** Reads the session's trace without the stream that was scribbled. */
async function readOthers(world: World, session: HostileSession): Promise<number> {
  const trace = `${session.folder}/ust/uid/0/64-bit`;
  const files = [`${trace}/${SCRIBBLED}`, `${trace}/index/${SCRIBBLED}.idx`];
  await world.environment.output(['rm', ...files]);
  const { events } = await session.read();
  return events.filter(({ writer }) => writer === 12).length;
}

/** A world with a witness, and the consumer's number. */
async function prepare() {
  const world = await World.create();
  const witness = await world.witness();
  const [, consumer = ''] = await world.daemon.printed(/Consumer started: uid=0, pid=(\d+)/);
  return { world, witness, consumerPid: Number(consumer) };
}

for (const seed of SEEDS) {
  test(`anything anywhere (seed ${seed})`, { skip }, async () => {
    const { world, witness, consumerPid } = await prepare();
    await using _ = world;
    const session = await world.session('victim', { attributes: RING });
    const other = await world.sample(1);
    // It records into the same stream: what is done to its memory may end it.
    const same = await world.sample(0);
    const scribbler = world.attackFromWithin('scribbler', 'random', seed, '1');
    await scribbler.printed(/ready/);
    same.write('ticks 11 1000000\n');
    for (let round = 0; round < 10; round++) await order(other, 'ticks 12 100');
    await scribbler.printed(/done/);
    await witness.emit();
    for (let round = 0; round < 10; round++) await order(other, 'ticks 12 100');
    const { stdout, stderr, status } = await world.lttng('list', 'victim');
    assert.equal(status, 0, `${stdout}${stderr}\n${world.daemon.stderr.slice(-3000)}`);
    scribbler.process.stdin?.end();
    await session.stop();
    await session.destroy();
    assert.equal(await readOthers(world, session), 2000);
    assert.ok(world.isRunning(consumerPid));
    await witness.prove();
  });
}

for (const mode of ['header', 'positions']) {
  test(`${mode} overwritten: the stream is a fault, and told of`, { skip }, async () => {
    const { world, witness, consumerPid } = await prepare();
    await using _ = world;
    // Without a timer: the packet that is damaged is still in the ring.
    const session = await world.session('victim', { attributes: { ...RING, switchTimerUs: 0 } });
    const [same, other] = [await world.sample(0), await world.sample(1)];
    await order(same, 'ticks 11 50');
    await order(other, 'ticks 12 100');
    const scribbler = world.attackFromWithin('scribbler', mode, '1', '1');
    await scribbler.printed(/done/);
    await order(other, 'ticks 12 100');
    await session.stop();
    const { where } = await session.fault('corrupt-buffer');
    assert.equal(where, SCRIBBLED);
    const { stdout } = await world.lttng('list', 'victim');
    assert.match(stdout, /Fault \(ongoing\): corrupt buffer: channel0_0: /);
    const { session: ended } = await session.destroy();
    assert.ok(ended.faults.some(({ kind }) => kind === 'corrupt-buffer'));
    assert.equal(await readOthers(world, session), 200);
    assert.ok(world.isRunning(consumerPid));
    await witness.prove();
  });
}

test('references overwritten: the consumer goes by those that it has checked', { skip }, async () => {
  const { world, witness } = await prepare();
  await using _ = world;
  const session = await world.session('victim', { attributes: { ...RING, switchTimerUs: 0 } });
  const [same, other] = [await world.sample(0), await world.sample(1)];
  await order(same, 'ticks 11 50');
  await order(other, 'ticks 12 100');
  const scribbler = world.attackFromWithin('scribbler', 'references', '1', '1');
  await scribbler.printed(/done/);
  await session.stop();
  await session.destroy();
  const { events } = await session.read();
  assert.equal(events.length, 150);
  await witness.prove();
});

test('a program that records after the stop holds up neither stop nor destroy', { skip }, async () => {
  const { world, witness } = await prepare();
  await using _ = world;
  const session = await world.session('victim', { attributes: { ...RING, switchTimerUs: 0 } });
  const other = await world.sample(1);
  const stubborn = world.attackFromWithin('scribbler', 'stubborn', '1', '1');
  await stubborn.printed(/done/);
  await order(other, 'ticks 12 100');
  await session.stop();
  await witness.emit();
  await session.destroy();
  assert.equal(await readOthers(world, session), 100);
  await witness.prove();
});
