import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  flowing,
  isPending,
  nextCondition,
  retryTime,
  STALL_AFTER_NS,
  type StreamCondition,
  type StreamEvent,
} from './stream-condition.ts';

const events: Record<string, StreamEvent> = {
  progress: { kind: 'progress' },
  full: { kind: 'write-failed', errnoName: 'ENOSPC', detail: 'full' },
  'i/o error': { kind: 'write-failed', errnoName: 'EIO', detail: 'broken' },
  uncommitted: { kind: 'uncommitted', positionBytes: 4096, committedBytes: 50n },
  held: { kind: 'held', holder: 'somebody' },
  recovered: { kind: 'recovered', detail: 'cut' },
  corrupt: { kind: 'corrupt', detail: 'scribbled' },
};

function after(...steps: [event: string, atMs: number][]): StreamCondition {
  return steps.reduce<StreamCondition>(
    (condition, [event, atMs]) =>
      nextCondition(condition, events[event]!, BigInt(atMs) * 1_000_000n).condition,
    flowing,
  );
}

const conditions: Record<string, StreamCondition> = {
  flowing,
  'disk-full': after(['full', 0]),
  'write-error': after(['i/o error', 0]),
  waiting: after(['uncommitted', 0]),
  stalled: after(['uncommitted', 0], ['uncommitted', 2000]),
  corrupt: after(['corrupt', 0]),
};

/** Every condition × every event, 10 s later: next condition, and faults that begin (+) or end (-). */
const TABLE = `
flowing × progress: flowing
flowing × full: failing +disk-full
flowing × i/o error: failing +write-error
flowing × uncommitted: waiting
flowing × held: flowing
flowing × recovered: flowing -stalled-writer
flowing × corrupt: corrupt +corrupt-buffer
disk-full × progress: flowing -disk-full
disk-full × full: failing
disk-full × i/o error: failing -disk-full +write-error
disk-full × uncommitted: waiting -disk-full
disk-full × held: failing
disk-full × recovered: failing -stalled-writer
disk-full × corrupt: corrupt -disk-full +corrupt-buffer
write-error × progress: flowing -write-error
write-error × full: failing -write-error +disk-full
write-error × i/o error: failing
write-error × uncommitted: waiting -write-error
write-error × held: failing
write-error × recovered: failing -stalled-writer
write-error × corrupt: corrupt -write-error +corrupt-buffer
waiting × progress: flowing
waiting × full: failing +disk-full
waiting × i/o error: failing +write-error
waiting × uncommitted: stalled +stalled-writer
waiting × held: waiting
waiting × recovered: flowing -stalled-writer
waiting × corrupt: corrupt +corrupt-buffer
stalled × progress: flowing -stalled-writer
stalled × full: failing -stalled-writer +disk-full
stalled × i/o error: failing -stalled-writer +write-error
stalled × uncommitted: stalled
stalled × held: stalled +stalled-writer
stalled × recovered: flowing -stalled-writer
stalled × corrupt: corrupt -stalled-writer +corrupt-buffer
corrupt × progress: corrupt
corrupt × full: corrupt
corrupt × i/o error: corrupt
corrupt × uncommitted: corrupt
corrupt × held: corrupt
corrupt × recovered: corrupt
corrupt × corrupt: corrupt
`;

test('every condition meets every event as the table says', () => {
  const lines = Object.entries(conditions).flatMap(([name, condition]) =>
    Object.entries(events).map(([eventName, event]) => {
      const step = nextCondition(condition, event, 10_000_000_000n);
      const faults = step.faults.map(({ kind, isOngoing }) => ` ${isOngoing ? '+' : '-'}${kind}`).join('');
      return `${name} × ${eventName}: ${step.condition.kind}${faults}`;
    }),
  );
  assert.equal(lines.join('\n'), TABLE.trim());
});

test('only conditions that will end are pending', () => {
  const pending = Object.entries(conditions).flatMap(([name, condition]) =>
    isPending(condition) ? [name] : [],
  );
  assert.deepEqual(pending, ['disk-full', 'write-error', 'waiting']);
});

test('attempts to write come at growing intervals, one second at most', () => {
  let condition: StreamCondition = flowing;
  const delaysMs: number[] = [];
  for (let i = 0, now = 0n; i < 8; i++) {
    condition = nextCondition(condition, events['full']!, now).condition;
    const next = retryTime(condition) ?? 0n;
    delaysMs.push(Number(next - now) / 1e6);
    now = next;
  }
  assert.deepEqual(delaysMs, [50, 100, 200, 400, 800, 1000, 1000, 1000]);
});

test('a writer whose bytes still arrive is alive, however long it takes', () => {
  let condition: StreamCondition = flowing;
  for (let i = 0n; i < 10n; i++) {
    const event: StreamEvent = { kind: 'uncommitted', positionBytes: 0, committedBytes: i };
    condition = nextCondition(condition, event, i * (STALL_AFTER_NS - 1n)).condition;
  }
  assert.equal(condition.kind, 'waiting');
});

test('the next sub-buffer starts the wait anew', () => {
  const waiting = after(['uncommitted', 0], ['uncommitted', 1900]);
  const event: StreamEvent = { kind: 'uncommitted', positionBytes: 8192, committedBytes: 50n };
  assert.equal(nextCondition(waiting, event, 2_100_000_000n).condition.kind, 'waiting');
});
