import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '@lttng-ts/base';
import { encodeRelayToken, type RelayBeginning, RelayTokenFramer } from './authorization.ts';

const rest = Uint8Array.of(0, 1, 2);

test('a token comes off the start of a connection, however it is cut', () => {
  const whole = Uint8Array.from([...encodeRelayToken('gehéim'), ...rest]);
  for (let at = 0; at <= whole.length; at++) {
    const framer = new RelayTokenFramer();
    const first: RelayBeginning | null = framer.push(whole.subarray(0, at));
    const beginning = first ?? framer.push(whole.subarray(at));
    const missing = first === null ? new Uint8Array(0) : whole.subarray(at);
    assert.equal(beginning?.token, 'gehéim', `cut at ${at}`);
    assert.deepEqual([...(beginning?.rest ?? []), ...missing], [...rest]);
  }
});

test('without a token all bytes are the connection’s', () => {
  assert.deepEqual(new RelayTokenFramer().push(rest), { token: null, rest });
});

test('what only looks like a token is refused', () => {
  assert.throws(() => new RelayTokenFramer().push(new TextEncoder().encode('LTX')), ProtocolError);
  const long = encodeRelayToken('x');
  new DataView(long.buffer).setUint16(8, 513);
  assert.throws(() => new RelayTokenFramer().push(long), ProtocolError);
  assert.throws(() => encodeRelayToken(''), RangeError);
  assert.throws(() => encodeRelayToken('x'.repeat(513)), RangeError);
});
