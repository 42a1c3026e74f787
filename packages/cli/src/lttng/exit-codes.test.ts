import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodesPage } from '../testing/exit-codes-page.ts';

test('the page of exit codes says what the table says', () => {
  const page = join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'exit-codes.md');
  assert.equal(readFileSync(page, 'utf8'), exitCodesPage());
});
