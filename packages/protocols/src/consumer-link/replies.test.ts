import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '@lttng-ts/base';
import { checkConsumerMessage, checkConsumerResult } from './replies.ts';

const fault = { kind: 'disk-full', where: 'ch_0', detail: 'no space', isOngoing: true };
const sample = { channelKey: 1, lowestUsageBytes: 0, highestUsageBytes: 4096, outputBytes: 8192 };

const messages: readonly (readonly [unknown, boolean])[] = [
  [{ kind: 'reply', id: 1, result: null }, true],
  [{ kind: 'failure', id: 1, errnoName: 'ENOSPC', message: 'full' }, true],
  [{ kind: 'notification', name: 'session.fault', params: { sessionId: 1, fault } }, true],
  [{ kind: 'notification', name: 'log', params: { level: 'info', message: 'x' } }, true],
  [{ kind: 'notification', name: 'channels.sampled', params: { samples: [sample] } }, true],
  [
    { kind: 'notification', name: 'channels.sampled', params: { samples: [{ ...sample, outputBytes: -1 }] } },
    false,
  ],
  [
    {
      kind: 'notification',
      name: 'channels.sampled',
      params: { samples: [{ ...sample, channelKey: 'no' }] },
    },
    false,
  ],
  [null, false],
  ['reply', false],
  [{}, false],
  [{ kind: 'reply', id: 1.5, result: null }, false],
  [{ kind: 'request', id: 1, command: 'hello', params: {} }, false],
  [{ kind: 'notification', name: 'toString', params: {} }, false],
  [{ kind: 'notification', name: 'log', params: { level: 'loud', message: 'x' } }, false],
  [{ kind: 'notification', name: 'log', params: { level: 'info', message: 'x'.repeat(70_000) } }, false],
  [
    {
      kind: 'notification',
      name: 'session.fault',
      params: { sessionId: 1, fault: { ...fault, kind: 'no' } },
    },
    false,
  ],
];

test('messages are what a consumer may say, or nothing', () => {
  for (const [message, isGood] of messages) {
    if (isGood) assert.deepEqual(checkConsumerMessage(message), message);
    else assert.throws(() => checkConsumerMessage(message), ProtocolError, JSON.stringify(message));
  }
});

const stream = {
  cpu: 0,
  discardedEventCount: 1.8e19,
  lostPacketCount: 0,
  consumedPacketCount: 1,
  consumedBytes: 1,
};
const buffers = { blobBase64: 'AAAA', streams: [{ cpu: 0, memoryLengthBytes: 4096 }] };

test('results have the shape of their command, and its descriptors', () => {
  assert.deepEqual(checkConsumerResult('hello', { pid: 1, cpuCount: 2 }, 0), { pid: 1, cpuCount: 2 });
  assert.deepEqual(checkConsumerResult('channel.create', buffers, 3), buffers);
  const closed = { channels: [{ channelKey: 1, streams: [stream] }], relayPath: null };
  assert.deepEqual(checkConsumerResult('session.close', closed, 0), closed);
  const bad: readonly (readonly [Parameters<typeof checkConsumerResult>[0], unknown, number])[] = [
    ['hello', { pid: 1, cpuCount: 2 }, 1],
    ['hello', { pid: '1', cpuCount: 2 }, 0],
    ['channel.create', buffers, 2],
    ['channel.create', { ...buffers, streams: null }, 1],
    ['channel.create', { ...buffers, streams: Array(127).fill(buffers.streams[0]) }, 255],
    ['session.close', null, 0],
    ['session.close', { channels: [{ channelKey: 1, streams: [{ ...stream, cpu: -1 }] }] }, 0],
    ['session.data-pending', { isPending: 'maybe' }, 0],
  ];
  for (const [command, result, fdCount] of bad) {
    assert.throws(() => checkConsumerResult(command, result, fdCount), ProtocolError, command);
  }
});
