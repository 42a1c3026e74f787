/** The command `summary` on recorded traces. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { nodeHost } from '@lttng-ts/plugins/node';
import { tracesFolder } from '../testing/babeltrace2-cases.ts';
import { nodeWorld } from './edge/node-world.ts';
import { runBabeltrace2 } from './run-babeltrace2.ts';

async function command(
  ...words: readonly string[]
): Promise<{ stdout: string; stderr: string; status: number }> {
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  using node = nodeHost();
  const host = {
    ...node,
    standardOutput: { write: (bytes: Uint8Array) => out.push(Buffer.from(bytes)) },
    standardError: { write: (bytes: Uint8Array) => err.push(Buffer.from(bytes)) },
    hasColours: false,
  };
  const status = await runBabeltrace2(words, nodeWorld({ host }));
  return { stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString(), status };
}

const run = (...words: readonly string[]): ReturnType<typeof command> => command('summary', ...words);

/** What reading gives: lines of text. */
async function readAll(folder: string): Promise<{ lines: number; status: number }> {
  const { stdout, status } = await command('convert', folder);
  return { lines: stdout.split('\n').length - 1, status };
}

const contexts = join(tracesFolder, 'contexts');

test('a summary is a block of text', async () => {
  const { stdout, status } = await run('--classes=2', contexts);
  assert.equal(status, 0);
  assert.equal(
    stdout.replaceAll(tracesFolder, '{TRACES}'),
    `{TRACES}/contexts/ust/uid/0/64-bit
  trace     tracehost
  uuid      d108b10a-f2b0-4f56-8d15-f6b2e9ae156d
  format    CTF 1.8
  clock     monotonic, 1,000,000,000 Hz
  begin     2026-11-24T02:45:43.126782306Z
  end       2026-11-24T02:45:43.326948566Z
  duration  0.200166260 s
  events    61 (305/s)
  size      12.0 KiB in 2 packets of 2 streams, events 4.6 KiB
  lost      nothing

Environment:
  domain                   ust
  tracer_name              lttng-ust
  tracer_major             2
  tracer_minor             13
  tracer_buffering_scheme  uid
  tracer_buffering_id      0
  architecture_bit_width   64
  trace_name               contexts
  trace_creation_datetime  20261124T024543+0000
  hostname                 tracehost

Streams:
  class  stream  packets     size  events  per second  file
      0       0        1  8.0 KiB      61         305  channel_0
      0       1        1  4.0 KiB       0        0.00  channel_1

Event classes, largest first (2 of 6):
  events     size   share  per second       level  name
      15  1.6 KiB  34.3 %        74.9  debug-line  every_field:integers
      19  1.0 KiB  22.4 %        94.9  debug-line  every_field:floats
`,
  );
});

test('several traces, losses and filters', async () => {
  const { stdout } = await run(
    contexts,
    join(tracesFolder, 'discarded'),
    '--filter=$event.name == "*:texts"',
  );
  assert.match(stdout, /^ {2}lost {6}1,919 events$/m);
  assert.equal(stdout.match(/^ +\d+ +\S+ \S+ +100\.0 % .* every_field:texts$/gm)?.length, 2);
});

test('filters may have dates, in UTC if wanted', async () => {
  const of = async (...words: readonly string[]): Promise<string> =>
    (await run('--json', contexts, ...words)).stdout;
  const all = JSON.parse(await of()) as { traces: { events: number }[] };
  const late = JSON.parse(await of('--clock-gmt', '--filter=$time > "2026-11-24 02:45:43.2"'));
  assert.ok(late.traces[0].events > 0 && late.traces[0].events < all.traces[0]!.events);
  assert.ok(late.traces[0].begin > '2026-11-24T02:45:43.2');
  assert.equal(
    JSON.parse(await of('--clock-gmt', '--filter=$time > "02:45:43.2"')).traces[0].events,
    late.traces[0].events,
  );
  const { status, stderr } = await run(contexts, '--filter=$time > "soon"');
  assert.equal(status, 1);
  assert.match(stderr, /Not a time: "soon": line=1, column=9/);
});

test('JSON has exact integers and all classes', async () => {
  const { stdout } = await run('--json', '--classes=1', contexts);
  assert.match(stdout, /"begin_ns":1795488343126782306,/);
  const { traces } = JSON.parse(stdout);
  assert.equal(traces.length, 1);
  const [trace] = traces;
  assert.deepEqual(Object.keys(trace), [
    ...['paths', 'name', 'uuid', 'format', 'environment', 'clocks', 'events', 'event_bytes', 'rate'],
    ...['begin', 'begin_ns', 'end', 'end_ns', 'duration_ns', 'packets', 'bytes', 'discarded_events'],
    ...['discarded_packets', 'streams', 'event_classes', 'faults', 'notices'],
  ]);
  assert.deepEqual(
    trace.event_classes.map(({ name, events }: { name: string; events: number }) => [name, events]),
    [
      ['every_field:integers', 15],
      ['every_field:floats', 19],
      ['every_field:enumerations', 14],
      ['every_field:texts', 7],
      ['every_field:arrays', 4],
      ['every_field:nothing', 2],
    ],
  );
});

/** A copy of a recorded trace, in which somebody may harm files. */
function copyOf(t: TestContext, name: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'lttng-summary-'));
  t.after(() => rmSync(copy, { recursive: true }));
  cpSync(join(tracesFolder, name), copy, { recursive: true });
  return copy;
}

function harm(file: string, from: number, to?: number): void {
  writeFileSync(file, new Uint8Array(readFileSync(file)).fill(0xff, from, to));
}

test('a damaged trace keeps nothing of the others back', async (t) => {
  const damaged = copyOf(t, 'contexts');
  harm(join(damaged, 'ust/uid/0/64-bit/channel_0'), 200);
  // Of another trace: of one UUID they would be one.
  const { stdout, stderr, status } = await run(damaged, join(tracesFolder, 'every-field'));
  assert.equal(status, 1);
  assert.equal(stdout.match(/^ {2}events +61 /gm)?.length, 1);
  assert.match(stderr.replaceAll(/\s+/g, ' '), /Cannot summarize the trace: path=".*lttng-summary-/);
});

test('of a damaged trace the figures of what is whole are shown', async (t) => {
  const damaged = copyOf(t, 'contexts');
  const file = join(damaged, 'ust/uid/0/64-bit/channel_0');
  harm(file, 2000, 4000);
  const { stdout, stderr, status } = await run(damaged);
  assert.equal(status, 1);
  const events = Number(/^ {2}events +(\d+) /m.exec(stdout)?.[1]);
  assert.ok(events > 5 && events < 61, stdout);
  assert.match(stdout, /^ {2}damage +at 1 place: figures are those of what is whole$/m);
  assert.match(stdout, /^ +0 +1 +1 +4\.0 KiB +0/m);
  assert.match(stderr, /Cannot summarize the trace: path=.*\n.*CAUSED BY.*\n +Trace: name="tracehost/);
  assert.match(stderr, /Data stream: file=".*channel_0", packet=0, offsetBytes=0\n/);
  const json = await run('--json', damaged);
  assert.equal(json.status, 1);
  const [trace] = JSON.parse(json.stdout).traces;
  assert.equal(trace.events, events);
  assert.equal(trace.faults.length, 1);
  assert.match(trace.faults[0], /^Trace: name="tracehost.*\n.*channel_0", packet=0/);
  const read = await readAll(damaged);
  assert.equal(read.lines, events);
  assert.equal(read.status, 1);
});

test('every damaged trace is told', async (t) => {
  const [one, other] = [copyOf(t, 'contexts'), copyOf(t, 'every-field')];
  for (const folder of [one, other]) harm(join(folder, 'ust/uid/0/64-bit/channel_0'), 1000);
  const { stdout, stderr, status } = await run(one, other, join(tracesFolder, 'rotated'));
  assert.equal(status, 1);
  assert.match(stdout, /^ {2}trace +tracehost/m);
  assert.match(stderr, /Cannot summarize all traces: failed=2/);
  for (const folder of [one, other])
    assert.ok(stderr.includes(`Cannot summarize the trace: path="${folder}`));
});

test('control characters of a trace do not reach the terminal', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lttng-summary-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(contexts, folder, { recursive: true });
  const file = join(folder, 'ust/uid/0/64-bit/metadata');
  const metadata = readFileSync(file, 'latin1');
  writeFileSync(file, metadata.replaceAll('tracehost', 'trace\u001b[1m'), 'latin1');
  const { stdout, status } = await run(folder);
  assert.equal(status, 0);
  assert.match(stdout, /^ {2}hostname +trace\\x1b\[1m$/m);
  assert.ok(!stdout.includes('\u001b'));
});

test('what cannot be summarized is told', async () => {
  assert.match((await run()).stdout, /^Usage: babeltrace2 .*summary/m);
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['--classes=x', contexts], /Invalid argument for --classes option: expecting a number: `x`/],
    [['--filter=a ==', contexts], /Invalid filter expression: .* column=5, expression="a =="/],
    [['/nonexistent'], /No trace to summarize/],
    [
      ['--nope', contexts],
      /While parsing `summary` command's command-line arguments: .*Unknown option `--nope`/s,
    ],
  ];
  for (const [words, expected] of cases) {
    const { stderr, stdout, status } = await run(...words);
    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.match(stderr.replaceAll(/\s+/g, ' '), expected);
  }
});
