/** A growing trace against the same trace in files. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTraceFolders } from '../edge/node.ts';
import { PrettyPrinter } from '../text/pretty.ts';
import type { FlowItem } from './data-stream.ts';
import { GrowingTrace } from './growing-trace.ts';
import type { Message } from './messages.ts';

const folder = join(import.meta.dirname, '../../traces/discarded/ust/uid/0/64-bit');

function textOf(messages: readonly Message[]): string {
  const printer = new PrettyPrinter();
  return messages
    .map((message) =>
      message.kind === 'event-record' ? Buffer.from(printer.eventRecord(message)).toString() : message.kind,
    )
    .join('\n');
}

const unfolded = (item: FlowItem): readonly Message[] =>
  item.kind === 'event-record-run' ? item.eventRecords() : [item];

test('packets that come one by one give what the files give, metadata growing in between', () => {
  using opened = openTraceFolders([folder]);
  const [trace] = opened.traces;
  assert.ok(trace !== undefined && trace.dataStreams.length > 0);
  let eventCount = 0;
  for (const dataStream of trace.dataStreams) {
    const { identity, packets } = dataStream;
    const metadata = readFileSync(join(folder, 'metadata'));
    const growing = new GrowingTrace(identity.trace.name);
    growing.append(metadata);
    const bytesOf = ({ source, offsetBytes, packetSizeBytes }: (typeof packets)[number]): Uint8Array =>
      source.read(offsetBytes, packetSizeBytes);
    const stream = growing.openDataStream(identity.name, bytesOf(packets[0]!));
    assert.equal(stream.id, identity.isNumbered ? identity.id : null);
    const messages: Message[] = [];
    for (const [number, packet] of packets.entries()) {
      // Nothing new, but all classes are other objects from here on.
      if (number === 1) growing.append(new Uint8Array(0));
      for (const item of stream.packet(bytesOf(packet))) messages.push(...unfolded(item));
    }
    assert.equal(textOf(messages), textOf([...dataStream.messages()]));
    eventCount += messages.filter(({ kind }) => kind === 'event-record').length;
  }
  assert.ok(eventCount > 0);
});

test('a packet before any metadata is refused', () => {
  const growing = new GrowingTrace('t');
  assert.throws(() => growing.openDataStream('s', new Uint8Array(64)), /Packet before any metadata/);
});
