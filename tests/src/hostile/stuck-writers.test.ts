/**
 * A program that stops for ever between reserve and commit: what was written before can be read, other
 * streams are exact, the loss is at most one ring and told everywhere. Those that die there: `dead-writers.test.ts`.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipUnless } from '../harness/peers.ts';
import { order } from '../harness/recording.ts';
import { hostileProgram } from './programs.ts';
import { IMPATIENT, World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
/** Holds everything that the other stream gets, however late the consumer comes. */
const RING = { subbufferSizeBytes: 4096, subbufferCount: 16 };
/** A tick takes more than this, so a ring holds fewer. */
const SMALLEST_TICK_BYTES = 20;
const MOST_PER_PACKET = RING.subbufferSizeBytes / SMALLEST_TICK_BYTES;
const MOST_PER_RING = MOST_PER_PACKET * RING.subbufferCount;

test('a program that stops between reserve and commit', { skip }, async () => {
  await using world = await World.create(IMPATIENT);
  const witness = await world.witness();
  const session = await world.session('victim', { rules: ['sample:*'], attributes: RING });
  const stuck = world.environment.start(['taskset', '-c', '0', hostileProgram('stuck')]);
  const [same, other] = [await world.sample(0), await world.sample(1)];
  await stuck.printed(/ready/);
  // Enough for several packets, which are in the output before the program stops.
  for (let round = 0; round < 4; round++) {
    await order(stuck, 'ticks 10 100');
    await order(other, 'ticks 12 100');
    await session.info();
  }
  stuck.write('stop\n');
  await stuck.printed(/stuck/);
  await witness.emit();
  await order(same, 'ticks 11 5000');
  for (let round = 0; round < 10; round++) {
    await order(other, 'ticks 12 100');
    await session.info();
  }
  const fault = await session.fault('stalled-writer');
  assert.equal(fault.where, 'channel0_0');
  const { stdout } = await world.lttng('list', 'victim');
  assert.match(stdout, /Fault \(ongoing\): stalled writer: channel0_0: /);
  await session.stop();
  const { session: ended, losses } = await session.destroy();
  assert.ok(ended.faults.some(({ kind }) => kind === 'stalled-writer'));
  const [{ discardedEventCount = 0, lostPacketCount = 0 } = {}] = losses;
  assert.ok(lostPacketCount >= 1 && lostPacketCount <= RING.subbufferCount, `lost=${lostPacketCount}`);
  const { events, said } = await session.read();
  const countOf = (wanted: number): number => events.filter(({ writer }) => writer === wanted).length;
  assert.equal(countOf(12), 1400);
  const recorded = countOf(10) + countOf(11);
  const missing = 400 + 5000 - recorded - discardedEventCount;
  assert.ok(missing >= 0 && missing <= MOST_PER_RING, `missing=${missing}, recorded=${recorded}`);
  assert.ok(countOf(10) > 400 - MOST_PER_PACKET, `before the stop: ${countOf(10)}`);
  assert.match(said.join('\n'), /discarded/);
  await witness.prove();
});
