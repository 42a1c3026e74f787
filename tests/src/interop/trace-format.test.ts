/**
 * Recordings with metadata of CTF 2: the same events as with CTF 1.8, out of the same bytes. Readers of Babeltrace
 * 2.0 know 1.8 only; ours reads both, in the library and as `babeltrace2`.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseMetadata, unpackMetadata } from '@lttng-ts/ctf';
import { commandOf, Environment, repositoryPath } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples, shapesProgram } from '../harness/programs.ts';
import { comparableLines, readWith } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'native', 'upstream');

/** Two sessions record the same programs, one in each format. */
async function recordBoth(
  environment: Environment,
  way: 'plain' | 'rotated' | 'snapshot',
): Promise<readonly [string, string]> {
  await startDaemon(environment, 'ours');
  const lttng = async (...words: readonly string[]): Promise<string> =>
    await environment.output([commandOf('ours', 'lttng'), ...words]);
  const names = ['ctf-1.8', 'ctf-2'] as const;
  for (const name of names) {
    const output = way === 'snapshot' ? ['--snapshot'] : [];
    await lttng('create', name, `--trace-format=${name}`, `--output=${environment.path(name)}`, ...output);
    await lttng('enable-channel', '-u', '-s', name, 'c', '--discard', '--subbuf-size=1M');
    await lttng('enable-event', '-u', '-s', name, '-c', 'c', '*', '--exclude=lttng_ust*');
    await lttng('add-context', '-u', '-s', name, '-c', 'c', '-t', 'vpid', '-t', 'procname');
    await lttng('start', name);
  }
  const work = async (): Promise<void> => {
    await environment.output([...samples.c(), 'kinds']);
    await environment.output([...samples.node(), 'kinds']);
    await environment.output([shapesProgram()]);
  };
  await work();
  if (way === 'rotated') {
    for (const name of names) await lttng('rotate', name);
    await work();
  }
  if (way === 'snapshot') for (const name of names) await lttng('snapshot', 'record', '-s', name);
  for (const name of names) await lttng('destroy', name);
  return [environment.path(names[0]), environment.path(names[1])];
}

for (const way of ['plain', 'rotated', 'snapshot'] as const) {
  test(`the same events in both formats: ${way}`, { skip }, async () => {
    await using environment = await Environment.create();
    const [old, later] = await recordBoth(environment, way);
    const text = async (folder: string): Promise<string> =>
      (await readWith(environment, 'ours', folder)).stdout;
    const [wanted, seen] = [await text(old), await text(later)];
    assert.ok(wanted.split('\n').length > 50);
    assert.deepEqual(comparableLines(seen), comparableLines(wanted));
    const printed = async (folder: string): Promise<string> =>
      await environment.output([repositoryPath('bin/babeltrace2'), folder]);
    // Labels of one value come in another order, as in Babeltrace 2.1.
    const sorted = (line: string): string =>
      line.replaceAll(/\{ ("\w+"(?:, "\w+")+) \}/g, (_, labels: string) => labels.split(', ').sort().join());
    assert.deepEqual(
      comparableLines(await printed(later)).map(sorted),
      comparableLines(await printed(old)).map(sorted),
    );
  });
}

/** Every metadata file below a folder. */
function metadataFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(({ name }) => name === 'metadata')
    .map(({ parentPath, name }) => join(parentPath, name));
}

test('the metadata are fragments of CTF 2 in packets that say so', { skip }, async () => {
  await using environment = await Environment.create();
  const [, later] = await recordBoth(environment, 'plain');
  const files = metadataFiles(later);
  assert.equal(files.length, 1);
  const bytes = readFileSync(files[0] ?? '');
  // The header's last two bytes are the version.
  assert.deepEqual([...bytes.subarray(35, 37)], [2, 0]);
  const { text } = unpackMetadata(bytes);
  const fragments = text
    .split('\x1e')
    .slice(1)
    .map((fragment) => JSON.parse(fragment));
  assert.deepEqual(
    fragments.slice(0, 4).map(({ type }) => type),
    ['preamble', 'trace-class', 'clock-class', 'data-stream-class'],
  );
  assert.equal(fragments[0].version, 2);
  const { traceClass } = parseMetadata(bytes);
  assert.equal(traceClass.environment.get('trace_name'), 'ctf-2');
});

test('a session is made in a format that exists, and tells it', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  const session = await TestSession.create(environment, 'ours');
  const refused = await session.attempt('create', 'x', '--trace-format=ctf-3');
  assert.equal(refused.status, 1);
  assert.match(
    refused.stderr,
    /^Error: Unknown trace format: ctf-3\. Possible values are: default, ctf-1\.8, ctf-2$/m,
  );
  await session.lttng('create', 'x', '--trace-format=ctf-2');
  assert.match((await session.lttng('list', 'x')).stdout, /^Trace format: CTF 2$/m);
  await session.lttng('create', 'y', '--trace-format=default');
  assert.doesNotMatch((await session.lttng('list', 'y')).stdout, /Trace format/);
});

test('who does not say a format gets the one of the daemon', { skip }, async () => {
  await using environment = await Environment.create();
  await environment.output([
    commandOf('ours', 'lttng-sessiond'),
    '--daemonize',
    '--no-kernel',
    '--default-trace-format=ctf-2',
  ]);
  const session = await TestSession.create(environment, 'ours');
  const isCtf2 = async (name: string): Promise<boolean> =>
    /^Trace format: CTF 2$/m.test((await session.lttng('list', name)).stdout);
  await session.lttng('create', 'default', '--trace-format=default');
  await session.lttng('create', 'older', '--trace-format=ctf-1.8');
  const seen = [await isCtf2(session.name), await isCtf2('default'), await isCtf2('older')];
  assert.deepEqual(seen, [true, true, false]);
});
