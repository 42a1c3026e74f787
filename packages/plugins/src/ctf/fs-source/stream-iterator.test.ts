import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@lttng-ts/ctf/testing';
import { filesHost, recordingHost, runGraph } from '../../testing/run-or-messages.ts';
import { timedTrace } from '../../testing/timed-trace.ts';
import { pretty } from '../../text/pretty/pretty.ts';

type By = 'runs' | 'messages';

/** What a trace whose clock begins `offsetSeconds` after the epoch, and counts seconds, becomes: text and error. */
function read(offsetSeconds: number, by: By): readonly [text: string, error: string] {
  const { files } = timedTrace('/trace', new Random(3), { mistake: 'none', packetCount: 20 });
  const metadata = new TextDecoder().decode(files.get('/trace/metadata'));
  const slow = metadata.replace(/freq = \d+; offset_s = 100/, `freq = 1; offset_s = ${offsetSeconds}`);
  assert.notEqual(slow, metadata);
  const { host, written } = recordingHost(
    filesHost(new Map([...files, ['/trace/metadata', new TextEncoder().encode(slow)]])),
  );
  const params = { color: 'never', 'clock-cycles': true };
  const error = runGraph({ host, folders: ['/trace'], sink: pretty(host), params, mipVersion: 0 }, by);
  return [written.get('-') ?? '', error];
}

test('events near the last time of 64 bits keep their values, whatever is read behind them', () => {
  // The clock's values are 2^33 and a bit; 2^33 + 2^32 would be too late, so that runs are given as messages.
  const [text, error] = read(0, 'messages');
  assert.equal(error, '');
  assert.match(text, /^\[0{10}85899345\d\d\] .* number = \d+/);
  assert.deepEqual(read(0, 'runs'), [text, error]);
});

test('a time that exceeds 64 bits is damage of the trace', () => {
  for (const by of ['runs', 'messages'] as const)
    assert.match(read(800_000_000, by)[1], /Time exceeds 64 bits: cycles=85899\d+, clock="c"/);
});
