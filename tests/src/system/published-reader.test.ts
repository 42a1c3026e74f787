/**
 * The reader as others get it: its package, packed, installed in an empty folder outside of this workspace, and used by a
 * small program that is compiled strictly against its typings, in Node.js and in a web page.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { withPage, withServer } from '../harness/browser.ts';
import { repositoryPath } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';

const TIMEOUT_MS = 120_000;
const trace = repositoryPath('packages/ctf/traces/contexts/ust/uid/0/64-bit');
const eventCount = readFileSync(repositoryPath('packages/ctf/traces/contexts.txt'), 'utf8')
  .trimEnd()
  .split('\n').length;

/** What a program does with a reader, whatever it came from. */
const USE = `
import { type ColumnBatch, FormatError, noticeText, openTraceFiles, openTraces, summarizeTrace, type TraceEvent, type TraceReader } from '@lttng-ts/babeltrace';

export interface Findings { events: number; filtered: number; sought: number; rows: number; summary: number; refused: string; notices: string[] }

export async function use(reader: TraceReader): Promise<Findings> {
  const times: bigint[] = [];
  let first: TraceEvent | null = null;
  for await (const event of reader) {
    first ??= event;
    if (event.ns !== null) times.push(event.ns);
  }
  const name: string | null = first === null ? null : first.name;
  const middle = times[times.length >> 1];
  if (name === null || middle === undefined) throw new Error('no events');
  const sought = [...reader.seek(middle)].filter(({ ns }) => ns !== null && ns >= middle).length;
  const filtered = [...openTraces(reader.traces, { filter: '$event.name == "*integers"' })].length;
  let rows = 0;
  for await (const batch of reader.columns('every_field:integers', ['i8', '$ctx.vpid'])) rows += rowsOf(batch);
  let refused = '';
  try {
    openTraceFiles({ metadata: new Uint8Array(4) });
  } catch (error) {
    if (error instanceof FormatError) refused = error.story;
  }
  const summary = reader.traces.reduce((sum, one) => sum + summarizeTrace(one).events, 0);
  const notices = reader.traces.flatMap((one) => one.notices.map(noticeText));
  return { events: times.length, filtered, sought, rows, summary, refused, notices };
}

const rowsOf = ({ count }: ColumnBatch): number => count;
`;

const NODE = `
import { openTrace } from '@lttng-ts/babeltrace/node';
import { use } from './use.js';

using reader = openTrace('./trace', { continuesAfterDamage: true });
console.log(JSON.stringify(await use(reader)));
`;

const PAGE = `
import { fetchTrace, openDroppedItems, openFileList, type TraceReader } from '@lttng-ts/babeltrace';
import { use } from './use.js';

export const chosen = (files: FileList): Promise<TraceReader> => openFileList(files);
export const dropped = (items: DataTransferItemList): Promise<TraceReader> => openDroppedItems(items);

const reader = await fetchTrace('/trace', ['metadata', 'channel_0', 'channel_1']);
document.body.textContent = JSON.stringify(await use(reader));
document.body.dataset['state'] = 'done';
`;

const HTML = `<!doctype html>
<script type="importmap">{ "imports": { "@lttng-ts/babeltrace": "/node_modules/@lttng-ts/babeltrace/dist/index.js" } }</script>
<body><script type="module" src="/page.js"></script>
`;

/** Strictly, and with what is in declarations of packages. */
const COMPILER_OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  types: [],
  target: 'ES2022',
};

let folder = '';

function run(command: string, words: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    cwd: folder,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  assert.equal(status, 0, `${command} ${words.join(' ')}: ${error ?? ''}${stdout}${stderr}`);
  return stdout;
}

function compile(options: Readonly<Record<string, unknown>>, files: readonly string[]): void {
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...COMPILER_OPTIONS, ...options }, files }),
  );
  run(process.execPath, [repositoryPath('node_modules/typescript/bin/tsc'), '-p', folder]);
}

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'lttng-published-'));
  run('npm', ['pack', '--silent', '--pack-destination', folder, repositoryPath('dist/npm/babeltrace')]);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  // Offline: it needs no other package.
  run('npm', ['install', '--silent', '--offline', '--no-audit', '--no-fund', `./${tarball}`]);
  cpSync(trace, join(folder, 'trace'), { recursive: true });
  for (const [name, text] of Object.entries({
    'use.ts': USE,
    'node.ts': NODE,
    'page.ts': PAGE,
    'page.html': HTML,
  }))
    writeFileSync(join(folder, name), text);
});

after(() => rmSync(folder, { recursive: true, force: true }));

function check(text: string): void {
  const found = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const { refused, ...rest } = found;
  assert.deepEqual(rest, {
    events: eventCount,
    filtered: 15,
    sought: Math.ceil(eventCount / 2),
    rows: 15,
    summary: eventCount,
    notices: [],
  });
  assert.match(String(refused), /LTTNG_FORMAT/);
}

test('what is packed is the bundle and its typings, and names no other package', () => {
  const installed = join(folder, 'node_modules');
  assert.deepEqual(
    readdirSync(installed).filter((name) => !name.startsWith('.')),
    ['@lttng-ts'],
  );
  assert.deepEqual(readdirSync(join(installed, '@lttng-ts')), ['babeltrace']);
  const files = readdirSync(join(installed, '@lttng-ts/babeltrace'), {
    recursive: true,
    withFileTypes: true,
  }).filter((entry) => entry.isFile());
  assert.ok(files.length > 50);
  for (const { parentPath, name } of files) {
    const text = readFileSync(join(parentPath, name), 'utf8');
    if (name.endsWith('.d.ts')) assert.doesNotMatch(text, /(from |import\()['"](?!\.)/, name);
  }
});

test('a strict program compiles against the package, and runs', () => {
  compile({ module: 'NodeNext', lib: ['ES2022', 'DOM'] }, ['node.ts']);
  check(run(process.execPath, ['node.js']));
});

test('so does a web page', { skip: skipUnless('chromium') }, async () => {
  compile({ module: 'ESNext', moduleResolution: 'Bundler' }, ['page.ts']);
  const published = 'node_modules/@lttng-ts/babeltrace/dist';
  const names = [
    'page.html',
    'page.js',
    'use.js',
    'trace/metadata',
    'trace/channel_0',
    'trace/channel_1',
    `${published}/index.js`,
    `${published}/reader.js`,
  ];
  const served = Object.fromEntries(names.map((name) => [`/${name}`, join(folder, name)]));
  await withServer(served, async (address) => {
    await withPage(`${address}/page.html`, async (page) => {
      await page.waitForSelector('body[data-state=done]');
      check((await page.textContent('body')) ?? '');
    });
  });
});
