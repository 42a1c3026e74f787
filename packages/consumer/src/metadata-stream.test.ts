import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SystemError } from '@lttng-ts/base';
import { MetadataStream } from './metadata-stream.ts';
import { ManualPorts } from './testing/manual-ports.ts';

function fixture() {
  const ports = new ManualPorts();
  const faults: string[] = [];
  const written: string[] = [];
  const disk = { isFull: false };
  const sink = {
    append(text: Uint8Array) {
      if (disk.isFull) throw new SystemError('write', 'ENOSPC');
      written.push(Buffer.from(text).toString());
    },
    restart: () => void written.push('restart'),
    close: () => void written.push('closed'),
  };
  const stream = new MetadataStream(sink, ports, ({ kind, isOngoing }) => {
    faults.push(`${isOngoing ? '+' : '-'}${kind}`);
  });
  return { ports, faults, written, disk, stream };
}

test('text that a full disk refuses waits in order and is written once', async () => {
  const { ports, faults, written, disk, stream } = fixture();
  await stream.append(0, 'a');
  disk.isFull = true;
  const first = stream.append(1, 'bc');
  const second = stream.append(3, 'd');
  ports.advance(1000);
  assert.equal(stream.isPending, true);
  disk.isFull = false;
  ports.advance(1000);
  await Promise.all([first, second]);
  assert.deepEqual(written, ['a', 'bc', 'd']);
  assert.deepEqual(faults, ['+disk-full', '-disk-full']);
  assert.equal(stream.isPending, false);
});

test('whoever waits for the text waits for a full disk, or until the text is given up', async () => {
  const { disk, stream, ports } = fixture();
  await stream.written();
  let isWritten = false;
  const wait = async (): Promise<void> => {
    isWritten = false;
    await stream.written();
    isWritten = true;
  };
  disk.isFull = true;
  const append = stream.append(0, 'a');
  const first = wait();
  await new Promise(setImmediate);
  assert.equal(isWritten, false);
  disk.isFull = false;
  ports.advance(1000);
  await Promise.all([append, first]);
  disk.isFull = true;
  const refused = assert.rejects(stream.append(1, 'b'), SystemError);
  const second = wait();
  stream.finish();
  await Promise.all([refused, second]);
});

test('the end of the stream gives up what waits', async () => {
  const { disk, stream, written, ports } = fixture();
  disk.isFull = true;
  const append = stream.append(0, 'a');
  stream.finish();
  await assert.rejects(append, SystemError);
  assert.deepEqual(written, ['closed']);
  assert.equal(ports.isTimerSet, false);
});

test('text that begins anew drops what was written and what waits', async () => {
  const { disk, stream, written, ports } = fixture();
  await stream.append(0, 'old');
  stream.restart();
  await stream.append(0, 'new');
  assert.deepEqual(written, ['old', 'restart', 'new']);
  assert.equal(Buffer.from(stream.text).toString(), 'new');
  disk.isFull = true;
  const waiting = stream.append(3, ' late');
  stream.restart();
  const last = stream.append(0, 'last');
  assert.equal(Buffer.from(stream.text).toString(), 'last');
  disk.isFull = false;
  ports.advance(2000);
  await Promise.all([waiting, last]);
  assert.deepEqual(written.slice(3), [' late', 'restart', 'last']);
  assert.equal(Buffer.from(stream.text).toString(), 'last');
});
