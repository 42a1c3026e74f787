/** The files that are written from the option tables: a path from the repository's root, and its text. */
import { babeltrace2Pages, babeltrace2Program } from './babeltrace2-pages.ts';
import { bashCompletion } from './bash-completion.ts';
import { lttngPages, lttngPrograms } from './lttng-pages.ts';
import { roffPage } from './roff.ts';
import { zshCompletion } from './zsh-completion.ts';

/** All files; nothing else may lie in their folders. */
export function documentationFiles(): ReadonlyMap<string, string> {
  const programs = [...lttngPrograms, babeltrace2Program];
  const pages = [...lttngPages, ...babeltrace2Pages];
  return new Map([
    ...pages.map((page) => [`man/man${page.volume}/${page.name}.${page.volume}`, roffPage(page)] as const),
    ...programs.map((program) => [`completions/bash/${program.name}`, bashCompletion(program)] as const),
    ...programs.map((program) => [`completions/zsh/_${program.name}`, zshCompletion(program)] as const),
  ]);
}

/** Folders that hold these files alone. */
export const DOCUMENTATION_FOLDERS: readonly string[] = ['man', 'completions'];
