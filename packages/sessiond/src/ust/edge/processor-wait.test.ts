import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { processorWaitMs } from './processor-wait.ts';

const skip = existsSync('/proc/self/schedstat') ? false : 'the kernel does not count';
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** A shell that runs for ever on the first processor. */
function spinner(): number {
  const child = spawn('taskset', ['-c', '0', 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' });
  children.push(child);
  assert.ok(child.pid !== undefined);
  return child.pid;
}

test('of two who want one processor each waits; one who is stopped does not', { skip }, async () => {
  const [one, other] = [spinner(), spinner()];
  while (processorWaitMs(one) < 20 || processorWaitMs(other) < 20) await delay(5);
  process.kill(one, 'SIGSTOP');
  // What it waited is added up when it runs, or stops: one look behind the stop is the last word.
  while (stateOf(one) !== 'T') await delay(5);
  const stopped = processorWaitMs(one);
  const before = processorWaitMs(other);
  spinner();
  while (processorWaitMs(other) < before + 20) await delay(5);
  assert.equal(processorWaitMs(one), stopped);
});

/** One letter, as in /proc/PID/status. */
function stateOf(pid: number): string {
  return /^State:\t(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? '';
}

test('nobody knows of a process that is not there', () => {
  assert.equal(processorWaitMs(undefined), 0);
  assert.equal(processorWaitMs(0x3fff_ffff), 0);
});
