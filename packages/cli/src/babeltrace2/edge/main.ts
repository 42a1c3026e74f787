/**
 * Composition root of `babeltrace2`. It is a file of its own when bundled, and a small one: V8 compiles it at each start. What
 * needs only tables (`--version`, `--help`) is printed by one file, all else is done by another.
 */

/** First words after which tables may be enough. The program knows the same texts, and finds out about all other words. */
const QUICK_WORDS: readonly (string | undefined)[] = [undefined, '-V', '--version', '-h', '--help'];

/** Runs the command line of this process and sets its exit status. */
export async function runMain(): Promise<void> {
  process.title = 'babeltrace2';
  const words = process.argv.slice(2);
  if (QUICK_WORDS.includes(words[0])) {
    const { printQuickText } = await import('./print-quick-text.ts');
    printQuickText(words);
    return;
  }
  const { runProgram } = await import('./program.ts');
  await runProgram(words);
  // All output is written. The kernel takes the memory back faster than we could.
  process.exit();
}
