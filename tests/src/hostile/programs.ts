/** C programs of the hostile tests: compiled on first use, beside the other programs of the tests. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { repositoryPath } from '../harness/environment.ts';

/** Path of `programs/NAME.c`, compiled with the sample's tracepoints. */
export function hostileProgram(name: string): string {
  const source = repositoryPath('tests/src/hostile/programs', `${name}.c`);
  const outputs = repositoryPath('tests/dist/programs');
  const program = `${outputs}/${name}`;
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return program;
  mkdirSync(outputs, { recursive: true });
  // Several test files may compile at once: each makes its own file, the last rename wins.
  const draft = `${program}.${process.pid}`;
  const include = `-I${repositoryPath('tests/programs')}`;
  const words = ['-O2', '-Wall', include, '-o', draft, source, '-llttng-ust', '-ldl'];
  const { status, stderr } = spawnSync('cc', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Cannot compile ${source}:\n${stderr}`);
  renameSync(draft, program);
  return program;
}
