import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextSession, type SessionEvent, type SessionState } from './life-cycle.ts';

const start: SessionEvent = { kind: 'start', channelCount: 1 };
const rows: readonly (readonly [SessionState, SessionEvent, SessionState, string | null])[] = [
  ['created', start, 'active', null],
  ['created', { kind: 'start', channelCount: 0 }, 'created', 'NO_CHANNEL'],
  ['active', start, 'active', 'TRACE_ALREADY_STARTED'],
  ['stopped', start, 'active', null],
  ['created', { kind: 'stop' }, 'created', 'TRACE_ALREADY_STOPPED'],
  ['active', { kind: 'stop' }, 'stopped', null],
  ['stopped', { kind: 'stop' }, 'stopped', 'TRACE_ALREADY_STOPPED'],
  ['created', { kind: 'add-channel' }, 'created', null],
  ['active', { kind: 'add-channel' }, 'active', 'TRACE_ALREADY_STARTED'],
  ['stopped', { kind: 'add-context' }, 'stopped', 'TRACE_ALREADY_STARTED'],
  ['active', { kind: 'destroy' }, 'destroyed', null],
  ['destroyed', start, 'destroyed', 'SESS_NOT_FOUND'],
];

for (const [state, event, expected, refusal] of rows) {
  test(`${state}: ${JSON.stringify(event)} gives ${refusal ?? expected}`, () => {
    assert.deepEqual(nextSession(state, event), { state: expected, refusal });
  });
}
