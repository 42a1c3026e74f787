/** What programs declare never makes the trace that they share with others unreadable. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipUnless } from '../harness/peers.ts';
import { readWithOurs } from '../harness/reading.ts';
import { order } from '../harness/recording.ts';
import { World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const SEEDS = (process.env['LTTNG_TS_SEEDS'] ?? '1,2').split(',');

for (const seed of SEEDS) {
  test(`declarations that make no sense leave the trace readable (seed ${seed})`, { skip }, async () => {
    await using world = await World.create();
    const session = await world.session('victim', { rules: ['*'] });
    const before = await world.sample();
    await order(before, 'ticks 1 100');
    const attack = world.attackFromWithin('declarations', seed, '200');
    const [, accepted] = await attack.printed(/accepted (\d+) of/);
    assert.ok(Number(accepted) > 0);
    const after = await world.sample();
    await order(after, 'ticks 2 100');
    await session.stop();
    await session.destroy();
    const { stdout, stderr, status } = await world.environment.run(['babeltrace2', session.folder]);
    assert.equal(status, 0, stderr.slice(0, 3000));
    assert.equal(stdout.match(/ sample:tick: /g)?.length, 200);
    assert.equal(readWithOurs(session.folder).stdout, stdout);
  });
}
