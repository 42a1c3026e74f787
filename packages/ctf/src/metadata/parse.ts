/** A metadata file of either format, packetised or not, to a trace class. */
import { RECORD_SEPARATOR } from '../ctf2/record-separator.ts';
import { parseCtf2TraceClass } from '../ctf2/translate.ts';
import type { TraceClass } from '../model/trace-class.ts';
import { parseTraceClass } from '../tsdl/translate.ts';
import { type UnpackedMetadata, unpackMetadata } from './packets.ts';

export interface Metadata extends UnpackedMetadata {
  readonly traceClass: TraceClass;
}

/**
 * Texts parsed last, and what came of them: finding out what a folder holds, and opening it, parse the same text. Trace
 * classes do not change, so whoever gets one may share it.
 */
const known = new Map<string, TraceClass>();
const MAX_KNOWN_CHARACTERS = 4 << 20;

/** Parses metadata text: JSON fragments when it begins with a record separator, TSDL when not. */
export function parseMetadataText(text: string): TraceClass {
  const found = known.get(text);
  if (found !== undefined) return found;
  const traceClass = parse(text);
  known.set(text, traceClass);
  let characters = [...known.keys()].reduce((sum, { length }) => sum + length, 0);
  for (const oldest of known.keys()) {
    if (characters <= MAX_KNOWN_CHARACTERS) break;
    known.delete(oldest);
    characters -= oldest.length;
  }
  return traceClass;
}

function parse(text: string): TraceClass {
  return text.startsWith(RECORD_SEPARATOR) ? parseCtf2TraceClass(text) : parseTraceClass(text);
}

/** Parses a metadata file. Throws `FormatError`, with line and column where there is text. */
export function parseMetadata(file: Uint8Array): Metadata {
  const unpacked = unpackMetadata(file);
  return { ...unpacked, traceClass: parseMetadataText(unpacked.text) };
}
