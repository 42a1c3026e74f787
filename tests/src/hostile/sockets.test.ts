/** Random bytes, lies, silence and floods on every socket: whoever sends them is closed, nobody else notices. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipUnless } from '../harness/peers.ts';
import { World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const SEEDS = [1, 2];
const APPLICATIONS = '/run/lttng/lttng-ust-sock-8';
/** Of the original's commands: answered with a refusal. */
const CLIENTS = '/run/lttng/client-lttng-sessiond';
const CONTROL = '/run/lttng/control.sock';

for (const socket of [APPLICATIONS, CONTROL, CLIENTS]) {
  test(`noise on ${socket}`, { skip }, async () => {
    await using world = await World.create();
    const witness = await world.witness();
    const noises = SEEDS.map((seed) => world.attack('noise', socket, String(seed), '300'));
    await witness.emit();
    for (const noise of noises) await noise.printed(/done/);
    // Those that stay are still there.
    await witness.prove();
    assert.deepEqual(
      (await world.control.call('application.list', { domain: 'ust' })).applications
        .filter(({ refusal }) => refusal === null)
        .map(({ name }) => name),
      ['sample'],
    );
  });
}

test('applications that lie on their command and notify sockets are given up alone', { skip }, async () => {
  await using world = await World.create();
  const witness = await world.witness();
  const victim = await world.session('victim', { rules: ['*'] });
  const liars = SEEDS.map((seed) => world.attackFromWithin('liar', String(seed), '40'));
  await witness.emit();
  for (const liar of liars) assert.deepEqual(await liar.printed(/done/).then(() => liar.stderr), '');
  await witness.prove();
  await victim.stop();
  await victim.destroy();
  const { status, stderr } = await world.environment.run(['babeltrace2', victim.folder]);
  assert.equal(status, 0, stderr);
});

test('a thousand silent connections keep no application and no command out', { skip }, async () => {
  await using world = await World.create();
  const witness = await world.witness();
  const floods = [APPLICATIONS, CONTROL, CLIENTS].map((socket) => world.attack('flood', socket, '1000'));
  await witness.emit();
  for (const flood of floods) assert.equal((await flood.printed(/held (\d+)/))[1], '1000');
  const { status, stderr } = await world.lttng('list');
  assert.equal(status, 0, stderr);
  const late = await world.sample();
  late.write('quit\n');
  await witness.prove();
});
