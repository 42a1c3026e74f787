import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMessages } from '../index.ts';
import { memorySource } from '../stream/byte-source.ts';
import { openTraces } from '../stream/trace.ts';
import { parseCaseFile } from '../testing/case-file.ts';
import { type PrettyOptions, PrettyPrinter } from './pretty.ts';

function print(options: PrettyOptions): string {
  const fields = 'enum : uint8_t { A } e; string s;';
  const { metadata, packet } = parseCaseFile(`${fields}\n---\n01 "x" 00\n---\n`);
  const [trace] = openTraces([
    {
      path: '/trace',
      relativePath: '',
      metadata: memorySource('metadata', new TextEncoder().encode(metadata)),
      dataStreams: [{ source: memorySource('stream', packet), index: null }],
    },
  ]);
  assert.ok(trace !== undefined);
  for (const message of readMessages([trace])) {
    if (message.kind === 'event-record') {
      return new TextDecoder().decode(new PrettyPrinter(options).eventRecord(message));
    }
  }
  return '';
}

test('colours are those that babeltrace2 sends to a terminal', () => {
  const e = '\x1b[';
  assert.equal(
    print({ isColoured: true }),
    `${e}1m${e}1m${e}35mcase${e}0m: { ${e}36me${e}0m = ( ${e}1m${e}1m${e}31m<unknown>${e}0m : ` +
      `container = ${e}1m1${e}0m ), ${e}36ms${e}0m = ${e}1m"x"${e}0m }\n`,
  );
});

test('a terminal that shows bold colours as they are gets bright ones', () => {
  assert.match(print({ isColoured: true, isBrightBold: false }), /^\x1b\[1m\x1b\[95mcase\x1b\[0m: /);
});

test('without colours there are no escape sequences', () => {
  assert.equal(print({}), 'case: { e = ( <unknown> : container = 1 ), s = "x" }\n');
});
