/** Which build it is: told by the commands, the daemon and every trace, and the same everywhere. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

test('commands, daemon and trace tell the same build', { skip }, async () => {
  const build: Build = JSON.parse(readFileSync(repositoryPath('dist/bin/build-info.json'), 'utf8'));
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  const line = await environment.output([commandOf('ours', 'lttng'), '--version']);
  const commitText = build.commit === null ? '' : ` - ${build.commit}`;
  assert.equal(line.trim(), `lttng (LTTng Trace Control) 2.13.9 - lttng-ts ${build.version}${commitText}`);
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
  assert.deepEqual(told, [['version', build.version], ...(commit === null ? [] : [['commit', commit]])]);
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
