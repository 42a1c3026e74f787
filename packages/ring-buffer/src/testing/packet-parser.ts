/**
 * Reads a packet back in tests: header, then records with payloads of a fixed length.
 */
import assert from 'node:assert/strict';
import { lp64Layouts } from '../layouts.ts';

export interface ParsedRecord {
  readonly eventId: number;
  readonly payload: Uint8Array;
}

export interface ParsedPacket {
  readonly sequenceNumber: bigint;
  readonly eventsDiscarded: bigint;
  readonly records: readonly ParsedRecord[];
}

/** Parses a packed packet with large record headers; fails the test when it does not add up. */
export function parsePacket(bytes: Uint8Array, payloadBytes: number): ParsedPacket {
  const header = lp64Layouts.packetHeader.decode(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  assert.equal(header.magic, 0xc1fc1fc1);
  const contentBytes = Number(header.contentSize / 8n);
  assert.ok(contentBytes >= lp64Layouts.packetHeader.sizeBytes, `content=${contentBytes}`);
  assert.ok(contentBytes <= bytes.length, `content=${contentBytes}, length=${bytes.length}`);
  assert.ok(header.timestampEnd >= header.timestampBegin, 'packet ends before it begins');
  const records: ParsedRecord[] = [];
  let at = lp64Layouts.packetHeader.sizeBytes;
  while (at < contentBytes) {
    const shortId = view.getUint16(at, true);
    const isExtended = shortId === 65535;
    const eventId = isExtended ? view.getUint32(at + 2, true) : shortId;
    at += isExtended ? 14 : 6;
    records.push({ eventId, payload: bytes.slice(at, at + payloadBytes) });
    at += payloadBytes;
  }
  assert.equal(at, contentBytes, 'records end where the packet says');
  return { sequenceNumber: header.sequenceNumber, eventsDiscarded: header.eventsDiscarded, records };
}
