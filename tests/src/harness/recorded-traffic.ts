/**
 * Recorded traffic of original producers and live readers with the original relay daemon. The recordings lie beside the
 * checkout (`../shared/facts/protocols/captures/rec`, or where LTTNG_TS_CAPTURES says).
 */
import { existsSync, readFileSync } from 'node:fs';
import { repositoryPath } from './environment.ts';

export const recordingsFolder =
  process.env['LTTNG_TS_CAPTURES'] ?? repositoryPath('../shared/facts/protocols/captures/rec');

/** What tests with recordings skip for. */
export const skipWithoutRecordings: string | false = existsSync(recordingsFolder)
  ? false
  : `no recorded traffic: ${recordingsFolder}`;

export interface RecordedPart {
  readonly connection: number;
  readonly port: number;
  readonly isReply: boolean;
  /** Empty: the end of the connection. */
  readonly bytes: Buffer;
}

/** Reads a recording: connection, port, direction, time, length, bytes. */
export function readRecording(path: string): readonly RecordedPart[] {
  const file = readFileSync(path);
  const parts: RecordedPart[] = [];
  for (let at = 0; at < file.length; ) {
    const length = file.readUInt32BE(at + 15);
    parts.push({
      connection: file.readUInt32BE(at),
      port: file.readUInt16BE(at + 4),
      isReply: file[at + 6] === 1,
      bytes: file.subarray(at + 19, at + 19 + length),
    });
    at += 19 + length;
  }
  return parts;
}
