import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memorySource, openTraces, readMessages } from '@lttng-ts/ctf';
import { type SyntheticShape, syntheticMetadata, syntheticPackets } from './synthetic-trace.ts';

/** Clock values of all event records, in the order of the reader. */
function timesOf(shape: SyntheticShape): readonly bigint[] {
  const dataStreams = Array.from({ length: shape.streamCount }, (_, stream) => ({
    source: memorySource(`stream${stream}`, Buffer.concat([...syntheticPackets(shape, stream)])),
    index: null,
  }));
  const metadata = memorySource('metadata', new TextEncoder().encode(syntheticMetadata));
  const times: bigint[] = [];
  const traces = openTraces([{ path: '/trace', relativePath: '', metadata, dataStreams }]);
  for (const message of readMessages(traces))
    if (message.kind === 'event-record') times.push(message.cycles ?? -1n);
  return times;
}

for (const streamCount of [1, 3]) {
  test(`${streamCount} streams hold all event records, in turn, over several packets`, () => {
    const eventCount = 10_001;
    const beginCycles = 2n ** 60n + 1n;
    const times = timesOf({ streamCount, eventCount, beginCycles });
    assert.equal(times.length, eventCount);
    assert.ok(times.every((time, i) => time === beginCycles + BigInt(i) * 1000n));
  });
}
