/**
 * The command lines of `cases/` through our `lttng`, in this process and with a daemon in memory, compared
 * with what the original printed. Lines that need a shell, a viewer or a traced program are left to the
 * system tests, which run the same files with real daemons.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runInProcess } from '../testing/in-process.ts';
import { faultsOf, type Sequence } from '../testing/transcripts.ts';

const casesFolder = join(import.meta.dirname, '..', '..', 'cases');

async function compareSequence(sequence: Sequence): Promise<void> {
  const faults = faultsOf(sequence, await runInProcess(sequence));
  assert.equal(faults.length, 0, `\n${faults.join('\n')}`);
}

// Those of babeltrace2 have their own form and test.
const files = readdirSync(casesFolder).filter((name) => !name.startsWith('babeltrace2-'));
for (const file of files.sort()) {
  const { sequences }: { readonly sequences: readonly Sequence[] } = JSON.parse(
    readFileSync(join(casesFolder, file), 'utf8'),
  );
  for (const sequence of sequences) {
    const title = `${file.replace('.json', '')}: ${sequence.title}`;
    if (sequence.app === true || sequence.needsRealDaemon === true) continue;
    test(`prints what the original prints: ${title}`, () => compareSequence(sequence));
  }
}
