/** `--jobs` as a process: the same bytes and the same end as with one thread. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EVENTS, eventOffset, PACKETS, STREAMS, writeTurnTrace } from '../../testing/turn-trace.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..', '..');
const program = join(root, 'bin', 'babeltrace2');
const TIMEOUT_MS = 60_000;

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function read(trace: string, ...options: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(program, [...options, trace], {
    encoding: 'latin1',
    maxBuffer: 1 << 28,
    timeout: TIMEOUT_MS,
    env: { ...process.env, TZ: 'UTC' },
  });
  return { status, stdout, stderr };
}

test('several threads print what one prints', (t) => {
  const trace = writeTurnTrace(t);
  const whole = read(trace);
  assert.equal(whole.status, 0);
  assert.equal(whole.stdout.split('\n').length - 1, STREAMS * PACKETS * EVENTS);
  assert.equal(whole.stderr.split('WARNING').length - 1, STREAMS * (PACKETS - 1));
  for (const jobs of [1, 2, 4]) {
    const outcome = read(trace, `--jobs=${jobs}`);
    assert.ok(outcome.stdout === whole.stdout, `jobs=${jobs}`);
    assert.equal(outcome.stderr, whole.stderr);
    assert.equal(outcome.status, 0);
  }
});

test('a damaged trace ends alike', (t) => {
  const trace = writeTurnTrace(t);
  // An event class that does not exist, in the middle of one data stream; another one is cut.
  const path = join(trace, 'stream_1');
  const bytes = readFileSync(path);
  bytes.writeUInt32LE(7, eventOffset(PACKETS / 2, 500));
  writeFileSync(path, bytes);
  truncateSync(join(trace, 'stream_2'), eventOffset(PACKETS - 10, 100));
  const whole = read(trace);
  assert.equal(whole.status, 1);
  assert.match(whole.stderr, /Unknown event record class: id=7/);
  const lines = PACKETS + (PACKETS / 2 + PACKETS - 10);
  assert.equal(whole.stdout.split('\n').length - 1, lines * EVENTS + 500 + 100);
  for (const jobs of [2, 4]) {
    const outcome = read(trace, '--jobs', String(jobs));
    assert.ok(outcome.stdout === whole.stdout, `jobs=${jobs}`);
    assert.equal(outcome.stderr, whole.stderr);
    assert.equal(outcome.status, 1);
  }
});

test('what cannot be divided is done by one thread', (t) => {
  const trace = writeTurnTrace(t);
  for (const options of [
    ['-o', 'dummy'],
    ['--begin=01:00:00.1', '--end=01:00:00.101'],
    ['-c', 'sink.utils.counter'],
  ])
    assert.deepEqual(read(trace, '--jobs=2', ...options), read(trace, ...options));
});

test('a reader that goes away ends all threads quietly', (t) => {
  const trace = writeTurnTrace(t);
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', `"${program}" --jobs=4 "${trace}" | head -n 1`], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  assert.match(stdout, /jobs:tick/);
  assert.equal(stderr, '');
});

test('a number of threads that is none is refused', () => {
  const { status, stderr } = read('/nowhere', '--jobs=0');
  assert.equal(status, 1);
  assert.match(stderr, /Invalid --jobs option's argument \(expecting 1 to 99\):\n {6}0/);
});
