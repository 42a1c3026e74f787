// @ts-check
/**
 * Nanoseconds per recording call of this process, in its present state: `node record-cost.mjs [SECONDS]`. Whether the
 * event is off, on or filtered is the business of the session that runs; `run.sh` makes one for each case.
 */
import { defineProvider, event, i32, i64, string } from '../dist/index.js';

const sample = defineProvider('sample', {
  tick: event({ fields: [i32('writer'), i64('index'), string('text')] }),
});

const BATCH = 1_000_000;
const durationMs = Number(process.argv[2] ?? 2) * 1000;

/** @param {number} count */
function batch(count) {
  const begin = process.hrtime.bigint();
  for (let i = 0; i < count; i++) sample.tick(7, i, 'tock');
  return Number(process.hrtime.bigint() - begin) / count;
}

batch(BATCH);
const costs = [];
for (const end = performance.now() + durationMs; performance.now() < end; ) costs.push(batch(BATCH));
costs.sort((a, b) => a - b);
const median = costs[costs.length >> 1] ?? 0;
console.log(
  `js   enabled=${sample.tick.isEnabled} median=${median.toFixed(2)} ns  best=${(costs[0] ?? 0).toFixed(2)} ns  batches=${costs.length}`,
);
