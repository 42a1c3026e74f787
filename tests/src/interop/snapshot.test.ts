/** Snapshots: the same folders as the original's, readable by every reader, also while writers overwrite. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandOf, Environment, type Side } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { discardedCount, lines, readers, readWith } from '../harness/reading.ts';
import { lttng, order, quit, startDaemon } from '../harness/recording.ts';
import { hostileProgram } from '../hostile/programs.ts';

const skip = skipUnless('root', 'upstream', 'native');
const TICK = /writer = \d+, index = \d+/;
/** More than a ring of four sub-buffers holds. */
const HELD_TICKS = 2000;
/** More than a sub-buffer holds. */
const PACKET_TICKS = 200;

function tree(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .map((entry) => join(entry.parentPath.slice(folder.length), entry.name))
    .map((name) => name.replace(/\d{8}-\d{6}/, 'DATE'))
    .sort();
}

async function snapshots(side: Side): Promise<{ files: readonly string[]; indexes: readonly string[] }> {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  const folder = environment.path('out');
  await lttng(environment, side, 'create', 'snap', '--snapshot', `--output=${folder}`);
  await lttng(
    environment,
    side,
    'enable-channel',
    '--userspace',
    'chan',
    '--subbuf-size=4096',
    '--num-subbuf=4',
  );
  await lttng(environment, side, 'enable-event', '--userspace', 'sample:tick', '--channel=chan');
  await lttng(environment, side, 'start');
  const sample = environment.start(['taskset', '-c', '0', sampleProgram(), 'serve']);
  await sample.printed(/ready/);
  await order(sample, 'ticks 1 5');
  await lttng(environment, side, 'snapshot', 'record');
  await order(sample, 'ticks 2 5');
  await lttng(environment, side, 'snapshot', 'record', '--name=second');
  await lttng(environment, side, 'stop');
  await lttng(environment, side, 'snapshot', 'record', '--max-size=16k');
  await lttng(environment, side, 'clear');
  await lttng(environment, side, 'start');
  await order(sample, 'ticks 3 5');
  await lttng(environment, side, 'snapshot', 'record');
  const refused = await environment.run([commandOf(side, 'lttng'), 'snapshot', 'record', '--max-size=4k']);
  assert.match(refused.stderr, /Snapshot max size is invalid/);
  await quit(sample);
  await lttng(environment, side, 'destroy');
  // The original leaves an empty folder of the refused snapshot.
  const isOfRefused = (name: string): boolean => /snapshot-1-(\d{8}-\d{6}|DATE)-4(\/|$)/.test(name);
  const indexes: string[] = [];
  for (const snapshot of readdirSync(folder)
    .filter((name) => !isOfRefused(name))
    .sort((a, b) => Number(a.at(-1)) - Number(b.at(-1)))) {
    const seen = [];
    for (const reader of readers) {
      const { stdout } = await readWith(environment, reader, join(folder, snapshot));
      seen.push(
        lines(stdout)
          .map((line) => line.match(TICK)?.[0])
          .join(' '),
      );
    }
    assert.equal(new Set(seen).size, 1, 'all readers see the same events');
    indexes.push(seen[0] ?? '');
  }
  return { files: tree(folder).filter((name) => !isOfRefused(name)), indexes };
}

test('snapshots hold what the original holds, where it puts them', { skip }, async () => {
  const [upstream, ours] = await Promise.all([snapshots('upstream'), snapshots('ours')]);
  assert.equal(upstream.indexes.length, 4);
  assert.ok(upstream.indexes.every((events) => events.length > 0));
  assert.deepEqual(ours, upstream);
});

test('a snapshot beside writers at full speed is readable, and each stream without a hole', {
  skip,
}, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  const folder = environment.path('out');
  const run = async (...words: readonly string[]) => await lttng(environment, 'ours', ...words);
  await run('create', 'snap', '--snapshot', `--output=${folder}`);
  await run('enable-channel', '--userspace', 'chan', '--subbuf-size=16k', '--num-subbuf=4');
  await run('enable-event', '--userspace', 'sample:tick', '--channel=chan');
  await run('start');
  // More than they will do: they are ended with the environment.
  const writers = [0, 1].map((writer) =>
    environment.start([sampleProgram(), 'ticks', `${writer}`, '100000000']),
  );
  for (const writer of writers) await writer.printed(/ready/);
  for (let count = 0; count < 5; count++) await run('snapshot', 'record');
  await run('stop');
  await run('snapshot', 'record');
  let eventCount = 0;
  for (const snapshot of readdirSync(folder)) {
    const { stdout } = await readWith(environment, 'babeltrace2', join(folder, snapshot));
    const events = lines(stdout);
    eventCount += events.length;
    for (let writer = 0; writer < 2; writer++) {
      const indexes = events
        .filter((line) => line.includes(`{ writer = ${writer},`))
        .map((line) => Number(line.match(/index = (\d+)/)?.[1]));
      assert.equal(new Set(indexes).size, indexes.length, 'no event twice');
    }
  }
  assert.ok(eventCount > 1000);
});

/** A record that is begun and not ended while its ring comes round, then is; and one while its packet is closed by another writer. */
async function heldRecords(side: Side): Promise<{ ticks: readonly string[]; said: string }> {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  const folder = environment.path('out');
  const run = async (...words: readonly string[]) => await lttng(environment, side, ...words);
  await run('create', 'snap', '--snapshot', `--output=${folder}`);
  await run('enable-channel', '--userspace', 'chan', '--subbuf-size=4k', '--num-subbuf=4');
  await run('enable-event', '--userspace', 'sample:*', '--channel=chan');
  await run('start');
  const start = async (...words: readonly string[]) => {
    const program = environment.start(['taskset', '-c', '0', ...words]);
    await program.printed(/ready/);
    return program;
  };
  const holder = await start(hostileProgram('stuck'));
  const sample = await start(sampleProgram(), 'serve');
  for (const [index, count] of [HELD_TICKS, PACKET_TICKS].entries()) {
    const seen = holder.stdout.length;
    holder.write('hold\n');
    await holder.printed(new RegExp(`^[^]{${seen}}[^]*stuck`));
    await order(sample, `ticks ${2 * index} ${count}`);
    await order(holder, '');
    await order(sample, `ticks ${2 * index + 1} 20`);
  }
  await run('snapshot', 'record');
  await run('destroy');
  const { stdout, stderr } = await readWith(environment, 'babeltrace2', folder);
  return { ticks: lines(stdout).flatMap((line) => line.match(TICK) ?? []), said: stderr };
}

test('events that find their sub-buffer held by a record are counted in the packet before', {
  skip,
}, async () => {
  const [upstream, ours] = await Promise.all([heldRecords('upstream'), heldRecords('ours')]);
  assert.deepEqual(ours.ticks, upstream.ticks);
  const last = ours.ticks.findLastIndex((tick) => tick.startsWith('writer = 0,'));
  const missingCount = HELD_TICKS - 1 - Number(ours.ticks[last]?.match(/\d+$/)?.[0]);
  assert.ok(missingCount > 0, `missing=${missingCount}`);
  assert.equal(ours.ticks.length - 1 - last, 20 + PACKET_TICKS + 20);
  // Upstream's count goes back in the packet that the second record ends, and on again in the next.
  assert.equal(discardedCount(upstream.said), missingCount);
  assert.deepEqual(ours.said.match(/discarded \d+/g), [`discarded ${missingCount}`]);
});
