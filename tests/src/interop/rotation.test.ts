/**
 * Rotations, clears and schedules: the same steps with both daemons leave the same folders, files and packets;
 * and with writers that overflow their buffers every event is in one chunk, or counted as discarded.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { Environment, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { lines, readWith } from '../harness/reading.ts';
import { order, quit, startDaemon } from '../harness/recording.ts';
import { discardedOf, TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');

/** Every file with its number of packets (index files) or whether it has any content; times masked. */
function tree(root: string, folder = root): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      const name = relative(root, path).replaceAll(/\d{8}T\d{6}\+\d{4}/g, 'T');
      if (entry.isDirectory()) return [`${name}/`, ...tree(root, path)].map((line) => line.trim());
      if (entry.name === 'metadata') return [name];
      const size = statSync(path).size;
      return [`${name} ${entry.name.endsWith('.idx') ? `${(size - 16) / 72} packets` : `${size} bytes`}`];
    });
}

/** The steps of one life of a session; what the folders hold after each. */
const steps: readonly string[] = [
  'start',
  'events',
  'rotate',
  'rotate',
  'stop',
  'rotate',
  'start',
  'events',
  'clear',
  'events',
  'stop',
  'clear',
  'start',
  'events',
  'stop',
  'start',
  'rotate',
  'destroy',
];

async function live(side: Side, ownership: string): Promise<readonly string[]> {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  const session = await TestSession.create(environment, side);
  // Events of one processor: which stream they are in is not the daemons' choice.
  const sample = environment.start(['taskset', '-c', '0', sampleProgram(), 'serve']);
  await sample.printed(/ready/);
  await session.enableChannel('chan', '--subbuf-size=4096', ownership);
  await session.enableEvent('sample:tick', '--channel=chan');
  const seen: string[] = [];
  for (const step of steps) {
    if (step === 'events') await order(sample, 'ticks 1 10');
    else await session.lttng(step, session.name);
    // The original consumes what was flushed at a start a little later.
    if (step === 'rotate' || step === 'stop' || step === 'clear' || step === 'destroy') {
      seen.push(`after ${step}:`, ...tree(session.folder).map((line) => `  ${line}`));
    }
  }
  await quit(sample);
  const pid = /sample-\d+-\d{8}-\d{6}/g;
  return seen.map((line) => line.replaceAll(pid, 'sample-PID'));
}

for (const ownership of ['--buffers-uid', '--buffers-pid']) {
  test(`rotations and clears leave what the original leaves: ${ownership}`, { skip }, async () => {
    const [upstream, ours] = await Promise.all([live('upstream', ownership), live('ours', ownership)]);
    assert.ok(upstream.length > 50);
    assert.deepEqual(ours, upstream);
  });
}

const WRITERS = 4;
const COUNT = 30_000;

test('with rotations at any moment every event is in one chunk, or discarded', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  const session = await TestSession.create(environment, 'ours');
  await session.enableChannel('small', '--subbuf-size=4096', '--num-subbuf=4');
  await session.enableEvent('sample:tick', '--channel=small');
  await session.lttng('enable-rotation', '--timer=30ms', '--size=256k');
  await session.start();
  const archives = join(session.folder, 'archives');
  let writerCount = 0;
  // Rotations come when they come: programs write until there were some.
  do {
    const writers = Array.from({ length: WRITERS }, () =>
      environment.start([sampleProgram(), 'ticks', `${writerCount++}`, `${COUNT}`]),
    );
    for (const writer of writers) assert.equal((await writer.finished()).status, 0);
  } while (!existsSync(archives) || readdirSync(archives).length < 3);
  const discarded = discardedOf(await session.stop());
  await session.destroy();

  const chunks = readdirSync(archives).sort((a, b) => chunkId(a) - chunkId(b));
  assert.ok(chunks.length >= 3, `${chunks.length} chunks`);
  const recorded: string[] = [];
  for (const chunk of chunks) {
    // Without an application there is nothing to read.
    if (readdirSync(join(archives, chunk, 'ust')).length === 0) continue;
    // Each chunk is a whole trace.
    recorded.push(...lines((await readWith(environment, 'babeltrace2', join(archives, chunk))).stdout));
  }
  assert.equal(recorded.length + discarded, writerCount * COUNT);
  for (let writer = 0; writer < writerCount; writer++) {
    const own = recorded.filter((line) => line.includes(`{ writer = ${writer},`));
    const indexes = own.map((line) => Number(line.match(/index = (\d+)/)?.[1]));
    assert.equal(new Set(indexes).size, indexes.length, 'no event in two chunks');
  }
  // All chunks together are one trace as well.
  const together = lines((await readWith(environment, 'babeltrace2', session.folder)).stdout);
  assert.equal(together.length, recorded.length);
});

const chunkId = (name: string): number => Number(name.split('-').at(-1));

for (const side of sides) {
  test(`disabled rules and channels record no more, and again when enabled: ${side}`, { skip }, async () => {
    await using environment = await Environment.create();
    await startDaemon(environment, side);
    const session = await TestSession.create(environment, side);
    await session.enableChannel('chan');
    await session.enableEvent('sample:tick', '--channel=chan');
    await session.start();
    const sample = environment.start([sampleProgram(), 'serve']);
    await sample.printed(/ready/);
    const rule = ['--userspace', '--channel=chan', 'sample:tick'];
    const channel = ['--userspace', 'chan'];
    const changes: readonly (readonly string[])[] = [
      ['disable-event', ...rule],
      ['enable-event', ...rule],
      ['disable-channel', ...channel],
      ['enable-channel', ...channel],
    ];
    await order(sample, 'ticks 0 1');
    for (const [index, change] of changes.entries()) {
      await session.lttng(...change);
      await order(sample, `ticks ${index + 1} 1`);
    }
    await session.stop();
    await session.destroy();
    await quit(sample);
    const { stdout } = await readWith(environment, 'babeltrace2', session.folder);
    const writers = lines(stdout).map((line) => Number(line.match(/writer = (\d+)/)?.[1]));
    assert.deepEqual(writers, [0, 2, 4]);
    assert.ok(readFileSync(session.path(0, 'metadata')).length > 0);
  });
}
