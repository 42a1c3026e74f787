/**
 * Holds `babeltrace2` against the conformance cases. Cases that are known to fail stand in `known-failures.txt`;
 * it must hold exactly those, so a case that begins to pass must be taken out.
 *
 * LTTNG_TS_CONFORMANCE names the archive when it is not beside the checkout; LTTNG_TS_CONFORMANCE_FILTER is a
 * regular expression on case identifiers, for work on some of them.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { repositoryPath } from '../harness/environment.ts';
import { type ConformanceSuite, findArchive, openSuite } from './archive.ts';
import { asProgram } from './as-program.ts';
import type { ConformanceCase } from './case.ts';
import { runInProcess } from './in-process.ts';
import { type RunCommandLine, runCase } from './run-case.ts';

const WORKER_COUNT = 2;
/** Of the cases that need no process of their own, every so many is run as a program too. */
const PROGRAM_SAMPLE = 20;
/** Areas in which the behaviour of the process matters: arguments, files that are written, exit statuses. */
const PROGRAM_AREAS: readonly string[] = ['cli-help', 'cli-misc', 'convert-1-2'];
const ORIGINAL = '/usr/bin/babeltrace2';

const knownFailures: ReadonlySet<string> = new Set(
  readFileSync(repositoryPath('tests/src/conformance/known-failures.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#')),
);

/** Fails with every case whose outcome is not the one that `known-failures.txt` says. */
function assertAsKnown(results: ReadonlyMap<string, readonly string[]>): void {
  const surprises = [...results].flatMap(([id, faults]) => {
    if (knownFailures.has(id)) return faults.length > 0 ? [] : [`${id}: passes, but is a known failure`];
    return faults.length === 0 ? [] : [`${id}: ${faults.join('\n    ')}`];
  });
  const passed = [...results.values()].filter((faults) => faults.length === 0).length;
  assert.equal(surprises.length, 0, `${passed} of ${results.size} cases pass\n${surprises.join('\n')}`);
}

function selectedCases({ cases }: ConformanceSuite): readonly ConformanceCase[] {
  const filter = new RegExp(process.env['LTTNG_TS_CONFORMANCE_FILTER'] ?? '');
  return cases.filter(({ id }) => filter.test(id));
}

async function runAll(
  cases: readonly ConformanceCase[],
  suite: ConformanceSuite,
  run: RunCommandLine,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const results = new Map<string, readonly string[]>();
  const waiting = [...cases];
  const drain = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results.set(next.id, await runCase(next, suite, run));
    }
  };
  await Promise.all(Array.from({ length: WORKER_COUNT }, drain));
  return results;
}

const archive = findArchive();
if (archive === null) {
  test('conforms to the cases for babeltrace2', {
    skip: 'the archive of conformance cases is not here: LTTNG_TS_CONFORMANCE names it',
  });
} else {
  const suite = openSuite(archive);
  after(() => suite[Symbol.dispose]());
  const cases = selectedCases(suite);

  test(`conforms in process: ${cases.length} cases`, async () => {
    const results = await runInProcess(cases, suite, WORKER_COUNT);
    assertAsKnown(results);
  });

  const ofPrograms = cases.filter(
    ({ area }, index) => index % PROGRAM_SAMPLE === 0 || PROGRAM_AREAS.includes(area),
  );
  test(`conforms as a program: ${ofPrograms.length} cases`, async () => {
    assertAsKnown(await runAll(ofPrograms, suite, asProgram(repositoryPath('bin/babeltrace2'))));
  });

  test('every known failure is a case', () => {
    const ids = new Set(suite.cases.map(({ id }) => id));
    const strangers = [...knownFailures].filter((id) => !ids.has(id));
    assert.deepEqual(strangers, []);
  });

  // The original 2.0.4 reads CTF 1.8 only, and other cases have parameters that it does not know.
  const copies = cases.filter(({ id }) => id.startsWith('trace-copy.ctf1-') && !knownFailures.has(id));
  const hasOriginal = existsSync(ORIGINAL);
  test('the original reads what was written', { skip: hasOriginal ? false : `no ${ORIGINAL}` }, async () => {
    const [ours, original] = [asProgram(join(repositoryPath('bin'), 'babeltrace2')), asProgram(ORIGINAL)];
    const readByOriginal: RunCommandLine = async (line) => {
      const isReading = line.words.some((word) => word === `${line.workingFolder}/out`);
      return await (isReading ? original : ours)(line);
    };
    const results = await runAll(copies, suite, readByOriginal);
    const faults = [...results].flatMap(([id, found]) => found.map((fault) => `${id}: ${fault}`));
    assert.equal(faults.length, 0, faults.join('\n'));
  });
}
