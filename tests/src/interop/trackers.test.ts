/**
 * Trackers: which processes a session records, before it starts and while it records, as both daemons have it. A user
 * who is not recorded has no buffers: nothing of his is in the trace.
 */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Environment, type Program, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { languages, sampleProgram, samples } from '../harness/programs.ts';
import { comparableLines, readWithOurs } from '../harness/reading.ts';
import { order, quit, startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');

interface World {
  readonly environment: Environment;
  readonly session: TestSession;
}

/** What a trace holds: ticks by their `writer` field, and the folders of its buffers without names of processes. */
interface Content {
  readonly ticks: Readonly<Record<string, number>>;
  readonly folders: readonly string[];
}

function contentOf({ folder }: TestSession): Content {
  const ticks: Record<string, number> = {};
  for (const line of comparableLines(readWithOurs(folder).stdout)) {
    const writer = line.match(/writer = (\d+)/)?.[1] ?? 'none';
    ticks[writer] = (ticks[writer] ?? 0) + 1;
  }
  const below = (path: string): readonly string[] =>
    existsSync(`${folder}/ust/${path}`) ? readdirSync(`${folder}/ust/${path}`) : [];
  const folders = [
    ...below('uid').map((uid) => `uid ${uid}`),
    ...below('pid').map((name) => name.replace(/-\d+-\d{8}-\d{6}$/, '')),
  ];
  return { ticks, folders: folders.toSorted() };
}

/** A program that serves orders, with the number of its process in the environment. */
async function serve(
  environment: Environment,
  command: readonly string[],
): Promise<{ readonly program: Program; readonly vpid: string }> {
  const program = environment.start(['sh', '-c', 'echo pid $$; exec "$@"', 'sh', ...command, 'serve']);
  const [, vpid = ''] = await program.printed(/pid (\d+)/);
  await program.printed(/ready/);
  return { program, vpid };
}

const track = (session: TestSession, verb: 'track' | 'untrack', ...words: readonly string[]) =>
  session.lttng(verb, '--userspace', `--session=${session.name}`, ...words);

/** One tick of each user's programs; the writer is the user. */
async function tickAs(environment: Environment, uids: readonly number[]): Promise<void> {
  chmodSync(environment.folder, 0o755);
  for (const uid of uids) {
    for (const language of languages) {
      await environment.output([...samples[language](), 'ticks', String(uid), '1'], { uid });
    }
  }
}

/** Runs `work` in a session of both daemons, which must come to the same content and the same `list`. */
async function sameContent(
  channelOptions: readonly string[],
  work: (world: World, side: Side) => Promise<void>,
): Promise<Content> {
  const [ours, upstream] = await Promise.all(
    sides.map(async (side) => {
      await using environment = await Environment.create();
      await startDaemon(environment, side);
      const session = await TestSession.create(environment, side);
      await session.enableChannel('channel0', ...channelOptions);
      await session.enableEvent('sample:*', '--channel=channel0');
      await work({ environment, session }, side);
      await session.destroy();
      return contentOf(session);
    }),
  );
  assert.ok(ours !== undefined && upstream !== undefined);
  assert.deepEqual(ours, upstream);
  return ours;
}

test('users who are not tracked have no buffers', { skip }, async () => {
  const content = await sameContent([], async ({ environment, session }, side) => {
    await track(session, 'track', '--vuid=1000,daemon');
    await session.start();
    await tickAs(environment, [0, 1, 1000, 1001]);
    if (side === 'ours') {
      const { stdout } = await session.lttng('list', session.name, '--mem-usage=compact');
      const owners = [...stdout.matchAll(/For UID (\d+) /g)].map(([, uid]) => uid);
      assert.deepEqual(owners.toSorted(), ['1', '1000'], `memory of others:\n${stdout}`);
    }
  });
  assert.deepEqual(content, { ticks: { 1: 2, 1000: 2 }, folders: ['uid 1', 'uid 1000'] });
});

test('groups, by name and by number, and a user at once', { skip }, async () => {
  const content = await sameContent([], async ({ environment, session }) => {
    await track(session, 'track', '--vgid=daemon,1000');
    await track(session, 'track', '--vuid=1000,1001');
    await session.start();
    // The programs of a user have the group of the same number.
    await tickAs(environment, [0, 1, 1000, 1001]);
  });
  assert.deepEqual(content, { ticks: { 1000: 2 }, folders: ['uid 1000'] });
});

test('nobody is tracked, then everybody is', { skip }, async () => {
  const content = await sameContent([], async ({ environment, session }) => {
    await track(session, 'untrack', '--vuid', '--all');
    await session.start();
    await tickAs(environment, [0, 1000]);
    assert.equal(existsSync(`${session.folder}/ust/uid`), false);
    await track(session, 'track', '--vuid', '--all');
    await tickAs(environment, [1000]);
  });
  assert.deepEqual(content, { ticks: { 1000: 2 }, folders: ['uid 1000'] });
});

for (const language of languages) {
  test(`programs that run are taken in and out while a session records: ${language}`, { skip }, async () => {
    const content = await sameContent([], async ({ environment, session }) => {
      const [one, two] = [
        await serve(environment, samples[language]()),
        await serve(environment, samples[language]()),
      ];
      const both = async (writer: number): Promise<void> => {
        await order(one.program, `ticks ${writer} 1`);
        await order(two.program, `ticks ${writer + 1} 1`);
      };
      await track(session, 'track', `--vpid=${one.vpid}`);
      await session.start();
      await both(10);
      await track(session, 'track', `--vpid=${two.vpid}`);
      await both(20);
      await track(session, 'untrack', `--vpid=${one.vpid}`);
      await both(30);
      await session.stop();
      await track(session, 'untrack', '--vpid', '--all');
      await session.start();
      await both(40);
      await track(session, 'track', '--vpid', '--all');
      await both(50);
      await quit(one.program);
      await quit(two.program);
    });
    assert.deepEqual(content.ticks, { 10: 1, 20: 1, 21: 1, 31: 1, 50: 1, 51: 1 });
  });
}

test('buffers of a process that is not tracked any more are given back', { skip }, async () => {
  const content = await sameContent(['--buffers-pid'], async ({ environment, session }) => {
    const one = await serve(environment, samples.c());
    const other = await serve(environment, samples.node());
    await track(session, 'track', `--vpid=${one.vpid}`);
    await session.start();
    await order(one.program, 'ticks 1 1');
    await order(other.program, 'ticks 2 1');
    await track(session, 'untrack', `--vpid=${one.vpid}`);
    await order(one.program, 'ticks 3 1');
    await quit(one.program);
    await quit(other.program);
  });
  assert.deepEqual(content, { ticks: { 1: 1 }, folders: ['sample'] });
});

test('a program that dies while it is tracked', { skip }, async () => {
  const content = await sameContent([], async ({ environment, session }) => {
    const one = await serve(environment, samples.c());
    await track(session, 'track', `--vpid=${one.vpid}`);
    await session.start();
    await order(one.program, 'ticks 1 5');
    await environment.output(['kill', '-KILL', one.vpid]);
    assert.equal((await one.program.finished()).status, 137);
    await environment.output([sampleProgram(), 'ticks', '2', '1']);
    const { stdout } = await session.lttng('list', session.name);
    assert.match(stdout, new RegExp(`Virtual process IDs: +${one.vpid}\n`));
    await track(session, 'untrack', `--vpid=${one.vpid}`);
  });
  assert.deepEqual(content, { ticks: { 1: 5 }, folders: ['uid 0'] });
});
