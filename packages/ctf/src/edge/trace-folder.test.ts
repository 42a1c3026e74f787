import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { noticeText } from '../stream/notice.ts';
import { readMessages } from '../stream/trace.ts';
import { openTraceFolders } from './trace-folder.ts';

const TRACE = join(import.meta.dirname, '../../traces/overwritten/ust/uid/0/64-bit');
const NOBODY = 65534;

function copyOfTrace(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'trace-folder-'));
  t.after(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  cpSync(TRACE, folder, { recursive: true });
  return folder;
}

/** Runs `action` as a user for whom permissions count. */
function asNobody<T>(action: () => T): T {
  const uid = process.geteuid!();
  if (uid === 0) process.seteuid!(NOBODY);
  try {
    return action();
  } finally {
    process.seteuid!(uid);
  }
}

function read(folder: string): { readonly count: number; readonly told: readonly string[] } {
  using opened = openTraceFolders([folder]);
  const count = [...readMessages(opened.traces)].filter(({ kind }) => kind === 'event-record').length;
  const told = opened.traces.flatMap(({ notices }) => notices.map(noticeText));
  return { count, told };
}

test('an index that nobody may read is done without, and told', (t) => {
  const folder = copyOfTrace(t);
  const whole = read(folder);
  assert.deepEqual(whole.told, []);
  chmodSync(join(folder, 'index'), 0);
  const { count, told } = asNobody(() => read(folder));
  assert.equal(count, whole.count);
  assert.equal(told.length, 3);
  for (const text of told) assert.match(text, /EACCES.*\.idx/);
});

test('a link that leads in a circle is no file of a trace', (t) => {
  const folder = copyOfTrace(t);
  const { count } = read(folder);
  symlinkSync('circle', join(folder, 'circle'));
  assert.deepEqual(read(folder), { count, told: [] });
});
