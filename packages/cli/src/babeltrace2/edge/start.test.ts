/** What short runs load: modules of Node that nobody needs cost milliseconds of each start. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { tracesFolder } from '../../testing/babeltrace2-cases.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..', '..');
const plain = join(tracesFolder, 'contexts');
const folder = mkdtempSync(join(tmpdir(), 'babeltrace2-start-'));
after(() => rmSync(folder, { recursive: true }));
const compressed = join(folder, 'compressed');
const TIMEOUT_MS = 60_000;

cpSync(plain, compressed, { recursive: true });
for (const entry of readdirSync(compressed, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (!entry.isFile()) continue;
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
  rmSync(path);
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Programs, and empty ones of the same kind. */
const PROGRAMS = {
  babeltrace2: { path: join(root, 'dist', 'bin', 'babeltrace2.cjs'), empty: write('empty.cjs', '') },
  library: {
    path: write(
      'count.mjs',
      `import { openTrace } from ${JSON.stringify(join(root, 'packages/babeltrace/dist/bundle/node.js'))};
let count = 0;
for (const event of openTrace(process.argv[2])) count++;
if (count === 0) throw new Error('No events');`,
    ),
    empty: write('empty.mjs', ''),
  },
} as const;

const report = join(folder, 'report');
const atExit = write(
  'at-exit.cjs',
  `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(report)}, JSON.stringify(process.moduleLoadList)));`,
);

/** Node's public modules that a program loads until it ends. */
function loadedBy(path: string, words: readonly string[]): readonly string[] {
  const { status, stderr } = spawnSync(process.execPath, ['--require', atExit, path, ...words], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  assert.equal(status, 0, stderr);
  const loaded = new Set<string>(JSON.parse(readFileSync(report, 'utf8')));
  return builtinModules.filter((name) => loaded.has(`NativeModule ${name}`));
}

/** What a run may load beyond an empty program; `vm` takes what V8 compiled before from a file. Decompression may load what it needs. */
const RUNS: readonly (readonly [keyof typeof PROGRAMS, readonly string[], readonly string[]])[] = [
  ['babeltrace2', ['--version'], []],
  ['babeltrace2', [plain], ['vm']],
  ['babeltrace2', [plain, '-o', 'dummy'], ['vm']],
  ['babeltrace2', [plain, '-c', 'sink.utils.counter'], ['vm']],
  ['babeltrace2', [compressed], builtinModules],
  ['library', [plain], ['module', 'timers/promises']],
  ['library', [compressed], builtinModules],
];

for (const [name, words, mayLoad] of RUNS) {
  const shown = words.map((word) => basename(word)).join(' ');
  test(`what a run of ${name} loads of Node: ${shown}`, () => {
    const { path, empty } = PROGRAMS[name];
    const known = new Set([...loadedBy(empty, []), ...mayLoad]);
    assert.deepEqual(
      loadedBy(path, words).filter((module) => !known.has(module)),
      [],
    );
  });
}
