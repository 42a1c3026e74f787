import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BufferSample, BufferUsages, type MonitoredChannel } from './buffer-usages.ts';

const channel: MonitoredChannel = {
  sessionId: 3,
  sessionOwnerUid: 1000,
  channelName: 'ch',
  owner: { kind: 'user', uid: 0, wordSizeBits: 64 },
  capacityBytes: 65536,
};
const usage = { lowestUsageBytes: 0, highestUsageBytes: 4096, outputBytes: 8192 };

test('the last sample of a channel is kept, and told to those who listen', () => {
  const usages = new BufferUsages();
  const told: BufferSample[] = [];
  const end = usages.subscribe((sample) => told.push(sample));
  usages.add(1, channel);
  assert.equal(usages.find(1), null);
  usages.take(1000, [{ channelKey: 1, ...usage }]);
  assert.deepEqual(usages.find(1), usage);
  assert.deepEqual(told, [{ channel, ...usage }]);
  end();
  usages.take(1000, [{ channelKey: 1, ...usage, outputBytes: 12288 }]);
  assert.equal(usages.find(1)?.outputBytes, 12288);
  assert.equal(told.length, 1);
  usages.remove(1);
  assert.equal(usages.find(1), null);
});

test('a consumer tells nothing of channels that are not its own, or not there', () => {
  const usages = new BufferUsages();
  usages.subscribe(() => assert.fail('nothing is to be told'));
  usages.add(1, channel);
  usages.take(1001, [{ channelKey: 1, ...usage }]);
  usages.take(1000, [{ channelKey: 2, ...usage }]);
  assert.equal(usages.find(1), null);
});
