/** What the tests of the Node.js tracer share: the daemons, the programs, traces as comparable lines. */
import process from 'node:process';
import { type Environment, type Program, repositoryPath, type Side } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';

/** The session daemons that the tracer is tested with. */
export const daemonSides: readonly Side[] = ['upstream', 'ours'];

/** Why these tests cannot run here. */
export const skip = skipUnless('root', 'upstream', 'native');

/** The sample program in both languages, as commands that take the same arguments. */
export const samples = {
  c: () => [sampleProgram()],
  node: () => [process.execPath, repositoryPath('tests/programs/sample.mjs')],
} as const;
export type Language = keyof typeof samples;

/** Command of `tests/programs/node-lives.mjs`. */
export const nodeLives = (...words: readonly string[]): readonly string[] => [
  process.execPath,
  repositoryPath('tests/programs/node-lives.mjs'),
  ...words,
];

/** Starts a program that serves orders and waits until it runs; its tracer says on stderr what happens. */
export async function serve(
  environment: Environment,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const program = environment.start([...command, 'serve'], { env: { LTTNG_UST_DEBUG: '1', ...env } });
  await program.printed(/^ready$/m);
  return program;
}

/** Waits until a Node.js program has registered with `count` daemons since it started. */
export async function registered(program: Program, count = 1): Promise<void> {
  await program.printed(new RegExp(`(name="registerDone".*){${count}}`, 's'));
}

/** Events as babeltrace2 prints them, without what differs from run to run. */
export async function eventLines(environment: Environment, folder: string): Promise<readonly string[]> {
  const text = await environment.output(['babeltrace2', folder]);
  return text
    .split('\n')
    .filter((line) => line.startsWith('['))
    .map((line) => line.replace(/^\[[^\]]*\] \([^)]*\) \S+ /, '').replace(/cpu_id = \d+/, 'cpu_id = N'));
}

/** The declarations of events in a metadata file, without the ids that tell them apart. */
export function eventDeclarations(metadata: string): readonly string[] {
  const blocks = metadata.match(/^event \{\n.*?^\};$/gms) ?? [];
  return blocks.map((block) => block.replace(/^\s*(?:id|stream_id) = \d+;\n/gm, '')).sort();
}
