/**
 * What a real program (liblttng-ust 2.13.5, every kind of field, seven contexts) sent on its notify socket,
 * against the metadata that lttng-sessiond 2.13.9 wrote for it; identifiers and dates are masked in both.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { lttngEnvironment, lttngMonotonicClock } from '@lttng-ts/ctf';
import { encodeNotifyRequest, NotifyRequestFramer } from '@lttng-ts/protocols/ust-app';
import { TraceRegistry } from './trace-registry.ts';

const cases = join(import.meta.dirname, '../../../src/ust/core/cases');
const stream = gunzipSync(readFileSync(join(cases, 'sample-notify.gz')));
const uuid = 'cc0df762-2a2d-4311-bdc7-f961999470d1';

function newRegistry(): TraceRegistry {
  return new TraceRegistry({
    uuid,
    byteOrder: 'little-endian',
    longBits: 64,
    environment: lttngEnvironment({
      tracerMajor: 2,
      tracerMinor: 13,
      buffering: { scheme: 'uid', uid: 0 },
      longBits: 64,
      traceName: 's1',
      creationDatetime: '20261123T162225+0000',
      hostname: 'host',
    }),
    clockClass: lttngMonotonicClock(0n, uuid),
  });
}

for (const pieceBytes of [stream.length, 4096, 919, 100]) {
  test(`metadata equals lttng-sessiond's, received in pieces of ${pieceBytes} bytes`, () => {
    const registry = newRegistry();
    const channelId = registry.addChannel('channel0');
    const framer = new NotifyRequestFramer();
    for (let at = 0; at < stream.length; at += pieceBytes) {
      for (const request of framer.push(stream.subarray(at, at + pieceBytes))) {
        assert.equal(registry.register(request, channelId, declarer).refusal, null);
      }
    }
    assert.equal(registry.takeText(), readFileSync(join(cases, 'sample.tsdl'), 'utf8'));
  });
}

/** The application that declares. */
const declarer = {};

test('requests are encoded in the bytes of liblttng-ust', () => {
  const encoded = [...new NotifyRequestFramer().push(stream)].map((request) => {
    // The bounds of an enumeration carry the signedness that the program gave them.
    return Buffer.from(encodeNotifyRequest(request));
  });
  assert.equal(Buffer.concat(encoded).compare(stream), 0);
});
