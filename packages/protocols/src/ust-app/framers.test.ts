import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '@lttng-ts/base';
import { type UstCommandEvent, UstCommandFramer } from './command-framer.ts';
import { encodeExclusions, encodeUstCommand } from './commands.ts';
import { signedInteger } from './integer-types.ts';
import {
  encodeNotifyReply,
  encodeNotifyRequest,
  NotifyReplyFramer,
  NotifyRequestFramer,
  type UstNotifyReply,
  type UstNotifyRequest,
} from './notify.ts';

const requests: readonly UstNotifyRequest[] = [
  {
    kind: 'enum',
    sessionHandle: 1,
    name: 'colours',
    entries: [{ label: 'RED', range: { first: 1n, last: 2n } }],
  },
  {
    kind: 'event',
    sessionHandle: 1,
    channelHandle: 2,
    name: 'prov:event',
    logLevel: 13,
    signature: 'int, a',
    fields: [{ name: 'a', type: signedInteger(32, 8) }],
    modelEmfUri: 'http://x',
  },
  {
    kind: 'event',
    sessionHandle: 1,
    channelHandle: 2,
    name: 'prov:empty',
    logLevel: -1,
    signature: '',
    fields: [],
    modelEmfUri: null,
  },
  { kind: 'channel', sessionHandle: 1, channelHandle: 2, contextFields: [] },
];

test('notify requests come out whole, cut at every byte', () => {
  const stream = Buffer.concat(requests.map((request) => encodeNotifyRequest(request)));
  for (let cut = 0; cut <= stream.length; cut++) {
    const framer = new NotifyRequestFramer();
    const got = [...framer.push(stream.subarray(0, cut)), ...framer.push(stream.subarray(cut))];
    assert.deepEqual(got, requests);
  }
});

test('notify requests have the sizes of ABI 9', () => {
  const sizes = requests.map((request) => encodeNotifyRequest(request).length);
  assert.deepEqual(sizes, [4 + 296 + 336, 4 + 312 + 7 + 920 + 9, 4 + 312 + 1, 4 + 44]);
});

const replies: readonly UstNotifyReply[] = [
  { kind: 'enum', code: 0, enumId: 3n },
  { kind: 'event', code: 0, eventId: 17 },
  { kind: 'event', code: -22, eventId: 0 },
  { kind: 'channel', code: 0, channelId: 4, headerType: 'large' },
];

test('notify replies come out whole, cut at every byte', () => {
  const stream = Buffer.concat(replies.map(encodeNotifyReply));
  assert.equal(stream.length, 48 + 44 + 44 + 48);
  for (let cut = 0; cut <= stream.length; cut++) {
    const framer = new NotifyReplyFramer();
    const got = [...framer.push(stream.subarray(0, cut)), ...framer.push(stream.subarray(cut))];
    assert.deepEqual(got, replies);
  }
});

test('lengths are refused before their bytes are kept', () => {
  const event = encodeNotifyRequest(requests[1]!);
  for (const at of [4 + 268, 4 + 272, 4 + 276]) {
    const bad = event.slice();
    bad.fill(0xff, at, at + 4);
    assert.throws(() => [...new NotifyRequestFramer().push(bad.subarray(0, 4 + 312))], ProtocolError);
  }
  assert.throws(
    () => [...new NotifyRequestFramer().push(Uint8Array.of(9, 0, 0, 0))],
    /Unknown notify request/,
  );
});

/** Feeds a framer as a socket would: never more than it asks for, descriptors with their byte. */
function feed(framer: UstCommandFramer, bytes: Uint8Array, pieceBytes: number): readonly UstCommandEvent[] {
  const events: UstCommandEvent[] = [];
  for (let at = 0; at < bytes.length; ) {
    const take = Math.min(pieceBytes, framer.missingBytes, bytes.length - at);
    assert.ok(take > 0);
    const event = framer.push(bytes.slice(at, at + take), []);
    if (event !== null) events.push(event);
    at += take;
  }
  return events;
}

test('commands come out with their payload, cut at every byte', () => {
  const payload = encodeExclusions(['a:*', 'b']);
  const stream = Buffer.concat([encodeUstCommand('setExclusions', 5, { count: 2 }), payload]);
  for (const pieceBytes of [1, 7, 611, 612, 613, 5000]) {
    const [event, ...rest] = feed(new UstCommandFramer(), stream, pieceBytes);
    assert.equal(rest.length, 0);
    assert.ok(event?.kind === 'complete');
    assert.deepEqual([event.payload.length, event.fds], [512, []]);
  }
});

test('descriptors are taken with a byte of their own', () => {
  const framer = new UstCommandFramer();
  const blob = new Uint8Array(920).fill(7);
  const message = encodeUstCommand('createChannel', 1, { blobBytes: 920n, type: 0 });
  assert.deepEqual(feed(framer, Buffer.concat([message, blob]), 4096), []);
  assert.equal(framer.missingBytes, 1);
  const event = framer.push(Uint8Array.of(0), [33]);
  assert.ok(event?.kind === 'complete');
  assert.deepEqual([event.payload.length, event.fds, framer.missingBytes], [920, [33], 612]);
  feed(framer, encodeUstCommand('createStream', 1, { memoryBytes: 1n, streamNumber: 0 }), 4096);
  assert.throws(() => framer.push(Uint8Array.of(0), [33]), /expected=2, got=1/);
});

test('a two-phase command waits for its go-ahead', () => {
  const framer = new UstCommandFramer();
  const message = encodeUstCommand('createCounter', 1, { configurationBytes: 3n });
  const [announced] = feed(framer, message, 4096);
  assert.ok(announced?.kind === 'announced');
  assert.equal(framer.missingBytes, 0);
  framer.continueAnnounced(true);
  const [complete] = feed(framer, Uint8Array.of(1, 2, 3), 4096);
  assert.ok(complete?.kind === 'complete');
  feed(framer, message, 4096);
  framer.continueAnnounced(false);
  assert.equal(framer.missingBytes, 612);
});

test('a payload above its limit is refused before it is read', () => {
  const huge = encodeUstCommand('createChannel', 1, { blobBytes: 1n << 40n, type: 0 });
  assert.throws(() => feed(new UstCommandFramer(), huge, 4096), /payload of CHANNEL/);
});
