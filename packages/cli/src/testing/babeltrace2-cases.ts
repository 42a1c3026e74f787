/**
 * Command lines of `babeltrace2` with what the original printed: one form for the recorder
 * (`tools/record-babeltrace2.mjs`) and for the test. What says nothing about behaviour is taken away: log lines,
 * addresses, places in source files, the folding of long lines, and causes that are not the command line's own.
 */
import { join } from 'node:path';

export interface Babeltrace2Case {
  /** Words of the command line; `{TRACES}` stands for the folder of recorded traces. */
  readonly words: readonly string[];
  /** The configuration that `-v` prints on standard error is compared: values of parameters are in it. */
  readonly values?: true;
  readonly stdout?: string;
  /** Causes, the most general one first. */
  readonly causes?: readonly string[];
  readonly configuration?: readonly string[];
  readonly exitCode?: number;
  /** Where ours answers otherwise on purpose. */
  readonly ours?: Partial<Pick<Babeltrace2Case, 'stdout' | 'causes' | 'exitCode'>> & { readonly why: string };
}

export interface Babeltrace2Cases {
  readonly about: string;
  readonly cases: readonly Babeltrace2Case[];
}

/** Folder of the recorded traces. */
export const tracesFolder = join(import.meta.dirname, '..', '..', '..', 'ctf', 'traces');

export interface RawOutcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** The words with places filled in. */
export function wordsOf({ words }: Babeltrace2Case): readonly string[] {
  return words.map((word) => word.replaceAll('{TRACES}', tracesFolder));
}

/** The compared form of an outcome. */
export function comparedOutcome(
  { values }: Babeltrace2Case,
  { stdout, stderr, exitCode }: RawOutcome,
): Pick<Babeltrace2Case, 'stdout' | 'causes' | 'configuration' | 'exitCode'> {
  // Help texts are our own words.
  const isHelp = /^Usage: /m.test(stdout);
  return {
    stdout: isHelp ? 'Usage: …' : masked(stdout),
    causes: causesOf(stderr),
    ...(values === true ? { configuration: configurationOf(stderr) } : {}),
    exitCode,
  };
}

/** Where a plugin comes from, and from whom, is told apart. */
const masked = (text: string): string =>
  text
    .replaceAll(tracesFolder, '{TRACES}')
    .replaceAll(/^ {2}(?:Path: .*|Built-in)$/gm, '  <origin>')
    .replaceAll(/^ {2}Author: .*$/gm, '  Author: <author>');

function causesOf(stderr: string): readonly string[] {
  const from = stderr.search(/^ERROR: /m);
  if (from < 0) return [];
  return stderr
    .slice(from)
    .replaceAll(/^\d\d-\d\d \d\d:\d\d:.*\n/gm, '')
    .split(/^(?:ERROR: {3}|CAUSED BY) /m)
    .filter((block) => /^ ?\[Babeltrace CLI\]/.test(block))
    .map((block) => oneLine(block.replace(/^[^\n]*\n/, '')));
}

/** Numbers of types became words in 2.1, and a word was put right. */
function oneLine(text: string): string {
  return masked(text)
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[\w-]+-addr=0x[0-9a-f]+, /g, '')
    .replaceAll('comp-cls-type=1', 'comp-cls-type=SOURCE')
    .replaceAll('comp-cls-type=2', 'comp-cls-type=FILTER')
    .replaceAll('comp-cls-type=4', 'comp-cls-type=SINK')
    .replaceAll('Cannot creation connections', 'Cannot create connections');
}

/** Lines of the parameters of the printed configuration. */
function configurationOf(stderr: string): readonly string[] {
  const [, lines = ''] = /^ {6}Parameters:\n((?: {8}.*\n)*)/m.exec(stderr) ?? [];
  return lines.split('\n').filter((line) => line !== '');
}
