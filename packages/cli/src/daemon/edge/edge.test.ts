/** Parts of the program that are about the process itself, each in a process of its own. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ensureExists } from '@lttng-ts/base';
import { loadNative } from '@lttng-ts/native';
import { findAccountId } from '@lttng-ts/sessiond';
import { automaticFiles } from '../../sessiond/edge/load-at-start.ts';

const native = ensureExists(loadNative());
const module = (name: string): string => JSON.stringify(join(import.meta.dirname, `${name}.js`));

/** Runs JavaScript in a process of its own. */
function run(script: string, stdio: 'pipe' | 'ignore' = 'pipe') {
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    stdio,
    timeout: 240_000,
  });
}

const stopScript = (before: string): string => `
  import { stopRequests } from ${module('stop-requests')};
  const { stop } = stopRequests((level, message) => console.log(level, message.split('\\n')[0]));
  const alive = setInterval(() => undefined, 1000);
  ${before}
  process.exitCode = 10 + (await stop);
  clearInterval(alive);`;

test('signals ask for a stop, a fault of the daemon too, and it says so', () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    const { status, stdout } = run(stopScript(`process.kill(process.pid, '${signal}');`));
    assert.deepEqual([status, stdout], [10, `info ${signal} caught\n`]);
  }
  const thrown = run(stopScript("setImmediate(() => { throw new TypeError('a bug'); });"));
  assert.deepEqual([thrown.status, thrown.stdout], [11, 'error Fault of the daemon: TypeError: a bug\n']);
  const rejected = run(stopScript("Promise.reject(new TypeError('a bug'));"));
  assert.equal(rejected.status, 11);
});

/** Writes 2 MB, says so, and writes a last line when it is told to. */
const logScript = `
  import { loadNative } from ${JSON.stringify(import.meta.resolve('@lttng-ts/native'))};
  import { openLogOutput } from ${module('log-output')};
  const output = openLogOutput(loadNative());
  for (let count = 0; count < 20_000; count++) output.write('x'.repeat(99) + '\\n');
  process.stdout.write('written');
  process.stdin.once('data', () => { output.write('last\\n'); process.exit(0); });`;

/** A place for standard error that nobody reads yet. */
interface UnreadPlace {
  readonly writeEnd: number;
  /** Gives what is there, without waiting. */
  read(): string;
}

function unreadPipe(t: TestContext): UnreadPlace {
  const path = join(folderFor(t), 'fifo');
  assert.equal(spawnSync('mkfifo', [path]).status, 0);
  const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  // As a shell makes it: blocking.
  const writeEnd = openSync(path, constants.O_WRONLY);
  t.after(() => {
    closeSync(both);
    closeSync(writeEnd);
  });
  const readOnce = (): Uint8Array => {
    const chunk = Buffer.alloc(65536);
    try {
      return chunk.subarray(0, readSync(both, chunk));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
      return new Uint8Array(0);
    }
  };
  return { writeEnd, read: () => readAll(readOnce) };
}

function unreadSocket(t: TestContext): UnreadPlace {
  const [readEnd, writeEnd] = native.socketPair();
  t.after(() => {
    native.close(readEnd);
    native.close(writeEnd);
  });
  const readOnce = (): Uint8Array => {
    const chunk = new Uint8Array(65536);
    const message = native.receiveMessage(readEnd, chunk);
    return chunk.subarray(0, message === 'again' ? 0 : message.lengthBytes);
  };
  return { writeEnd, read: () => readAll(readOnce) };
}

function readAll(readOnce: () => Uint8Array): string {
  let text = '';
  for (let chunk = readOnce(); chunk.length > 0; chunk = readOnce()) text += Buffer.from(chunk).toString();
  return text;
}

for (const [what, placeFor] of [
  ['pipe', unreadPipe],
  ['socket', unreadSocket],
] as const) {
  test(`a log into a ${what} that nobody reads loses lines, counts them, and never waits`, async (t) => {
    const place = placeFor(t);
    const writer = spawn(process.execPath, ['--input-type=module', '-e', logScript], {
      stdio: ['pipe', 'pipe', place.writeEnd],
    });
    t.after(() => writer.kill());
    const { stdin, stdout } = { stdin: ensureExists(writer.stdin), stdout: ensureExists(writer.stdout) };
    await new Promise((resolve) => stdout.once('data', resolve));
    const kept = place.read();
    assert.match(kept, /^(x{99}\n)+$/);
    const keptCount = kept.length / 100;
    assert.ok(keptCount < 20_000);
    stdin.write('go');
    await new Promise((resolve) => writer.once('close', resolve));
    assert.equal(place.read(), `Warning: Log lines were lost: count=${20_000 - keptCount}\nlast\n`);
  });
}

test('a process without standard error logs to nowhere', () => {
  const { status } = spawnSync(
    'sh',
    ['-c', 'exec "$0" --input-type=module -e "$SCRIPT" >/dev/null 2>&-', process.execPath],
    {
      env: { ...process.env, SCRIPT: `${logScript} process.exit(0);` },
    },
  );
  assert.equal(status, 0);
});

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sessiond-edge-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('only configurations that are the user’s own are loaded without being asked', (t) => {
  const home = folderFor(t);
  const folder = join(home, '.lttng/sessions/auto');
  assert.deepEqual(automaticFiles(home, -1), []);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'a.lttng'), '');
  const uid = process.getuid?.() ?? 0;
  const own = automaticFiles(home, uid).filter((path) => path.startsWith(home));
  assert.deepEqual(own, [join(folder, 'a.lttng')]);
  assert.deepEqual(automaticFiles(home, uid + 1), []);
});

test('users and groups are known by name', async () => {
  assert.equal(await findAccountId('group', 'root'), 0);
  assert.equal(await findAccountId('user', 'daemon'), 1);
  for (const kind of ['user', 'group'] as const) {
    assert.equal(await findAccountId(kind, 'no-such-name-here'), null);
    assert.equal(await findAccountId(kind, '-h'), null);
    assert.equal(await findAccountId(kind, 'root:x'), null);
  }
});
