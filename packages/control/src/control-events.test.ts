import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SystemError } from '@lttng-ts/base';
import type { ControlEvent } from '@lttng-ts/protocols';
import { ControlEvents } from './control-events.ts';

const event = (sequence: number): ControlEvent => ({
  kind: 'session-started',
  session: 's',
  sequence,
  timeMs: 0,
});

async function all(events: ControlEvents): Promise<readonly ControlEvent[]> {
  const seen: ControlEvent[] = [];
  for await (const each of events) seen.push(each);
  return seen;
}

test('events come in order, whether the reader or they were first', async () => {
  const events = new ControlEvents();
  const first = events.next();
  for (const sequence of [1, 2, 3]) events.push(event(sequence));
  events.end(null);
  assert.equal((await first).value?.sequence, 1);
  assert.deepEqual(
    (await all(events)).map(({ sequence }) => sequence),
    [2, 3],
  );
});

test('a connection that breaks fails the reader once, after what came before', async () => {
  const events = new ControlEvents();
  events.push(event(1));
  events.end(new SystemError('read', 'ECONNRESET'));
  assert.equal((await events.next()).value?.sequence, 1);
  await assert.rejects(events.next(), SystemError);
  assert.equal((await events.next()).done, true);
});

test('a reader that waits hears of the end', async () => {
  const events = new ControlEvents();
  const waiting = [events.next(), events.next()];
  events.end(null);
  assert.deepEqual(
    (await Promise.all(waiting)).map(({ done }) => done),
    [true, true],
  );
});

test('what a slow reader misses is counted', async () => {
  const events = new ControlEvents();
  for (let sequence = 1; sequence <= 10_005; sequence++) events.push(event(sequence));
  for (let taken = 0; taken < 10; taken++) await events.next();
  events.push(event(10_006));
  events.end(null);
  const seen = await all(events);
  const skipped = seen.at(-2);
  assert.ok(skipped?.kind === 'events-skipped');
  assert.equal(skipped.count, 5);
  assert.equal(seen.at(-1)?.sequence, 10_006);
});

test('a reader that leaves the loop takes no more', async () => {
  const events = new ControlEvents();
  events.push(event(1));
  events.push(event(2));
  for await (const { sequence } of events) {
    assert.equal(sequence, 1);
    break;
  }
  events.push(event(3));
  assert.equal((await events.next()).done, true);
});
