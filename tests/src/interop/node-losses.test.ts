/** Small buffers that C and Node.js programs share: every event is recorded or counted as discarded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment } from '../harness/environment.ts';
import { record, startDaemon } from '../harness/recording.ts';
import { daemonSides, eventLines, type Language, samples, skip } from './node-world.ts';

const COUNT = 40_000;
const writers: readonly Language[] = ['c', 'node', 'c', 'node'];

/**
 * Events that `lttng stop` calls discarded. liblttng-ust 2.13 sometimes leaves the count 0 in a packet (four C programs
 * alone do it too); the original consumer takes that for an overflow and adds 2^63.
 */
function discardedOf(stopped: string): number {
  const count = stopped.match(/(\d+) events? (?:was|were) discarded/)?.[1] ?? '0';
  return Number(BigInt(count) % 2n ** 63n);
}

for (const side of daemonSides) {
  test(`recorded and discarded events of four writers add up, daemon: ${side}`, { skip }, async () => {
    await using environment = await Environment.create();
    await startDaemon(environment, side);
    const channel = ['--subbuf-size=4096', '--num-subbuf=4'];
    const { folder, stopped } = await record(
      environment,
      { side, rules: [['sample:tick']], channel },
      async () => {
        const programs = writers.map((language, writer) =>
          environment.start([...samples[language](), 'ticks', `${writer}`, `${COUNT}`]),
        );
        for (const program of programs) assert.equal((await program.finished()).status, 0);
      },
    );
    const lines = await eventLines(environment, folder);
    const discarded = discardedOf(stopped.stdout + stopped.stderr);
    assert.equal(lines.length + discarded, writers.length * COUNT);
    assert.ok(discarded > 0, 'the buffers were too small');
    for (const writer of writers.keys()) {
      assert.ok(
        lines.some((line) => line.includes(`writer = ${writer},`)),
        `writer ${writer}`,
      );
    }
  });
}
