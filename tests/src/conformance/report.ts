/**
 * Runs conformance cases in process and prints how many pass in each area, for whoever works on them:
 *
 *     node tests/dist/conformance/report.js [--filter RE] [--show N] [--failures FILE]
 *
 * `--show` prints the faults of the first N failures, `--failures` writes the identifiers of all failures.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { findArchive, openSuite } from './archive.ts';
import { runInProcess } from './in-process.ts';

const { values } = parseArgs({
  options: {
    filter: { type: 'string', default: '' },
    show: { type: 'string', default: '0' },
    failures: { type: 'string' },
    workers: { type: 'string', default: '2' },
  },
});

const archive = findArchive();
if (archive === null) throw new Error('No archive of conformance cases: LTTNG_TS_CONFORMANCE names it');
using suite = openSuite(archive);
const cases = suite.cases.filter(({ id }) => new RegExp(values.filter).test(id));
const results = await runInProcess(cases, suite, Number(values.workers));

const failures = cases.filter(({ id }) => (results.get(id) ?? []).length > 0).map(({ id }) => id);
for (const id of failures.slice(0, Number(values.show))) {
  console.log(`${id}\n    ${(results.get(id) ?? []).join('\n    ')}`);
}
for (const area of [...new Set(cases.map(({ area }) => area))].sort()) {
  const ofArea = cases.filter((candidate) => candidate.area === area);
  const passed = ofArea.filter(({ id }) => !failures.includes(id));
  console.log(`${area.padEnd(22)} ${String(passed.length).padStart(5)} / ${ofArea.length}`);
}
console.log(`${'total'.padEnd(22)} ${String(cases.length - failures.length).padStart(5)} / ${cases.length}`);
if (values.failures !== undefined) writeFileSync(values.failures, failures.map((id) => `${id}\n`).join(''));
