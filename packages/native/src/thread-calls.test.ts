import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { test } from 'node:test';
import { native, skip } from './testing/require-native.ts';
import { cpuCountOf } from './thread-calls.ts';

test('lists of CPUs are counted to their highest id', () => {
  const cases = [
    ['0\n', 1],
    ['0-3\n', 4],
    ['0-3,8-11\n', 12],
    ['0,2\n', 3],
    ['', null],
    ['all', null],
  ] as const;
  for (const [list, expected] of cases) assert.equal(cpuCountOf(list), expected, list);
});

test('a thread knows itself', { skip }, () => {
  assert.equal(native.gettid(), process.pid);
  assert.ok(existsSync(`/proc/self/task/${native.gettid()}`));
  assert.ok(native.pthreadSelf() > 0n);
  const name = native.threadName();
  native.setThreadName('a name that is too long');
  assert.equal(readFileSync('/proc/self/comm', 'utf8'), 'a name that is \n');
  native.setThreadName(name);
  assert.equal(native.threadName(), name);
});

test('clocks are those of the kernel', { skip }, () => {
  const before = process.hrtime.bigint();
  const now = native.clockMonotonicNs();
  assert.ok(before <= now && now <= process.hrtime.bigint());
  const beforeMs = Date.now();
  const nowMs = Number(native.clockRealtimeNs() / 1_000_000n);
  assert.ok(beforeMs <= nowMs && nowMs <= Date.now());
});

test('the CPU is one of the possible ones', { skip }, () => {
  assert.ok(native.getcpu() >= 0 && native.getcpu() < native.possibleCpuCount());
});
