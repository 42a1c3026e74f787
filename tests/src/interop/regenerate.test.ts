/** `lttng regenerate`: the metadata and the state of the programs come again, under both daemons. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples } from '../harness/programs.ts';
import { comparableLines, lines, readers, readWith, readWithOurs } from '../harness/reading.ts';
import { order, quit, startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');

for (const side of sides) {
  test(`metadata that are written again describe what was recorded before and after, daemon: ${side}`, {
    skip,
  }, async () => {
    await using environment = await Environment.create();
    await startDaemon(environment, side);
    const session = await TestSession.create(environment, side);
    await session.enableEvent('sample:*');
    await session.addContexts(['vpid', 'procname']);
    await session.start();
    const [c, node] = [samples.c(), samples.node()].map((command) =>
      environment.start([...command, 'serve']),
    );
    assert.ok(c !== undefined && node !== undefined);
    await order(c, 'kinds');
    await session.lttng('regenerate', 'metadata');
    await order(node, 'kinds');
    await session.lttng('regenerate', 'metadata', `--session=${session.name}`);
    await session.stop();
    await quit(c);
    await quit(node);
    await session.destroy();
    for (const reader of readers) {
      const { stdout } = await readWith(environment, reader, session.folder);
      // A text of the sample has a newline, which babeltrace 1 prints as it is.
      assert.equal(lines(stdout).filter((line) => line.includes(' sample:')).length, 60, reader);
    }
  });
}

test('metadata of the next trace chunk, and of a snapshot, are the new ones', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  const session = await TestSession.create(environment, 'ours');
  await session.enableEvent('sample:*');
  await session.start();
  await environment.output([...samples.c(), 'kinds']);
  await session.lttng('regenerate', 'metadata');
  await session.lttng('rotate', session.name);
  await environment.output([...samples.c(), 'kinds']);
  await session.destroy();
  assert.equal(lines(readWithOurs(session.folder).stdout).length, 60);

  const folder = environment.path('snapshots');
  await environment.output(['mkdir', folder]);
  const snapshots = { environment, name: 'snapshots' };
  await session.lttng('create', snapshots.name, '--snapshot', `--output=${folder}`);
  await session.lttng('enable-event', '--userspace', 'sample:*');
  await session.lttng('start');
  await environment.output([...samples.c(), 'kinds']);
  await session.lttng('regenerate', 'metadata');
  await session.lttng('snapshot', 'record');
  await session.lttng('destroy', snapshots.name);
  assert.equal(lines(readWithOurs(folder).stdout).length, 30);
});

/** The state of a program, as a session sees it that asks again `times` times. */
async function dumps(side: Side, times: number): Promise<readonly string[]> {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  const session = await TestSession.create(environment, side);
  await session.enableEvent('lttng_ust_statedump:*');
  await session.start();
  const program = environment.start([...samples.c(), 'serve']);
  await program.printed(/ready/);
  for (let i = 0; i < times; i++) await session.lttng('regenerate', 'statedump');
  // A program gives its state behind its answer, and before it obeys the next command.
  await session.stop();
  await quit(program);
  await session.destroy();
  const texts = comparableLines(readWithOurs(session.folder).stdout);
  // Libraries come in the order of their addresses' hashes.
  return texts.map((line) => line.replace(/0x[\dA-F]{3,}/g, '0xN')).toSorted();
}

test('the state of a program comes again, and is the same', { skip }, async () => {
  const [ours, upstream] = await Promise.all(sides.map((side) => dumps(side, 2)));
  assert.ok(ours !== undefined && upstream !== undefined);
  assert.deepEqual(ours, upstream);
  assert.equal(ours.filter((line) => line.includes('lttng_ust_statedump:start')).length, 3);
  assert.equal(ours.filter((line) => line.includes('lttng_ust_statedump:end')).length, 3);
  assert.equal(ours.filter((line) => /statedump:procname:.*procname = "sample"/.test(line)).length, 3);
});
