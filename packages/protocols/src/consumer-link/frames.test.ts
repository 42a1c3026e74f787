import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '@lttng-ts/base';
import type { ConsumerMessage } from './commands.ts';
import { ConsumerFramer, encodeFrame } from './frames.ts';

const hello: ConsumerMessage = { kind: 'request', id: 1, command: 'hello', params: { version: 1 } };
const reply: ConsumerMessage = { kind: 'reply', id: 1, result: { pid: 7, cpuCount: 2 } };

test('frames come out whole, with their descriptors, however the stream is cut', () => {
  const first = encodeFrame(hello, 0);
  const second = encodeFrame(reply, 2);
  const stream = new Uint8Array([...first, ...second]);
  for (let cut = 0; cut <= stream.length; cut++) {
    const framer = new ConsumerFramer();
    const fdsAt = first.length;
    const frames = [
      ...framer.push(stream.subarray(0, cut), cut > fdsAt ? [10, 11] : []),
      ...framer.push(stream.subarray(cut), cut > fdsAt ? [] : [10, 11]),
    ];
    assert.deepEqual(frames, [
      { message: hello, fds: [] },
      { message: reply, fds: [10, 11] },
    ]);
  }
});

test('a frame that promises more descriptors than came is refused', () => {
  assert.throws(() => [...new ConsumerFramer().push(encodeFrame(reply, 2), [10])], ProtocolError);
});

test('a wrong magic and an oversized body are refused before anything is kept', () => {
  const frame = encodeFrame(hello, 0);
  frame[0]! ^= 0xff;
  assert.throws(() => [...new ConsumerFramer().push(frame, [])], /Wrong magic/);
  const huge = encodeFrame(hello, 0);
  huge.fill(0xff, 4, 8);
  assert.throws(() => [...new ConsumerFramer().push(huge, [])], /limit/);
});
