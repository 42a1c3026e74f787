/** The folder of a rotated session, as an archive policy may leave it: chunks that are plain, compressed by gzip and by zstd. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { FormatError } from '@lttng-ts/base';
import { openTrace } from './edge/node.ts';
import { noticeText, openTraceFiles, type TraceEvent, unpackFiles } from './index.ts';

const rotated = join(import.meta.dirname, '../../ctf/traces/rotated');
const canZstd = spawnSync('zstd', ['--version']).status === 0;

function pathsBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const zstd = (bytes: Uint8Array): Uint8Array => spawnSync('zstd', ['-c'], { input: bytes }).stdout;

/** A copy of the session: one chunk is compressed with gzip, another one with zstd, the others are plain. */
function sessionWithArchives(t: TestContext): string {
  const session = mkdtempSync(join(tmpdir(), 'lttng-archives-'));
  t.after(() => rmSync(session, { recursive: true }));
  cpSync(rotated, session, { recursive: true });
  const chunks = readdirSync(join(session, 'archives')).sort();
  const compress = (chunk: string, suffix: string, by: (bytes: Uint8Array) => Uint8Array): void => {
    for (const path of pathsBelow(join(session, 'archives', chunk))) {
      writeFileSync(`${path}${suffix}`, by(readFileSync(path)));
      rmSync(path);
    }
  };
  compress(chunks[0]!, '.gz', gzipSync);
  if (canZstd) compress(chunks[1]!, '.zst', zstd);
  return session;
}

const described = (events: Iterable<TraceEvent>): readonly unknown[] =>
  [...events].map(({ ns, name, fields }) => [ns, name, { ...fields }]);

test('archived chunks are one trace, each event once, compressed ones included', async (t) => {
  const session = sessionWithArchives(t);
  using plain = openTrace(rotated);
  using reader = openTrace(session);
  assert.equal(reader.traces.length, plain.traces.length);
  const all = described(plain);
  const lines = readFileSync(`${rotated}.txt`, 'utf8').trimEnd().split('\n');
  assert.equal(all.length, lines.length);
  assert.deepEqual(described(reader), all);
  const times = [...plain].map(({ ns }) => ns!);
  const begin = times[Math.floor(times.length / 2)]!;
  assert.deepEqual(described(reader.seek(begin)), described(plain.seek(begin)));
  const files = Object.fromEntries(
    pathsBelow(session).map((path) => [path.slice(session.length + 1), new Uint8Array(readFileSync(path))]),
  );
  assert.deepEqual(described(openTraceFiles(await unpackFiles(files))), all);
});

test('a chunk that is opened twice, in the archives and elsewhere, gives each event once', () => {
  const [chunk] = readdirSync(join(rotated, 'archives')).sort();
  using once = openTrace(rotated);
  using twice = openTrace(rotated, join(rotated, 'archives', chunk!));
  assert.deepEqual(described(twice), described(once));
});

test('links to folders are followed, and not in circles', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lttng-links-'));
  t.after(() => rmSync(folder, { recursive: true }));
  symlinkSync(rotated, join(folder, 'trace'));
  symlinkSync('nowhere', join(folder, 'broken'));
  symlinkSync('itself', join(folder, 'itself'));
  symlinkSync('.', join(folder, 'circle'));
  using plain = openTrace(rotated);
  using reader = openTrace(folder);
  assert.deepEqual(described(reader), described(plain));
});

test('a plain file hides its compressed copy', async () => {
  const bytes = new TextEncoder().encode('plain');
  const other = gzipSync('other');
  assert.deepEqual({ ...(await unpackFiles({ a: bytes, 'a.gz': other })) }, { a: bytes });
  const unpacked = await unpackFiles({ 'b/a.gz': other });
  assert.equal(new TextDecoder().decode(unpacked['b/a']), 'other');
});

test('a damaged compressed file in memory harms itself', async () => {
  const folder = join(rotated, '../contexts/ust/uid/0/64-bit');
  const [metadata, channel] = ['metadata', 'channel_0'].map((name) => readFileSync(join(folder, name)));
  assert.ok(metadata !== undefined && channel !== undefined);
  const whole = [...openTraceFiles({ metadata, channel_0: channel })].length;
  const packed = gzipSync(channel, { level: 0 });
  for (const [suffix, cut] of [
    ['.gz', packed.subarray(0, packed.length >> 1)],
    ['.zst', Buffer.from('no frame')],
  ] as const) {
    const files = await unpackFiles({ metadata, channel_0: channel, [`channel_9${suffix}`]: cut });
    let events = 0;
    assert.throws(
      () => {
        for (const _ of openTraceFiles(files)) events++;
      },
      (error) =>
        error instanceof FormatError &&
        /Damaged compressed file: path="channel_9\.(gz|zst)"/.test(error.story),
    );
    assert.ok(events >= whole, `events=${events}`);
    const reader = openTraceFiles(files, { continuesAfterDamage: true });
    assert.equal([...reader].length, events);
    assert.match(
      reader.traces.flatMap(({ notices }) => notices.map(noticeText)).join('\n'),
      /Passed over .*Damaged compressed file/,
    );
  }
  const files = await unpackFiles({ 'metadata.gz': gzipSync(metadata).subarray(0, 100) });
  assert.throws(() => openTraceFiles(files), /Damaged compressed file: path="metadata.gz"/);
});
