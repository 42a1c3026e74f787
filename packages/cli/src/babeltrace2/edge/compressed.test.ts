/** Compressed traces at the command line: the same text as of the plain one, in memory that does not grow with the trace. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { STREAMS, writeTurnTrace } from '../../testing/turn-trace.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..', '..');
const TIMEOUT_MS = 120_000;
/** 1.3 MB each, of which the packets are read all the same: streams of one clock. */
const COPIES = 100;
const MAX_GROWTH_MIB = 70;

/** Runs `babeltrace2` and gives its standard output and its peak memory. */
function read(folder: string, ...words: readonly string[]) {
  const report = join(folder, 'peak');
  const atExit = `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(report)}, String(process.resourceUsage().maxRSS)))`;
  writeFileSync(join(folder, 'at-exit.cjs'), atExit);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--require', join(folder, 'at-exit.cjs'), join(root, 'bin', 'babeltrace2'), ...words],
    { encoding: 'latin1', maxBuffer: 1 << 28, timeout: TIMEOUT_MS },
  );
  assert.equal(status, 0, stderr);
  return { stdout, peakMib: Number(readFileSync(report, 'utf8')) / 1024 };
}

test('a compressed trace is read in bounded memory, with the text of the plain one', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'babeltrace2-compressed-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const plain = writeTurnTrace(t);
  const packed = join(folder, 'packed');
  cpSync(plain, packed, { recursive: true });
  for (let stream = 0; stream < STREAMS; stream++) {
    const bytes = readFileSync(join(packed, `stream_${stream}`));
    writeFileSync(join(packed, `stream_${stream}.gz`), gzipSync(bytes));
    rmSync(join(packed, `stream_${stream}`));
  }
  for (const words of [[], ['--begin=01:00:00.050', '--end=01:00:00.052'], ['--jobs=2']])
    assert.equal(read(folder, ...words, packed).stdout, read(folder, ...words, plain).stdout);

  // Many times as large.
  const large = join(folder, 'large');
  cpSync(packed, large, { recursive: true });
  for (let copy = 0; copy < COPIES; copy++)
    cpSync(join(packed, 'stream_0.gz'), join(large, `copy_${copy}.gz`));
  const small = read(folder, '-c', 'sink.utils.counter', packed);
  const { stdout, peakMib } = read(folder, '-c', 'sink.utils.counter', large);
  assert.match(stdout, /8240000 Event messages/);
  t.diagnostic(`peak memory: small=${small.peakMib} MiB, large=${peakMib} MiB`);
  assert.ok(peakMib < small.peakMib + MAX_GROWTH_MIB, `small=${small.peakMib}, large=${peakMib}`);
});
