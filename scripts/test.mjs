// @ts-check
/**
 * `npm test`: installs, builds, checks and runs every test. With `CI` set, as root, the original peers
 * are installed first and a test that skips for want of them fails.
 *
 * `npm test -- PATTERN…` runs the test files whose path contains one of the patterns.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root, run } from './setup.mjs';

const isCi = Boolean(process.env['CI']);
if (isCi && process.getuid?.() === 0) run(process.execPath, [join(root, 'scripts/peers.mjs')]);
run(process.execPath, [join(root, 'scripts/check.mjs')]);

/** @param {string} folder @returns {string[]} */
function testsBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : testsBelow(path);
    return entry.name.endsWith('.test.js') ? [path] : [];
  });
}

const patterns = process.argv.slice(2);
const files = [join(root, 'packages'), join(root, 'tests'), join(root, 'bench')]
  .flatMap(testsBelow)
  .map((path) => relative(root, path))
  .filter((path) => patterns.length === 0 || patterns.some((pattern) => path.includes(pattern)))
  .sort();

// Of one file, on a machine that is busy with other things: what waits for ever ends here.
const args = ['--test', '--test-concurrency=2', '--test-timeout=900000', '--test-reporter=spec', ...files];
// The addon is of use from the day that it and the layout tables are there.
const hasAddon = ['native/build.mjs', 'ring-buffer/src/index.ts'].every((path) =>
  existsSync(join(root, 'packages', path)),
);
const needs = hasAddon ? 'upstream,root,native' : 'upstream,root';
const env = { ...process.env, ...(isCi ? { LTTNG_TS_REQUIRE: needs } : {}) };
const runner = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
/** Counts of the runner, of which details of failed tests may follow at any length. @type {Map<string, number>} */
const counts = new Map();
let line = '';
runner.stdout.setEncoding('utf8');
runner.stdout.on('data', (chunk) => {
  process.stdout.write(chunk);
  const lines = (line + chunk).split('\n');
  line = lines.pop() ?? '';
  for (const each of lines) {
    const [, name, count] = /^. (pass|fail|cancelled|skipped) (\d+)$/.exec(each) ?? [];
    if (name !== undefined) counts.set(name, Number(count));
  }
});
runner.on('close', (status) => {
  /** @param {string} name */
  const count = (name) => counts.get(name) ?? 0;
  console.log(
    `${count('pass')} passed, ${count('fail') + count('cancelled')} failed, ${count('skipped')} skipped`,
  );
  process.exitCode = status ?? 1;
});
