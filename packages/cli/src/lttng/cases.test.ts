/**
 * The command lines of `cases/` through our `lttng`, in this process and with a daemon in memory, compared
 * with what the original printed. Lines that need a shell, a viewer or a traced program are left to the
 * system tests, which run the same files with real daemons.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeDaemon } from '../testing/fake-daemon.ts';
import { comparable, expectedOfOurs, mask, type Outcome, type Sequence, type Step } from '../testing/transcripts.ts';
import { nodeMachine } from './edge/node-machine.ts';
import { runLttng } from './run.ts';

const casesFolder = join(import.meta.dirname, '..', '..', 'cases');

/** Words of a simple command line: quotes, no other syntax; `null` when it needs a shell. */
function wordsOf(shellLine: string): readonly string[] | null {
  // Names of a certain length are written with the shell's means.
  const line = shellLine.replaceAll(/\$\(printf '(.)%\.0s' \$\(seq 1 (\d+)\)\)/g, (_, letter, count) =>
    String(letter).repeat(Number(count)),
  );
  const isSimple = /^lttng( |$)/.test(line) && !/[`|>]|\$\(|\$PWD/.test(line.replaceAll(/'[^']*'/g, ''));
  if (!isSimple) return null;
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+|''/g) ?? [];
  return words.slice(1).map((word) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}

async function runStep(step: Step, home: string, daemon: FakeDaemon): Promise<Outcome | null> {
  const environment = { HOME: home, LTTNG_HOME: home };
  const words = wordsOf(step.line);
  if (words === null) {
    if (/^lttng|=.* lttng|\blttng /.test(step.line)) return null;
    try {
      execFileSync('/bin/sh', ['-c', step.line], { cwd: join(home, 'work'), stdio: 'ignore' });
    } catch {
      // The exit code of these lines (`cat` of a file that is gone) is not ours to compare.
    }
    return null;
  }
  let [stdout, stderr] = ['', ''];
  const exitCode = await runLttng(words, {
    machine: nodeMachine({ programFolder: '/nonexistent', environment, workingFolder: join(home, 'work') }),
    streams: { stdout: (text) => (stdout += text), stderr: (text) => (stderr += text) },
    clientFor: () => daemon,
  });
  return { stdout: mask(stdout, home).split('\n'), stderr: mask(stderr, home).split('\n'), exitCode };
}

/** The lines that only one of two outcomes has. */
function differenceOf(expected: Partial<Outcome>, seen: Partial<Outcome>): string {
  const lines = ({ stdout = [], stderr = [], exitCode = -1 }: Partial<Outcome>): readonly string[] => [
    ...stdout.map((line) => `stdout ${line}`),
    ...stderr.map((line) => `stderr ${line}`),
    `exit code ${exitCode}`,
  ];
  const [wanted, got] = [lines(expected), lines(seen)];
  return [
    ...wanted.filter((line) => !got.includes(line)).map((line) => `  - ${line}`),
    ...got.filter((line) => !wanted.includes(line)).map((line) => `  + ${line}`),
    ...(wanted.length === got.length ? [] : [`  lines: ${wanted.length} expected, ${got.length} seen`]),
  ].join('\n');
}

async function runSequenceInProcess(sequence: Sequence): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'lttng-case-'));
  mkdirSync(join(home, 'work'));
  const daemon = new FakeDaemon();
  daemon.isRunning = sequence.daemon !== false;
  const faults: string[] = [];
  try {
    for (const step of sequence.steps) {
      const outcome = await runStep(step, home, daemon);
      if (outcome === null) continue;
      const expected = comparable(step.line, expectedOfOurs(step));
      const seen = comparable(step.line, outcome);
      const relevant = Object.fromEntries(Object.keys(expected).map((key) => [key, seen[key as keyof Outcome]]));
      try {
        assert.deepEqual(relevant, expected);
      } catch {
        faults.push(`$ ${step.line}\n${differenceOf(expected, relevant)}`);
      }
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  assert.equal(faults.length, 0, `\n${faults.join('\n')}`);
}

for (const file of readdirSync(casesFolder).sort()) {
  const { sequences }: { readonly sequences: readonly Sequence[] } = JSON.parse(
    readFileSync(join(casesFolder, file), 'utf8'),
  );
  for (const sequence of sequences) {
    const title = `${file.replace('.json', '')}: ${sequence.title}`;
    if (sequence.app === true || sequence.needsRealDaemon === true) continue;
    test(`prints what the original prints: ${title}`, () => runSequenceInProcess(sequence));
  }
}
