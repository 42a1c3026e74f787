/** Daemons beside each other, and daemons and consumers that are killed: nothing is stolen, all can go on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, Environment } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { order, startDaemon } from '../harness/recording.ts';
import { until, World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const ALREADY_RUNNING = /[Aa] session daemon is already running/;
const RUN_FILES = ['sh', '-c', 'cd /run/lttng && ls -i'];

for (const second of ['ours', 'upstream'] as const) {
  test(`a second daemon (${second}) beside ours is refused, and takes nothing`, { skip }, async () => {
    await using world = await World.create();
    const witness = await world.witness();
    const before = await world.environment.output(RUN_FILES);
    const { status, stderr } = await world.environment.run([
      commandOf(second, 'lttng-sessiond'),
      '--no-kernel',
    ]);
    assert.notEqual(status, 0);
    assert.match(stderr, ALREADY_RUNNING);
    assert.equal(await world.environment.output(RUN_FILES), before);
    await witness.emit();
    const late = await world.sample();
    await order(late, 'ticks 1 1');
    await witness.prove();
  });
}

test('ours beside the original is refused, and takes nothing', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'upstream');
  const before = await environment.output(RUN_FILES);
  const { status, stderr } = await environment.run([commandOf('ours', 'lttng-sessiond')]);
  assert.notEqual(status, 0);
  assert.match(stderr, ALREADY_RUNNING);
  assert.equal(await environment.output(RUN_FILES), before);
  await environment.output(['lttng', 'create', 'still-there']);
  await environment.output(['lttng', 'destroy']);
});

test('a daemon that is killed leaves a readable trace, and the next one takes its applications', {
  skip,
}, async () => {
  await using world = await World.create();
  const session = await world.session('victim');
  const sample = await world.sample();
  await order(sample, 'ticks 1 1000');
  const [, consumer = ''] = await world.daemon.printed(/Consumer started: uid=0, pid=(\d+)/);
  await world.restart();
  // The consumer has drained what was recorded when it ends.
  await until('the old consumer ends', async () => {
    return world.isRunning(Number(consumer)) ? undefined : true;
  });
  const { events, said } = await session.read();
  assert.deepEqual(said, []);
  assert.equal(events.length, 1000);
  const pid = await world.pidOf(sample);
  await until('the program registers with the new daemon', async () => {
    const { applications } = await world.control.call('application.list', { domain: 'ust' });
    return applications.some((application) => application.pid === pid) ? true : undefined;
  });
  const next = await world.session('next');
  await order(sample, 'ticks 2 1000');
  await next.stop();
  await next.destroy();
  const again = await next.read();
  assert.equal(again.events.length, 1000);
  await (await world.witness()).prove();
});

test('a consumer that is killed is a fault of its sessions; programs run on, the next session records', {
  skip,
}, async () => {
  await using world = await World.create();
  const session = await world.session('victim');
  const sample = await world.sample();
  await order(sample, 'ticks 1 1000');
  const [, consumer = ''] = await world.daemon.printed(/Consumer started: uid=0, pid=(\d+)/);
  await world.kill('KILL', Number(consumer));
  await session.fault('consumer-died');
  await order(sample, 'ticks 1 1000');
  const { stdout, status } = await world.lttng('list', 'victim');
  assert.equal(status, 0);
  assert.match(stdout, /Fault \(ongoing\): consumer died: .*killed by SIGKILL/);
  const witness = await world.witness();
  await order(sample, 'ticks 2 1000');
  await session.stop();
  await session.destroy();
  await witness.prove();
});

test('the wait memory cut, removed or made by somebody else keeps no program out', { skip }, async () => {
  await using world = await World.create();
  const witness = await world.witness();
  const memory = '/dev/shm/lttng-ust-wait-8';
  const damages = [
    `truncate -s 0 ${memory}`,
    `rm ${memory}`,
    `rm -f ${memory}; install -o 1000 -m 666 /dev/null ${memory}`,
    `rm -f ${memory}; ln -s /etc/hostname ${memory}`,
    `rm -f ${memory}; mkdir ${memory}`,
  ];
  for (const damage of damages) {
    await world.environment.output(['sh', '-c', damage]);
    await witness.emit();
    const late = await world.sample();
    await order(late, 'ticks 1 1');
    late.write('quit\n');
  }
  await witness.prove();
});
