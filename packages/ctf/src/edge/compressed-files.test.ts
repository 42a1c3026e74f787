import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { FormatError } from '@lttng-ts/base';
import { PrettyPrinter, readMessages } from '../index.ts';
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

test('zstd is read whether Node.js knows it or not', (t) => {
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
  writeFileSync(`${path}.gz`, gzipSync('text').subarray(0, 12));
  assert.throws(() => new CompressedFiles().source(`${path}.gz`), FormatError);
  writeFileSync(`${path}.zst`, 'no zstd');
  assert.throws(() => new CompressedFiles().source(`${path}.zst`), /Damaged compressed file: path=".*zst"/);
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
