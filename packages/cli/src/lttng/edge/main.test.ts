/** The process `lttng` around its commands: what goes where, in which order, and what it ends with. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const program = join(import.meta.dirname, '../../lttng.js');

test('lines come in their order, whichever stream they go to', (t: TestContext) => {
  const home = mkdtempSync(join(tmpdir(), 'lttng-main-'));
  t.after(() => rmSync(home, { recursive: true }));
  const { stdout, status } = spawnSync('sh', ['-c', '"$0" "$@" 2>&1', process.execPath, program, 'status'], {
    encoding: 'utf8',
    env: { LTTNG_HOME: home },
  });
  assert.equal(status, 1);
  assert.equal(
    stdout,
    `Error: Can't find valid lttng config ${home}/.lttngrc\nDid you create a session? (lttng create <my_session>)\n`,
  );
});

test('lines that cannot be written are a failure that is told', () => {
  const full = openSync('/dev/full', 'w');
  const { stderr, status } = spawnSync(process.execPath, [program, 'version'], {
    encoding: 'utf8',
    stdio: ['ignore', full, 'pipe'],
  });
  assert.equal(status, 3);
  assert.match(stderr, /^Error: .*ENOSPC/);
});
