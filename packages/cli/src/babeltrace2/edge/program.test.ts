/** What only a process shows: signals, plugins from files, a pipe that is closed. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tracesFolder } from '../../testing/babeltrace2-cases.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..', '..');
const program = join(root, 'bin', 'babeltrace2');
const contexts = join(tracesFolder, 'contexts');
const TIMEOUT_MS = 60_000;

/** A folder with a plugin in it. */
function pluginFolder(t: TestContext, source: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'babeltrace2-plugin-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'bt_plugin_mine.mjs'), source);
  return folder;
}

test('the plugin of the documentation filters events', (t) => {
  const page = readFileSync(join(root, 'docs', 'babeltrace2.md'), 'utf8');
  const [, source = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
  const folder = pluginFolder(t, source);
  const text = execFileSync(
    program,
    [`--plugin-path=${folder}`, contexts, '-c', 'filter.mine.skipper', '-p', 'name="every_field:integers"'],
    { encoding: 'utf8', timeout: TIMEOUT_MS },
  );
  const all = readFileSync(`${contexts}.txt`, 'utf8').split('\n');
  const isWanted = (line: string): boolean => line.includes(' every_field:integers: ');
  const lines = text.trimEnd().split('\n');
  assert.ok(lines.every(isWanted));
  assert.equal(lines.length, all.filter(isWanted).length);
});

test('a plugin that cannot be loaded is told with its folder', (t) => {
  const folder = pluginFolder(t, 'throw new Error("no luck");');
  const { status, stderr } = spawnSync(program, [`--plugin-path=${folder}`, 'list-plugins'], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  assert.equal(status, 1);
  assert.match(stderr, /Unable to load dynamic plugins from directory: path="/);
  assert.match(stderr, /no luck/);
});

test('folders of plugins that nobody may look at are passed over', () => {
  const env = { ...process.env, HOME: `/${'too-long'.repeat(1000)}` };
  const { status, stderr } = spawnSync(program, [contexts], { env, encoding: 'utf8', timeout: TIMEOUT_MS });
  assert.deepEqual([status, stderr], [0, '']);
});

for (const [filter, reason] of [
  ['nothing == 1', 'No such field: name="nothing"'],
  // Other event classes have no such fields.
  ['c32 == "RED"', 'A string cannot be compared with a number'],
  ['a64[3] == 1', 'Index outside the array: index=3'],
] as const) {
  test(`nothing can pass a filter, and why: ${filter}`, () => {
    const { status, stderr, stdout } = spawnSync(program, [contexts, `--filter=${filter}`], {
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
    });
    assert.deepEqual([status, stdout], [0, '']);
    assert.ok(stderr.includes(`No event can pass the filter: ${reason}, expression="${filter}"`), stderr);
  });
}

const WAITING_SOURCE = `
const waiting = {
  kind: 'source', name: 'waiting', plugin: 'mine', description: '',
  initialize(self) {
    self.addOutputPort('out');
    return { createMessageIterator: () => ({ next: () => { console.error('asked'); return { kind: 'again' }; } }) };
  },
};
export default { name: 'mine', description: '', author: '', license: '', version: null, classes: [waiting] };
`;

test('an interruption ends a graph that waits, with status 2', async (t) => {
  const folder = pluginFolder(t, WAITING_SOURCE);
  const child = spawn(
    program,
    [`--plugin-path=${folder}`, '-c', 'source.mine.waiting', '-o', 'dummy', '--retry-duration=60000000'],
    { stdio: ['ignore', 'ignore', 'pipe'], timeout: TIMEOUT_MS, killSignal: 'SIGKILL' },
  );
  const ended = new Promise((settle) => child.once('exit', (code, signal) => settle(signal ?? code)));
  await new Promise((settle) => child.stderr.once('data', settle));
  child.kill('SIGINT');
  assert.equal(await ended, 2);
});

test('a reader that goes away ends the program quietly', () => {
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', `"${program}" "${contexts}" | head -n 1`], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    env: { ...process.env, TZ: 'UTC' },
  });
  assert.equal(stdout, `${readFileSync(`${contexts}.txt`, 'utf8').split('\n')[0]}\n`);
  assert.equal(stderr, '');
});
