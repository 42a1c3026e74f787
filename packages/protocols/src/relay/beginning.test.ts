import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '@lttng-ts/base';
import {
  encodeRelayContinuation,
  encodeRelayToken,
  type RelayBeginning,
  RelayBeginningFramer,
} from './beginning.ts';

const rest = Uint8Array.of(0, 1, 2);
const continuation = { key: Uint8Array.from({ length: 16 }, (_, at) => at), receivedBytes: 5_000_000_000 };
const token = encodeRelayToken('gehéim');

for (const [what, bytes, expected] of [
  ['a token', [...token], { token: 'gehéim', continuation: null }],
  ['a continuation', [...encodeRelayContinuation(continuation)], { token: null, continuation }],
  ['both', [...token, ...encodeRelayContinuation(continuation)], { token: 'gehéim', continuation }],
  ['neither', [], { token: null, continuation: null }],
] as const) {
  test(`${what} at the start of a connection, however it is cut`, () => {
    const whole = Uint8Array.from([...bytes, ...rest]);
    for (let at = 0; at <= whole.length; at++) {
      const framer = new RelayBeginningFramer();
      const first: RelayBeginning | null = framer.push(whole.subarray(0, at));
      const beginning = first ?? framer.push(whole.subarray(at));
      const missing = first === null ? new Uint8Array(0) : whole.subarray(at);
      assert.deepEqual({ token: beginning?.token, continuation: beginning?.continuation }, expected);
      assert.deepEqual([...(beginning?.rest ?? []), ...missing], [...rest], `cut at ${at}`);
    }
  });
}

test('what only looks like a token is refused', () => {
  assert.throws(() => new RelayBeginningFramer().push(new TextEncoder().encode('LTX')), ProtocolError);
  const long = encodeRelayToken('x');
  new DataView(long.buffer).setUint16(8, 513);
  assert.throws(() => new RelayBeginningFramer().push(long), ProtocolError);
  assert.throws(() => encodeRelayToken(''), RangeError);
  assert.throws(() => encodeRelayToken('x'.repeat(513)), RangeError);
});
