/** What short runs load: modules of Node that nobody needs, and code, cost milliseconds of each start. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { tracesFolder } from '../../testing/babeltrace2-cases.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..', '..');
const bin = join(root, 'dist', 'bin');
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
  babeltrace2: { path: join(bin, 'babeltrace2.cjs'), empty: write('empty.cjs', '') },
  lttng: { path: join(bin, 'lttng.cjs'), empty: write('empty.cjs', '') },
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
  `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(report)}, JSON.stringify({
  modules: process.moduleLoadList, files: Object.keys(require.cache) })));`,
);

interface Loaded {
  /** Node's public modules. */
  readonly modules: readonly string[];
  /** Parts of the program, and itself. */
  readonly parts: readonly string[];
}

/** What a program loads until it ends. */
function loadedBy(path: string, words: readonly string[]): Loaded {
  const { status, stderr } = spawnSync(process.execPath, ['--require', atExit, path, ...words], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  assert.equal(status, 0, stderr);
  const { modules, files } = JSON.parse(readFileSync(report, 'utf8')) as Record<string, readonly string[]>;
  const loaded = new Set(modules);
  return {
    modules: builtinModules.filter((name) => loaded.has(`NativeModule ${name}`)),
    parts: files!
      .filter((file) => dirname(file) === bin && file !== path)
      .map((file) => basename(file, '.cjs')),
  };
}

interface Run {
  readonly program: keyof typeof PROGRAMS;
  readonly words: readonly string[];
  /** Node's modules beyond those of an empty program; `vm` takes what V8 compiled before from a file. */
  readonly mayLoad: readonly string[];
  readonly parts: readonly string[];
}

/** Reads a trace as text, or in another way. */
const reading = (words: readonly string[], part?: string): Run => ({
  program: 'babeltrace2',
  words: [plain, ...words],
  mayLoad: ['vm'],
  parts: part === undefined ? ['program'] : ['program', part],
});

const RUNS: readonly Run[] = [
  { program: 'babeltrace2', words: ['--version'], mayLoad: [], parts: ['print-quick-text'] },
  reading([]),
  reading(['-o', 'dummy']),
  reading(['-c', 'sink.utils.counter']),
  reading(['--begin=00:00']),
  reading(['-c', 'sink.text.details'], 'details'),
  reading(['--output-format=json'], 'json'),
  reading(['--output-format=ctf', `--output=${join(folder, 'copy')}`], 'copy'),
  reading(['--filter=$event.name == "every_field:integers"'], 'filter'),
  { program: 'babeltrace2', words: ['summary', plain], mayLoad: ['vm'], parts: ['program', 'commands'] },
  {
    program: 'babeltrace2',
    words: [compressed],
    // Whatever decompression needs.
    mayLoad: builtinModules,
    parts: ['program', 'decompress'],
  },
  { program: 'lttng', words: ['version'], mayLoad: ['vm', 'module'], parts: [] },
  { program: 'lttng', words: ['rotate', '--list-options'], mayLoad: ['vm', 'module'], parts: [] },
  { program: 'library', words: [plain], mayLoad: ['module', 'timers/promises'], parts: [] },
  { program: 'library', words: [compressed], mayLoad: builtinModules, parts: [] },
];

for (const { program, words, mayLoad, parts } of RUNS) {
  const shown = words.map((word) => basename(word)).join(' ');
  test(`what a run of ${program} loads: ${shown}`, () => {
    const { path, empty } = PROGRAMS[program];
    const known = new Set([...loadedBy(empty, []).modules, ...mayLoad]);
    const loaded = loadedBy(path, words);
    assert.deepEqual(
      loaded.modules.filter((module) => !known.has(module)),
      [],
    );
    assert.deepEqual(loaded.parts, parts);
  });
}
