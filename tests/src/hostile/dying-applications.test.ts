/** Programs that are killed, or stop answering, at the worst moments: the others are recorded exactly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipUnless } from '../harness/peers.ts';
import { order } from '../harness/recording.ts';
import { IMPATIENT, until, World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const TIMEOUT_MS = 4000;

test('programs killed while they emit leave every event that they had finished', { skip }, async () => {
  await using world = await World.create();
  const witness = await world.witness();
  const session = await world.session('victim', { filter: 'writer < 200 || (index & 255) == 0' });
  const victims = await Promise.all([0, 1, 2].map(() => world.sample()));
  for (const [index, victim] of victims.entries()) await order(victim, `ticks ${100 + index} 1000`);
  for (const [index, victim] of victims.entries()) victim.write(`ticks ${200 + index} 10000000\n`);
  await witness.emit();
  for (const victim of victims) await world.kill('KILL', await world.pidOf(victim));
  for (const victim of victims) await victim.finished();
  await session.stop();
  await session.destroy();
  const { events } = await session.read();
  for (const index of victims.keys()) {
    assert.deepEqual(
      events.filter(({ writer }) => writer === 100 + index).map((event) => event.index),
      Array.from({ length: 1000 }, (_, at) => at),
    );
  }
  await witness.prove();
});

test('a program killed in the middle of a command is no fault of the command', { skip }, async () => {
  await using world = await World.create();
  const witness = await world.witness();
  const victim = await world.sample();
  await world.freeze(victim);
  const starting = world.session('victim');
  await witness.emit();
  // The command waits for the stopped program: nothing else does.
  const first = await Promise.race([
    starting.then(() => 'started'),
    world.lttng('status').then(() => 'status'),
  ]);
  assert.equal(first, 'status');
  await world.kill('KILL', await world.pidOf(victim));
  world.thaw(victim);
  await victim.finished();
  const session = await starting;
  const late = await world.sample();
  await order(late, 'ticks 1 100');
  await session.stop();
  await session.destroy();
  const { events } = await session.read();
  assert.equal(events.filter(({ writer }) => writer === 1).length, 100);
  await witness.prove();
});

test('a program that hangs delays a command by the time-out, and can be traced when it runs again', {
  skip,
}, async () => {
  await using world = await World.create(IMPATIENT);
  const witness = await world.witness();
  const hanging = await world.sample();
  const pid = await world.pidOf(hanging);
  await world.freeze(hanging);
  const before = Date.now();
  const session = await world.session('victim');
  const tookMs = Date.now() - before;
  assert.ok(tookMs >= TIMEOUT_MS, `start took ${tookMs} ms`);
  await world.daemon.printed(/Application unregistered: .*no answer to createSession within 4000 ms/);
  // Once, and for this program alone.
  assert.equal(world.daemon.stderr.match(/no answer to/g)?.length, 1);
  await witness.emit();
  world.thaw(hanging);
  await until('the program registers again', async () => {
    const { applications } = await world.control.call('application.list', { domain: 'ust' });
    return applications.some((application) => application.pid === pid) ? true : undefined;
  });
  await until('it records again', async () => {
    await order(hanging, 'ticks 1 1');
    await world.control.call('session.stop', { session: 'victim' });
    const { events } = await session.read();
    await world.control.call('session.start', { session: 'victim' });
    return events.some(({ writer }) => writer === 1) ? true : undefined;
  });
  await session.destroy();
  await witness.prove();
});
