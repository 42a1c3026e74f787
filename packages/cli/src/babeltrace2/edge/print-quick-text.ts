/** Prints what needs only tables. */
import { terminalColours } from '@lttng-ts/plugins/node';
import { STDOUT, writeAll } from '../../lttng/edge/write-all.ts';
import { quickText } from '../quick-text.ts';
import { coloursFor } from '../text/colours.ts';

/** Prints the text of words that begin with `--version` or `--help`, or of none. */
export function printQuickText(words: readonly string[]): void {
  const colours = coloursFor(terminalColours((name) => process.env[name]));
  writeAll(STDOUT, Buffer.from(quickText(words, colours) ?? ''));
}
