/** The tracer as an npm package, and inside of programs that were bundled into one file. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { Environment, repositoryPath } from '../harness/environment.ts';
import { record, startDaemon } from '../harness/recording.ts';
import { daemonSides, eventLines, skip } from './node-world.ts';

/** A program's folder with the package installed, made once. */
let app: Environment | null = null;

before(async () => {
  if (skip !== false) return;
  app = await Environment.create();
  const installed = app.path('app/node_modules/@lttng-ts/tracer');
  const script = repositoryPath('packages/tracer/scripts/pack.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, installed], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  for (const name of ['sample.mjs', 'sample-events.mjs'])
    copyFileSync(repositoryPath('tests/programs', name), app.path('app', name));
});

after(async () => await app?.[Symbol.asyncDispose]());

/** Folder of the application. */
function appPath(...parts: readonly string[]): string {
  assert.ok(app !== null);
  return app.path('app', ...parts);
}

async function bundle(format: 'esm' | 'cjs', outfile: string): Promise<string> {
  await build({
    entryPoints: [appPath('sample.mjs')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format,
    minify: true,
    // The package knows that a bundle in CommonJS has no address of its own.
    logOverride: { 'empty-import-meta': 'silent' },
    logLevel: 'error',
  });
  return outfile;
}

const programs: Readonly<
  Record<string, () => Promise<{ readonly path: string; readonly env?: Readonly<Record<string, string>> }>>
> = {
  'as a package': async () => ({ path: appPath('sample.mjs') }),
  'in an ESM bundle': async () => ({ path: await bundle('esm', appPath('bundle.mjs')) }),
  'in a CommonJS bundle': async () => ({ path: await bundle('cjs', appPath('bundle.cjs')) }),
  'in a bundle that was moved, with the addon beside it': async () => {
    const folder = appPath('../moved');
    mkdirSync(folder, { recursive: true });
    cpSync(repositoryPath('packages/native/prebuilds'), join(folder, 'prebuilds'), { recursive: true });
    return { path: await bundle('esm', join(folder, 'bundle.mjs')) };
  },
  'in a bundle that is told where the addon is': async () => {
    const folder = appPath('../told');
    mkdirSync(folder, { recursive: true });
    const path = await bundle('cjs', appPath('told.cjs'));
    renameSync(path, join(folder, 'told.cjs'));
    const prebuilds = repositoryPath('packages/native/prebuilds');
    const [platform = ''] = readdirSync(prebuilds).filter((name) => name.startsWith('linux'));
    return {
      path: join(folder, 'told.cjs'),
      env: { LTTNG_TS_NATIVE: join(prebuilds, platform, 'lttng-ts.node') },
    };
  },
};

for (const side of daemonSides) {
  for (const [how, make] of Object.entries(programs)) {
    test(`the tracer records ${how}, daemon: ${side}`, { skip }, async () => {
      await using environment = await Environment.create();
      await startDaemon(environment, side);
      const { path, env = {} } = await make();
      const { folder } = await record(environment, { side, rules: [['sample:*']] }, async () => {
        await environment.output([process.execPath, path, 'kinds'], { env });
      });
      assert.equal((await eventLines(environment, folder)).length, 30);
    });
  }
}

test('importing the package loads one small file, and no module of Node that is not there', { skip }, () => {
  const list = "console.log(process.moduleLoadList.join('\\n'))";
  const run = (first: string) => {
    const words = ['--input-type=module', '-e', `${first}; ${list}`];
    return spawnSync(process.execPath, words, { cwd: appPath(), encoding: 'utf8' }).stdout.split('\n');
  };
  writeFileSync(appPath('empty.mjs'), '');
  const before = new Set(run("await import('node:module'); await import('./empty.mjs')"));
  const added = run("await import('@lttng-ts/tracer')").filter((name) => !before.has(name));
  assert.deepEqual(added, []);
});
