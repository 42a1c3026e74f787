// @ts-check
/**
 * Writes manual pages (`man/`) and completions for Bash and Zsh (`completions/`) from the option tables of the
 * commands. A test compares the files with what this writes.
 *
 *   node packages/cli/tools/write-documentation.mjs
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DOCUMENTATION_FOLDERS, documentationFiles } from '../dist/documentation/files.js';

const root = join(import.meta.dirname, '..', '..', '..');
for (const folder of DOCUMENTATION_FOLDERS) rmSync(join(root, folder), { recursive: true, force: true });
for (const [path, text] of documentationFiles()) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
