import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from '@lttng-ts/base';
import { decodeIndexFile, encodeIndexEntry, encodeIndexHeader, packetIndexEntry10 } from './index-file.ts';
import { formatG } from './text/format-number.ts';

const entry = {
  offsetBytes: 4096n,
  packetSizeBits: 32768n,
  contentSizeBits: 672n,
  timestampBegin: 1n,
  timestampEnd: 2n,
  eventsDiscarded: 3n,
  streamId: 4n,
  streamInstanceId: 5n,
  packetSequenceNumber: 6n,
};

test('an index file has the layout of CTF index 1.1', () => {
  const header = encodeIndexHeader();
  assert.equal(Buffer.from(header).toString('hex'), 'c1f1dcc1000000010000000100000048');
  const file = new Uint8Array([...header, ...encodeIndexEntry(entry)]);
  assert.equal(file.length, 16 + 72);
  assert.deepEqual(decodeIndexFile(file), { minor: 1, entries: [entry] });
});

test('an index file of version 1.0 is read', () => {
  const file = new Uint8Array([...encodeIndexHeader(0), ...packetIndexEntry10.encode(entry)]);
  assert.equal(decodeIndexFile(file).entries[0]?.packetSequenceNumber, undefined);
});

test('a damaged index file is refused', () => {
  for (const size of [0, 15, 17, 60]) {
    const file = new Uint8Array([...encodeIndexHeader(), ...encodeIndexEntry(entry)]).subarray(0, size);
    assert.throws(() => decodeIndexFile(file), FormatError);
  }
});

test('numbers print as %g prints them', () => {
  const rows: [number, string][] = [
    [0, '0'],
    [-0, '-0'],
    [100000, '100000'],
    [1000000, '1e+06'],
    [999999.5, '1e+06'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [3.14159265, '3.14159'],
    [1e300, '1e+300'],
    [5e-324, '4.94066e-324'],
    [Number.NaN, 'nan'],
    [Number.NEGATIVE_INFINITY, '-inf'],
  ];
  for (const [value, text] of rows) assert.equal(formatG(value), text);
});
