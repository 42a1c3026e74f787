import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeDaemon, type FakeDaemonSetup } from '../../testing/fake-daemon.ts';
import { nodeMachine } from '../edge/node-machine.ts';
import { runLttng } from '../run.ts';
import { element, leaf, serialiseXml } from './xml.ts';

interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A world whose files are one text in memory and whose clock never waits. */
function worldOf(setup: FakeDaemonSetup = {}): { daemon: FakeDaemon; run(line: string): Promise<Run> } {
  const daemon = new FakeDaemon(setup);
  const files = new Map<string, string>();
  const machine = {
    ...nodeMachine({ programFolder: '/nonexistent', environment: { HOME: '/home' }, workingFolder: '/' }),
    readText: (path: string) => files.get(path) ?? null,
    writeText: (path: string, text: string) => files.set(path, text) !== undefined,
    removeFile: (path: string) => void files.delete(path),
    sleep: async () => undefined,
  };
  return {
    daemon,
    run: async (line) => {
      let [stdout, stderr] = ['', ''];
      const exitCode = await runLttng(line.split(' '), {
        machine,
        streams: { stdout: (text) => (stdout += text), stderr: (text) => (stderr += text) },
        clientFor: () => daemon,
      });
      return { stdout, stderr, exitCode };
    },
  };
}

test('stop waits with a dot for each question, then tells what was lost', async () => {
  const { run } = worldOf({ pendingCount: 2, losses: { discardedEventCount: 3, lostPacketCount: 1 } });
  for (const line of ['create s', 'enable-channel -u a,b', 'start']) await run(line);
  assert.equal(
    (await run('stop')).stdout,
    'Waiting for data availability..\n' +
      'Warning: 6 events were discarded and 2 packets were lost, please refer to the documentation on channel configuration.\n' +
      'Tracing stopped for session s\n',
  );
});

test('destroy of an active session tells what was lost, of a stopped one does not', async () => {
  const { run } = worldOf({ losses: { discardedEventCount: 3, lostPacketCount: 0 } });
  for (const line of ['create s', 'enable-event -u x', 'start']) await run(line);
  assert.match((await run('destroy')).stdout, /^Session s destroyed\nWarning: 3 events were discarded, /);
  for (const line of ['create s', 'enable-event -u x', 'start', 'stop']) await run(line);
  assert.equal((await run('destroy')).stdout, 'Session s destroyed\n');
});

test('status tells faults after the session, ongoing and past ones', async () => {
  const fault = { kind: 'disk-full', where: 'channel0_1', detail: 'ENOSPC' } as const;
  const { run } = worldOf({
    faults: [
      { ...fault, isOngoing: true },
      { ...fault, isOngoing: false },
    ],
  });
  await run('create s');
  assert.equal(
    (await run('status')).stdout,
    'Recording session s: [inactive]\n' +
      '    Trace output: /home/lttng-traces/s-20260101-000000\n\n' +
      '    Fault (ongoing): disk full: channel0_1: ENOSPC\n\n' +
      '    Fault (over): disk full: channel0_1: ENOSPC\n\n',
  );
});

test('list -u shows tracepoints by application, and applications that were refused', async () => {
  const application = { pid: 7, uid: 0, name: 'app', abiMajor: 9, wordSizeBits: 64, refusal: null };
  const old = { ...application, pid: 8, name: 'old', abiMajor: 8, refusal: 'ABI major 8 instead of 9' };
  const fields = [
    { name: 'number', type: 'integer', isWritten: true },
    { name: 'letters', type: 'other', isWritten: false },
  ] as const;
  const { run } = worldOf({
    applications: [application, old],
    tracepoints: [{ application, tracepoints: [{ name: 'app:x', logLevel: 6, fields }] }],
  });
  assert.equal(
    (await run('list -uf')).stdout,
    'UST events:\n-------------\n\n' +
      'PID: 7 - Name: app\n' +
      '      app:x (loglevel: TRACE_INFO (6)) (type: tracepoint)\n' +
      '        field: number (integer)\n' +
      '        field: letters (unknown) [no write]\n\n' +
      'Refused applications:\n-------------\n\n' +
      'PID: 8 - Name: old - Reason: ABI major 8 instead of 9\n\n',
  );
});

test('JSON holds the items, the words about them and the exit code', async () => {
  const { run } = worldOf();
  const created = JSON.parse((await run('--mi json create s')).stdout);
  assert.equal(created.success, true);
  assert.equal(created.items[0].session.name, 's');
  const refused = await run('--mi json start');
  assert.deepEqual(JSON.parse(refused.stdout), {
    command: 'start',
    success: false,
    exitCode: 72,
    messages: [{ severity: 'error', text: 'No channel found in the session' }],
    items: [],
  });
  assert.equal(refused.stderr, '');
  assert.equal(refused.exitCode, 72);
});

test('a command that comes later says so and counts as undefined', async () => {
  const { run } = worldOf();
  const { exitCode, stdout } = await run('add-trigger');
  assert.equal(exitCode, 2);
  assert.equal(stdout, 'lttng: Not supported yet: command add-trigger\n');
});

test('every command explains itself', async () => {
  const { run } = worldOf();
  for (const name of (await run('--list-commands')).stdout.trim().split('\n')) {
    const help = await run(`help ${name}`);
    assert.equal(help.exitCode, 0);
    assert.match(help.stdout, new RegExp(`^ {7}lttng-${name} - `, 'm'));
    assert.deepEqual(await run(`${name} --help`), help);
  }
});

test('XML escapes markup and drops characters that it cannot hold', () => {
  assert.equal(
    serialiseXml(element('a', [leaf('b', '<&">\u0001\n'), leaf('c', ''), element('d'), null])),
    '<a><b>&lt;&amp;&quot;&gt;\n</b><c></c><d/></a>',
  );
});
