/** Summaries against what reading gives message by message: real traces, random classes, both decoders. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ReadingFilter } from '@lttng-ts/filter';
import { setCodeGeneration } from '../decode/decoder.ts';
import { openTraceFolders } from '../edge/node.ts';
import { readMessages, type Trace } from '../stream/trace.ts';
import { eventRate, summarizeSteps, summarizeTrace, type TraceSummary } from './summarize.ts';

const traces = join(import.meta.dirname, '../../traces');
const names = readdirSync(traces, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'source')
  .map(({ name }) => name);

/** What a summary counts, from messages. */
function counted(trace: Trace, isWanted: (name: string | null) => boolean) {
  const classes = new Map<string | null, number>();
  let [lost, first, last]: [bigint, bigint | null, bigint | null] = [0n, null, null];
  for (const message of readMessages([trace])) {
    if (message.kind === 'event-record') {
      const { name } = message.eventRecordClass;
      if (!isWanted(name)) continue;
      classes.set(name, (classes.get(name) ?? 0) + 1);
      first ??= message.ns;
      last = message.ns;
    } else if (message.kind === 'discarded-event-records') lost += message.count ?? 0n;
  }
  return { classes, lost, first, last };
}

function agrees(summary: TraceSummary, { classes, lost, first, last }: ReturnType<typeof counted>): void {
  const byName = new Map<string | null, number>();
  for (const { name, events } of summary.eventClasses) byName.set(name, (byName.get(name) ?? 0) + events);
  assert.deepEqual(byName, classes);
  assert.equal(
    summary.events,
    [...classes.values()].reduce((sum, count) => sum + count, 0),
  );
  assert.equal(summary.discardedEvents.count, lost);
  assert.deepEqual([summary.time?.beginNs ?? null, summary.time?.endNs ?? null], [first, last]);
  const sum = (
    of: (part: { events: number; eventBytes: number | null }) => number,
    parts: TraceSummary['streams'],
  ) => parts.reduce((total, part) => total + of(part), 0);
  assert.equal(
    sum(({ events }) => events, summary.streams),
    summary.events,
  );
}

for (const name of names) {
  test(`the summary of "${name}" counts what its messages are`, () => {
    using opened = openTraceFolders([join(traces, name)]);
    for (const trace of opened.traces) {
      const all = counted(trace, () => true);
      const summary = summarizeTrace(trace);
      agrees(summary, all);
      assert.ok(summary.events > 50);
      const bytes = summary.eventClasses.reduce((total, { eventBytes }) => total + (eventBytes ?? 0), 0);
      assert.equal(bytes, summary.eventBytes);
      assert.ok(bytes > 0 && bytes <= summary.bytes);
      const sizes = summary.eventClasses.map(({ eventBytes }) => eventBytes ?? 0);
      assert.deepEqual(
        sizes,
        sizes.toSorted((a, b) => b - a),
      );
      const wanted = new ReadingFilter('$event.name == "*integers"');
      agrees(
        summarizeTrace(trace, [wanted]),
        counted(trace, (event) => event?.endsWith('integers') === true),
      );
    }
    setCodeGeneration(false);
    try {
      using reference = openTraceFolders([join(traces, name)]);
      for (const trace of reference.traces) {
        const summary = summarizeTrace(trace);
        agrees(
          summary,
          counted(trace, () => true),
        );
        assert.equal(summary.eventBytes, null);
      }
    } finally {
      setCodeGeneration(null);
    }
  });
}

test('a filter that bounds the time counts what reading that time gives', () => {
  for (const name of names) {
    using opened = openTraceFolders([join(traces, name)]);
    for (const trace of opened.traces) {
      const times = [...readMessages([trace])].flatMap(({ kind, ns }) =>
        kind === 'event-record' ? [ns!] : [],
      );
      const [beginNs, endNs] = [times[times.length >> 2]!, times[(times.length * 3) >> 2]!];
      const summary = summarizeTrace(trace, [
        new ReadingFilter(`$time >= ${beginNs}`),
        new ReadingFilter(`$time <= ${endNs}`),
      ]);
      const part = [...readMessages([trace], { beginNs, endNs })];
      const lost = part.flatMap((message) =>
        message.kind === 'discarded-event-records' ? [message.count ?? 0n] : [],
      );
      assert.equal(summary.events, part.filter(({ kind }) => kind === 'event-record').length);
      assert.ok(summary.events > 0 && summary.events < times.length);
      assert.deepEqual(summary.time, { beginNs, endNs });
      assert.equal(
        summary.discardedEvents.count,
        lost.reduce((sum, count) => sum + count, 0n),
      );
      const steps = [...summarizeSteps(trace, [new ReadingFilter(`$time > ${times.at(-1)}`)])];
      const done = steps.map(({ doneBytes, totalBytes }) => doneBytes / totalBytes);
      assert.deepEqual(
        done,
        done.toSorted((a, b) => a - b),
      );
      assert.equal(done.at(-1), 1);
    }
  }
});

test('steps tell how far it is, up to the end', () => {
  using opened = openTraceFolders([join(traces, 'rotated')]);
  const [trace] = opened.traces;
  const steps = [...summarizeSteps(trace!)].map(({ doneBytes, totalBytes }) => doneBytes / totalBytes);
  assert.ok(steps.length > 10);
  assert.deepEqual(
    steps,
    steps.toSorted((a, b) => a - b),
  );
  assert.equal(steps.at(-1), 1);
});

test('a rate is one of the time of the trace', () => {
  const figures = (events: number, time: TraceSummary['time']) => ({ events, eventBytes: 0, time });
  const whole = figures(10, { beginNs: 0n, endNs: 4_000_000_000n });
  assert.equal(eventRate(figures(2, { beginNs: 1n, endNs: 2n }), whole), 0.5);
  assert.equal(eventRate(whole, figures(10, null)), null);
  assert.equal(eventRate(whole, figures(10, { beginNs: 1n, endNs: 1n })), null);
});
