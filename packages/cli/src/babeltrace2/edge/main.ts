/**
 * Composition root of `babeltrace2`. It is a file of its own when bundled: what needs only tables (`--version`,
 * `--help`) is printed before anything else is loaded.
 */
import { terminalColours } from '@lttng-ts/plugins/node';
import { STDOUT, writeAll } from '../../lttng/edge/write-all.ts';
import { CommandFailure } from '../failure.ts';
import { quickText } from '../quick-text.ts';
import { coloursFor } from '../text/colours.ts';

/** Runs the command line of this process and sets its exit status. */
export async function runMain(): Promise<void> {
  process.title = 'babeltrace2';
  const words = process.argv.slice(2);
  const text = findQuickText(words);
  if (text !== null) {
    writeAll(STDOUT, Buffer.from(text));
    return;
  }
  const { runProgram } = await import('./program.ts');
  await runProgram(words);
  // All output is written. The kernel takes the memory back faster than we could.
  process.exit();
}

function findQuickText(words: readonly string[]): string | null {
  try {
    return quickText(words, coloursFor(terminalColours((name) => process.env[name])));
  } catch (error) {
    // The whole program tells what is wrong with the words.
    if (error instanceof CommandFailure) return null;
    throw error;
  }
}
