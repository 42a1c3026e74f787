/**
 * Small buffers that C and Node.js programs share: every event is recorded or counted as discarded, and the
 * commands and all readers tell the same number.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { type Language, samples } from '../harness/programs.ts';
import { discardedCount, lines, readers, readWith, withoutOverflow } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { discardedOf, TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');
const COUNT = 40_000;
const WRITERS: readonly Language[] = ['c', 'node', 'c', 'node'];
/** Runs a program so that no consumer takes its processor, and keeps pace with it. */
const URGENTLY = ['chrt', '--fifo', '1'];

const ticks = (language: Language, writer: number): readonly string[] => [
  ...(language === 'c' ? URGENTLY : []),
  ...samples[language](),
  'ticks',
  `${writer}`,
  `${COUNT}`,
];

async function countAll(side: Side, channel: readonly string[]): Promise<void> {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  const session = await TestSession.create(environment, side);
  await session.enableChannel('small', ...channel);
  await session.enableEvent('sample:tick', '--channel=small');
  await session.start();
  const programs = WRITERS.map((language, writer) => environment.start(ticks(language, writer)));
  for (const program of programs) assert.equal((await program.finished()).status, 0);
  const stopped = await session.stop();
  const discarded = discardedOf(stopped);
  const { stdout: status } = await session.lttng('list', session.name);
  await session.destroy();

  assert.ok(discarded > 0, 'the buffers were too small');
  const listed = BigInt(status.match(/Discarded events: (\d+)/)?.[1] ?? -1);
  assert.equal(withoutOverflow(listed), discarded, 'list');
  for (const reader of readers) {
    const { stdout, stderr } = await readWith(environment, reader, session.folder);
    const recorded = lines(stdout);
    assert.equal(recorded.length + discarded, WRITERS.length * COUNT, `${reader}: recorded and discarded`);
    assert.equal(discardedCount(stderr), discarded, `${reader}: ${stderr}`);
    assert.ok(recorded.length > 0, reader);
    for (const writer of WRITERS.keys()) assertInOrder(recorded, writer, reader);
  }
}

/** The events of one writer are in the order in which it emitted them, each once. */
function assertInOrder(recorded: readonly string[], writer: number, reader: string): void {
  const own = recorded.filter((line) => line.includes(`{ writer = ${writer},`));
  const indexes = own.map((line) => Number(line.match(/index = (\d+)/)?.[1]));
  assert.ok(
    indexes.every((index, i) => i === 0 || index > (indexes[i - 1] ?? 0)),
    `${reader}: writer ${writer} out of order`,
  );
}

for (const side of sides) {
  test(`recorded and discarded events add up, daemon: ${side}`, { skip }, async () => {
    await countAll(side, ['--subbuf-size=4096', '--num-subbuf=4']);
  });
}

for (const side of sides) {
  test(`an overwriting channel keeps the newest events, daemon: ${side}`, { skip }, async () => {
    await using environment = await Environment.create();
    await startDaemon(environment, side);
    const session = await TestSession.create(environment, side);
    await session.enableChannel('newest', '--overwrite', '--subbuf-size=4096', '--num-subbuf=4');
    await session.enableEvent('sample:tick', '--channel=newest');
    await session.start();
    // One processor, one stream: its ring holds the end.
    const command = ['taskset', '-c', '0', ...samples.c(), 'ticks', '0', `${COUNT}`];
    await environment.output(command);
    await session.stop();
    const { stdout: status } = await session.lttng('list', session.name);
    await session.destroy();
    assert.doesNotMatch(status, /Fault/);
    for (const reader of readers) {
      const { stdout, stderr } = await readWith(environment, reader, session.folder);
      const recorded = lines(stdout);
      assertInOrder(recorded, 0, reader);
      assert.match(recorded.at(-1) ?? '', new RegExp(`index = ${COUNT - 1},`), reader);
      assert.equal(discardedCount(stderr), 0, reader);
    }
  });
}
