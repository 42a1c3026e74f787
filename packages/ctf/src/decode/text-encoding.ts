/**
 * Texts in the encodings that CTF 2 knows. Damaged text never fails: what is wrong in it becomes U+FFFD, for the rest
 * of the event record is good.
 */
import type { TextEncoding } from '../model/field-class.ts';

export type UnitBytes = 1 | 2 | 4;

/** Bytes of a code unit; a string ends at one that is zero. */
export const UNIT_BYTES: Readonly<Record<TextEncoding, UnitBytes>> = {
  none: 1,
  ascii: 1,
  'utf-8': 1,
  'utf-16be': 2,
  'utf-16le': 2,
  'utf-32be': 4,
  'utf-32le': 4,
};

type Decoder = InstanceType<typeof TextDecoder>;

/** Those that were asked for: the first one of UTF-16 takes Node 0.3 ms. */
const decoders = new Map<string, Decoder>();
const encoder = new TextEncoder();

function decoderOf(encoding: 'utf-8' | 'utf-16be' | 'utf-16le'): Decoder {
  let decoder = decoders.get(encoding);
  if (decoder === undefined) {
    // A mark of the byte order is a character like others: a field knows its encoding.
    decoder = new TextDecoder(encoding, { ignoreBOM: true });
    decoders.set(encoding, decoder);
  }
  return decoder;
}

/** Decodes the bytes of a string field. */
export function decodeText(bytes: Uint8Array, encoding: TextEncoding): string {
  switch (encoding) {
    case 'utf-16be':
    case 'utf-16le':
      return decoderOf(encoding).decode(bytes);
    case 'utf-32be':
    case 'utf-32le':
      return decodeUtf32(bytes, encoding === 'utf-32le');
    default:
      return decoderOf('utf-8').decode(bytes);
  }
}

/** Gives the bytes of a string field as UTF-8: the same bytes, not a copy, when they need no conversion. */
export function toUtf8(bytes: Uint8Array, encoding: TextEncoding): Uint8Array {
  return UNIT_BYTES[encoding] === 1 ? bytes : encoder.encode(decodeText(bytes, encoding));
}

/** Encodes `text` for a string field, without the code unit that ends it. */
export function encodeText(text: string, encoding: TextEncoding): Uint8Array {
  const unitBytes = UNIT_BYTES[encoding];
  if (unitBytes === 1) return encoder.encode(text);
  const isLittleEndian = encoding.endsWith('le');
  const units = unitBytes === 2 ? utf16Units(text) : Array.from(text, (point) => point.codePointAt(0) ?? 0);
  const view = new DataView(new ArrayBuffer(units.length * unitBytes));
  units.forEach((unit, i) => {
    if (unitBytes === 2) view.setUint16(2 * i, unit, isLittleEndian);
    else view.setUint32(4 * i, unit, isLittleEndian);
  });
  return new Uint8Array(view.buffer);
}

const utf16Units = (text: string): number[] =>
  Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));

function decodeUtf32(bytes: Uint8Array, isLittleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    const point = at + 4 <= bytes.length ? view.getUint32(at, isLittleEndian) : 0xfffd;
    const isScalar = point < 0xd800 || (point > 0xdfff && point <= 0x10ffff);
    text += String.fromCodePoint(isScalar ? point : 0xfffd);
  }
  return text;
}
