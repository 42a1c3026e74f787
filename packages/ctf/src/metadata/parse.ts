/** A metadata file of either format, packetised or not, to a trace class. */
import { parseCtf2TraceClass, RECORD_SEPARATOR } from '../ctf2/translate.ts';
import type { TraceClass } from '../model/trace-class.ts';
import { parseTraceClass } from '../tsdl/translate.ts';
import { type UnpackedMetadata, unpackMetadata } from './packets.ts';

export interface Metadata extends UnpackedMetadata {
  readonly traceClass: TraceClass;
}

/** Parses metadata text: JSON fragments when it begins with a record separator, TSDL when not. */
export function parseMetadataText(text: string): TraceClass {
  return text.startsWith(RECORD_SEPARATOR) ? parseCtf2TraceClass(text) : parseTraceClass(text);
}

/** Parses a metadata file. Throws `FormatError`, with line and column where there is text. */
export function parseMetadata(file: Uint8Array): Metadata {
  const unpacked = unpackMetadata(file);
  return { ...unpacked, traceClass: parseMetadataText(unpacked.text) };
}
