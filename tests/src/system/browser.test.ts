/**
 * The reader in a web page: the example page in headless Chromium, with a real trace that is chosen, dropped and fetched.
 * It shows what the reader in Node.js reads.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { withPage as withPageAt, withServer } from '../harness/browser.ts';
import { repositoryPath } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';

const skip = skipUnless('chromium');
const traces = repositoryPath('packages/ctf/traces');
const page = pathToFileURL(repositoryPath('dist/browser/trace.html')).href;

/** By default the example from its file. */
const withPage = (work: (page: Page) => Promise<void>, address = page): Promise<void> =>
  withPageAt(address, work);

const linesOf = (name: string): readonly string[] =>
  readFileSync(join(traces, `${name}.txt`), 'utf8')
    .trimEnd()
    .split('\n');

/** Waits until a trace is shown, and checks it. */
async function showsTrace(opened: Page, name: string): Promise<void> {
  await opened.waitForSelector('body[data-state=done]');
  assert.equal(await opened.textContent('#fault'), '');
  const expected = linesOf(name);
  assert.equal(await opened.textContent('#events'), `${expected.join('\n')}\n`);
  assert.equal(await opened.textContent('#count'), `${expected.length} events`);
}

test('a trace that is chosen is shown, with its summary, and filtered', { skip }, async () => {
  await withPage(async (opened) => {
    await opened.setInputFiles('#choose', join(traces, 'contexts'));
    await showsTrace(opened, 'contexts');
    // biome-ignore lint/performance/useDomNodeTextContent: rows and cells are told apart by what is rendered.
    const summary = (await opened.innerText('#summary')).replaceAll('\t', ' ');
    assert.match(summary, /^events 61$/m);
    assert.match(summary, /^begin 2026-11-24T02:45:43\.126782306Z$/m);
    assert.match(summary, /^hostname tracehost$/m);
    assert.match(summary, /^15 1,598 75 every_field:integers$/m);
    await opened.fill('#filter', '$event.name == "every_field:integers" && $ctx.vpid > 0');
    await opened.click('button');
    await opened.waitForSelector('body[data-filtered*=integers]');
    assert.equal(await opened.textContent('#count'), '15 events');
    await opened.fill('#filter', 'i8 >');
    await opened.click('button');
    await opened.waitForSelector('body[data-filtered="i8 >"]');
    assert.match((await opened.textContent('#fault')) ?? '', /Invalid filter expression: .*column=5/);
  });
});

test('a clock that does not count from the Unix epoch has no dates, and damage keeps nothing else back', {
  skip,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lttng-page-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(join(traces, 'contexts', 'ust', 'uid', '0', '64-bit'), folder, { recursive: true });
  // A clock of this name counts from the epoch, whatever its offset; another one of as many letters does not.
  const metadata = readFileSync(join(folder, 'metadata'), 'latin1').replaceAll('monotonic', 'otherwise');
  writeFileSync(join(folder, 'metadata'), metadata, 'latin1');
  const stream = readFileSync(join(folder, 'channel_0'));
  writeFileSync(join(folder, 'channel_0'), stream.fill(0xff, 2000, 4000));
  await withPage(async (opened) => {
    await opened.setInputFiles('#choose', folder);
    await opened.waitForSelector('body[data-state=done]');
    // biome-ignore lint/performance/useDomNodeTextContent: rows and cells are told apart by what is rendered.
    const summary = (await opened.innerText('#summary')).replaceAll('\t', ' ');
    assert.match(summary, /^begin 1795488343\.126782306 s from the clock's origin$/m);
    const events = Number(/^events (\d+)$/m.exec(summary)?.[1]);
    assert.ok(events > 5 && events < 61, summary);
    assert.equal(await opened.textContent('#count'), `${events} events`);
    assert.match((await opened.textContent('#fault')) ?? '', /channel_0", packet=0/);
  });
});

/** Drops files and folders on a page. */
async function drop(opened: Page, ...paths: readonly string[]): Promise<void> {
  const devtools = await opened.context().newCDPSession(opened);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  const box = await opened.locator('#drop').boundingBox();
  assert.ok(box !== null);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await devtools.send('Input.dispatchDragEvent', { type, x: box.x + 20, y: box.y + 20, data });
  }
}

test('a folder that is dropped is shown, and another one after it', { skip }, async () => {
  // Pages from files are not given the files below folders that are dropped on them.
  await withServer({}, async (address) => {
    await withPage(async (opened) => {
      await drop(opened, join(traces, 'rotated'));
      await showsTrace(opened, 'rotated');
      // While the first of them is read.
      await drop(opened, join(traces, 'rotated'));
      await drop(opened, join(traces, 'contexts'));
      await opened.waitForFunction(
        `document.getElementById('count').textContent === '${linesOf('contexts').length} events'`,
      );
      await showsTrace(opened, 'contexts');
      assert.equal(await opened.locator('#summary h2').count(), 1);
    }, `${address}/trace.html`);
  });
});

test('every fault of a trace with compressed files is told once, with what is whole', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lttng-page-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const source = join(traces, 'contexts', 'ust', 'uid', '0', '64-bit');
  const channel = readFileSync(join(source, 'channel_0'));
  writeFileSync(join(folder, 'metadata.gz'), gzipSync(readFileSync(join(source, 'metadata'))));
  writeFileSync(join(folder, 'channel_0.gz'), gzipSync(channel));
  for (const name of ['channel_8.gz', 'channel_9.gz'])
    writeFileSync(join(folder, name), gzipSync(channel).subarray(0, 20));
  await withPage(async (opened) => {
    await opened.setInputFiles('#choose', folder);
    await opened.waitForSelector('body[data-state=done]');
    const faults = (await opened.textContent('#fault')) ?? '';
    for (const name of ['channel_8.gz', 'channel_9.gz'])
      assert.equal(faults.split(`/${name}"`).length, 2, faults);
    assert.equal(await opened.textContent('#count'), '61 events');
    assert.equal(await opened.textContent('#status'), '');
  });
});

test('a folder without a trace is told', { skip }, async () => {
  await withPage(async (opened) => {
    await opened.setInputFiles('#choose', join(traces, 'contexts', 'ust', 'uid', '0', '64-bit', 'index'));
    await opened.waitForSelector('body[data-state=done]');
    assert.match((await opened.textContent('#fault')) ?? '', /No trace found: no file is called metadata/);
  });
});

test('a trace that is fetched gives its events', { skip }, async () => {
  const folder = join(traces, 'every-field', 'ust', 'uid', '0', '64-bit');
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const files = Object.fromEntries(names.map((name) => [`/trace/${name}`, join(folder, name)]));
  await withServer(files, async (address) => {
    await withPage(async (opened) => {
      // As text: a dynamic import of an address is not one of a module here.
      const read = async (wanted: readonly string[]): Promise<readonly string[]> =>
        await opened.evaluate(`(async () => {
          const { fetchTrace } = await import('/babeltrace.js');
          const reader = await fetchTrace(location.origin + '/trace', ${JSON.stringify(wanted)}, { filter: '$packet.cpu_id == 0' });
          const found = [];
          for await (const event of reader) found.push(event.ns + ' ' + event.name);
          return found;
        })()`);
      const found = await read(names);
      const expected = linesOf('every-field').filter((line) => line.includes('cpu_id = 0 '));
      assert.equal(found.length, expected.length);
      assert.ok(found.length > 20);
      await assert.rejects(read([...names, 'missing']), /HTTP_404/);
    }, `${address}/trace.html`);
  });
});
