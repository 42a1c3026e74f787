/**
 * A session's life as users see it, with our daemon and the original side by side: what is refused when, what
 * acts at once, what a stop and another start do, several sessions and channels at once.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Environment, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples } from '../harness/programs.ts';
import { comparableLines, lines, readers, readWith, textsByChannel } from '../harness/reading.ts';
import { order, quit, startDaemon } from '../harness/recording.ts';
import { discardedOf, TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');

/** Runs `work` with a daemon of each side; both must give the same. */
async function sameOnBothSides<T>(work: (environment: Environment, side: Side) => Promise<T>): Promise<T> {
  const [ours, upstream] = await Promise.all(
    sides.map(async (side) => {
      await using environment = await Environment.create();
      await startDaemon(environment, side);
      return await work(environment, side);
    }),
  );
  assert.deepEqual(ours, upstream);
  return upstream!;
}

/** Names of the events below a folder, in order of time. */
async function eventNames(environment: Environment, folder: string): Promise<readonly string[]> {
  const { stdout } = await readWith(environment, 'babeltrace2', folder);
  return comparableLines(stdout).map((line) => line.split(': ')[0] ?? '');
}

/** How many of each. */
function counted(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

test('rules act at once on programs that run and on programs that come', { skip }, async () => {
  const seen = await sameOnBothSides(async (environment, side) => {
    const running = [
      environment.start([...samples.c(), 'serve']),
      environment.start([...samples.node(), 'serve']),
    ];
    for (const program of running) await program.printed(/ready/);
    const session = await TestSession.create(environment, side);
    await session.enableEvent('sample:tick');
    await session.start();
    for (const program of running) await order(program, 'kinds');
    await session.enableEvent('sample:empty');
    for (const program of running) await order(program, 'kinds');
    await session.enableEvent('sample:enums', '--filter=color == 0');
    for (const program of running) await order(program, 'kinds');
    await environment.output([...samples.c(), 'kinds']);
    for (const program of running) await quit(program);
    await session.destroy();
    return counted(await eventNames(environment, session.folder));
  });
  assert.deepEqual(seen, { 'sample:tick': 7, 'sample:empty': 5, 'sample:enums': 3 });
});

test('channels and contexts can be added until the first start, then not', { skip }, async () => {
  const outcomes = await sameOnBothSides(async (environment, side) => {
    const session = await TestSession.create(environment, side);
    const said: (readonly [string, number, string, string])[] = [];
    const say = async (...words: readonly string[]) => {
      const { status, stdout, stderr } = await session.attempt(...words);
      said.push([words.join(' '), status, stdout, stderr]);
    };
    await say('enable-channel', '--userspace', 'first');
    await say('enable-event', '--userspace', '--channel=first', 'sample:tick');
    await say('add-context', '--userspace', '--type=vpid');
    await session.start();
    for (const _ of ['started', 'stopped']) {
      await say('enable-channel', '--userspace', 'second');
      await say('enable-event', '--userspace', '--channel=third', 'sample:tick');
      await say('add-context', '--userspace', '--type=vtid');
      await say('add-context', '--userspace', '--type=vpid');
      await say('add-context', '--userspace', '--channel=first', '--type=ip');
      await say('enable-channel', '--userspace', 'first');
      await say('enable-event', '--userspace', '--channel=first', 'sample:tick');
      await say('enable-event', '--userspace', '--channel=first', 'sample:empty');
      await session.attempt('stop');
    }
    return said.map(([words, status, stdout, stderr]) => ({ words, status, stdout, stderr }));
  });
  assert.deepEqual(
    outcomes.slice(0, 7).map(({ status }) => status === 0),
    [true, true, true, false, false, false, false],
  );
});

test('a session that is stopped and started again goes on in the same trace', { skip }, async () => {
  const seen = await sameOnBothSides(async (environment, side) => {
    const session = await TestSession.create(environment, side);
    await session.enableEvent('sample:tick');
    await session.start();
    const program = environment.start([...samples.c(), 'serve']);
    await order(program, 'ticks 1 10');
    for (const writer of [2, 3]) {
      await session.stop();
      // Not recorded.
      await order(program, 'ticks 9 10');
      await session.start();
      await order(program, `ticks ${writer} 10`);
    }
    await environment.output([...samples.node(), 'ticks', '4', '10']);
    await session.stop();
    await quit(program);
    await session.destroy();
    const perReader = await Promise.all(
      readers.map((reader) => readWith(environment, reader, session.folder)),
    );
    const [events = [], ...others] = perReader.map(({ stdout }) => comparableLines(stdout));
    for (const other of others) assert.deepEqual(other, events);
    return { events, files: readdirSync(session.folder, { recursive: true }).map(String).sort() };
  });
  const writers = seen.events.map((line) => Number(line.match(/writer = (\d+)/)?.[1]));
  assert.deepEqual(
    writers,
    [1, 2, 3, 4].flatMap((writer) => Array.from({ length: 10 }, () => writer)),
  );
});

test('several sessions record one program, each its own choice', { skip }, async () => {
  const seen = await sameOnBothSides(async (environment, side) => {
    const programs = [
      environment.start([...samples.c(), 'serve']),
      environment.start([...samples.node(), 'serve']),
    ];
    for (const program of programs) await program.printed(/ready/);
    const sessions: TestSession[] = [];
    for (const [name, pattern, contexts] of [
      ['a', 'sample:*', ['procname']],
      ['b', 'sample:e*', []],
      ['c', 'sample:tick', ['vuid', 'vgid']],
    ] as const) {
      const session = await TestSession.create(environment, side, { name });
      await session.enableEvent(pattern);
      if (contexts.length > 0) await session.addContexts(contexts);
      sessions.push(session);
    }
    const everywhere = async (words: string) => {
      for (const program of programs) await order(program, words);
    };
    const [a, b, c] = sessions as [TestSession, TestSession, TestSession];
    await a.start();
    await everywhere('kinds');
    await b.start();
    await everywhere('kinds');
    await c.start();
    await everywhere('kinds');
    await a.destroy();
    await everywhere('kinds');
    await b.stop();
    await everywhere('kinds');
    for (const program of programs) await quit(program);
    await b.destroy();
    await c.destroy();
    const traces = [];
    for (const { folder } of sessions) {
      const { stdout } = await readWith(environment, 'ours', folder);
      traces.push(comparableLines(stdout));
    }
    return traces;
  });
  assert.deepEqual(
    seen.map((trace) => trace.length),
    [3 * 2 * 30, 3 * 2 * 7, 3 * 2 * 1],
  );
});

test('several channels of different sizes hold the same events', { skip }, async () => {
  const seen = await sameOnBothSides(async (environment, side) => {
    const session = await TestSession.create(environment, side);
    const sizes = [
      ['small', '--subbuf-size=4096', '--num-subbuf=64'],
      ['odd', '--subbuf-size=5000', '--num-subbuf=63'],
      ['large', '--subbuf-size=1M', '--num-subbuf=2'],
      ['split', '--subbuf-size=8192', '--num-subbuf=32', '--tracefile-size=16384'],
      ['ring', '--subbuf-size=4096', '--num-subbuf=64', '--tracefile-size=8192', '--tracefile-count=2'],
    ] as const;
    for (const [name, ...options] of sizes) {
      await session.enableChannel(name, ...options);
      await session.enableEvent('sample:tick', `--channel=${name}`);
    }
    await session.start();
    // Pauses: nothing is to be lost.
    await environment.output([...samples.c(), 'ticks', '1', '1000', '100']);
    const discarded = discardedOf(await session.stop());
    await session.destroy();
    const texts = textsByChannel(session.folder);
    const eventsOf = (name: string) => comparableLines(texts.get(name) ?? '');
    return {
      discarded,
      // How many of split's there are depends on the pace.
      files: readdirSync(session.path(0), { recursive: true })
        .map(String)
        .filter((file) => !/split|ring_\d_1/.test(file))
        .sort(),
      sizes: sizes.map(([name]) => (name === 'ring' ? 'some' : eventsOf(name).length)),
      same: new Set(['small', 'odd', 'large', 'split'].map((name) => eventsOf(name).join('\n'))).size,
      ringIsTail: lines(texts.get('ring') ?? '').length > 0,
    };
  });
  assert.deepEqual(seen.sizes, [1000, 1000, 1000, 1000, 'some']);
  assert.equal(seen.same, 1);
});
