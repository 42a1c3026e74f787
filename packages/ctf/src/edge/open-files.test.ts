import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '@lttng-ts/base';
import { OpenFiles } from './open-files.ts';

const FILE_COUNT = 700;
/** Descriptors that a program has besides. */
const MARGIN = 60;

const openCount = (): number => readdirSync('/proc/self/fd').length;

test('of many files those are closed that were not used for longest, and opened again', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lttng-open-files-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const paths = Array.from({ length: FILE_COUNT }, (_, i) => join(folder, `file${i}`));
  for (const [i, path] of paths.entries()) writeFileSync(path, `text ${i}`);
  const before = openCount();
  {
    using files = new OpenFiles();
    const sources = paths.map((path) => files.source(path));
    for (let round = 0; round < 2; round++) {
      for (const [i, source] of sources.entries()) {
        assert.equal(Buffer.from(source.read(5, 10)).toString(), `${i}`);
        // One that is used all the time stays open, though it was opened first.
        sources[0]!.read(0, 1);
        if (i === 0) rmSync(paths[0]!, { force: true });
      }
    }
    assert.ok(openCount() - before <= 640 + MARGIN, `open files: ${openCount() - before}`);
  }
  assert.ok(openCount() <= before + MARGIN);
});

test('a trace that is closed opens nothing again', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lttng-open-files-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'file');
  writeFileSync(path, 'text');
  const files = new OpenFiles();
  const source = files.source(path);
  files[Symbol.dispose]();
  files[Symbol.dispose]();
  const before = openCount();
  assert.throws(() => source.read(0, 4), UsageError);
  assert.throws(() => files.source(path), /^UsageError: The trace is closed: path=/);
  assert.equal(openCount(), before);
});
