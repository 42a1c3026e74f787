// @ts-check
/**
 * Where the nanoseconds of an event go: `node profile.mjs [SECONDS]`. Each row adds one thing to an event of two integers
 * and a short string, the last ones take a part away.
 */
import { i32, i64, string, u8 } from '../dist/index.js';
import { localRecordingFunction, openLocalChannel } from './local-recorder.mjs';

const BATCH = 100_000;
const durationMs = Number(process.argv[2] ?? 1) * 1000;
const only = process.argv[3];

/** Time that this process used, whoever else is busy on the machine. */
function cpuNs() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** @param {string} name @param {(i: number) => void} work */
function measure(name, work) {
  if (only !== undefined && only !== name) return;
  const costs = [];
  for (const end = performance.now() + durationMs; performance.now() < end || costs.length < 3; ) {
    const begin = cpuNs();
    for (let i = 0; i < BATCH; i++) work(i);
    costs.push((cpuNs() - begin) / BATCH);
  }
  costs.sort((a, b) => a - b);
  const [best = 0, median = 0] = [costs[0], costs[costs.length >> 1]];
  console.log(`${name.padEnd(36)} median=${median.toFixed(1)} ns  best=${best.toFixed(1)} ns`);
}

const channel = openLocalChannel();
const tick = localRecordingFunction([i32('writer'), i64('index'), string('text')], channel);
measure('tick', (i) => tick(7, i, 'tock'));
const empty = localRecordingFunction([], channel);
measure('no fields', () => empty());
const two = localRecordingFunction([i32('writer'), i64('index')], channel);
measure('two integers', (i) => two(7, i));
const text = localRecordingFunction([string('text')], channel);
measure('short string', () => text('tock'));
const texts = ['tock', 'tick', 'tack', 'teck'].map((word) => `${word} ${Math.random()}`);
measure('string of 24', (i) => text(/** @type {string} */ (texts[i & 3])));
const long = 'x'.repeat(200);
measure('string of 200', () => text(long));
const umlaut = 'ä'.repeat(8);
measure('string of 8, not ASCII', () => text(umlaut));
const bytes = localRecordingFunction([u8('n')], channel);
measure('one byte', (i) => bytes(i));
const big = localRecordingFunction([i64('index')], channel);
measure('bigint', () => big(5n));
const contexts = openLocalChannel([{ kind: 'vtid' }, { kind: 'procname' }]);
const inContext = localRecordingFunction([i32('writer'), i64('index'), string('text')], contexts);
measure('tick, two contexts', (i) => inContext(7, i, 'tock'));
for (const filter of [
  'index < 0',
  'text == "no"',
  'text == "*no*"',
  '$ctx.vpid == 0',
  'writer == 7 && index < 0',
]) {
  const rejected = localRecordingFunction([i32('writer'), i64('index'), string('text')], channel, filter);
  measure(`rejected: ${filter}`, (i) => rejected(7, i, 'tock'));
}
