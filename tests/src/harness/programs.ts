/** The programs that tests trace. C programs are compiled on first use, kept below `tests/dist/programs`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryPath } from './environment.ts';

const sources = repositoryPath('tests/programs');
const outputs = repositoryPath('tests/dist/programs');

/** Path of the C sample program, an ordinary program linked with liblttng-ust. */
export function sampleProgram(): string {
  return compiled('sample');
}

/** The sample program in both languages, as commands that take the same words. */
export const samples = {
  c: () => [sampleProgram()],
  node: () => [process.execPath, join(sources, 'sample.mjs')],
} as const;
export type Language = keyof typeof samples;
export const languages: readonly Language[] = ['c', 'node'];

/** Path of `tests/programs/shapes.c`: the field macros that the sample program leaves out. */
export function shapesProgram(): string {
  return compiled('shapes', ['shapes-provider.c']);
}

/** Path of `tests/programs/lives.c`: what a program can do in its life. */
export function livesProgram(): string {
  return compiled('lives', [], ['-pthread']);
}

/** Path of `tests/programs/verdicts.c`: one event with many values, for filters to choose from. */
export function verdictsProgram(): string {
  return compiled('verdicts');
}

/** Path of `tests/programs/app-contexts.c`: a program with application contexts. */
export function appContextsProgram(): string {
  return compiled('app-contexts');
}

/** What touches pages between its ticks, in two threads and both languages, as commands. */
export const countersPrograms = {
  c: () => [compiled('counters', [], ['-pthread'])],
  node: () => [process.execPath, join(sources, 'counters.mjs')],
} as const;

/** Path of a library with tracepoints, to be loaded at run time. */
export function pluginLibrary(): string {
  return compiled('plugin', [], ['-shared', '-fPIC']);
}

/** Path of the traced program of the recorded command lines, `packages/cli/tools/app`. */
export function caseProgram(): string {
  return compiled('app', [], [], repositoryPath('packages/cli/tools/app'));
}

/** Compiles `NAME.c` with `others`, unless that was done since a source changed. */
function compiled(
  name: string,
  others: readonly string[] = [],
  flags: readonly string[] = [],
  folder = sources,
): string {
  const units = [`${name}.c`, ...others].map((file) => join(folder, file));
  const headers = readdirSync(folder).filter((file) => file.endsWith('.h'));
  const program = join(outputs, name);
  const isFresh =
    existsSync(program) &&
    [...units, ...headers.map((file) => join(folder, file))].every(
      (path) => statSync(path).mtimeMs < statSync(program).mtimeMs,
    );
  if (isFresh) return program;
  mkdirSync(outputs, { recursive: true });
  // Several test files may compile at once: each makes its own file, the last rename wins.
  const draft = `${program}.${process.pid}`;
  const words = ['-O2', '-Wall', ...flags, `-I${folder}`, '-o', draft, ...units, '-llttng-ust', '-ldl'];
  const { status, stderr } = spawnSync('cc', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Cannot compile ${name}.c:\n${stderr}`);
  renameSync(draft, program);
  return program;
}
