import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseCaseFile, readCase } from './testing/case-file.ts';

const folder = join(import.meta.dirname, '../cases');

for (const name of readdirSync(folder).filter((file) => file.endsWith('.case'))) {
  const { metadata, packet, expected } = parseCaseFile(readFileSync(join(folder, name), 'utf8'));
  test(`case ${name}`, () => {
    const { lines, fault } = readCase(metadata, packet);
    assert.equal([...lines, ...(fault === null ? [] : [fault])].join('\n'), expected);
    assert.equal(fault !== null, name.startsWith('fail-'));
  });
  test(`case ${name}, cut at each byte`, () => {
    const whole = readCase(metadata, packet).lines;
    for (let size = 0; size < packet.length; size++) {
      const { lines } = readCase(metadata, packet.subarray(0, size));
      assert.deepEqual(lines, whole.slice(0, lines.length));
    }
  });
}
