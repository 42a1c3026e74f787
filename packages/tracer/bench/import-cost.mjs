// @ts-check
/**
 * What the package costs a program that starts, in ms of its main thread: `node import-cost.mjs [ROUNDS]`. The import, the
 * first definition (loads the addon, starts the control worker), the first call; each in fresh processes.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const rounds = Number(process.argv[2] ?? 20);
const folder = mkdtempSync(join(tmpdir(), 'lttng-ts-import-'));
const PROGRAM = `
await import('./empty.mjs');
const marks = [performance.now()];
const mark = () => marks.push(performance.now());
const { defineProvider, event, i32, string } = await import('@lttng-ts/tracer');
mark();
const shop = defineProvider('shop', { order: event({ fields: [i32('id'), string('item')] }) });
mark();
shop.order(1, 'tea');
mark();
console.log(JSON.stringify(marks.slice(1).map((at, i) => at - marks[i])));`;

try {
  const pack = fileURLToPath(new URL('../scripts/pack.mjs', import.meta.url));
  mkdirSync(join(folder, 'node_modules/@lttng-ts'), { recursive: true });
  spawnSync(process.execPath, [pack, join(folder, 'node_modules/@lttng-ts/tracer')], { stdio: 'inherit' });
  writeFileSync(join(folder, 'empty.mjs'), '');
  writeFileSync(join(folder, 'program.mjs'), PROGRAM);
  /** @type {number[][]} */
  const samples = Array.from({ length: rounds }, () =>
    JSON.parse(spawnSync(process.execPath, ['program.mjs'], { cwd: folder, encoding: 'utf8' }).stdout),
  );
  for (const [i, name] of ['import', 'first definition', 'first call'].entries()) {
    const costs = samples.map((sample) => sample[i] ?? 0).sort((a, b) => a - b);
    const [best = 0, median = 0] = [costs[0], costs[costs.length >> 1]];
    console.log(`${name.padEnd(18)} median=${median.toFixed(1)} ms  best=${best.toFixed(1)} ms`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
