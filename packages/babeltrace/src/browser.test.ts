/** What web pages import: nothing of Node.js is in its graph, and it reads what pages have. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { LttngError } from '@lttng-ts/base';
import {
  type DroppedEntry,
  fetchTrace,
  openDroppedItems,
  openFileList,
  openTraces,
  type WebFile,
} from './index.ts';

const traces = join(import.meta.dirname, '..', '..', 'ctf', 'traces');
const contexts = join(traces, 'contexts');
const eventCount = readFileSync(`${contexts}.txt`, 'utf8').trimEnd().split('\n').length;

const IMPORT = /\b(?:from|import)\s*\(?\s*['"]([^'"\n]+)['"]/g;

/** Every module that `entry` leads to, by its path; names of Node.js's modules as they stand. */
function graphOf(entry: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [entry];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    if (path.startsWith('node:')) continue;
    for (const [, target = ''] of readFileSync(path, 'utf8').matchAll(IMPORT)) {
      if (target.startsWith('.')) open.push(resolve(path, '..', target));
      else {
        const url = import.meta.resolve(target);
        open.push(url.startsWith('node:') ? url : fileURLToPath(url));
      }
    }
  }
  return seen;
}

test('no module of Node.js is in the graph of the main entry', () => {
  const modules = graphOf(join(import.meta.dirname, 'index.js'));
  const packages = new Set([...modules].map((path) => /packages\/(\w+)\/dist/.exec(path)?.[1] ?? path));
  // The walk finds what there is.
  assert.ok(modules.size > 60);
  for (const name of ['babeltrace', 'ctf', 'filter', 'base', 'wire']) assert.ok(packages.has(name), name);
  assert.deepEqual(
    [...modules].filter((path) => path.startsWith('node:') || path.includes('/edge/')),
    [],
  );
  for (const path of modules) assert.ok(existsSync(path));
  // And it finds them where they are.
  assert.ok([...graphOf(join(import.meta.dirname, 'edge', 'node.js'))].includes('node:fs'));
});

test('what is published is the reader in few files, of which the main one runs in browsers', async () => {
  const bundle = (name: string): string => join(import.meta.dirname, 'bundle', name);
  assert.equal(fileURLToPath(import.meta.resolve('@lttng-ts/babeltrace')), bundle('index.js'));
  assert.equal(fileURLToPath(import.meta.resolve('@lttng-ts/babeltrace/node')), bundle('node.js'));
  assert.deepEqual([...graphOf(bundle('index.js'))].sort(), [bundle('index.js'), bundle('reader.js')]);
  const files = [...graphOf(bundle('node.js'))].filter((path) => !path.startsWith('node:'));
  assert.deepEqual(files.sort(), [bundle('node.js'), bundle('reader.js')]);
  const [{ TraceReader, summarizeTrace }, { openTrace }] = await Promise.all([
    import('@lttng-ts/babeltrace'),
    import('@lttng-ts/babeltrace/node'),
  ]);
  using reader = openTrace(contexts);
  // Both entries have the same classes.
  assert.ok(reader instanceof TraceReader);
  assert.equal(reader.traces.map((trace) => summarizeTrace(trace).events).join(), String(eventCount));
});

const fileAt = (path: string, relativePath: string): WebFile => ({
  name: path.slice(path.lastIndexOf('/') + 1),
  webkitRelativePath: relativePath,
  arrayBuffer: async () => Uint8Array.from(readFileSync(path)).buffer,
});

test('a list of files is read', async () => {
  const files = readdirSync(contexts, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => fileAt(path, path.slice(traces.length + 1)));
  const reader = await openFileList(files);
  assert.equal([...reader].length, eventCount);
  const some = [...openTraces(reader.traces, { filter: '$event.name == "*integers"' })];
  assert.ok(some.length > 0 && some.length < eventCount);
  // Files of one folder, chosen without it.
  const folder = join(contexts, 'ust', 'uid', '0', '64-bit');
  const alone = ['metadata', 'channel_0', 'channel_1'].map((name) => fileAt(join(folder, name), ''));
  assert.equal([...(await openFileList(alone))].length, eventCount);
});

test('files that are in no trace are not read', async () => {
  const unread = (path: string): WebFile => ({
    name: path,
    webkitRelativePath: path,
    arrayBuffer: () => Promise.reject(new Error(`read: ${path}`)),
  });
  const others = ['home/film.mkv', 'home/traces/1/deep/er/file', 'home/metadata.txt'].map(unread);
  await assert.rejects(openFileList(others), /No trace found/);
  const folder = join(contexts, 'ust', 'uid', '0', '64-bit');
  const files = ['metadata', 'channel_0', 'channel_1', 'index/channel_0.idx'].map((name) =>
    fileAt(join(folder, name), `home/traces/1/${name}`),
  );
  assert.equal([...(await openFileList([...others, ...files]))].length, eventCount);
});

/** As browsers give entries: folders in parts. */
function entryOf(path: string, fullPath: string): DroppedEntry {
  if (path.endsWith('/')) {
    const names = readdirSync(path, { withFileTypes: true });
    const entries = names.map((one) =>
      entryOf(join(path, one.name) + (one.isDirectory() ? '/' : ''), `${fullPath}/${one.name}`),
    );
    return {
      isFile: false,
      isDirectory: true,
      fullPath,
      createReader: () => ({ readEntries: (take) => take(entries.splice(0, 1)) }),
    };
  }
  return { isFile: true, isDirectory: false, fullPath, file: (take) => take(fileAt(path, '')) };
}

test('folders that were dropped are read', async () => {
  const items = [
    { webkitGetAsEntry: () => entryOf(`${contexts}/`, '/contexts') },
    // A text that was dropped with them.
    { webkitGetAsEntry: () => null },
  ];
  assert.equal([...(await openDroppedItems(items))].length, eventCount);
  await assert.rejects(openDroppedItems([]), /No trace found/);
});

test('files that are compressed one by one are read', async (t) => {
  const folder = join(contexts, 'ust', 'uid', '0', '64-bit');
  const packed = (name: string): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(gzipSync(readFileSync(join(folder, name))));
  const fileOf = (name: string): WebFile => ({
    name: `${name}.gz`,
    arrayBuffer: async () => packed(name).buffer,
  });
  const files = ['metadata', 'channel_0', 'channel_1'].map(fileOf);
  assert.equal([...(await openFileList(files))].length, eventCount);
  const entries = files.map((file): DroppedEntry => {
    return { isFile: true, isDirectory: false, fullPath: `/t/${file.name}`, file: (take) => take(file) };
  });
  const items = entries.map((entry) => ({ webkitGetAsEntry: () => entry }));
  assert.equal([...(await openDroppedItems(items))].length, eventCount);
  t.mock.method(globalThis, 'fetch', async (path: string) => {
    return new Response(packed(path.slice('https://example.org/t/'.length, -'.gz'.length)));
  });
  const names = ['metadata.gz', 'channel_0.gz'];
  assert.equal([...(await fetchTrace('https://example.org/t', names))].length, eventCount);
});

test('files that are fetched are read', async (t) => {
  const asked: string[] = [];
  t.mock.method(globalThis, 'fetch', async (path: string) => {
    asked.push(path);
    const file = join(contexts, 'ust', 'uid', '0', '64-bit', path.slice('https://example.org/t/'.length));
    return existsSync(file) ? new Response(readFileSync(file)) : new Response('', { status: 404 });
  });
  const reader = await fetchTrace('https://example.org/t', ['metadata', 'channel_0', 'index/channel_0.idx']);
  assert.equal([...reader].length, eventCount);
  assert.deepEqual(asked.toSorted(), [
    'https://example.org/t/channel_0',
    'https://example.org/t/index/channel_0.idx',
    'https://example.org/t/metadata',
  ]);
  await assert.rejects(
    fetchTrace('https://example.org/t/', ['metadata', 'no such']),
    /HTTP_404.*no%20such|no%20such.*HTTP_404/,
  );
});

/** Answers with files of a recorded trace, as `of` says; gives what was asked for. */
function serve(
  t: TestContext,
  of: (name: string, bytes: Buffer<ArrayBuffer>) => Response | Promise<Response>,
): string[] {
  const asked: string[] = [];
  t.mock.method(globalThis, 'fetch', async (path: string) => {
    asked.push(path);
    const name = decodeURIComponent(new URL(path, 'https://example.org').pathname.split('/').at(-1)!);
    const file = join(contexts, 'ust', 'uid', '0', '64-bit', name.replace(/\.(gz|zst)$/, ''));
    return await of(name, Buffer.from(readFileSync(file)));
  });
  return asked;
}

test('query strings of addresses are kept, and not told', async (t) => {
  const asked = serve(t, (_, bytes) => new Response(bytes));
  const names = ['metadata', 'channel_0'];
  for (const base of ['https://example.org/t?key=a/b', 'https://example.org/t/?key=a/b#part']) {
    assert.equal([...(await fetchTrace(base, names))].length, eventCount);
    assert.deepEqual(asked.splice(0).toSorted(), [
      'https://example.org/t/channel_0?key=a/b',
      'https://example.org/t/metadata?key=a/b',
    ]);
  }
  assert.equal([...(await fetchTrace(new URL('https://example.org/t'), names))].length, eventCount);
  const addresses = { metadata: '/metadata?sig=1', channel_0: new URL('https://other.org/channel_0?sig=2') };
  asked.splice(0);
  assert.equal([...(await fetchTrace('', addresses))].length, eventCount);
  assert.deepEqual(asked, ['/metadata?sig=1', 'https://other.org/channel_0?sig=2']);
  serve(t, () => new Response('', { status: 403 }));
  await assert.rejects(fetchTrace('https://example.org/t?key=secret', names), (error: LttngError) => {
    assert.match(error.message, /HTTP_403/);
    return !error.story.includes('secret');
  });
});

test('what servers compress on the way is told from what was compressed before', async (t) => {
  const encoded = { headers: { 'content-encoding': 'gzip' } };
  // As fetch gives it: decoded, the header left.
  serve(t, (_, bytes) => new Response(bytes, encoded));
  assert.equal(
    [...(await fetchTrace('https://example.org/t', ['metadata', 'channel_0']))].length,
    eventCount,
  );
  assert.equal(
    [...(await fetchTrace('https://example.org/t', ['metadata.gz', 'channel_0.gz']))].length,
    eventCount,
  );
  serve(t, (_, bytes) => new Response(Uint8Array.from(gzipSync(bytes)), encoded));
  assert.equal(
    [...(await fetchTrace('https://example.org/t', ['metadata.gz', 'channel_0.gz']))].length,
    eventCount,
  );
  // One raw block, the last: an encoding that is not undone everywhere.
  const framed = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
    const head = [0x28, 0xb5, 0x2f, 0xfd, 0xa0, ...new Uint8Array(Uint32Array.of(bytes.length).buffer)];
    const block = (bytes.length << 3) | 1;
    return Uint8Array.of(...head, block & 255, (block >> 8) & 255, block >> 16, ...bytes);
  };
  serve(t, (_, bytes) => new Response(framed(bytes), { headers: { 'content-encoding': 'zstd' } }));
  assert.equal(
    [...(await fetchTrace('https://example.org/t', ['metadata', 'channel_0']))].length,
    eventCount,
  );
  serve(t, (_, bytes) => new Response(bytes));
  await assert.rejects(
    fetchTrace('https://example.org/t', ['metadata.gz']),
    /Damaged compressed file: path="metadata.gz"/,
  );
});

test('what is wrong with a server is told', async (t) => {
  serve(
    t,
    () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html; charset=utf-8' } }),
  );
  await assert.rejects(
    fetchTrace('https://example.org/t', ['metadata']),
    /The server gives a web page instead of a file: path="https:\/\/example.org\/t\/metadata"/,
  );
  serve(t, () => Promise.reject(new TypeError('Failed to fetch')));
  await assert.rejects(fetchTrace('https://example.org/t', ['metadata']), (error: LttngError) => {
    assert.match(error.story, /ENETWORK/);
    assert.match(error.story, /path="https:\/\/example.org\/t\/metadata", reason="Failed to fetch"/);
    return true;
  });
});
