/** The examples of `docs/components.md` run, and print what stands below them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../../../..');
const page = readFileSync(join(root, 'docs/components.md'), 'utf8');
const examples = [...page.matchAll(/^```js\n(.*?)^```\n\n```text\n(.*?)^```/gms)];

test('there are examples', () => assert.equal(examples.length, 2));

for (const [number, [, code, output]] of examples.entries()) {
  test(`example ${number + 1} of docs/components.md prints what the page says`, () => {
    // In this folder the packages' names are known.
    const file = join(import.meta.dirname, `example-${process.pid}-${number}.mjs`);
    writeFileSync(file, code!);
    try {
      const { stdout, stderr } = spawnSync(process.execPath, [file], { cwd: root, encoding: 'utf8' });
      assert.equal(stderr, '');
      assert.equal(stdout, output);
    } finally {
      rmSync(file);
    }
  });
}
