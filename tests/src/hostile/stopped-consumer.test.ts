/**
 * A consumer that is stopped (SIGSTOP) in the middle of its work: every command of its owner ends with a clear error,
 * those of others go on, and what was recorded is whole when it continues.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { order, quit } from '../harness/recording.ts';
import { until, World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const USER = 1000;
const NO_CONSUMER = 98;
const SILENT = /^Error: .*The consumer of the session does not answer: it is stopped, or waits for a disk$/m;

/** A world with a witness of root's, and a user's session whose consumer can be stopped. */
async function prepare(world: World) {
  const { environment } = world;
  const home = environment.path('home');
  await environment.output(['sh', '-c', `install -d -o ${USER} ${home}; chmod 711 ${environment.folder}`]);
  const witness = await world.witness();
  const ran = async (...words: readonly string[]): Promise<Outcome> => {
    const outcome = await world.lttngAsUser(...words);
    assert.equal(outcome.status, 0, `${words.join(' ')}: ${outcome.stdout}${outcome.stderr}`);
    return outcome;
  };
  // The user has no place for the name of the current session, which is no matter here.
  const create = async (...words: readonly string[]): Promise<void> => {
    assert.match((await world.lttngAsUser('create', ...words)).stdout, / created\./);
  };
  const folder = environment.path('home', 'mine');
  for (const name of ['mine', 'cleared']) {
    await create(name, `--output=${environment.path('home', name)}`);
    await ran('enable-event', '--userspace', `--session=${name}`, 'sample:tick');
    await ran('start', name);
  }
  await create('shots', '--snapshot', `--output=${environment.path('home', 'shots')}`);
  await ran('enable-event', '--userspace', '--session=shots', 'sample:tick');
  await ran('start', 'shots');
  const [, pid = ''] = await world.daemon.printed(/Consumer started: uid=1000, pid=(\d+)/);
  const signal = async (name: string): Promise<void> => await world.kill(name, Number(pid));
  return { witness, create, ran, folder, signal };
}

test('a stopped consumer gives errors to its owner, and nothing to others', { skip }, async () => {
  await using world = await World.create();
  const { witness, create, ran, folder, signal } = await prepare(world);
  const sample = await world.sample();
  await order(sample, 'ticks 1 100');
  // An event that is printed shows that the listener listens.
  const listener = world.startLttngAsUser('listen');
  await until('the listener hears', async () => {
    await create('probe', '--no-output');
    await ran('destroy', 'probe');
    return listener.stdout.includes('probe') ? true : undefined;
  });
  await signal('STOP');
  await create('new', `--output=${world.environment.path('home', 'new')}`);
  await ran('enable-event', '--userspace', '--session=new', 'sample:tick');
  // The rotation is the first to wait: a snapshot as the first would be given its own, longer time.
  const rotated = world.startLttngAsUser('rotate', 'mine');
  await listener.printed(/rotation of chunk \d+ started/);
  // All wait for it at the same time; what it was asked before it counts as silent is done later.
  const shot = world.startLttngAsUser('snapshot', 'record', '--session=shots');
  const cleared = world.startLttngAsUser('clear', 'cleared');
  const started = world.startLttngAsUser('start', 'new');
  // The witness is not held up: neither its program, nor its commands.
  await witness.emit();
  const asRoot = await world.lttng('rotate', witness.session.name);
  assert.equal(asRoot.status, 0, asRoot.stderr);
  for (const command of [rotated, cleared, started]) {
    const { stdout, stderr, status } = await command.finished();
    assert.match(stderr, SILENT, `${stdout}${stderr}`);
    assert.ok(status === NO_CONSUMER || status === 1, `status=${status}`);
  }
  // Known to be silent: nobody waits again.
  const again = await world.lttngAsUser('start', 'new');
  assert.match(again.stderr, SILENT);
  const pending = await world.lttngAsUser('rotate', 'mine');
  assert.match(pending.stderr, /Rotation already pending/);
  assert.match((await world.lttngAsUser('list', 'mine')).stdout, /Fault \(ongoing\): consumer silent/);
  await signal('CONT');
  const recorded = await shot.finished();
  // On a slow machine it may come when the consumer is known to be silent, and is told so.
  if (recorded.status !== 0) assert.match(recorded.stderr, SILENT);
  await until('the rotation has ended', async () => {
    const { stdout, status } = await world.lttngAsUser('rotate', 'mine');
    return status === 0 ? stdout : undefined;
  });
  assert.match((await world.lttngAsUser('list', 'mine')).stdout, /Fault \(over\): consumer silent/);
  await ran('start', 'new');
  await order(sample, 'ticks 1 100');
  for (const name of ['mine', 'cleared', 'new', 'shots']) await ran('destroy', name);
  await quit(sample);
  const read = async (path: string): Promise<number> => {
    const { stdout } = await world.environment.run(['babeltrace2', path]);
    return stdout.split('\n').filter((line) => line.includes('sample:tick: ')).length;
  };
  // The witness' events are in the user's session, too: what counts is the sample's own writer.
  const { stdout } = await world.environment.run(['babeltrace2', folder]);
  assert.equal(stdout.match(/writer = 1,/g)?.length, 200);
  assert.ok((await read(world.environment.path('home', 'new'))) >= 100);
  await witness.prove();
});

test('a session whose consumer is stopped can be stopped and destroyed', { skip }, async () => {
  await using world = await World.create();
  const { witness, folder, signal } = await prepare(world);
  const sample = await world.sample();
  await order(sample, 'ticks 1 100');
  await signal('STOP');
  const stopped = await world.lttngAsUser('stop', 'mine');
  assert.equal(stopped.status, 0, stopped.stderr);
  const destroyed = await world.lttngAsUser('destroy', 'mine');
  assert.match(destroyed.stderr, SILENT);
  assert.doesNotMatch((await world.lttngAsUser('list')).stdout, /\bmine\b/);
  await witness.emit();
  await signal('CONT');
  await until('its trace is complete', async () => {
    const { stdout } = await world.environment.run(['babeltrace2', folder]);
    return stdout.match(/writer = 1,/g)?.length === 100 ? true : undefined;
  });
  for (const name of ['cleared', 'shots']) {
    const { status, stderr } = await world.lttngAsUser('destroy', name);
    assert.equal(status, 0, stderr);
  }
  await quit(sample);
  await witness.prove();
});
