/**
 * A trace class: everything that the metadata stream says. Built once by the translation from TSDL (or, later,
 * from CTF 2), or by a tracer that is about to write; read by the decoders and writers.
 */
import type { ByteOrder } from '@lttng-ts/wire';
import type { ClockClass } from './clock-class.ts';
import type { StructureClass } from './field-class.ts';

export interface EventRecordClass {
  readonly id: bigint;
  /** LTTng: `provider:event`. */
  readonly name: string | null;
  /** LTTng's log level, 0 (emergency) to 14 (debug). */
  readonly logLevel: number | null;
  readonly emfUri: string | null;
  readonly specificContext: StructureClass | null;
  readonly payload: StructureClass | null;
}

export interface DataStreamClass {
  readonly id: bigint;
  /** The clock that timestamps of this class's packets and event records are of. */
  readonly defaultClockClass: ClockClass | null;
  readonly packetContext: StructureClass | null;
  readonly eventRecordHeader: StructureClass | null;
  readonly eventRecordCommonContext: StructureClass | null;
  readonly eventRecordClasses: ReadonlyMap<bigint, EventRecordClass>;
}

export interface TraceClass {
  /** Lower case with dashes. */
  readonly uuid: string | null;
  /** Byte order of fields that do not give their own. */
  readonly byteOrder: ByteOrder;
  readonly environment: ReadonlyMap<string, string | bigint>;
  readonly clockClasses: readonly ClockClass[];
  readonly packetHeader: StructureClass | null;
  readonly dataStreamClasses: ReadonlyMap<bigint, DataStreamClass>;
}

/** Formats 16 bytes as a UUID in lower case with dashes. */
export function formatUuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Parses a UUID with dashes; gives `null` when `text` is none. */
export function parseUuid(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return null;
  const hex = text.replaceAll('-', '');
  return Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
