/** The programs that the bench runs: its C programs, compiled when they are first wanted, and ours. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryPath } from '@lttng-ts/tests/harness/environment.js';

const sources = repositoryPath('bench/programs');
const outputs = repositoryPath('bench/dist/programs-c');
const compiled = new Set<string>();

/** Compiles `bench/programs/NAME.c`, once in this process, and gives the program's path. */
export function cProgram(
  name: 'measure' | 'paced-writer' | 'relay-producer' | 'rich-flood' | 'tick-cost' | 'tick-flood',
): string {
  const program = join(outputs, name);
  if (compiled.has(name)) return program;
  mkdirSync(outputs, { recursive: true });
  const includes = [sources, repositoryPath('tests/programs')].map((folder) => `-I${folder}`);
  const { status, stderr } = spawnSync(
    'cc',
    [
      '-O2',
      '-Wall',
      ...includes,
      '-o',
      program,
      join(sources, `${name}.c`),
      '-llttng-ust',
      '-ldl',
      '-lpthread',
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`Cannot compile: program=${name}\n${stderr}`);
  compiled.add(name);
  return program;
}

/** A JavaScript program of the bench, `bench/src/programs/NAME.ts`, as words of a command. */
export function nodeProgram(name: 'tick-cost'): readonly string[] {
  return [process.execPath, join(import.meta.dirname, 'programs', `${name}.js`)];
}

/**
 * The same in one file, as our commands are and as programs that should start quickly are made: loading a hundred modules
 * takes several times as long as loading one.
 */
export function bundledProgram(name: 'sum-columns'): readonly string[] {
  const program = join(import.meta.dirname, 'programs', `${name}.js`);
  const bundle = repositoryPath('bench/dist/programs-bundled', `${name}.mjs`);
  const { status, stderr } = spawnSync(
    repositoryPath('node_modules/.bin/esbuild'),
    ['--bundle', '--platform=node', '--format=esm', '--log-level=error', `--outfile=${bundle}`, program],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`Cannot bundle: program=${name}\n${stderr}`);
  return [process.execPath, bundle];
}

/** A command of ours, as a user runs it. */
export function ourProgram(name: string): string {
  return repositoryPath('bin', name);
}

/** Whether this build has the command: a program in `bin/` that is not built cannot run. */
export function hasCommand(name: string): boolean {
  const bundles = [`${name}.mjs`, `${name}.cjs`].map((file) => repositoryPath('dist/bin', file));
  return existsSync(repositoryPath('bin', name)) && bundles.some((path) => existsSync(path));
}

/** Folder that is kept between runs, for traces that take long to record: outside the tree, one a user. */
export function cacheFolder(): string {
  const folder = process.env['LTTNG_TS_BENCH_CACHE'] ?? `/tmp/lttng-ts-bench-${process.getuid?.() ?? 0}`;
  mkdirSync(folder, { recursive: true });
  return folder;
}
