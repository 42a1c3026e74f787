/** The programs that tests trace: compiled on first use, kept below `tests/dist/programs`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryPath } from './environment.ts';

const sources = repositoryPath('tests/programs');
const outputs = repositoryPath('tests/dist/programs');

/** Path of the C sample program, an ordinary program linked with liblttng-ust. */
export function sampleProgram(): string {
  const source = join(sources, 'sample.c');
  const header = join(sources, 'sample-provider.h');
  const program = join(outputs, 'sample');
  const isFresh =
    existsSync(program) &&
    [source, header].every((path) => statSync(path).mtimeMs < statSync(program).mtimeMs);
  if (isFresh) return program;
  mkdirSync(outputs, { recursive: true });
  // Several test files may compile at once: each makes its own file, the last rename wins.
  const draft = `${program}.${process.pid}`;
  const { status, stderr } = spawnSync(
    'cc',
    ['-O2', '-Wall', `-I${sources}`, '-o', draft, source, '-llttng-ust', '-ldl'],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`Cannot compile ${source}:\n${stderr}`);
  renameSync(draft, program);
  return program;
}
