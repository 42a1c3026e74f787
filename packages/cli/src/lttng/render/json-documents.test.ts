/**
 * `--mi json` is ours: wherever the original prints an XML document (the recorded command lines), ours prints one of JSON
 * too, of the same success. So every command has both, with every refusal that is recorded.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInProcess } from '../../testing/in-process.ts';
import { recordedFiles } from '../../testing/recorded-files.ts';
import type { Sequence } from '../../testing/transcripts.ts';

const XML = /^lttng --mi[ =]xml /;

/** Sequences with documents for which a daemon in memory will do. */
function recordedSequences(): readonly Sequence[] {
  const all = recordedFiles().flatMap(({ sequences }) => sequences);
  return all.filter(
    ({ steps, app, needsRealDaemon }) =>
      app !== true && needsRealDaemon !== true && steps.some(({ line }) => XML.test(line)),
  );
}

test('whatever has a document of XML has one of JSON, with the same success', async () => {
  const commands = new Set<string>();
  for (const sequence of recordedSequences()) {
    const steps = sequence.steps.map(({ line }) => ({ line: line.replace(XML, 'lttng --mi json ') }));
    const xml = await runInProcess(sequence);
    const json = await runInProcess({ ...sequence, steps });
    for (const [index, { line }] of sequence.steps.entries()) {
      const [document = '', wanted = ''] = [json[index], xml[index]].map((outcome) =>
        outcome?.stdout.join('\n').trim(),
      );
      if (!XML.test(line) || !/<success>(true|false)<\/success><\/command>/.test(wanted)) continue;
      const found = JSON.parse(document);
      commands.add(found.command);
      assert.equal(
        found.success,
        wanted.includes('<success>true</success></command>'),
        `${line}\n${document}`,
      );
      assert.equal(found.exitCode, json[index]?.exitCode, line);
    }
  }
  assert.ok(commands.size > 20, [...commands].join());
});
