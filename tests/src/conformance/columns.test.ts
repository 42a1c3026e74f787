/** Columns of every small trace of the conformance suite that opens, against the reference decoder. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FormatError } from '@lttng-ts/base';
import { openTraceFolders } from '@lttng-ts/ctf/node';
import { checkColumns } from '@lttng-ts/ctf/testing';
import { findArchive, openSuite } from './archive.ts';

const archive = findArchive();
/** A trace is read several times for each of its classes: larger ones, or ones of more classes, would take minutes. */
const MAX_BYTES = 64 << 10;
const MAX_CLASSES = 20;

function foldersWithMetadata(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === 'metadata')
    .map((entry) => entry.parentPath)
    .sort();
}

test('columns hold what the reference decoder gives, in every small trace', {
  skip: archive === null,
}, () => {
  using suite = openSuite(archive!);
  let [values, traces] = [0, 0];
  for (const folder of foldersWithMetadata(suite.dataFolder)) {
    let opened: ReturnType<typeof openTraceFolders>;
    try {
      opened = openTraceFolders([folder]);
    } catch (error) {
      // Traces that must be refused are in the suite, too.
      if (error instanceof FormatError) continue;
      throw error;
    }
    using _ = opened;
    const sizes = opened.traces.flatMap(({ dataStreams }) => dataStreams.map(({ packets }) => packets));
    const bytes = sizes.flat().reduce((sum, { packetSizeBytes }) => sum + packetSizeBytes, 0);
    const classCount = opened.traces.reduce(
      (sum, { traceClass }) =>
        [...traceClass.dataStreamClasses.values()].reduce(
          (all, { eventRecordClasses }) => all + eventRecordClasses.size,
          sum,
        ),
      0,
    );
    if (bytes > MAX_BYTES || classCount > MAX_CLASSES) continue;
    try {
      values += checkColumns(() => opened.traces);
    } catch (error) {
      assert.fail(`${join(folder)}: ${error instanceof Error ? error.message : error}`);
    }
    traces++;
  }
  assert.ok(traces > 100 && values > 5000, `traces=${traces}, values=${values}`);
});
