/**
 * Archive policies with the real daemon: chunks are compressed, encrypted, handed to a command with the rights of
 * the session's owner, and removed in time, while recording goes on; every event can still be read.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { Environment, type RunOptions } from '../harness/environment.ts';
import { eventually } from '../harness/eventually.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { lines, readWith } from '../harness/reading.ts';
import { order, quit, startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');
const UID = 1000;
const CHUNKS = 4;
const TICKS = 500;

/** A member of the tracing group with a home of its own. */
function userIn(environment: Environment): RunOptions {
  const { stdout } = spawnSync('getent', ['group', 'tracing'], { encoding: 'utf8' });
  const home = environment.path('home');
  chmodSync(environment.folder, 0o755);
  mkdirSync(home);
  chownSync(home, UID, UID);
  const groups = [Number(stdout.split(':')[2])];
  return { uid: UID, groups, cwd: home, env: { HOME: home, LTTNG_HOME: home } };
}

/** Counts of `lttng archive-policy show`. */
async function counts(session: TestSession): Promise<string> {
  const { stdout } = await session.lttng('archive-policy', 'show', `--session=${session.name}`);
  return /chunks: (.*)/.exec(stdout)?.[1] ?? stdout;
}

async function recordChunks(environment: Environment, session: TestSession, run: RunOptions): Promise<void> {
  await session.enableEvent('sample:tick');
  await session.start();
  const sample = environment.start([sampleProgram(), 'serve'], run);
  await sample.printed(/ready/);
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    await order(sample, `ticks ${chunk} ${TICKS}`);
    await session.lttng('rotate', session.name);
  }
  await quit(sample);
}

const chunksOf = (folder: string): readonly string[] =>
  readdirSync(join(folder, 'archives')).sort((a, b) => chunkId(a) - chunkId(b));
const sizeBytesOf = (folder: string): number =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
const chunkId = (name: string): number => Number(name.split('-').at(-1));

test('chunks are compressed, given to a command of the owner, and the oldest removed', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  const run = userIn(environment);
  const folder = environment.path('home', 'trace');
  const session = await TestSession.create(environment, 'ours', { run, folder });
  const log = environment.path('home', 'ran');
  const command = `sh -c 'echo "$(id -u) $(id -g) $LTTNG_SESSION $1 $LTTNG_HOME" >>${log}' x`;
  const set = await session.lttng(
    'archive-policy',
    'set',
    '--compress=gzip',
    `--run=${command}`,
    '--keep-chunks=2',
  );
  assert.match(set.stdout, /^Archive policy set on session recording\n {4}compress: gzip\n/);
  await recordChunks(environment, session, run);
  await eventually('all chunks are worked on', async () =>
    (await counts(session)) === '4 processed, 0 waiting, 2 deleted, 0 failed' ? true : null,
  );
  const status = await session.lttng('status');
  assert.match(status.stdout, /\nArchive policy:\n {4}compress: gzip\n/);
  const { stdout: json } = await session.lttng('--mi=json', 'list', session.name);
  const { items } = JSON.parse(json) as {
    readonly items: readonly [{ readonly session: { readonly archivePolicy: { processedCount: number } } }];
  };
  assert.equal(items[0].session.archivePolicy.processedCount, 4);
  const chunks = chunksOf(folder);
  assert.deepEqual(chunks.map(chunkId), [2, 3]);
  const ran = lines(readFileSync(log, 'utf8'));
  assert.deepEqual(
    ran.map((line) => line.replace(/archives\/.*-(\d+) $/, 'archives/$1')),
    [0, 1, 2, 3].map((id) => `${UID} ${UID} recording ${folder}/archives/${id}`),
    'the owner, once for each chunk, with nothing of the daemon’s environment',
  );
  const { stdout } = await readWith(environment, 'ours', folder);
  assert.equal(lines(stdout).length, 2 * TICKS);
  const plain = await environment.output(['find', folder, '-name', '*_[0-9]', '-o', '-name', 'metadata']);
  assert.deepEqual(
    lines(plain).filter((path) => path.includes('/archives/')),
    [],
    'no plain file is left',
  );
  // What users do who want Babeltrace to read it.
  await environment.output(['gunzip', '-r', join(folder, 'archives')]);
  const unpacked = await readWith(environment, 'babeltrace2', join(folder, 'archives'));
  assert.equal(unpacked.stdout, stdout);
  assert.match((await session.lttng('archive-policy', 'remove')).stdout, /^Archive policy removed/);
  assert.match((await session.attempt('archive-policy', 'remove')).stderr, /No archive policy is set/);
  await session.destroy();
});

test("chunks are encrypted for Debian's age, that of a destroyed session too", { skip }, async (t) => {
  if (spawnSync('age', ['--version']).status !== 0) return t.skip('age is missing (npm run peers)');
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  const session = await TestSession.create(environment, 'ours');
  const key = environment.path('key');
  const { stderr: made } = await environment.run(['age-keygen', '-o', key]);
  const [, recipient] = /(age1\w+)/.exec(made) ?? [];
  const refused = await session.attempt('archive-policy', 'set', '--encrypt-for=age1wrong');
  assert.notEqual(refused.status, 0);
  await session.lttng('archive-policy', 'set', '--compress', `--encrypt-for=${recipient}`);
  await recordChunks(environment, session, {});
  const last = await session.destroy();
  assert.match(last.stdout, /archives\/.*-4\n/);
  const plain = environment.path('plain');
  await eventually('the archives of the session that is gone are encrypted', async () => {
    const left = await environment.output(['find', session.folder, '-type', 'f', '!', '-name', '*.age']);
    return left === '' ? true : null;
  });
  const script = `cd ${session.folder} && find . -name '*.age' | while read -r file; do
    mkdir -p "${plain}/$(dirname "$file")" && age -d -i ${key} -o "${plain}/\${file%.age}" "$file" || exit 1
  done`;
  writeFileSync(environment.path('decrypt'), script);
  await environment.output(['sh', environment.path('decrypt')]);
  const { stdout } = await readWith(environment, 'ours', plain);
  assert.equal(lines(stdout).length, CHUNKS * TICKS);
});

test('the newest chunks are kept that are so large together, and those that are not so old', {
  skip,
}, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  const session = await TestSession.create(environment, 'ours');
  await session.lttng('archive-policy', 'set', '--keep-time=1h', '--keep-size=1G');
  await recordChunks(environment, session, {});
  const sizes = chunksOf(session.folder).map((name) => sizeBytesOf(join(session.folder, 'archives', name)));
  const [, second = 0, third = 0, newest = 0] = sizes;
  assert.ok(sizes.length === CHUNKS && sizes.every((size) => size > 0), `sizes=${sizes}`);
  // Two chunks, and a part of a third one.
  await session.lttng('archive-policy', 'set', `--keep-size=${third + newest + (second >> 1)}`);
  await eventually('the oldest two are removed', async () =>
    chunksOf(session.folder).length === CHUNKS - 2 ? true : null,
  );
  assert.deepEqual(chunksOf(session.folder).map(chunkId), [2, 3]);
  await session.lttng('archive-policy', 'set', '--keep-time=1s');
  await eventually('all that are older are removed', async () =>
    chunksOf(session.folder).length === 1 ? true : null,
  );
  assert.deepEqual(chunksOf(session.folder).map(chunkId), [3]);
  await session.destroy();
});

test('zstd is gzip where Node.js lacks it, and the command says so', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  const session = await TestSession.create(environment, 'ours');
  const { stdout } = await session.lttng('archive-policy', 'set', '--compress=zstd');
  const compression = 'createZstdCompress' in zlib ? 'zstd' : 'gzip';
  assert.match(stdout, new RegExp(`\n {4}compress: ${compression}\n`));
  await session.destroy();
});
