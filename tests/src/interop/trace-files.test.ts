/**
 * Files of limited size and number: both daemons leave the same files with the same packets, in a trace and in each chunk
 * of a rotated one; every reader takes them for one stream.
 */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { Environment, type Side } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { lines, readers, readWith } from '../harness/reading.ts';
import { order, quit, startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');

/** Files below a folder with their sizes, index files with their number of packets; times are masked. */
function sizes(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'metadata')
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { size } = statSync(path);
      const name = relative(folder, path).replaceAll(/\d{8}T\d{6}\+\d{4}/g, 'T');
      return `${name} ${name.endsWith('.idx') ? `${(size - 16) / 72} packets` : size}`;
    })
    .sort();
}

const limits: Readonly<Record<string, readonly string[]>> = {
  size: ['--tracefile-size=8192'],
  'size and count': ['--tracefile-size=8192', '--tracefile-count=3'],
  'a size below that of a sub-buffer': ['--tracefile-size=1000', '--tracefile-count=2'],
};

async function live(side: Side, options: readonly string[]) {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  const session = await TestSession.create(environment, side);
  await session.enableChannel('chan', '--subbuf-size=4096', '--num-subbuf=64', ...options);
  await session.enableEvent('sample:tick', '--channel=chan');
  await session.start();
  const sample = environment.start(['taskset', '-c', '0', sampleProgram(), 'serve']);
  await sample.printed(/ready/);
  const seen: (readonly string[])[] = [];
  const events: number[] = [];
  for (const step of ['events', 'rotate', 'events', 'stop']) {
    if (step === 'events') await order(sample, 'ticks 1 1200');
    else await session.lttng(step, session.name);
  }
  await quit(sample);
  await session.destroy();
  seen.push(sizes(session.folder));
  for (const chunk of readdirSync(join(session.folder, 'archives')).sort()) {
    const texts: string[] = [];
    for (const reader of readers) {
      const { stdout } = await readWith(environment, reader, join(session.folder, 'archives', chunk));
      texts.push(
        lines(stdout)
          .map((line) => /index = \d+/.exec(line)?.[0])
          .join(),
      );
    }
    assert.equal(new Set(texts).size, 1, 'all readers see the same events');
    events.push(texts[0]?.split(',').length ?? 0);
  }
  return { seen, events };
}

for (const [name, options] of Object.entries(limits)) {
  test(`stream files limited by ${name} are those of the original`, { skip }, async () => {
    const [upstream, ours] = [await live('upstream', options), await live('ours', options)];
    assert.ok(upstream.seen.flat().length > 10);
    assert.deepEqual(ours, upstream);
  });
}

test('splice is for the kernel alone, in the words of the original', { skip }, async () => {
  const said: string[] = [];
  for (const side of ['upstream', 'ours'] as const) {
    await using environment = await Environment.create();
    await startDaemon(environment, side);
    const session = await TestSession.create(environment, side);
    const refused = await session.attempt('enable-channel', '--userspace', '--output=splice', 'chan');
    await session.enableChannel('chan', '--output=mmap');
    const { stdout } = await session.lttng('list', session.name);
    said.push(`${refused.status} ${refused.stderr} ${/Output mode:.*/i.exec(stdout)?.[0]}`);
  }
  assert.equal(said[1], said[0]);
});
