/** The program `npm run bench`: measures the chosen rows, prints the table, writes the samples as JSON. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LttngError, toError, UsageError } from '@lttng-ts/base';
import { repositoryPath } from '@lttng-ts/tests/harness/environment.js';
import { skipUnless } from '@lttng-ts/tests/harness/peers.js';
import { parseChoices, usage } from './command-line.ts';
import { favourThisProcess } from './favour.ts';
import { describeMachine, loadAverage } from './machine.ts';
import { type RowResult, renderTable } from './render.ts';
import { type Row, type Settings, Skip } from './row.ts';
import { rows } from './rows/rows.ts';
import { type RowSamples, runRow } from './run-row.ts';
import { judge } from './verdict.ts';

/** No row begins after this. */
const LIMIT_S = 13 * 60;

const nowS = (): number => performance.now() / 1000;

type Measured = RowResult & { readonly samples?: RowSamples; readonly load: readonly [number, number] };

async function measure(row: Row, settings: Settings): Promise<Measured> {
  const loadBefore = loadAverage();
  const load = () => [loadBefore, loadAverage()] as const;
  if (nowS() > LIMIT_S)
    return { kind: 'skipped', row, reason: `the bench may take ${LIMIT_S} s`, load: load() };
  try {
    const samples = await runRow(row, settings, nowS, (round) => {
      process.stderr.write(`\r${row.id}: ${round}/${settings.rounds} `);
    });
    process.stderr.write('\n');
    const { isCutShort } = samples;
    return { kind: 'measured', row, verdict: judge(row, samples), isCutShort, samples, load: load() };
  } catch (error) {
    // A row that cannot run must not take the others with it; the table tells.
    const kind = error instanceof Skip ? 'skipped' : 'failed';
    const reason = error instanceof LttngError ? error.story : toError(error).message;
    process.stderr.write(`${row.id}: ${kind}: ${reason}\n`);
    return { kind, row, reason, load: load() };
  }
}

/** The samples with all that is needed to understand them, as the JSON file has them. */
function documentOf(results: readonly Measured[], settings: Settings, begun: Date): unknown {
  return {
    begun: begun.toISOString(),
    machine: describeMachine(),
    settings,
    rows: results.map((result) => {
      const { id, what, unit, better, must, goal } = result.row;
      const common = { id, what, unit, better, must, goal, loadAverage: result.load };
      if (result.kind !== 'measured') return { ...common, kind: result.kind, reason: result.reason };
      const { standing, ratio, beyondStart } = result.verdict;
      return { ...common, kind: 'measured', standing, ratio, beyondStart, ...result.samples };
    }),
  };
}

async function main(words: readonly string[]): Promise<void> {
  if (words.includes('--help')) {
    process.stdout.write(usage);
    return;
  }
  const { patterns, isListWanted, ...settings } = parseChoices(words);
  const chosen = rows.filter(
    ({ id }) => patterns.length === 0 || patterns.some((start) => id.startsWith(start)),
  );
  if (chosen.length === 0) throw new UsageError(`No such row: rows="${patterns.join(' ')}"`);
  if (isListWanted) {
    process.stdout.write(chosen.map(({ id, what }) => `${id.padEnd(28)}${what}\n`).join(''));
    return;
  }
  const missing = skipUnless('root', 'upstream');
  if (missing !== false) throw new UsageError(`The bench needs the originals: ${missing}`);
  using _favour = favourThisProcess();
  const begun = new Date();
  const results: Measured[] = [];
  for (const row of chosen) results.push(await measure(row, settings));
  const table = renderTable(results);
  const { cpu, cpuCount, memoryGb, kernel, node, originals } = describeMachine();
  process.stdout.write(
    `\n${begun.toISOString()}; ${cpu}, ${cpuCount} CPUs, ${memoryGb} GB, Linux ${kernel}, Node.js ${node}; ${originals.join('; ')}\n` +
      `Medians (quartiles) of ${settings.rounds} rounds taken in turn.\n\n${table}`,
  );
  const folder = repositoryPath('bench/results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${begun.toISOString().replaceAll(':', '-')}.json`);
  writeFileSync(file, `${JSON.stringify(documentOf(results, settings, begun), null, 1)}\n`);
  process.stdout.write(`\nAll samples: ${file}\n`);
  if (results.some(({ kind }) => kind === 'failed')) process.exitCode = 1;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
