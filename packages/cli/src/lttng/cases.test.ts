/**
 * The command lines of `cases/` through our `lttng`, in this process and with a daemon in memory, compared
 * with what the original printed. Lines that need a shell, a viewer or a traced program are left to the
 * system tests, which run the same files with real daemons.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInProcess } from '../testing/in-process.ts';
import { recordedFiles } from '../testing/recorded-files.ts';
import { faultsOf, type Sequence } from '../testing/transcripts.ts';

async function compareSequence(sequence: Sequence): Promise<void> {
  const faults = faultsOf(sequence, await runInProcess(sequence));
  assert.equal(faults.length, 0, `\n${faults.join('\n')}`);
}

for (const { name, sequences } of recordedFiles()) {
  for (const sequence of sequences) {
    const title = `${name.replace('.json', '')}: ${sequence.title}`;
    if (sequence.app === true || sequence.needsRealDaemon === true) continue;
    test(`prints what the original prints: ${title}`, () => compareSequence(sequence));
  }
}
