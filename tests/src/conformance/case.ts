/** One conformance case, and the rules by which an outcome is held against it. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** A command line and what it must come to. */
export interface ConformanceStep {
  /** With `{DATA}`, `{TMP}` and `{PORT}` where these folders and the port go. */
  readonly argv: readonly string[];
  /** Exit status; `'!0'` is any failure that no signal made. */
  readonly rc: number | '!0';
  /** File with the expected standard output; `null` when that is not compared. */
  readonly stdout?: string | null;
  readonly stdout_sha256?: string;
  readonly stdout_lines?: number;
  /** Lines may come in any order. */
  readonly sort?: boolean;
  readonly stdout_has?: readonly string[];
  readonly stderr_has?: readonly string[];
  /** Lines of standard error that match `stderr_lines_re`, all of them. */
  readonly stderr_lines?: readonly string[];
  readonly stderr_lines_re?: string;
  /** Files that must be there afterwards. */
  readonly files_eq?: readonly string[];
  /** Transcript of a relay daemon that answers during the step. */
  readonly live?: string;
  /** Another program may read what this step reads, with the same outcome. */
  readonly verify?: boolean;
}

export interface ConformanceCase {
  readonly id: string;
  readonly area: string;
  readonly env: Readonly<Record<string, string>>;
  readonly steps: readonly ConformanceStep[];
}

/** What a step came to. */
export interface StepOutcome {
  /** Exit status; negative for a signal. */
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly port: number | null;
}

export interface CaseFolders {
  readonly dataFolder: string;
  readonly expectFolder: string;
  /** Fresh for each case. */
  readonly tempFolder: string;
}

/** The words of a step with its places filled in. */
export function wordsOf(step: ConformanceStep, folders: CaseFolders, port: number | null): readonly string[] {
  return step.argv.map((word) =>
    word
      .replaceAll('{DATA}', folders.dataFolder)
      .replaceAll('{TMP}', folders.tempFolder)
      .replaceAll('{PORT}', String(port)),
  );
}

/** Everything that is wrong with an outcome; empty when it conforms. */
export function faultsOf(
  step: ConformanceStep,
  outcome: StepOutcome,
  folders: CaseFolders,
): readonly string[] {
  const normalise = normaliser(folders, outcome.port);
  const output = normalise(outcome.stdout.toString('latin1'));
  const errors = normalise(outcome.stderr);
  const text = Buffer.from(output, 'latin1').toString();
  return [
    ...statusFaults(step, outcome),
    ...outputFaults(step, output, folders.expectFolder),
    ...(step.stdout_has ?? []).filter((part) => !text.includes(part)).map((part) => `stdout lacks "${part}"`),
    ...(step.stderr_has ?? [])
      .filter((part) => !outcome.stderr.includes(part))
      .map((part) => `stderr lacks "${part}"`),
    ...warningFaults(step, errors),
    ...(step.files_eq ?? [])
      .filter((file) => !existsSync(join(folders.tempFolder, file)))
      .map((file) => `missing output file ${file}`),
  ];
}

/** Paths and the port become names. The text holds one character for each byte. */
function normaliser(folders: CaseFolders, port: number | null): (text: string) => string {
  const bytes = (path: string): string => Buffer.from(path).toString('latin1');
  return (text) => {
    const named = text
      .replaceAll('\r', '')
      .replaceAll(bytes(realpathSync(folders.dataFolder)), '{DATA}')
      .replaceAll(bytes(folders.dataFolder), '{DATA}')
      .replaceAll(bytes(folders.tempFolder), '{TMP}');
    return port === null ? named : named.replaceAll(`:${port}`, ':{PORT}');
  };
}

function statusFaults({ rc }: ConformanceStep, { status, stderr }: StepOutcome): readonly string[] {
  if (rc !== '!0') {
    return status === rc ? [] : [`exit status ${status}, expected ${rc}: ${stderr.slice(-600)}`];
  }
  if (status === 0) return ['exit status 0, expected failure'];
  return status < 0 ? [`killed by signal ${-status}`] : [];
}

function outputFaults(step: ConformanceStep, output: string, expectFolder: string): readonly string[] {
  const faults: string[] = [];
  if (step.stdout_sha256 !== undefined) {
    const digest = createHash('sha256').update(Buffer.from(output, 'latin1')).digest('hex');
    const lineCount = output.split('\n').length - 1;
    if (digest !== step.stdout_sha256) {
      faults.push(`stdout hash differs (${lineCount} lines, expected ${step.stdout_lines})`);
    }
  }
  if (typeof step.stdout === 'string') {
    const expected = linesOf(readFileSync(join(expectFolder, step.stdout), 'latin1'));
    const seen = linesOf(output);
    if (step.sort === true) {
      expected.sort();
      seen.sort();
    }
    const difference = firstDifference(expected, seen);
    if (difference !== null) faults.push(difference);
  }
  return faults;
}

/** Lines without their ends; a newline at the very end begins no line. */
function linesOf(text: string): string[] {
  const lines = text.split(/\n|\r\n?|\x0b|\x0c/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The first lines that differ, with a few lines of each side. */
function firstDifference(expected: readonly string[], seen: readonly string[]): string | null {
  const length = Math.max(expected.length, seen.length);
  for (let at = 0; at < length; at++) {
    if (expected[at] === seen[at]) continue;
    const shown = (lines: readonly string[], mark: string): string =>
      lines
        .slice(at, at + 3)
        .map((line) => `      ${mark}${Buffer.from(line, 'latin1').toString().slice(0, 400)}`)
        .join('\n');
    return `stdout differs at line ${at + 1} (${expected.length} lines expected, ${seen.length} seen)\n${shown(expected, '- ')}\n${shown(seen, '+ ')}`;
  }
  return null;
}

function warningFaults(step: ConformanceStep, errors: string): readonly string[] {
  const { stderr_lines: expected, stderr_lines_re: pattern } = step;
  if (expected === undefined || pattern === undefined) return [];
  const seen = linesOf(errors).filter((line) => new RegExp(pattern).test(line));
  return JSON.stringify(seen) === JSON.stringify(expected)
    ? []
    : [`stderr warning lines differ: ${JSON.stringify(seen)} instead of ${JSON.stringify(expected)}`];
}
