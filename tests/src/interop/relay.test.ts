/**
 * The original session daemon streams to our relay daemon and to the original one: the same files, the same texts,
 * the same events, and the original live reader reads from both.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples } from '../harness/programs.ts';
import { lines, readWith } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { startRelay } from '../harness/relay.ts';
import { begin, outcomeOf, Producer, scenarios } from './relay-scenarios.ts';

const skip = skipUnless('root', 'upstream', 'native');

for (const scenario of scenarios) {
  test(`our relay makes of the original's streams what the original makes: ${scenario.title}`, {
    skip,
  }, async () => {
    const [ours, theirs] = [await outcomeOf(scenario, 'ours'), await outcomeOf(scenario, 'upstream')];
    assert.ok(theirs.counts.length > 0);
    assert.deepEqual(ours, theirs);
  });
}

for (const side of sides) {
  test(`the original live reader follows a session through a clear, relay: ${side}`, { skip }, async () => {
    await using environment = await Environment.create();
    await startRelay(environment, side);
    await startDaemon(environment, 'upstream');
    const producer = new Producer(environment);
    await begin(producer, '--live=100000');
    await producer.ticks(10);
    const { stdout: host } = await environment.run(['hostname']);
    const url = `net://localhost/host/${host.trim()}/work`;
    const reader = environment.start(['babeltrace2', '--input-format=lttng-live', url]);
    const viewer = `until ss --tcp --numeric state established | grep -q ':5344'; do sleep 0.02; done`;
    await environment.output(['sh', '-c', viewer]);
    await producer.ticks(20);
    await reader.printed(/writer = 1, index = 19,/);
    await producer.lttng('clear');
    await producer.ticks(7);
    await reader.printed(/writer = 2, index = 6,/);
    await producer.lttng('stop');
    await producer.lttng('destroy');
    const { status, stdout } = await reader.finished();
    assert.equal(status, 0);
    const counts = [1, 2].map(
      (writer) => lines(stdout).filter((line) => line.includes(`writer = ${writer},`)).length,
    );
    assert.deepEqual(counts, [20, 7]);
  });
}

test('a relay with a small pool of files takes many streams', { skip }, async () => {
  await using environment = await Environment.create();
  const { program, folder } = await startRelay(environment, 'ours', '--fd-pool-size=100');
  await startDaemon(environment, 'upstream');
  const producer = new Producer(environment);
  await producer.lttng('create', 'work', '--set-url=net://localhost');
  for (const channel of ['a', 'b', 'c', 'd']) {
    await producer.lttng('enable-channel', '--userspace', channel, '--buffers-pid', '--subbuf-size=4096');
    await producer.lttng('enable-event', '--userspace', 'sample:*', `--channel=${channel}`);
  }
  await producer.lttng('start');
  const programs = Array.from({ length: 20 }, () => environment.start([...samples.c(), 'serve']));
  await Promise.all(programs.map(async (each) => await each.printed(/ready/)));
  for (const [writer, each] of programs.entries()) each.write(`ticks ${writer} 10\n`);
  await Promise.all(programs.map(async (each) => await each.printed(/done/)));
  const pid = (await environment.output(['sh', '-c', 'pgrep -x lttng-relayd | head -1'])).trim();
  const open = (await environment.output(['sh', '-c', `ls -l /proc/${pid}/fd`])).split('\n');
  assert.ok(open.filter((line) => line.includes('/relayed/')).length <= 100);
  for (const each of programs) each.write('quit\n');
  await Promise.all(programs.map(async (each) => await each.finished()));
  await producer.lttng('stop');
  await producer.lttng('destroy');
  assert.equal(program.stderr.includes('Error'), false, program.stderr);
  const { stdout } = await readWith(environment, 'babeltrace2', folder);
  assert.equal(lines(stdout).length, 20 * 10 * 4);
});
