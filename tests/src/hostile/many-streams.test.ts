/**
 * Thousands of streams with a small pool of files and three live readers: correct to the last packet, and never more
 * files open than the pool has. LTTNG_TS_STREAMS sets how many streams; `npm run soak` takes 10,000.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Environment } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { startRelay } from '../harness/relay.ts';

const skip = skipUnless('root', 'native');
const streams = Number(process.env['LTTNG_TS_STREAMS'] ?? 1500);
const POOL = 128;
const PACKETS = 3;
const DEADLINE_MS = 280_000;

test(`${streams} streams share ${POOL} files, with three live readers`, { skip }, async () => {
  await using environment = await Environment.create();
  const { folder } = await startRelay(environment, 'ours', `--fd-pool-size=${POOL}`);
  const pid = (await environment.output(['pgrep', '-r', 'D,R,S', '-x', 'lttng-relayd'])).trim();
  const load = join(import.meta.dirname, 'attackers/many-streams-load.js');
  const program = environment.start([process.execPath, load, String(streams), folder, pid]);
  const { status, stdout, stderr } = await program.finished(DEADLINE_MS);
  assert.equal(status, 0, stderr);
  const { files, packets, maxOpenFiles } = JSON.parse(stdout);
  assert.deepEqual([files, packets], [streams, streams * PACKETS]);
  assert.ok(maxOpenFiles <= POOL && maxOpenFiles > POOL / 2, `open at once: ${maxOpenFiles}`);
});
