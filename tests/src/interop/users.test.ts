/**
 * Users: root's daemon with sessions of root and of members of the tracing group, a user's own daemon. Whose files
 * they are, with which modes, is the original's to the bit.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { commandOf, Environment, type RunOptions, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { languages, samples } from '../harness/programs.ts';
import { comparableLines, lines, readWith } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');
const UID = 1000;
const OTHER_UID = 1001;

/** The group whose members control root's daemon; Debian's package makes it. */
function tracingGid(): number {
  const { stdout } = spawnSync('getent', ['group', 'tracing'], { encoding: 'utf8' });
  return Number(stdout.split(':')[2]);
}

/** A user with a home below the environment's folder, which everybody may enter. */
function userIn(environment: Environment, uid: number, groups: readonly number[] = []): RunOptions {
  const home = environment.path(`home-${uid}`);
  chmodSync(environment.folder, 0o755);
  mkdirSync(home);
  chownSync(home, uid, uid);
  return { uid, groups, cwd: home, env: { HOME: home, LTTNG_HOME: home } };
}

/** Mode, owners and path of everything below a folder, the folder included. */
async function ownersBelow(environment: Environment, folder: string): Promise<readonly string[]> {
  const text = await environment.output(['find', folder, '-printf', '%M %U:%G %P\\n']);
  return lines(text).toSorted();
}

async function record(
  environment: Environment,
  session: TestSession,
  users: readonly RunOptions[],
): Promise<{ readonly events: readonly string[]; readonly files: readonly string[] }> {
  await session.enableEvent('sample:*');
  await session.addContexts(['vuid', 'vgid']);
  await session.start();
  for (const user of users) {
    for (const language of languages) await environment.output([...samples[language](), 'kinds'], user);
  }
  await session.stop();
  await session.destroy();
  // babeltrace2 2.0 shows an empty text sequence as the one before it in the stream.
  const { stdout } = await readWith(environment, 'ours', session.folder);
  return { events: comparableLines(stdout), files: await ownersBelow(environment, session.folder) };
}

async function sameOnBothSides<T>(work: (environment: Environment, side: Side) => Promise<T>): Promise<T> {
  const [ours, upstream] = await Promise.all(
    sides.map(async (side) => {
      await using environment = await Environment.create();
      return await work(environment, side);
    }),
  );
  assert.deepEqual(ours, upstream);
  return upstream!;
}

test("root's session records the programs of every user, in files of root", { skip }, async () => {
  const { events, files } = await sameOnBothSides(async (environment, side) => {
    const users = [{}, userIn(environment, UID), userIn(environment, OTHER_UID)];
    await startDaemon(environment, side);
    return await record(environment, await TestSession.create(environment, side), users);
  });
  assert.equal(events.length, 3 * 2 * 30);
  for (const uid of [0, UID, OTHER_UID]) {
    assert.equal(events.filter((line) => line.includes(`vuid = ${uid}, vgid = ${uid}`)).length, 2 * 30);
    assert.ok(files.some((line) => line.endsWith(`ust/uid/${uid}/64-bit/channel0_0`)));
  }
  assert.ok(files.every((line) => / 0:0 /.test(line)));
});

test("a member of the tracing group records with root's daemon, in files of his own", { skip }, async () => {
  const { events, files } = await sameOnBothSides(async (environment, side) => {
    const user = userIn(environment, UID, [tracingGid()]);
    await startDaemon(environment, side);
    const options = { run: user, folder: `${user.cwd}/trace` };
    const session = await TestSession.create(environment, side, options);
    // Root's programs are no secret to him either, as upstream has it; the other user's session is.
    const other = await TestSession.create(environment, side, { name: 'of-root' });
    const { stdout } = await session.attempt('list');
    assert.match(stdout, /recording/);
    assert.doesNotMatch(stdout, /of-root/);
    const recorded = await record(environment, session, [user]);
    await other.destroy();
    return recorded;
  });
  assert.equal(events.length, 2 * 30);
  assert.ok(files.length > 5 && files.every((line) => line.includes(` ${UID}:${UID} `)), files.join('\n'));
});

test('a user who is not of the group has nothing to say to the daemon of root', { skip }, async () => {
  await sameOnBothSides(async (environment, side) => {
    const user = userIn(environment, UID);
    await startDaemon(environment, side);
    const session = await TestSession.create(environment, side, { name: 'of-root' });
    const asUser = (...words: readonly string[]) =>
      environment.run([commandOf(side, 'lttng'), ...words], user);
    const seen = [await asUser('list'), await asUser('stop', 'of-root'), await asUser('destroy', 'of-root')];
    await session.destroy();
    return seen;
  });
});

test("a user's own daemon records the user's programs", { skip }, async () => {
  const { events, files } = await sameOnBothSides(async (environment, side) => {
    const user = userIn(environment, UID);
    await startDaemon(environment, side, user);
    const options = { run: user, folder: `${user.cwd}/trace` };
    return await record(environment, await TestSession.create(environment, side, options), [
      user,
      // Another user's programs find no daemon.
      userIn(environment, OTHER_UID),
    ]);
  });
  assert.equal(events.length, 2 * 30);
  assert.ok(files.every((line) => line.includes(` ${UID}:${UID} `)));
});

test('two daemons, of root and of a user, record one program at once', { skip }, async () => {
  const counts = await sameOnBothSides(async (environment, side) => {
    const user = userIn(environment, UID);
    await startDaemon(environment, side);
    await startDaemon(environment, side, user);
    const ofRoot = await TestSession.create(environment, side, { name: 'of-root' });
    const ofUser = await TestSession.create(environment, side, { run: user, folder: `${user.cwd}/trace` });
    await ofRoot.enableEvent('sample:*');
    await ofRoot.start();
    await ofUser.enableEvent('sample:e*');
    await ofUser.addContexts(['vpid']);
    await ofUser.start();
    for (const language of languages) await environment.output([...samples[language](), 'kinds'], user);
    const sessions = [ofRoot, ofUser];
    for (const session of sessions) await session.destroy();
    const texts = await Promise.all(sessions.map(({ folder }) => readWith(environment, 'ours', folder)));
    return texts.map(({ stdout }) => lines(stdout).length);
  });
  assert.deepEqual(counts, [2 * 30, 2 * 7]);
});

test('the default folder of a trace is below the home of the one who asks', { skip }, async () => {
  const files = await sameOnBothSides(async (environment, side) => {
    const user = userIn(environment, UID, [tracingGid()]);
    await startDaemon(environment, side);
    const asUser = (...words: readonly string[]) =>
      environment.output([commandOf(side, 'lttng'), ...words], user);
    await asUser('create', 'mine');
    await asUser('enable-event', '--userspace', 'sample:*');
    await asUser('start');
    await environment.output([...samples.c(), 'kinds'], user);
    await asUser('destroy');
    const found = await ownersBelow(environment, `${user.cwd}`);
    return found.map((line) => line.replace(/\d{8}-\d{6}/, 'DATE'));
  });
  assert.ok(files.some((line) => line.endsWith('lttng-traces/mine-DATE/ust/uid/1000/64-bit/metadata')));
});
