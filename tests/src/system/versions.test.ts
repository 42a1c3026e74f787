/** Which build it is, with the patches of its vendor: told by the commands, the daemon and every trace, the same everywhere. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ControlClient } from '@lttng-ts/control';
import { commandOf, Environment, repositoryPath } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples } from '../harness/programs.ts';
import { startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'native');

interface Build {
  readonly version: string;
  readonly commit: string | null;
  readonly patches: readonly { readonly name: string; readonly description: string }[];
}

/** Registers patches in a folder of the environment, and gives its programs a build with them. */
async function buildWithPatches(environment: Environment): Promise<Build> {
  const folder = environment.path('patches');
  mkdirSync(folder);
  writeFileSync(join(folder, 'fix-1'), 'faster start\n');
  writeFileSync(join(folder, 'fix-2'), '');
  await environment.output([process.execPath, repositoryPath('scripts/build-info.mjs'), folder, folder]);
  const built = join(folder, 'build-info.json');
  await environment.output(['mount', '--bind', built, repositoryPath('dist/bin/build-info.json')]);
  return JSON.parse(readFileSync(built, 'utf8'));
}

test('commands, daemon and trace tell the same build', { skip }, async () => {
  await using environment = await Environment.create();
  const build = await buildWithPatches(environment);
  assert.deepEqual(
    build.patches.map(({ name }) => name),
    ['fix-1', 'fix-2'],
  );
  await startDaemon(environment, 'ours');
  const line = await environment.output([commandOf('ours', 'lttng'), '--version']);
  const commitText = build.commit === null ? '' : ` - ${build.commit}`;
  const told213 = `2.13.9 - lttng-ts ${build.version}${commitText} - fix-1, fix-2`;
  assert.equal(line.trim(), `lttng (LTTng Trace Control) ${told213}`);
  const text = await environment.output([commandOf('ours', 'lttng'), 'version']);
  assert.ok(text.startsWith(`lttng version ${told213}`), text);
  assert.match(text, /\nPatches of vendors:\n {2}fix-1: faster start\n {2}fix-2\n/);
  const document = await environment.output([commandOf('ours', 'lttng'), '--mi', 'xml', 'version']);
  assert.match(document, / Patches of vendors: fix-1, fix-2\.<\/description>/);
  const client = await ControlClient.connect(environment.seenFromOutside('/run/lttng/control.sock'));
  const { pid: _, ...info } = await client.call('daemon.info', {});
  client.close();
  const { commit, patches } = build;
  assert.deepEqual(info, { version: `lttng-ts ${build.version}`, commit, patches, uid: 0 });
  const session = await TestSession.create(environment, 'ours');
  await session.enableEvent('sample:tick');
  await session.start();
  await environment.output([...samples.node(), 'ticks', '1', '1']);
  await session.destroy();
  const told = [...session.metadata().matchAll(/^\tlttng_ts_(\w+) = "(.*)";$/gm)].map(([, key, value]) => [
    key,
    value,
  ]);
  assert.deepEqual(told, [
    ['version', build.version],
    ...(commit === null ? [] : [['commit', commit]]),
    ['patches', 'fix-1, fix-2'],
  ]);
});

test('patches are registered by files of a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lttng-patches-'));
  try {
    const output = join(folder, '.out');
    const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
    write('README.md', 'none');
    write('.hidden', 'none');
    write('b-2', 'second patch\nmore words\n');
    write('a_1.0+x', '  first patch  ');
    const run = () => {
      const script = repositoryPath('scripts/build-info.mjs');
      return spawnSync(process.execPath, [script, folder, output], { encoding: 'utf8' });
    };
    assert.equal(run().status, 0);
    const { patches }: Build = JSON.parse(readFileSync(join(output, 'build-info.json'), 'utf8'));
    assert.deepEqual(patches, [
      { name: 'a_1.0+x', description: 'first patch' },
      { name: 'b-2', description: 'second patch' },
    ]);
    write('not a name"', '');
    const refused = run();
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /Not a name of a patch/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
