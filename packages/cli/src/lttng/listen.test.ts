/** `lttng listen` with a daemon in memory: what it prints, when it ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeDaemon } from '../testing/fake-daemon.ts';
import { nodeMachine } from './edge/node-machine.ts';
import { runLttng } from './run.ts';

function start(words: readonly string[], daemon: FakeDaemon) {
  const seen = { stdout: '', stderr: '' };
  const exitCode = runLttng(words, {
    machine: nodeMachine({ programFolder: '/nonexistent', environment: { HOME: '/nonexistent' } }),
    streams: { stdout: (text) => (seen.stdout += text), stderr: (text) => (seen.stderr += text) },
    clientFor: () => daemon,
  });
  return { seen, exitCode };
}

async function live(daemon: FakeDaemon): Promise<void> {
  const session = 's\x1b[2J';
  await daemon.call('session.create', {
    name: session,
    output: { kind: 'path', path: '/out' },
    sharedMemoryPath: null,
    isSnapshotMode: false,
  });
  await daemon.call('channel.enable', { session, domain: 'ust', channel: 'c', attributes: {} });
  await daemon.call('session.start', { session });
  await daemon.call('session.rotate', { session, wait: true });
  await daemon.call('session.stop', { session });
}

test('prints a line for each event, without control characters, and ends after --count', async () => {
  const daemon = new FakeDaemon();
  const { seen, exitCode } = start(['listen', '--count=5'], daemon);
  await live(daemon);
  assert.equal(await exitCode, 0);
  const archive = '/out/archives/20260101T000000+0000-20260101T000000+0000-0';
  assert.deepEqual(
    seen.stdout.split('\n').map((line) => line.replace('[2026-01-01T00:00:00.000Z] session s\\x1b[2J: ', '')),
    [
      'created, output /out',
      'started',
      'rotation of chunk 0 started',
      `chunk 0 archived: ${archive}`,
      'stopped',
      '',
    ],
  );
});

test('--mi json prints one JSON text a line, --event chooses', async () => {
  const daemon = new FakeDaemon();
  const words = ['--mi', 'json', 'listen', '--event=chunk-archived,session-stopped', '--count=2'];
  const { seen, exitCode } = start(words, daemon);
  await live(daemon);
  assert.equal(await exitCode, 0);
  const events = seen.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; session: string });
  assert.deepEqual(
    events.map(({ kind, session }) => [kind, session]),
    [
      ['chunk-archived', 's\x1b[2J'],
      ['session-stopped', 's\x1b[2J'],
    ],
  );
});

for (const [words, text, code] of [
  [['listen', '--event=nothing'], 'Error: Unknown kind of event: nothing (there are session-created, ', 1],
  [['listen', '--count=0'], 'Error: Invalid value for --count option: 0\n', 1],
  [['listen', 'a', 'b'], 'Error: Unknown argument: b\n', 1],
  [['--mi', 'xml', 'listen'], 'Error: The XML machine interface has no events: use --mi json\n', 1],
] as const) {
  test(`refuses ${words.join(' ')}`, async () => {
    const { seen, exitCode } = start(words, new FakeDaemon());
    assert.equal(await exitCode, code);
    assert.ok(seen.stderr.startsWith(text), seen.stderr);
    assert.equal(seen.stdout, '');
  });
}

test('without a daemon it says so', async () => {
  const daemon = new FakeDaemon();
  daemon.isRunning = false;
  const { seen, exitCode } = start(['listen'], daemon);
  assert.equal(await exitCode, 19);
  assert.equal(seen.stderr, 'Error: No session daemon is available\n');
});
