/** Without the addon the tracer does nothing, silently, and the packages that need none work. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { repositoryPath } from '../harness/environment.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'lttng-ts-'));
  writeFileSync(join(folder, 'damaged.node'), 'no library');
});
after(() => rmSync(folder, { recursive: true, force: true }));

function run(words: readonly string[], env: Readonly<Record<string, string>>) {
  const options = {
    encoding: 'utf8',
    cwd: repositoryPath(),
    env: { ...process.env, HOME: folder, LTTNG_HOME: folder, ...env },
  } as const;
  const { stdout, stderr, status } = spawnSync(process.execPath, words, options);
  return { stdout, stderr, status };
}

/** Evaluates an ES module in the tests' folder, where the packages are found. */
function evaluate(source: string, env: Readonly<Record<string, string>>) {
  return run(['--input-type=module', '-e', source], env);
}

const sample = [repositoryPath('tests/programs/sample.mjs'), 'kinds'];
const silent = { stdout: 'ready\ndone 30\n', stderr: '', status: 0 };

test('a program without the addon runs as ever', () => {
  assert.deepEqual(run(sample, { LTTNG_TS_NATIVE: join(folder, 'missing.node') }), silent);
});

test('a program with a damaged addon runs as ever', () => {
  assert.deepEqual(run(sample, { LTTNG_TS_NATIVE: join(folder, 'damaged.node') }), silent);
});

test('a program that asks to record nothing runs as ever', () => {
  assert.deepEqual(run(sample, { LTTNG_TS_DISABLE: '1' }), silent);
});

test('why nothing is recorded is told to who asks', () => {
  for (const name of ['missing.node', 'damaged.node']) {
    const { stderr } = run(sample, { LTTNG_TS_NATIVE: join(folder, name), LTTNG_UST_DEBUG: '1' });
    assert.match(stderr, /^lttng-ts\[\d+\/main\]: Nothing is recorded: .+\n$/);
  }
});

test('on another platform a program runs, and nothing is enabled', () => {
  const source = `
    for (const name of ['platform', 'arch']) Object.defineProperty(process, name, { value: 'other' });
    const { sample } = await import('./tests/programs/sample-events.mjs');
    const { ready } = await import('@lttng-ts/tracer');
    await ready();
    sample.tick(1, 2n, 'three');
    console.log(sample.tick.isEnabled, sample.tick.eventName);`;
  assert.deepEqual(evaluate(source, {}), { stdout: 'false sample:tick\n', stderr: '', status: 0 });
});

test('definitions are checked without the addon too', () => {
  const source = `
    const { defineProvider, event } = await import('@lttng-ts/tracer');
    try { defineProvider('no name', { a: event() }); } catch (error) { console.log(error.name); }`;
  const { stdout } = evaluate(source, { LTTNG_TS_NATIVE: join(folder, 'missing.node') });
  assert.equal(stdout, 'UsageError\n');
});

test('packages of the reader, and the addon’s own, load without it', () => {
  const source = `
    const { openTraceFolders } = await import('@lttng-ts/ctf/node');
    await import('@lttng-ts/filter');
    await import('@lttng-ts/ring-buffer');
    await import('@lttng-ts/control');
    const { loadNative, nativeUnavailableReason } = await import('@lttng-ts/native');
    console.log(typeof openTraceFolders, loadNative(), nativeUnavailableReason() !== null);`;
  const { stdout, stderr } = evaluate(source, { LTTNG_TS_NATIVE: join(folder, 'missing.node') });
  assert.deepEqual({ stdout, stderr }, { stdout: 'function null true\n', stderr: '' });
});

test('importing the tracer loads nothing heavy, and opens no stream of the program', () => {
  // What is loaded before a provider is defined costs every program that has the package.
  const source = `
    await import('@lttng-ts/tracer');
    const heavy = ['net', 'tty', 'http', 'crypto', 'child_process', 'inspector', 'dns', 'tls', 'zlib', 'readline'];
    const loaded = process.moduleLoadList.map((entry) => entry.replace('NativeModule ', ''));
    console.log(JSON.stringify(loaded.filter((name) => heavy.includes(name))));
    console.log(process.report.getReport().sharedObjects.filter((path) => path.endsWith('lttng-ts.node')).length);`;
  // The same without the package: Node loads some of them for itself.
  const alone = evaluate(source.replace("await import('@lttng-ts/tracer');", ''), {});
  assert.deepEqual(evaluate(source, {}), alone);
});
