/** Options of upstream after 2.13 with the real daemon: several sessions at once, and the tree of `list` with its memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { lines, readWith } from '../harness/reading.ts';
import { order, quit, startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');
const NAMES = ['web-1', 'web-2', 'db'] as const;

test('start, stop and destroy of all sessions, and of those that a pattern chooses', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  const sessions: TestSession[] = [];
  for (const name of NAMES) {
    const session = await TestSession.create(environment, 'ours', { name });
    await session.enableEvent('sample:tick');
    sessions.push(session);
  }
  const [any] = sessions as [TestSession];
  const sample = environment.start([sampleProgram(), 'serve']);
  await sample.printed(/ready/);
  const steps: readonly (readonly [words: readonly string[], isActive: readonly boolean[]])[] = [
    [
      ['start', '--glob', 'web-*'],
      [true, true, false],
    ],
    [
      ['stop', '-g', '*-1'],
      [false, true, false],
    ],
    [
      ['start', '--all'],
      [true, true, true],
    ],
    [
      ['stop', '--glob', 'db'],
      [true, true, false],
    ],
    [
      ['stop', '-a'],
      [false, false, false],
    ],
  ];
  const expected = NAMES.map((): string[] => []);
  for (const [at, [words, isActive]] of steps.entries()) {
    await any.lttng(...words);
    await order(sample, `ticks ${at} 10`);
    isActive.forEach((records, session) => {
      if (records) expected[session]?.push(...Array.from({ length: 10 }, () => `writer = ${at}`));
    });
  }
  await quit(sample);
  const destroyed = await any.lttng('destroy', '--glob', 'web-?');
  assert.deepEqual(
    lines(destroyed.stdout).filter((line) => line.startsWith('Session')),
    ['Session web-2 destroyed', 'Session web-1 destroyed'],
  );
  assert.match((await any.lttng('list')).stdout, /\) db \[inactive\]\n/);
  assert.match((await any.lttng('destroy', '--all')).stdout, /Session db destroyed/);
  for (const [at, { folder }] of sessions.entries()) {
    const { stdout } = await readWith(environment, 'babeltrace2', folder);
    const writers = lines(stdout).map((line) => line.match(/writer = \d+/)?.[0]);
    assert.deepEqual(writers, expected[at], NAMES[at]);
  }
});

test('the tree of a session shows the memory that its buffers have', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  const run = { env: { LTTNG_NO_UTF_8: '1' } };
  const session = await TestSession.create(environment, 'ours', { run });
  await session.enableChannel('chan', '--subbuf-size=64k', '--num-subbuf=4');
  await session.enableEvent('sample:tick', '--channel=chan');
  const memory = async (detail: string): Promise<readonly string[]> => {
    const { stdout } = await session.lttng('list', session.name, `--mem-usage=${detail}`, '--style=compact');
    const tree = lines(stdout);
    const first = tree.findIndex((line) => line.includes('Memory usage'));
    assert.ok(first > 0, stdout);
    const end = tree.findIndex((line, at) => at > first && !/^ *:/.test(line));
    return tree.slice(first, end < 0 ? undefined : end).map((line) => line.replace(/, fill .*/, ''));
  };
  assert.match((await memory('full')).join('\n'), /Memory usage: +None$/);
  await session.start();
  const sample = environment.start([sampleProgram(), 'serve']);
  await sample.printed(/ready/);
  // A ring of so many sub-buffers, the reader's one, and counters: all of it is touched when buffers are made.
  const kibibytes = /\] (?<resident>[\d.]+) KiB \/ (?<whole>[\d.]+) KiB$/;
  const [total, compact, full] = [await memory('total'), await memory('compact'), await memory('full')];
  const sums = full.map((line) => {
    const { resident, whole } = kibibytes.exec(line)?.groups ?? {};
    assert.ok(Number(resident) > 0 && Number(resident) <= Number(whole), line);
    return Number(whole);
  });
  const [whole = 0, ofUser, ...ofCpus] = sums;
  assert.equal(ofUser, whole);
  assert.equal(
    ofCpus.reduce((sum, ofCpu) => sum + ofCpu, 0),
    whole,
  );
  assert.ok(
    ofCpus.every((ofCpu) => ofCpu > 5 * 64),
    full.join('\n'),
  );
  assert.equal(ofCpus.length, Number((await environment.run(['nproc', '--all'])).stdout));
  assert.match(full[1] ?? '', /: For UID 0 \(64-bit\): /);
  assert.deepEqual(compact, full.slice(0, 2));
  assert.deepEqual(total, full.slice(0, 1));
  await quit(sample);
  await session.destroy();
});
