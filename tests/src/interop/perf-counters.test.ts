/**
 * Perf counters as contexts (`perf:thread:…`) of C and Node.js programs, under both daemons. Each thread has counters of
 * its own, which begin with its first record. Machines without hardware counters (virtual ones) still have the kernel's.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Environment, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { countersPrograms, type Language, languages } from '../harness/programs.ts';
import { lines, readWith } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const software = '/sys/bus/event_source/devices/software/type';
const skip = skipUnless('root', 'upstream', 'native') || (exists(software) ? false : 'no perf events here');

function exists(path: string): boolean {
  try {
    return readFileSync(path).length > 0;
  } catch {
    // Not there.
    return false;
  }
}

/** Pages that `counters` touches; the kernel may give larger ones. */
const PAGES = 1024;
const LARGE_PAGES = (PAGES * 4096) / (2 << 20);
const hasLargePages = readFileSync('/sys/kernel/mm/transparent_hugepage/enabled', 'utf8').includes(
  '[always]',
);

/** Records the program of a language and gives the lines of its events in the original reader's text. */
async function record(
  side: Side,
  language: Language,
  contexts: readonly string[],
): Promise<readonly string[]> {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  const session = await TestSession.create(environment, side);
  await session.enableChannel('counted', '--subbuf-size=16384');
  await session.enableEvent('sample:tick', '--channel=counted');
  await session.addContexts(contexts, '--channel=counted');
  await session.start();
  await environment.output(countersPrograms[language]());
  await session.destroy();
  return lines((await readWith(environment, 'babeltrace2', session.folder)).stdout);
}

/** A field of each line. */
const valuesOf = (texts: readonly string[], name: string): readonly number[] =>
  texts.map((line) => Number(new RegExp(`\\b${name} = (-?\\d+)`).exec(line)?.[1]));

for (const side of sides) {
  for (const language of languages) {
    test(`each thread counts for itself, program: ${language}, daemon: ${side}`, { skip }, async () => {
      const contexts = ['perf:thread:page-fault', 'vtid', 'perf:thread:cpu-clock', '$app.none:none'];
      const texts = await record(side, language, contexts);
      assert.deepEqual(valuesOf(texts, 'writer'), [1, 1, 2, 2]);
      const faults = valuesOf(texts, 'perf_thread_page_fault');
      const clocks = valuesOf(texts, 'perf_thread_cpu_clock');
      // Not exactly: the runtime's own pages, and one that was touched when the memory was made.
      const atLeast = hasLargePages ? LARGE_PAGES : PAGES - 24;
      for (const first of [0, 2]) {
        const [before, after] = faults.slice(first, first + 2) as [number, number];
        assert.ok(before < PAGES / 4, `begins anew: ${faults}`);
        assert.ok(after - before >= atLeast && after - before < 2 * PAGES, `counts the pages: ${faults}`);
        const [start, end] = clocks.slice(first, first + 2) as [number, number];
        assert.ok(start > 0 && end > start, `nanoseconds of the thread: ${clocks}`);
      }
    });
  }
}

test('programs of both languages take the same counters, whatever the machine has', { skip }, async () => {
  const counters = ['instructions', 'task-clock', 'L1-dcache-loads', 'major-faults', 'raw:r00c0:mine'];
  const contexts = counters.map((counter) => `perf:thread:${counter}`);
  const [c, node] = await Promise.all(languages.map((language) => record('ours', language, contexts)));
  const shapeOf = (line: string) => [...line.matchAll(/perf_thread_\w+/g)].map(([name]) => name);
  assert.equal(c?.length, 4);
  assert.deepEqual(node?.map(shapeOf), c.map(shapeOf));
  // The kernel counts these on every machine.
  for (const name of ['perf_thread_task_clock', 'perf_thread_major_faults'])
    assert.ok(c[0]?.includes(name), name);
});
