/** Columns of every trace of the conformance suite that opens, against the reference decoder. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FormatError } from '@lttng-ts/base';
import { openTraceFolders } from '@lttng-ts/ctf/node';
import { checkColumns } from '@lttng-ts/ctf/testing';
import { findArchive, openSuite } from './archive.ts';

const archive = findArchive();
/** Data files beyond this are many times the same. */
const MAX_BYTES = 4 << 20;

function foldersWithMetadata(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === 'metadata')
    .map((entry) => entry.parentPath)
    .sort();
}

test('columns hold what the reference decoder gives, in every trace', { skip: archive === null }, () => {
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
    if (bytes > MAX_BYTES) continue;
    try {
      values += checkColumns(() => opened.traces);
    } catch (error) {
      assert.fail(`${join(folder)}: ${error instanceof Error ? error.message : error}`);
    }
    traces++;
  }
  assert.ok(traces > 100 && values > 10_000, `traces=${traces}, values=${values}`);
});
