/**
 * Trace classes by chance, and values that fit them: for tests that hold two ways of doing the same against each
 * other. References always lead to fields that are read before; each length and selector serves one field, so that
 * a value that suits it can be found.
 */
import type { ByteOrder } from '@lttng-ts/wire';
import { halfPrecision } from '../decode/bit-reader.ts';
import { UNIT_BYTES } from '../decode/text-encoding.ts';
import { type FieldValue, NEGATIVE_NAN, type StructureValue } from '../decode/values.ts';
import {
  type BitsProperties,
  type EnumerationMapping,
  type FieldClass,
  type IntegerClass,
  type IntegerRange,
  integer,
  type StructureClass,
  type StructureMember,
  type TextEncoding,
  textEncodingOf,
  type VariantOption,
} from '../model/field-class.ts';
import { type FieldLocation, locationKey, type Scope } from '../model/location.ts';
import type { EventRecordClass, TraceClass } from '../model/trace-class.ts';
import type { Random } from './random.ts';

export type Format = TraceClass['format'];

/** A field that later ones may refer to. */
interface Key {
  readonly location: FieldLocation;
  readonly fieldClass: FieldClass;
}

const ENCODINGS: readonly TextEncoding[] = ['utf-8', 'utf-16be', 'utf-16le', 'utf-32be', 'utf-32le'];
const MAX_DEPTH = 3;
const NO_IDENTITY = { namespace: null, name: null, uid: null } as const;

/** Makes a trace class of one data stream class, with a few event record classes. */
export function randomTraceClass(random: Random, format: Format): TraceClass {
  const maker = new Maker(random, format);
  const packetContext = random.oneIn(3) ? maker.root('packet-context') : null;
  const eventRecordHeader = maker.header();
  const eventRecordCommonContext = random.oneIn(3) ? maker.root('event-record-common-context') : null;
  const shared = [...maker.keys];
  const eventRecordClasses = new Map<bigint, EventRecordClass>();
  for (let id = 0n; id < 3n; id++) {
    maker.keys = [...shared];
    eventRecordClasses.set(id, {
      ...NO_IDENTITY,
      id,
      name: `event ${id}`,
      logLevel: null,
      emfUri: null,
      specificContext: random.oneIn(3) ? maker.root('event-record-specific-context') : null,
      payload: maker.root('event-record-payload'),
    });
  }
  return {
    format,
    ...NO_IDENTITY,
    uuid: null,
    byteOrder: format === 'ctf-2' ? 'little-endian' : maker.byteOrder,
    environment: new Map(),
    clockClasses: [],
    packetHeader: null,
    dataStreamClasses: new Map([
      [
        0n,
        {
          ...NO_IDENTITY,
          id: 0n,
          defaultClockClass: null,
          packetContext,
          eventRecordHeader,
          eventRecordCommonContext,
          eventRecordClasses,
        },
      ],
    ]),
  };
}

class Maker {
  keys: Key[] = [];
  readonly byteOrder: ByteOrder;
  readonly #random: Random;
  readonly #format: Format;
  /** Bit fields next to each other; else every field begins with a byte, in any byte order. */
  readonly #isPacked: boolean;
  #count = 0;

  constructor(random: Random, format: Format) {
    this.#random = random;
    this.#format = format;
    this.byteOrder = random.pick(['little-endian', 'big-endian'] as const);
    this.#isPacked = random.oneIn(2);
  }

  root(origin: Scope): StructureClass {
    return this.#structure({ origin, path: [] }, 0);
  }

  header(): StructureClass {
    const id = integer('unsigned-integer', 8, {
      ...this.#bits(8),
      alignmentBits: 8,
      roles: ['event-record-class-id'],
    });
    return { kind: 'structure', members: [{ name: 'id', fieldClass: id }], minimumAlignmentBits: 1 };
  }

  #bits(sizeBits: number): BitsProperties {
    const random = this.#random;
    const alignmentBits = this.#isPacked ? random.pick([1, 1, 1, 4, 8, 16]) : random.pick([8, 8, 8, 32, 64]);
    const byteOrder = this.#isPacked ? this.byteOrder : random.pick(['little-endian', 'big-endian'] as const);
    const bits = { sizeBits, alignmentBits, byteOrder };
    if (this.#format === 'ctf-1.8' || !random.oneIn(6)) return bits;
    return { ...bits, bitOrder: random.pick(['first-to-last', 'last-to-first'] as const) };
  }

  #structure(location: FieldLocation, depth: number): StructureClass {
    const members: StructureMember[] = [];
    for (let count = this.#random.below(5); count >= 0; count--) {
      const name = this.#random.pick(['a', 'value', 'x1', '__proto__', 'int', 'constructor']) + this.#count++;
      const inner = { ...location, path: [...location.path, name] };
      const fieldClass = this.#field(inner, depth);
      members.push({ name, fieldClass });
      if (fieldClass.kind === 'unsigned-integer' || fieldClass.kind === 'signed-integer') {
        this.keys.push({ location: inner, fieldClass });
      }
      if (fieldClass.kind === 'boolean') this.keys.push({ location: inner, fieldClass });
    }
    const minimumAlignmentBits = this.#random.oneIn(4) ? this.#random.pick([8, 32]) : 1;
    return { kind: 'structure', members, minimumAlignmentBits };
  }

  /** Keys made inside are not seen outside of arrays, optionals and options. */
  #hidden<T>(make: () => T): T {
    const before = this.keys.length;
    const made = make();
    this.keys = this.keys.slice(0, before);
    return made;
  }

  #takeKey(suits: (fieldClass: FieldClass) => boolean): Key | null {
    const candidates = this.keys.filter(({ fieldClass }) => suits(fieldClass));
    if (candidates.length === 0) return null;
    const key = this.#random.pick(candidates);
    // Not taken out: the list's length says what is hidden. It is marked as used.
    this.keys = this.keys.map((other) => (other === key ? { ...other, fieldClass: USED } : other));
    return key;
  }

  #field(location: FieldLocation, depth: number): FieldClass {
    const random = this.#random;
    const isNested = depth < MAX_DEPTH;
    switch (random.below(isNested ? 15 : 9)) {
      case 0:
        return this.#ctf2(() => ({ kind: 'bit-array', ...this.#bits(1 + random.below(64)) }));
      case 1:
        return this.#ctf2(() => {
          const bits = this.#bits(1 + random.below(64));
          return { kind: 'bit-map', ...bits, flags: [{ label: 'one', range: { lower: 0n, upper: 0n } }] };
        });
      case 2:
        return this.#ctf2(() => ({ kind: 'boolean', ...this.#bits(random.pick([1, 8, 13])) }));
      case 3: {
        const sizeBits = random.pick(this.#format === 'ctf-2' ? [16, 32, 64] : [32, 64]) as 16 | 32 | 64;
        return { kind: 'floating-point', ...this.#bits(sizeBits), sizeBits };
      }
      case 4:
        return { kind: 'null-terminated-string', encoding: this.#encoding() };
      case 5:
        return this.#integer();
      case 6:
        return this.#ctf2(() => this.#variableLength());
      case 7:
        return this.#text();
      case 8:
        return this.#ctf2(() => ({
          kind: 'static-blob',
          lengthBytes: random.below(5),
          mediaType: 'image/png',
          role: null,
        }));
      case 9:
        return this.#structure(location, depth + 1);
      case 10:
        return this.#array(location, depth, null);
      case 11: {
        const key = this.#takeKey((fieldClass) => isLength(fieldClass));
        return key === null ? this.#integer() : this.#array(location, depth, key);
      }
      case 12: {
        const key = this.#format === 'ctf-2' ? this.#takeKey(isLength) : null;
        return key === null
          ? this.#integer()
          : { kind: 'dynamic-blob', lengthLocation: key.location, mediaType: 'image/png' };
      }
      case 13:
        return this.#optional(location, depth);
      default:
        return this.#variant(location, depth);
    }
  }

  #ctf2(make: () => FieldClass): FieldClass {
    return this.#format === 'ctf-2' ? make() : this.#integer();
  }

  #encoding(): TextEncoding {
    return this.#format === 'ctf-2' ? this.#random.pick(ENCODINGS) : this.#random.pick(['utf-8', 'ascii']);
  }

  #integer(): IntegerClass {
    const random = this.#random;
    const sizeBits = random.oneIn(2) ? random.pick([8, 16, 32, 64]) : 1 + random.below(64);
    const kind = random.pick(['unsigned-integer', 'signed-integer'] as const);
    return integer(kind, sizeBits, {
      ...this.#bits(sizeBits),
      displayBase: random.pick([2, 8, 10, 16] as const),
      mappings: random.oneIn(2) ? this.#mappings(kind, sizeBits) : null,
    });
  }

  #variableLength(): IntegerClass {
    const kind = this.#random.pick(['unsigned-integer', 'signed-integer'] as const);
    return integer(kind, 64, { isVariableLength: true, mappings: this.#mappings(kind, 64) });
  }

  #mappings(kind: IntegerClass['kind'], sizeBits: number): readonly EnumerationMapping[] {
    const limit = kind === 'signed-integer' ? sizeBits - 1 : sizeBits;
    const upper = limit < 3 ? (1n << BigInt(limit)) - 1n : 5n;
    const first = { label: 'first', range: { lower: 0n, upper: 0n } };
    if (upper < 1n) return [first];
    return [first, { label: 'others', range: { lower: 1n, upper } }];
  }

  #text(): FieldClass {
    const isCtf2 = this.#format === 'ctf-2';
    const element = integer('unsigned-integer', 8, { encoding: this.#encoding() });
    const elementClass = isCtf2 ? element : { ...element, byteOrder: this.byteOrder };
    const key = this.#random.oneIn(2) ? this.#takeKey(isLength) : null;
    return key === null
      ? {
          kind: 'static-array',
          length: this.#random.below(10),
          element: elementClass,
          isText: true,
          role: null,
        }
      : { kind: 'dynamic-array', lengthLocation: key.location, element: elementClass, isText: true };
  }

  #array(location: FieldLocation, depth: number, key: Key | null): FieldClass {
    const element = this.#hidden(() => this.#field(location, depth + 1));
    const minimum =
      this.#format === 'ctf-2' ? { minimumAlignmentBits: this.#random.pick([1, 1, 8, 16]) } : {};
    const rest = { element, isText: false, ...minimum };
    return key === null
      ? { kind: 'static-array', length: this.#random.below(4), role: null, ...rest }
      : { kind: 'dynamic-array', lengthLocation: key.location, ...rest };
  }

  #optional(location: FieldLocation, depth: number): FieldClass {
    const key =
      this.#format === 'ctf-2'
        ? this.#takeKey((fieldClass) => fieldClass.kind === 'boolean' || isLength(fieldClass))
        : null;
    if (key === null) return this.#integer();
    const fieldClass = this.#hidden(() => this.#field(location, depth + 1));
    const selectorRanges = key.fieldClass.kind === 'boolean' ? null : [{ lower: 0n, upper: 1n }];
    return { kind: 'optional', selectorLocation: key.location, selectorRanges, fieldClass };
  }

  #variant(location: FieldLocation, depth: number): FieldClass {
    const key = this.#takeKey((fieldClass) => mappingsOf(fieldClass) !== null);
    if (key === null) return this.#integer();
    const labels = mappingsOf(key.fieldClass) ?? [];
    const options = labels.map(
      ({ label, range }): VariantOption => ({
        name: label,
        fieldClass: this.#hidden(() => this.#field(location, depth + 1)),
        selectorRanges: [range],
      }),
    );
    return { kind: 'variant', selectorLocation: key.location, options };
  }
}

/** What a key becomes that serves a field. */
const USED: FieldClass = { kind: 'null-terminated-string', encoding: 'utf-8' };

const isLength = (fieldClass: FieldClass): boolean =>
  fieldClass.kind === 'unsigned-integer' && fieldClass.sizeBits >= 4;

function mappingsOf(fieldClass: FieldClass): readonly EnumerationMapping[] | null {
  return fieldClass.kind === 'unsigned-integer' || fieldClass.kind === 'signed-integer'
    ? fieldClass.mappings
    : null;
}

/** Makes values that fit the structures of one trace class, one root after the other in the order of the stream. */
export class RandomValues {
  readonly #random: Random;
  /** Values of keys, by location. */
  readonly #values = new Map<string, bigint>();
  /** What the key at a location serves. */
  readonly #uses = new Map<string, readonly IntegerRange[]>();

  constructor(random: Random, roots: readonly (StructureClass | null)[]) {
    this.#random = random;
    for (const root of roots) if (root !== null) this.#collect(root);
  }

  structure(fieldClass: StructureClass, origin: Scope): StructureValue {
    return this.#structure(fieldClass, { origin, path: [] });
  }

  #collect(fieldClass: FieldClass): void {
    const use = (location: FieldLocation, ranges: readonly IntegerRange[]): void => {
      this.#uses.set(locationKey(location), ranges);
    };
    switch (fieldClass.kind) {
      case 'structure':
        for (const member of fieldClass.members) this.#collect(member.fieldClass);
        break;
      case 'static-array':
        this.#collect(fieldClass.element);
        break;
      case 'dynamic-array':
        use(fieldClass.lengthLocation, [{ lower: 0n, upper: 4n }]);
        this.#collect(fieldClass.element);
        break;
      case 'dynamic-blob':
        use(fieldClass.lengthLocation, [{ lower: 0n, upper: 4n }]);
        break;
      case 'optional':
        use(fieldClass.selectorLocation, [{ lower: 0n, upper: 3n }]);
        this.#collect(fieldClass.fieldClass);
        break;
      case 'variant':
        use(
          fieldClass.selectorLocation,
          fieldClass.options.flatMap(({ selectorRanges }) => selectorRanges),
        );
        for (const option of fieldClass.options) this.#collect(option.fieldClass);
        break;
    }
  }

  #structure({ members }: StructureClass, location: FieldLocation): StructureValue {
    return members.map(({ name, fieldClass }) =>
      this.#field(fieldClass, { ...location, path: [...location.path, name] }),
    );
  }

  #value(location: FieldLocation): bigint {
    return this.#values.get(locationKey(location)) ?? 0n;
  }

  #field(fieldClass: FieldClass, location: FieldLocation): FieldValue {
    const random = this.#random;
    switch (fieldClass.kind) {
      case 'bit-array':
      case 'bit-map':
        return sized(random.bits(fieldClass.sizeBits), fieldClass.sizeBits);
      case 'boolean': {
        const value = random.oneIn(2);
        this.#values.set(locationKey(location), value ? 1n : 0n);
        return value;
      }
      case 'floating-point':
        return this.#float(fieldClass.sizeBits);
      case 'unsigned-integer':
      case 'signed-integer':
        return this.#integer(fieldClass, location);
      case 'null-terminated-string':
        return this.#text(random.below(6) * UNIT_BYTES[fieldClass.encoding]);
      case 'static-blob':
        return random.bytes(fieldClass.lengthBytes);
      case 'dynamic-blob':
        return random.bytes(Number(this.#value(fieldClass.lengthLocation)));
      case 'static-array':
      case 'dynamic-array': {
        const length =
          fieldClass.kind === 'static-array'
            ? fieldClass.length
            : Number(this.#value(fieldClass.lengthLocation));
        if (textEncodingOf(fieldClass) !== null) return this.#text(length);
        return Array.from({ length }, () => this.#field(fieldClass.element, location));
      }
      case 'structure':
        return this.#structure(fieldClass, location);
      case 'optional': {
        const selector = this.#value(fieldClass.selectorLocation);
        const isThere =
          fieldClass.selectorRanges === null ? selector !== 0n : isIn(fieldClass.selectorRanges, selector);
        return { content: isThere ? this.#field(fieldClass.fieldClass, location) : null };
      }
      case 'variant': {
        const selector = this.#value(fieldClass.selectorLocation);
        const option = fieldClass.options.findIndex(({ selectorRanges }) => isIn(selectorRanges, selector));
        return { option, value: this.#field(fieldClass.options[option]!.fieldClass, location) };
      }
    }
  }

  #integer(fieldClass: IntegerClass, location: FieldLocation): number | bigint {
    const key = locationKey(location);
    const ranges = this.#uses.get(key);
    const isSigned = fieldClass.kind === 'signed-integer';
    let value: bigint;
    if (fieldClass.roles.length > 0) value = BigInt(this.#random.below(3));
    else if (ranges === undefined) {
      const bits = this.#random.bits(fieldClass.sizeBits);
      value = isSigned ? BigInt.asIntN(fieldClass.sizeBits, bits) : bits;
    } else {
      const { lower, upper } = this.#random.pick(ranges);
      value = lower + (this.#random.bits(16) % (upper - lower + 1n));
    }
    this.#values.set(key, value);
    return fieldClass.isVariableLength === true ? value : sized(value, fieldClass.sizeBits);
  }

  #float(sizeBits: 16 | 32 | 64): number | typeof NEGATIVE_NAN {
    if (this.#random.oneIn(8))
      return this.#random.pick([Number.NaN, NEGATIVE_NAN, Number.NEGATIVE_INFINITY, -0]);
    const bits = this.#random.bits(sizeBits);
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, bits);
    const value =
      sizeBits === 16
        ? halfPrecision(Number(bits))
        : sizeBits === 32
          ? view.getFloat32(4)
          : view.getFloat64(0);
    return Number.isNaN(value) ? 1 : value;
  }

  /** No byte of it is zero, so no code unit is. */
  #text(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => 1 + this.#random.below(255));
  }
}

const isIn = (ranges: readonly IntegerRange[], value: bigint): boolean =>
  ranges.some(({ lower, upper }) => value >= lower && value <= upper);

const sized = (value: bigint, sizeBits: number): number | bigint => (sizeBits <= 32 ? Number(value) : value);
