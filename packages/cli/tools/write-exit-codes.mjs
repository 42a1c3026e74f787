// @ts-check
/**
 * Writes `docs/exit-codes.md` from the table of error numbers. The table of the protocol is the only source:
 * a test compares the page with what this writes.
 *
 *   node packages/cli/tools/write-exit-codes.mjs
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodesPage } from '../dist/testing/exit-codes-page.js';

writeFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'exit-codes.md'), exitCodesPage());
