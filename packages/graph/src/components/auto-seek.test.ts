import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowItem } from '../messages/event-run.ts';
import type { DiscardedMessage } from '../messages/message.ts';
import { batchIterator, littleTrace, short } from '../testing/little-trace.ts';
import { GraphIterator } from './graph-iterator.ts';

const actor = { kind: 'unknown', module: 'test' } as const;
const { packet, messages } = littleTrace([10n, 20n, 30n]);

function rest(iterator: GraphIterator): string {
  const kept: FlowItem[] = [];
  for (let result = iterator.next(); result.kind !== 'end'; result = iterator.next()) {
    if (result.kind === 'messages') kept.push(...result.messages);
  }
  return short(kept);
}

/** Time, and what comes after seeking to it. */
const SEEKS: readonly (readonly [bigint, string])[] = [
  [0n, 'stream-beginning@? packet-beginning@10 event@10 event@20 event@30 packet-end@30 stream-end@?'],
  [10n, 'stream-beginning@? packet-beginning@10 event@10 event@20 event@30 packet-end@30 stream-end@?'],
  [15n, 'stream-beginning@15 packet-beginning@15 event@20 event@30 packet-end@30 stream-end@?'],
  [30n, 'stream-beginning@30 packet-beginning@30 event@30 packet-end@30 stream-end@?'],
  [31n, ''],
];

for (const [ns, expected] of SEEKS) {
  for (const size of [1, 2, messages.length]) {
    test(`seeking to ${ns} in batches of ${size}`, () => {
      const batches = messages.flatMap((_, i) => (i % size === 0 ? [messages.slice(i, i + size)] : []));
      const iterator = new GraphIterator(actor, batchIterator(batches), null);
      iterator.next();
      assert.equal(iterator.canSeekNsFromOrigin(ns), true);
      assert.equal(iterator.seekNsFromOrigin(ns), 'ok');
      assert.equal(rest(iterator), expected);
    });
  }
}

test('seeking goes on where it had to wait', () => {
  const iterator = new GraphIterator(
    actor,
    batchIterator([messages.slice(0, 3), 'again', messages.slice(3)]),
    null,
  );
  assert.equal(iterator.seekNsFromOrigin(20n), 'again');
  assert.equal(iterator.seekNsFromOrigin(20n), 'ok');
  assert.match(rest(iterator), /^stream-beginning@20 packet-beginning@20 event@20 /);
});

test('a loss around the time begins there, and its size is not known any more', () => {
  const loss: DiscardedMessage = {
    kind: 'discarded-events',
    stream: packet.stream,
    count: 7n,
    beginCycles: 5n,
    endCycles: 40n,
  };
  const iterator = new GraphIterator(
    actor,
    batchIterator([[messages[0]!, loss, ...messages.slice(1)]]),
    null,
  );
  iterator.seekNsFromOrigin(25n);
  const [first] = [iterator.next()];
  assert.ok(first.kind === 'messages');
  assert.equal(
    short(first.messages),
    'stream-beginning@25 packet-beginning@25 discarded-events@25-40 event@30 packet-end@30 stream-end@?',
  );
  assert.ok(first.messages.some((message) => 'count' in message && message.count === null));
});

test('an iterator whose times may go back cannot seek to a time', () => {
  const { seekBeginning, next } = batchIterator([messages]);
  const iterator = new GraphIterator(actor, { next, seekBeginning: seekBeginning! }, null);
  assert.equal(iterator.canSeekBeginning(), true);
  assert.equal(iterator.canSeekNsFromOrigin(5n), false);
});
