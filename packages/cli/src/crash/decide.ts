/** What a command line of `lttng-crash` asks for. Pure: words in, a decision out. */
import { parseGetopt } from '../daemon/parse-getopt.ts';
import { crashOptions } from './options.ts';

export type CrashDecision =
  | { readonly kind: 'help' | 'version' | 'list-options' }
  | { readonly kind: 'refuse'; readonly lines: readonly string[] }
  | {
      readonly kind: 'recover';
      readonly folder: string;
      /** Where the traces go; null: they are shown. */
      readonly extractPath: string | null;
      /** The viewer with its words, or null for the built-in one. */
      readonly viewer: string | null;
      readonly isVerbose: boolean;
    };

/** Decides as LTTng 2.13 does: the first of help, version and the list of options wins. */
export function decideCrash(words: readonly string[]): CrashDecision {
  // So does the original.
  if (words.length === 0) return { kind: 'help' };
  const { uses, positionals, refusal } = parseGetopt(crashOptions, words);
  for (const { long } of uses) {
    if (long === 'help' || long === 'version' || long === 'list-options') return { kind: long };
  }
  if (refusal !== null) {
    return { kind: 'refuse', lines: [`lttng-crash: ${refusal}`, 'Error: Unknown command-line option'] };
  }
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) {
    return { kind: 'refuse', lines: ['Error: Command-line error: Specify exactly one input path'] };
  }
  const valueOf = (name: string): string | null => uses.findLast(({ long }) => long === name)?.value ?? null;
  const isVerbose = uses.some(({ long }) => long === 'verbose');
  return { kind: 'recover', folder, extractPath: valueOf('extract'), viewer: valueOf('viewer'), isVerbose };
}

/** The names that shells complete: long, then short. */
export function optionList(): string {
  return crashOptions
    .flatMap(({ long, short }) => [`--${long}`, ...(short === undefined ? [] : [`-${short}`])])
    .map((name) => `${name}\n`)
    .join('');
}
