import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '@lttng-ts/base';
import { encodeJsonLine, JsonLines } from './json-lines.ts';

const values = [{ a: 1 }, { text: 'ä\n"' }, []];
const stream = new Uint8Array(values.flatMap((value) => [...encodeJsonLine(value)]));

test('values come out whole, however the stream is cut', () => {
  for (let cut = 0; cut <= stream.length; cut++) {
    const lines = new JsonLines(1000);
    assert.deepEqual([...lines.push(stream.slice(0, cut)), ...lines.push(stream.slice(cut))], values);
  }
});

test('a line above the limit is refused while it arrives', () => {
  const lines = new JsonLines(10);
  assert.throws(() => [...lines.push(new Uint8Array(11).fill(0x20))], /too long/);
});

test('text that is not JSON, and bytes that are not UTF-8, are faults of the peer', () => {
  assert.throws(() => [...new JsonLines(100).push(new TextEncoder().encode('{\n'))], ProtocolError);
  assert.throws(() => [...new JsonLines(100).push(new Uint8Array([0xff, 10]))], ProtocolError);
});
