/** Options of upstream after 2.13, which no recorded command line holds: several sessions at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeDaemon } from '../testing/fake-daemon.ts';
import { runInProcess } from '../testing/in-process.ts';

/** What each line says, on both streams, and its exit code where that is not 0. */
async function said(lines: readonly string[]): Promise<readonly string[]> {
  const steps = lines.map((line) => ({ line: `lttng ${line}` }));
  const outcomes = await runInProcess({ title: 'later options', steps }, new FakeDaemon());
  return outcomes.flatMap((outcome, index) => {
    assert.ok(outcome !== null);
    const { stdout, stderr, exitCode } = outcome;
    const words = [...stdout, ...stderr].filter((line) => line !== '');
    return [`$ ${lines[index]}`, ...words, ...(exitCode === 0 ? [] : [`=> ${exitCode}`])];
  });
}

const sessions = ['-o /tmp/x web-1', '-o /tmp/x web-2', '-o /tmp/x db'];
const created = [
  ...sessions.map((words) => `create ${words}`),
  'enable-event -u -s web-1 a',
  'enable-event -u -s web-2 a',
];

test('start, stop and destroy of all sessions go on after one that fails', async () => {
  const seen = await said([
    ...created,
    'start --all',
    'start -a',
    'stop --all',
    'stop --all',
    'start --all extra',
    '--mi xml start -a',
    'destroy --all',
    'start --all',
    'stop -a',
  ]);
  assert.deepEqual(seen.slice(seen.indexOf('$ start --all')), [
    '$ start --all',
    'Tracing started for session web-2',
    'Tracing started for session web-1',
    'Error: No channel found in the session',
    '=> 1',
    '$ start -a',
    'Error: No channel found in the session',
    'Warning: Tracing already started for session web-2',
    'Warning: Tracing already started for session web-1',
    '=> 1',
    '$ stop --all',
    'Waiting for data availability',
    'Tracing stopped for session web-2',
    'Waiting for data availability',
    'Tracing stopped for session web-1',
    'Warning: Tracing already stopped for session db',
    '$ stop --all',
    'Warning: Tracing already stopped for session db',
    'Warning: Tracing already stopped for session web-2',
    'Warning: Tracing already stopped for session web-1',
    '$ start --all extra',
    'Error: Unknown argument: extra',
    '=> 1',
    '$ --mi xml start -a',
    ...seen.slice(seen.indexOf('$ --mi xml start -a') + 1, seen.indexOf('$ destroy --all')),
    '$ destroy --all',
    'Session db destroyed',
    'Session web-2 destroyed',
    'Session web-1 destroyed',
    '$ start --all',
    'No session found, nothing to do.',
    '$ stop -a',
    'No session found, nothing to do.',
  ]);
  const document = seen.find((line) => line.startsWith('<command')) ?? '';
  assert.match(document, /<sessions><session><name>web-2<.*<name>web-1<.*<success>false</);
});

test('a pattern chooses sessions', async () => {
  const seen = await said([
    ...created,
    "start --glob 'web-*'",
    "stop -g 'web-?' --no-wait",
    'start --glob',
    "start -g 'none*'",
    "destroy --glob 'web-[2-9]'",
    "destroy -g '*' extra",
    'list',
  ]);
  assert.deepEqual(seen.slice(seen.indexOf("$ start --glob 'web-*'")), [
    "$ start --glob 'web-*'",
    'Tracing started for session web-2',
    'Tracing started for session web-1',
    "$ stop -g 'web-?' --no-wait",
    'Tracing stopped for session web-2',
    'Tracing stopped for session web-1',
    '$ start --glob',
    'Error: Missing pattern of session names.',
    '=> 1',
    "$ start -g 'none*'",
    'No session found, nothing to do.',
    "$ destroy --glob 'web-[2-9]'",
    'Session web-2 destroyed',
    "$ destroy -g '*' extra",
    'Session db destroyed',
    'Session web-1 destroyed',
    'Error: Unknown argument: extra',
    '=> 1',
    '$ list',
    'Currently no available recording session',
  ]);
});
