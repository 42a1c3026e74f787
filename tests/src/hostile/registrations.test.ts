/** Programs that declare much, or without end: recorded as far as the limits go, which hold for everybody's sake. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipUnless } from '../harness/peers.ts';
import { World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const EVENTS = 1000;

test('a program that registers events for longer than the time-out is recorded with all of them', {
  skip,
}, async () => {
  // Some seconds of registrations: less than twelve time-outs on a machine that is busy with other things.
  await using world = await World.create({ env: { LTTNG_APP_SOCKET_TIMEOUT: '4' } });
  const witness = await world.witness();
  const session = await world.session('victim', { rules: ['fake:*'] });
  const program = world.attackFromWithin('registrar', String(EVENTS));
  await witness.emit();
  await program.printed(/enabled/, 100_000);
  await session.stop();
  await session.destroy();
  const metadata = await world.environment.output([
    'babeltrace2',
    '--output-format=ctf-metadata',
    `${session.folder}/ust/uid/0/64-bit`,
  ]);
  assert.equal(metadata.match(/name = "fake:event_\d+";/g)?.length, EVENTS);
  await witness.prove();
});

test('a program that registers events for ever is refused at some point, with bounded memory', {
  skip,
}, async () => {
  await using world = await World.create();
  const witness = await world.witness();
  const session = await world.session('victim', { rules: ['fake:*'] });
  const before = world.residentBytes(world.daemonPid);
  const program = world.attackFromWithin('registrar', 'forever');
  await program.printed(/refused \d+/, 120_000);
  await witness.emit();
  const after = world.residentBytes(world.daemonPid);
  assert.ok(after - before < 256 << 20, `daemon grew by ${after - before} bytes`);
  program.process.stdin?.end();
  await program.finished();
  await session.destroy();
  await witness.prove();
});
