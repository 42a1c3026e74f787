/**
 * Struct tables. A table names an upstream struct, its byte order and its packing; offsets, sizes, types
 * and documentation follow from it. Nothing outside this package and generated code reads a number at a
 * literal offset.
 *
 * Control messages are decoded by interpreting the table (about 100 ns for a small struct), which is
 * nothing beside a system call; the event path does not come here.
 */
import { assert, ProtocolError } from '@lttng-ts/base';
import { type Abi, type ByteOrder, hostByteOrder } from './abi.ts';
import type { Kind } from './kinds.ts';

/** Kinds by field name, in order of their place in memory. */
export type Fields = Readonly<Record<string, Kind<unknown>>>;

type PaddingNames<F extends Fields> = { [K in keyof F]: F[K] extends Kind<undefined> ? K : never }[keyof F];

/** The values of a struct; padding is left out. */
export type StructValue<F extends Fields> = {
  readonly [K in Exclude<keyof F, PaddingNames<F>>]: F[K] extends Kind<infer T> ? T : never;
};

/** The value type of a struct table. */
export type TypeOf<S> = S extends Struct<infer F> ? StructValue<F> : never;

export interface FieldPlace {
  readonly name: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

export class Struct<F extends Fields> implements Kind<StructValue<F>> {
  /** The upstream name of the struct, for logs, docs and grep. */
  readonly name: string;
  readonly byteOrder: ByteOrder;
  readonly sizeBytes: number;
  readonly alignBytes: number;
  /** Where each field lies, in order. */
  readonly places: readonly FieldPlace[];
  readonly #fields: F;
  readonly #offsets: Readonly<Record<string, number>>;

  constructor(name: string, byteOrder: ByteOrder, fields: F, alignOf: (kind: Kind<unknown>) => number) {
    this.name = name;
    this.byteOrder = byteOrder;
    this.#fields = fields;
    let at = 0;
    let widest = 1;
    const places: FieldPlace[] = [];
    for (const [field, kind] of Object.entries(fields)) {
      const alignBytes = alignOf(kind);
      widest = Math.max(widest, alignBytes);
      at = alignUp(at, alignBytes);
      places.push({ name: field, offsetBytes: at, sizeBytes: kind.sizeBytes });
      at += kind.sizeBytes;
    }
    this.places = places;
    this.alignBytes = widest;
    this.sizeBytes = alignUp(at, widest);
    this.#offsets = Object.fromEntries(places.map((place) => [place.name, place.offsetBytes]));
  }

  /** Offset of `field` from the start of the struct, in bytes. */
  offsetOf(field: keyof F & string): number {
    const offset = this.#offsets[field];
    assert(offset !== undefined, `No such field: struct="${this.name}", field="${field}"`);
    return offset;
  }

  /** Decodes one struct from the start of `message`; throws `ProtocolError` when it is too short. */
  decode(message: Uint8Array, atBytes = 0): StructValue<F> {
    if (message.length - atBytes < this.sizeBytes) {
      throw new ProtocolError(
        `Message too short: struct="${this.name}", expected=${this.sizeBytes}, got=${message.length - atBytes}`,
      );
    }
    return this.read(viewOf(message), atBytes, this.byteOrder === 'little-endian');
  }

  /** Encodes `value`; bytes that no field covers are zero. */
  encode(value: StructValue<F>): Uint8Array<ArrayBuffer> {
    const message = new Uint8Array(this.sizeBytes);
    this.write(viewOf(message), 0, value, this.byteOrder === 'little-endian');
    return message;
  }

  read(view: DataView, at: number, isLittleEndian: boolean): StructValue<F> {
    const value: Record<string, unknown> = {};
    for (const { name, offsetBytes } of this.places) {
      const field = this.#fields[name]!.read(view, at + offsetBytes, isLittleEndian);
      if (field !== undefined) value[name] = field;
    }
    return value as StructValue<F>;
  }

  write(view: DataView, at: number, value: StructValue<F>, isLittleEndian: boolean): void {
    for (const { name, offsetBytes } of this.places) {
      this.#fields[name]!.write(view, at + offsetBytes, value[name as keyof typeof value], isLittleEndian);
    }
  }
}

/** A struct without padding between its fields: network and socket messages. */
export function packed<const F extends Fields>(
  name: string,
  byteOrder: ByteOrder | 'host',
  fields: F,
): Struct<F> {
  return new Struct(name, byteOrder === 'host' ? hostByteOrder : byteOrder, fields, () => 1);
}

/** A struct padded as the C compiler of `abi` does it: shared memory. */
export function natural<const F extends Fields>(name: string, abi: Abi, fields: F): Struct<F> {
  return new Struct(name, abi.byteOrder, fields, (kind) => kind.alignBytes);
}

export function alignUp(value: number, alignBytes: number): number {
  return Math.ceil(value / alignBytes) * alignBytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
