/**
 * A session of hundreds of archived chunks: the last rotations take what the first ones took, each chunk is a whole trace
 * that reads on its own while recording goes on, and all of them together have every event once.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ControlClient } from '@lttng-ts/control';
import { Environment } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { lines, readWithOurs } from '../harness/reading.ts';
import { order, quit, startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');
const CHUNKS = 200;
const TICKS = 5;
/** Rotations of which the median is compared. */
const COMPARED = 40;
/** A work that grew with the number of chunks would take five times as long; the machine may be busy. */
const MOST_TIMES = 3;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

test(`${CHUNKS} chunks: rotations stay fast, each chunk reads on its own`, { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  const session = await TestSession.create(environment, 'ours');
  await session.enableChannel('channel0', '--subbuf-size=4096');
  await session.enableEvent('sample:tick', '--channel=channel0');
  await session.start();
  const sample = environment.start([sampleProgram(), 'serve']);
  await sample.printed(/ready/);
  const client = await ControlClient.connect(environment.seenFromOutside('/run/lttng/control.sock'));
  const tookMs: number[] = [];
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    await order(sample, `ticks ${chunk} ${TICKS}`);
    const before = performance.now();
    await client.call('session.rotate', { session: session.name, wait: true });
    tookMs.push(performance.now() - before);
  }
  const archives = join(session.folder, 'archives');
  const idOf = (name: string): number => Number(name.split('-').at(-1));
  const chunks = readdirSync(archives).toSorted((a, b) => idOf(a) - idOf(b));
  assert.deepEqual(chunks.map(idOf), [...Array(CHUNKS).keys()]);
  const indexesIn = (folder: string, writer: number): readonly number[] =>
    lines(readWithOurs(folder).stdout)
      .filter((line) => line.includes(`writer = ${writer},`))
      .map((line) => Number(/index = (\d+)/.exec(line)?.[1]));
  for (const id of [0, CHUNKS >> 1, CHUNKS - 1]) {
    assert.deepEqual(indexesIn(join(archives, chunks[id] ?? ''), id), [...Array(TICKS).keys()]);
  }
  client.close();
  await quit(sample);
  await session.destroy();
  const all = lines(readWithOurs(archives).stdout).map((line) => /writer = \d+, index = \d+/.exec(line)?.[0]);
  assert.equal(all.length, CHUNKS * TICKS);
  assert.equal(new Set(all).size, CHUNKS * TICKS);
  const [first, last] = [median(tookMs.slice(0, COMPARED)), median(tookMs.slice(-COMPARED))];
  assert.ok(
    last < MOST_TIMES * first,
    `medians of ${COMPARED} rotations in ms: first=${first}, last=${last}`,
  );
});
