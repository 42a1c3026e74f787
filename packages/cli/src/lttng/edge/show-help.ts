/** `--help` of the programs beside `lttng`. */
import { dirname } from 'node:path';
import { STDERR, STDOUT, writeAll } from './write-all.ts';

const FAILED = 1;

/** Shows the manual page of `program`; gives the exit code. */
export async function showHelp(program: string): Promise<number> {
  // Loaded here only: daemons must start fast.
  const { nodeMachine } = await import('./node-machine.ts');
  const programFile = process.argv[1] ?? '';
  const machine = nodeMachine({ programFolder: dirname(programFile), programFile });
  const end = await machine.showManual(program, (text) => writeAll(STDOUT, Buffer.from(text)));
  switch (end.kind) {
    case 'exited':
      return end.exitCode;
    case 'killed':
      return 128 + end.signal;
    case 'not-started':
      writeAll(STDERR, Buffer.from(`Error: Cannot show --help for \`${program}\`\nexec: ${end.reason}\n`));
      return FAILED;
  }
}
