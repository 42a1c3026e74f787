/**
 * A trace class: everything that the metadata stream says. Built once by the translation from TSDL or from CTF 2's
 * JSON, or by a tracer that is about to write; read by the decoders and writers.
 */
import type { ByteOrder } from '@lttng-ts/wire';
import type { Attributes } from './attributes.ts';
import type { ClockClass } from './clock-class.ts';
import type { StructureClass } from './field-class.ts';

export interface EventRecordClass {
  readonly id: bigint;
  readonly namespace: string | null;
  /** LTTng: `provider:event`. */
  readonly name: string | null;
  readonly uid: string | null;
  /** LTTng's log level, 0 (emergency) to 14 (debug). */
  readonly logLevel: number | null;
  readonly emfUri: string | null;
  readonly specificContext: StructureClass | null;
  readonly payload: StructureClass | null;
  readonly attributes?: Attributes;
}

export interface DataStreamClass {
  readonly id: bigint;
  readonly namespace: string | null;
  readonly name: string | null;
  readonly uid: string | null;
  /** The clock that timestamps of this class's packets and event records are of. */
  readonly defaultClockClass: ClockClass | null;
  readonly packetContext: StructureClass | null;
  readonly eventRecordHeader: StructureClass | null;
  readonly eventRecordCommonContext: StructureClass | null;
  readonly eventRecordClasses: ReadonlyMap<bigint, EventRecordClass>;
  readonly attributes?: Attributes;
}

export interface TraceClass {
  /** What the metadata was written in. */
  readonly format: 'ctf-1.8' | 'ctf-2';
  readonly namespace: string | null;
  readonly name: string | null;
  readonly uid: string | null;
  /**
   * UUID of the metadata stream, which packet headers repeat; in CTF 1.8 also that of the trace. Lower case with
   * dashes.
   */
  readonly uuid: string | null;
  /** Byte order of fields that do not give their own (CTF 1.8). */
  readonly byteOrder: ByteOrder;
  readonly environment: ReadonlyMap<string, string | bigint>;
  readonly clockClasses: readonly ClockClass[];
  readonly packetHeader: StructureClass | null;
  readonly dataStreamClasses: ReadonlyMap<bigint, DataStreamClass>;
  readonly attributes?: Attributes;
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
