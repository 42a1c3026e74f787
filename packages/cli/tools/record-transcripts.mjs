// @ts-check
/**
 * Fills `cases/*.json` with what the original `lttng` answers: runs every command line of these files with
 * the programs in PATH, in private namespaces, and writes stdout, stderr and exit code beside it. A file's
 * lines are written by hand; all that this script writes is recorded.
 *
 *   node packages/cli/tools/record-transcripts.mjs [NAME...]     needs root, lttng-tools 2.13, cc, lttng-ust
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSequence } from '../dist/testing/transcripts.js';

const casesFolder = join(import.meta.dirname, '..', 'cases');

/** Builds the traced program; its folder is removed at exit. */
function buildApp() {
  const folder = mkdtempSync(join(tmpdir(), 'lttng-app-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'app');
  const source = join(import.meta.dirname, 'app');
  execFileSync('cc', ['-O1', '-I', source, '-o', path, join(source, 'app.c'), '-llttng-ust', '-ldl']);
  return path;
}

/**
 * The original's daemon refuses some requests before it has read all of them, and its client then dies of
 * SIGPIPE (141) now and then: such a run is repeated.
 * @param {import('../dist/testing/transcripts.js').Sequence} sequence @param {string} appPath
 */
async function record(sequence, appPath) {
  const programs = { binFolder: null, daemonLine: 'lttng-sessiond --daemonize --no-kernel', appPath };
  for (let attempt = 1; ; attempt++) {
    const outcomes = await runSequence(sequence, programs, { timeoutMs: 20_000 });
    if (attempt === 8 || !outcomes.some(({ exitCode }) => exitCode === 141)) return outcomes;
  }
}

if (process.env['LTTNG_TS_PRIVATE'] !== '1') {
  const prepare =
    'mount -t tmpfs tmpfs /run; mount -t tmpfs tmpfs /dev/shm; ip link set lo up; mkdir -p /run/lttng; "$@"';
  const flags = ['--mount', '--pid', '--net', '--ipc', '--fork', '--kill-child', '--mount-proc'];
  const command = [process.execPath, ...process.argv.slice(1)];
  const { status } = spawnSync('unshare', [...flags, 'sh', '-c', prepare, 'sh', ...command], {
    stdio: 'inherit',
    env: { ...process.env, LTTNG_TS_PRIVATE: '1' },
  });
  process.exitCode = status ?? 1;
} else {
  const appPath = buildApp();
  const wanted = process.argv.slice(2);
  for (const file of readdirSync(casesFolder).sort()) {
    if (file.startsWith('babeltrace2-')) continue;
    if (wanted.length > 0 && !wanted.includes(file.replace(/\.json$/, ''))) continue;
    const path = join(casesFolder, file);
    /** @type {{ sequences: import('../dist/testing/transcripts.js').Sequence[] }} */
    const cases = JSON.parse(readFileSync(path, 'utf8'));
    const sequences = [];
    for (const sequence of cases.sequences) {
      mkdirSync('/run/lttng', { recursive: true });
      const outcomes = await record(sequence, appPath);
      const steps = sequence.steps.map((step, index) => {
        const { line, ours, uncompared } = step;
        const outcome = { .../** @type {object} */ (outcomes[index]) };
        for (const skipped of uncompared ?? []) /** @type {any} */ (outcome)[skipped] = [];
        return { line, ...outcome, ...(ours && { ours }), ...(uncompared && { uncompared }) };
      });
      sequences.push({ ...sequence, steps });
    }
    writeFileSync(path, `${JSON.stringify({ ...cases, sequences }, null, 1)}\n`);
    console.log(`Recorded: file="${file}", lines=${sequences.flatMap(({ steps }) => steps).length}`);
  }
}
