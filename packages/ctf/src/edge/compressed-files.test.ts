import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { PrettyPrinter, readMessages } from '../index.ts';
import { isEmpty, readInto, readWhole } from '../stream/byte-source.ts';
import { CompressedFiles, findCompressed, plainName } from './compressed-files.ts';
import { openTraceFolders } from './trace-folder.ts';

const traces = join(import.meta.dirname, '../../traces');
/** `printf TEXT | zstd -c`. */
const ZSTD = 'KLUv/QRYtQAAgHRoZSBwbGFpbiB0ZXh0LCABAEacSy35Zh0=';
const TEXT = 'the plain text, the plain text, the plain text';

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'lttng-compressed-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Where temporary files go, for this test. */
function setTemporaryFolder(t: TestContext, folder: string): void {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  t.after(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
}

function printed(folder: string): string {
  const printer = new PrettyPrinter();
  const lines: Uint8Array[] = [];
  using open = openTraceFolders([folder]);
  for (const message of readMessages(open.traces)) {
    if (message.kind === 'event-record') lines.push(printer.eventRecord(message));
  }
  return Buffer.concat(lines).toString();
}

/** Every file below `folder`. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

test('a trace whose files are compressed, also half of them, reads as the plain one', (t) => {
  const folder = temporaryFolder(t);
  cpSync(join(traces, 'every-field'), folder, { recursive: true });
  const expected = printed(folder);
  assert.ok(expected.length > 1000);
  for (const path of filesBelow(folder)) {
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
    // Between the two steps of whoever compresses, both are there.
    assert.equal(printed(folder), expected);
    rmSync(path);
    assert.equal(printed(folder), expected);
  }
});

test('what memory does not hold is read from a temporary file that nobody sees', (t) => {
  const folder = temporaryFolder(t);
  const temporary = mkdtempSync(join(folder, 'tmp-'));
  setTemporaryFolder(t, temporary);
  const plain = [60, 200_000, 0, 70, 300_000].map((sizeBytes, file) =>
    Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 7 + (i >> 8) + file) & 0xff),
  );
  using files = new CompressedFiles({ memoryBytes: 100 });
  const sources = plain.map((bytes, file) => {
    // As pigz and others write them: of several members.
    const members = [bytes.subarray(0, 50), bytes.subarray(50)].map((part) => gzipSync(part));
    writeFileSync(join(folder, `${file}.gz`), Buffer.concat(members));
    return files.source(join(folder, `${file}.gz`));
  });
  for (const [offsetBytes, lengthBytes] of [
    [0, 400_000],
    [40, 20],
    [65_500, 100],
    [199_990, 20],
    [500_000, 9],
  ] as const) {
    sources.forEach((source, file) => {
      const expected = plain[file]!.slice(offsetBytes, offsetBytes + lengthBytes);
      assert.equal(source.sizeBytes, plain[file]!.length);
      assert.deepEqual(Uint8Array.from(source.read(offsetBytes, lengthBytes)), expected);
      const target = new Uint8Array(lengthBytes);
      assert.equal(readInto(source, offsetBytes, target), expected.length);
      assert.deepEqual(target.subarray(0, expected.length), expected);
    });
  }
  assert.deepEqual(readdirSync(temporary), []);
  assert.equal(files.source(join(folder, '1.gz')), sources[1]);
});

test('a temporary file that cannot be made is told', (t) => {
  const folder = temporaryFolder(t);
  setTemporaryFolder(t, join(folder, 'nowhere'));
  writeFileSync(join(folder, 'text.gz'), gzipSync('text'));
  using files = new CompressedFiles({ memoryBytes: 3 });
  const source = files.source(join(folder, 'text.gz'));
  // What was decompressed for it is lost.
  for (let i = 0; i < 2; i++) assert.throws(() => source.read(0, 1), /System call failed: .*ENOENT.*nowhere/);
});

test('zstd is read', (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'text');
  writeFileSync(`${path}.zst`, Buffer.from(ZSTD, 'base64'));
  assert.equal(findCompressed(path), `${path}.zst`);
  const source = new CompressedFiles().source(`${path}.zst`);
  assert.deepEqual([source.path, source.sizeBytes], [path, TEXT.length]);
  assert.equal(Buffer.from(source.read(4, 5)).toString(), 'plain');
  assert.equal(source.read(40, 100).length, 6);
});

test('a damaged file is told by its name', (t) => {
  const path = join(temporaryFolder(t), 'metadata');
  const files = new CompressedFiles();
  writeFileSync(`${path}.gz`, gzipSync('text').subarray(0, 12));
  const cut = files.source(`${path}.gz`);
  assert.ok(cut.sizeBytes < 'text'.length);
  assert.match(
    cut.fault!,
    /Damaged compressed file: path=".*metadata.gz", reason=".*unexpected end of file"/,
  );
  writeFileSync(`${path}.zst`, 'no zstd');
  const other = files.source(`${path}.zst`);
  assert.deepEqual([other.read(0, 10).length, isEmpty(other)], [0, false]);
  assert.throws(() => readWhole(other), /Damaged compressed file: path=".*zst"/);
});

test('a file is decompressed as far as it is read, unless others need the memory', (t) => {
  const path = join(temporaryFolder(t), 'noise.gz');
  const plain = randomBytes(1 << 20);
  const packed = gzipSync(plain);
  writeFileSync(path, packed);
  for (const { waitingBytes, isRead } of [
    { waitingBytes: 1 << 20, isRead: false },
    { waitingBytes: 0, isRead: true },
  ]) {
    using files = new CompressedFiles({ waitingBytes });
    const source = files.source(path);
    assert.ok(source.expectSize!(plain.length));
    assert.deepEqual(source.read(1000, 10), Uint8Array.from(plain.subarray(1000, 1010)));
    // Nobody who has read it misses what is gone.
    truncateSync(path, packed.length >> 1);
    assert.equal(source.read(plain.length - 10, 10).length, isRead ? 10 : 0);
    assert.equal(source.fault === null, isRead);
    writeFileSync(path, packed);
  }
});

test('a size that is not that of the file is refused', (t) => {
  const path = join(temporaryFolder(t), 'text.gz');
  writeFileSync(path, gzipSync(TEXT));
  using files = new CompressedFiles();
  const source = files.source(path);
  assert.equal(source.expectSize!(TEXT.length + 1), false);
  assert.equal(source.sizeBytes, TEXT.length);
});

test('only known suffixes are no part of a name', () => {
  assert.deepEqual(['a.gz', 'a.zst', 'a.idx', '.gz', 'a.gz.age'].map(plainName), [
    'a',
    'a',
    'a.idx',
    '.gz',
    'a.gz.age',
  ]);
});
