import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeLeftovers } from './output-tree.ts';

/** Above what Linux gives. */
const NO_PID = 2 ** 22 + 1;

test('what a relay that is gone had put aside is removed; what others have is not', () => {
  const root = mkdtempSync(join(tmpdir(), 'lttng-ts-tree-'));
  try {
    removeLeftovers(join(root, 'missing'));
    const aside = join(root, '.unlinked');
    mkdirSync(aside);
    const names = [
      `${NO_PID}-1`,
      `${NO_PID}-22`,
      `${process.pid}-1`,
      `${process.ppid}-3`,
      'of-somebody',
      '7',
    ];
    for (const name of names) writeFileSync(join(aside, name), 'packets');
    removeLeftovers(root);
    assert.deepEqual(readdirSync(aside).sort(), ['7', `${process.ppid}-3`, 'of-somebody'].sort());
    const other = join(root, 'other');
    mkdirSync(other);
    writeFileSync(join(root, `${NO_PID}-1`), 'packets');
    symlinkSync(root, join(other, '.unlinked'));
    removeLeftovers(other);
    assert.ok(readdirSync(root).includes(`${NO_PID}-1`), 'nothing is removed behind a link');
  } finally {
    rmSync(root, { recursive: true });
  }
});
