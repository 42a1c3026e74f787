import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packetsPerStream } from './snapshot-size.ts';

const small = { subbufferSizeBytes: 4096, subbufferCount: 2, streamCount: 2 };
const large = { subbufferSizeBytes: 16384, subbufferCount: 4, streamCount: 2 };

for (const [what, channels, maxSizeBytes, expected] of [
  ['no limit', [small, large], 0, Number.POSITIVE_INFINITY],
  ['less than one packet of each', [small, large], 40_959, null],
  ['one packet of each', [small, large], 40_960, 1],
  ['two of each, then only the larger one grows', [small, large], 2 * 40_960 + 32_768, 3],
  ['room for everything', [small, large], 1 << 20, Number.POSITIVE_INFINITY],
  ['no channel', [], 1, Number.POSITIVE_INFINITY],
] as const) {
  test(`packets per stream: ${what}`, () => {
    assert.equal(packetsPerStream(channels, maxSizeBytes), expected);
  });
}
