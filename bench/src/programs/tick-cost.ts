/**
 * Nanoseconds per tracepoint of a Node.js program: the counterpart of `bench/programs/tick-cost.c`.
 *
 *     node tick-cost.js SECONDS on|off
 *     ns_per_event=… batches=…
 *
 * `on` and `off` say what the session should have brought about; anything else fails.
 */
import { defineProvider, event, i32, i64, ready, string } from '@lttng-ts/tracer';

const BATCH = 20_000;
const WARM_UP_BATCHES = 50;

const sample = defineProvider('sample', {
  tick: event({ fields: [i32('writer'), i64('index'), string('text')] }),
});

/** Nanoseconds per event of one batch. */
function batch(): number {
  const begin = process.hrtime.bigint();
  for (let i = 0; i < BATCH; i++) sample.tick(7, i, 'tock');
  return Number(process.hrtime.bigint() - begin) / BATCH;
}

await ready();
const [seconds = '1', state = 'on'] = process.argv.slice(2);
for (let i = 0; i < WARM_UP_BATCHES; i++) batch();
if (sample.tick.isEnabled !== (state === 'on')) throw new Error(`The tracepoint is not ${state}`);
const costs: number[] = [];
for (const end = performance.now() + Number(seconds) * 1000; performance.now() < end; ) costs.push(batch());
costs.sort((a, b) => a - b);
console.log(`ns_per_event=${costs[costs.length >> 1]?.toFixed(3)} batches=${costs.length}`);
