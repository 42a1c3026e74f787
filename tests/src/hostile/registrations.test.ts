/** Programs that declare much, or without end: recorded as far as the limits go, which hold for everybody's sake. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipUnless } from '../harness/peers.ts';
import { World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
/** Together longer than one time-out, and less than the twelve that such a program has on a machine that is busy. */
const TIMEOUT_S = 6;
const EVENTS = 250;
const PAUSE_MS = 30;

test('a program that registers events for longer than the time-out is recorded with all of them', {
  skip,
}, async () => {
  await using world = await World.create({ env: { LTTNG_APP_SOCKET_TIMEOUT: String(TIMEOUT_S) } });
  const witness = await world.witness();
  const session = await world.session('victim', { rules: ['fake:*'] });
  const program = world.attackFromWithin('registrar', String(EVENTS), String(PAUSE_MS));
  await witness.emit();
  await program.printed(/enabled/);
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
  await program.printed(/refused \d+/);
  await witness.emit();
  const after = world.residentBytes(world.daemonPid);
  assert.ok(after - before < 256 << 20, `daemon grew by ${after - before} bytes`);
  program.process.stdin?.end();
  await program.finished();
  await session.destroy();
  await witness.prove();
});
