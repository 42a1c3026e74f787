// @ts-check
/**
 * `npm test`: installs, builds, checks and runs every test. With `CI` set, as root, the original peers
 * are installed first and a test that skips for want of them fails.
 *
 * `npm test -- PATTERN…` runs the test files whose path contains one of the patterns.
 */
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { run as runTests } from 'node:test';
import { spec } from 'node:test/reporters';
import { root, run } from './setup.mjs';

/** Of one file, on a machine that is busy with other things: what waits for ever ends here. */
const FILE_TIMEOUT_MS = 900_000;
/** Twice the processors, because tests wait for their daemons; more than eight would end no sooner. */
const FILES_AT_ONCE = Math.min(2 * availableParallelism(), 8);

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
// Files with daemons take long and come first; the short ones fill the processors to the end.
const files = ['tests', 'packages', 'bench']
  .flatMap((folder) => testsBelow(join(root, folder)).sort())
  .map((path) => relative(root, path))
  .filter((path) => patterns.length === 0 || patterns.some((pattern) => path.includes(pattern)));

// The addon is of use from the day that it and the layout tables are there.
const hasAddon = ['native/build.mjs', 'ring-buffer/src/index.ts'].every((path) =>
  existsSync(join(root, 'packages', path)),
);
if (isCi) process.env['LTTNG_TS_REQUIRE'] = hasAddon ? 'upstream,root,native' : 'upstream,root';
process.chdir(root);

// Not `node --test`, which sorts the files by name.
const results = runTests({ files, concurrency: FILES_AT_ONCE, timeout: FILE_TIMEOUT_MS });
results.on('test:fail', () => {
  process.exitCode = 1;
});
/** Counts of the runner. @type {Map<string, number>} */
const counts = new Map();
results.on('test:diagnostic', ({ message, file }) => {
  const [, name, count] = /^(pass|fail|cancelled|skipped) (\d+)$/.exec(message) ?? [];
  // What a test itself says comes with the test's file.
  if (name !== undefined && file === undefined) counts.set(name, Number(count));
});
results
  .compose(new spec())
  .on('end', () => {
    /** @param {string} name */
    const count = (name) => counts.get(name) ?? 0;
    console.log(
      `${count('pass')} passed, ${count('fail') + count('cancelled')} failed, ${count('skipped')} skipped`,
    );
  })
  .pipe(process.stdout);
