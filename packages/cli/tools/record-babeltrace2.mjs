// @ts-check
/**
 * Fills `cases/babeltrace2-*.json` with what the original `babeltrace2` answers. The words of the cases are written
 * by hand; all that this script writes is recorded.
 *
 *   node packages/cli/tools/record-babeltrace2.mjs [NAME...]     needs babeltrace2 2.0.4
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comparedOutcome, wordsOf } from '../dist/testing/babeltrace2-cases.js';

const casesFolder = join(import.meta.dirname, '..', 'cases');
const home = mkdtempSync(join(tmpdir(), 'babeltrace2-record-'));
const wanted = process.argv.slice(2);

for (const file of readdirSync(casesFolder).sort()) {
  if (!file.startsWith('babeltrace2-')) continue;
  if (wanted.length > 0 && !wanted.includes(file.replace(/\.json$/, ''))) continue;
  const path = join(casesFolder, file);
  /** @type {import('../dist/testing/babeltrace2-cases.js').Babeltrace2Cases} */
  const { about, cases } = JSON.parse(readFileSync(path, 'utf8'));
  const recorded = cases.map((one) => {
    const { words, values, ours } = one;
    const { stdout, stderr, status } = spawnSync('/usr/bin/babeltrace2', [...wordsOf(one)], {
      cwd: home,
      encoding: 'utf8',
      input: '',
      env: { PATH: '/usr/bin:/bin', HOME: home, LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    });
    const outcome = comparedOutcome(one, { stdout, stderr, exitCode: status ?? -1 });
    return { words, ...(values && { values }), ...outcome, ...(ours && { ours }) };
  });
  const lines = recorded.map((one) => `  ${JSON.stringify(one)}`).join(',\n');
  writeFileSync(path, `{\n "about": ${JSON.stringify(about)},\n "cases": [\n${lines}\n ]\n}\n`);
  console.log(`Recorded: file="${file}", cases=${recorded.length}`);
}
rmSync(home, { recursive: true });
