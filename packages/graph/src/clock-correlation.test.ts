import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from '@lttng-ts/base';
import { ClockCorrelation } from './clock-correlation.ts';
import { type ClockClass, clockClass, cyclesToNs, nsToCycles } from './ir/clock-class.ts';
import { type MipVersion, Trace, TraceClass } from './ir/trace.ts';
import { streamBeginning } from './messages/message.ts';

const unknown = { kind: 'unknown' } as const;
const unix = clockClass({ name: 'unix' });
const withUuid = (uuid: string): ClockClass => clockClass({ name: 'uuid', uuid, origin: unknown });
const bare = clockClass({ name: 'bare', origin: unknown });
const custom = (uid: string): ClockClass =>
  clockClass({ name: 'custom', origin: { kind: 'custom', namespace: null, name: 'boot', uid } });
const [one, other] = ['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002'];

/** Version of the rules, first clock, second clock, the fault. */
const CASES: readonly (readonly [MipVersion, ClockClass | null, ClockClass | null, RegExp | null])[] = [
  [0, null, null, null],
  [0, null, unix, /Expecting no clock class, but got one/],
  [0, unix, null, /Expecting a clock class, but got none/],
  [0, unix, clockClass({ name: 'another' }), null],
  [0, unix, bare, /having a Unix epoch origin, but got one not having/],
  [0, withUuid(one!), withUuid(one!), null],
  [0, withUuid(one!), withUuid(other!), /with a specific UUID, but got one with a different UUID/],
  [0, withUuid(one!), bare, /with a UUID, but got one without a UUID/],
  [0, withUuid(one!), unix, /not having a Unix epoch origin, but got one having/],
  [0, bare, bare, null],
  [0, bare, clockClass({ origin: unknown }), /Unexpected clock class/],
  [1, custom('a'), custom('a'), null],
  [1, custom('a'), custom('b'), /with a different origin/],
  [1, bare, custom('a'), /Unexpected clock class/],
];

for (const [mipVersion, first, second, fault] of CASES) {
  test(`MIP ${mipVersion}: ${first?.name ?? 'none'}, then ${second?.name ?? 'none'}`, () => {
    const check = (): void => {
      const correlation = new ClockCorrelation(mipVersion);
      for (const defaultClockClass of [first, second]) {
        const traceClass = new TraceClass(mipVersion);
        const streamClass = traceClass.addStreamClass({ defaultClockClass });
        correlation.check(streamBeginning(new Trace(traceClass).addStream(streamClass)));
      }
    };
    if (fault === null) check();
    else assert.throws(check, fault);
  });
}

test('clock values and nanoseconds, there and back', () => {
  const slow = clockClass({ frequencyHz: 1000n, offsetSeconds: 5n, offsetCycles: 250n });
  assert.equal(cyclesToNs(slow, 1n), 5_251_000_000n);
  assert.equal(nsToCycles(slow, 5_251_999_999n), 1n);
  assert.equal(nsToCycles(slow, 5_249_999_999n), null);
  const early = clockClass({ offsetSeconds: -1n, offsetCycles: 999_999_999n });
  assert.equal(cyclesToNs(early, 0n), -1n);
  assert.throws(() => cyclesToNs(clockClass(), (1n << 64n) - 1n), FormatError);
});
