/**
 * Field classes of CTF 2's JSON to those of the model. A class is made anew wherever it is used, also through an
 * alias: what a relative location means depends on the place.
 */

import { fieldClassLimit } from '../metadata/limits.ts';
import type { ClockClass } from '../model/clock-class.ts';
import {
  type BitsProperties,
  type DynamicArrayClass,
  type DynamicBlobClass,
  type EnumerationMapping,
  type FieldClass,
  type IntegerClass,
  type IntegerRange,
  integer,
  type OptionalClass,
  type Role,
  type StaticArrayClass,
  type StaticBlobClass,
  type StructureClass,
  type StructureMember,
  type TextEncoding,
  type VariantClass,
  type VariantOption,
} from '../model/field-class.ts';
import { type FieldLocation, SCOPES, type Scope } from '../model/location.ts';
import type { JsonNode, JsonObject } from './json.ts';
import { type JsonChecks, type Properties, SIGNED_64, UNSIGNED_64 } from './json-checks.ts';

/** Nesting of field classes, aliases resolved. */
const MAX_DEPTH = 200;
const UUID_BYTES = 16;

const COMMON = ['type', 'attributes', 'extensions'];
const BITS = ['alignment', 'bit-order'];
const INTEGER = ['preferred-display-base', 'mappings'];

const properties = (required: readonly string[], optional: readonly string[] = []): Properties => ({
  required,
  optional: [...COMMON, ...optional],
});

/** CTF 2: types of field classes with their properties. */
const TYPES: Readonly<Record<string, Properties>> = {
  'fixed-length-bit-array': properties(['length', 'byte-order'], BITS),
  'fixed-length-bit-map': properties(['length', 'byte-order', 'flags'], BITS),
  'fixed-length-boolean': properties(['length', 'byte-order'], BITS),
  'fixed-length-unsigned-integer': properties(['length', 'byte-order'], [...BITS, ...INTEGER, 'roles']),
  'fixed-length-signed-integer': properties(['length', 'byte-order'], [...BITS, ...INTEGER]),
  'fixed-length-floating-point-number': properties(['length', 'byte-order'], BITS),
  'variable-length-unsigned-integer': properties([], [...INTEGER, 'roles']),
  'variable-length-signed-integer': properties([], INTEGER),
  'null-terminated-string': properties([], ['encoding']),
  'static-length-string': properties(['length'], ['encoding']),
  'dynamic-length-string': properties(['length-field-location'], ['encoding']),
  'static-length-blob': properties(['length'], ['media-type', 'roles']),
  'dynamic-length-blob': properties(['length-field-location'], ['media-type']),
  structure: properties([], ['member-classes', 'minimum-alignment']),
  'static-length-array': properties(['length', 'element-field-class'], ['minimum-alignment']),
  'dynamic-length-array': properties(['length-field-location', 'element-field-class'], ['minimum-alignment']),
  optional: properties(['selector-field-location', 'field-class'], ['selector-field-ranges']),
  variant: properties(['selector-field-location', 'options']),
};

const MEMBER = properties(['name', 'field-class']);
const OPTION = properties(['field-class', 'selector-field-ranges'], ['name']);
const LOCATION: Properties = { required: ['path'], optional: ['origin'] };

const ENCODINGS = ['utf-8', 'utf-16be', 'utf-16le', 'utf-32be', 'utf-32le'] as const;
const BYTE_ORDERS = ['little-endian', 'big-endian'] as const;
const BIT_ORDERS = ['first-to-last', 'last-to-first'] as const;
const FLOAT_SIZES = [16, 32, 64] as const;
const DISPLAY_BASES = [2, 8, 10, 16] as const;

/** CTF 2's roles by the root structure where they mean something; elsewhere they are passed over. */
const ROLES: Readonly<Record<string, Partial<Record<Scope, Role>>>> = {
  'packet-magic-number': { 'packet-header': 'packet-magic-number' },
  'metadata-stream-uuid': { 'packet-header': 'metadata-stream-uuid' },
  'data-stream-class-id': { 'packet-header': 'data-stream-class-id' },
  'data-stream-id': { 'packet-header': 'data-stream-id' },
  'packet-total-length': { 'packet-context': 'packet-total-length' },
  'packet-content-length': { 'packet-context': 'packet-content-length' },
  'default-clock-timestamp': {
    'packet-context': 'packet-beginning-clock-timestamp',
    'event-record-header': 'default-clock-timestamp',
  },
  'packet-end-default-clock-timestamp': { 'packet-context': 'packet-end-clock-timestamp' },
  'discarded-event-record-counter-snapshot': {
    'packet-context': 'discarded-event-record-counter-snapshot',
  },
  'packet-sequence-number': { 'packet-context': 'packet-sequence-number' },
  'event-record-class-id': { 'event-record-header': 'event-record-class-id' },
};

/** Where a field class is being made. */
interface Place {
  readonly origin: Scope;
  /** Location path of the field. */
  readonly path: readonly string[];
  /** Location path of the innermost structure around it: where relative locations begin. */
  readonly structurePath: readonly string[];
  readonly defaultClockClass: ClockClass | null;
  /** In an alias that is not used yet: where locations lead is not known. */
  readonly isDetached: boolean;
  readonly depth: number;
}

/** Text offsets of field classes, for errors that are found when all of a root structure is known. */
export type Placement = WeakMap<FieldClass, number>;

export class FieldClassMaker {
  readonly placement: Placement = new WeakMap();
  readonly #checks: JsonChecks;
  readonly #aliases = new Map<string, JsonNode>();
  readonly #limit: number;
  #made = 0;

  constructor(checks: JsonChecks) {
    this.#checks = checks;
    this.#limit = fieldClassLimit(checks.textLength);
  }

  /** Makes a root structure. Locations in it are not looked up yet. */
  makeRoot(node: JsonNode, origin: Scope, defaultClockClass: ClockClass | null): StructureClass {
    const place = { origin, path: [], structurePath: [], defaultClockClass, isDetached: false, depth: 0 };
    const root = this.#make(node, place);
    if (root.kind !== 'structure') {
      throw this.#checks.error(node.at, `Not a structure: scope="${origin}"`);
    }
    return root;
  }

  /** Adds an alias, and checks what it stands for. */
  addAlias(name: JsonNode, fieldClass: JsonNode): void {
    const text = this.#checks.string(name, 'alias');
    if (this.#aliases.has(text)) {
      throw this.#checks.error(name.at, `Alias is declared twice: name=${JSON.stringify(text)}`);
    }
    const nowhere: Place = {
      origin: 'event-record-payload',
      path: [],
      structurePath: [],
      defaultClockClass: null,
      isDetached: true,
      depth: 0,
    };
    this.#make(fieldClass, nowhere);
    this.#aliases.set(text, fieldClass);
  }

  #make(node: JsonNode, place: Place): FieldClass {
    if (++this.#made > this.#limit) {
      throw this.#checks.error(node.at, `Too many field classes: limit=${this.#limit}`);
    }
    if (place.depth > MAX_DEPTH) {
      throw this.#checks.error(node.at, `Field classes nested too deeply: limit=${MAX_DEPTH}`);
    }
    const inner = { ...place, depth: place.depth + 1 };
    if (node.kind === 'string') {
      const aliased = this.#aliases.get(node.value);
      if (aliased === undefined) {
        throw this.#checks.error(node.at, `Unknown alias: name=${JSON.stringify(node.value)}`);
      }
      return this.#make(aliased, inner);
    }
    const { object, type } = this.#typed(node);
    const fieldClass = { ...this.#makeTyped(type, object, inner), ...this.#checks.attributes(object) };
    this.placement.set(fieldClass, node.at);
    return fieldClass;
  }

  #typed(node: JsonNode): { object: JsonObject; type: string } {
    const typeNode = this.#checks.map(node, 'field class').get('type');
    if (typeNode === undefined) throw this.#checks.error(node.at, 'Field class without a type');
    const type = this.#checks.string(typeNode, 'type');
    const allowed = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
    if (allowed === undefined) {
      throw this.#checks.error(typeNode.at, `Unknown field class: type=${JSON.stringify(type)}`);
    }
    const object = this.#checks.object(node, type, allowed);
    this.#checks.refuseExtensions(object);
    return { object, type };
  }

  #makeTyped(type: string, object: JsonObject, place: Place): FieldClass {
    switch (type) {
      case 'fixed-length-bit-array':
        return { kind: 'bit-array', ...this.#bits(object) };
      case 'fixed-length-bit-map':
        return this.#makeBitMap(object);
      case 'fixed-length-boolean':
        return { kind: 'boolean', ...this.#bits(object) };
      case 'fixed-length-floating-point-number':
        return this.#makeFloatingPoint(object);
      case 'null-terminated-string':
        return { kind: 'null-terminated-string', encoding: this.#encoding(object) };
      case 'static-length-string':
      case 'dynamic-length-string':
        return this.#makeText(object, place);
      case 'static-length-blob':
      case 'dynamic-length-blob':
        return this.#makeBlob(object, place);
      case 'structure':
        return this.#makeStructure(object, place);
      case 'static-length-array':
      case 'dynamic-length-array':
        return this.#makeArray(object, place);
      case 'optional':
        return this.#makeOptional(object, place);
      case 'variant':
        return this.#makeVariant(object, place);
      default:
        return this.#makeInteger(type, object, place);
    }
  }

  /** A property that {@link TYPES} requires. */
  #required({ members, at }: JsonObject, name: string): JsonNode {
    const node = members.get(name);
    if (node === undefined) throw this.#checks.error(at, `Missing property: name="${name}"`);
    return node;
  }

  #bits(object: JsonObject): BitsProperties {
    const alignment = object.members.get('alignment');
    const bitOrder = object.members.get('bit-order');
    const bits: BitsProperties = {
      sizeBits: this.#checks.number(this.#required(object, 'length'), 'length', 1, 64),
      alignmentBits: alignment === undefined ? 1 : this.#checks.alignment(alignment, 'alignment'),
      byteOrder: this.#checks.oneOf(this.#required(object, 'byte-order'), 'byte-order', BYTE_ORDERS),
    };
    if (bitOrder === undefined) return bits;
    return { ...bits, bitOrder: this.#checks.oneOf(bitOrder, 'bit-order', BIT_ORDERS) };
  }

  #makeBitMap(object: JsonObject): FieldClass {
    const bits = this.#bits(object);
    const node = this.#required(object, 'flags');
    const flags = this.#mappings(node, 'flags', { lower: 0n, upper: BigInt(bits.sizeBits - 1) });
    if (flags.length === 0) throw this.#checks.error(node.at, 'Bit map without flags');
    return { kind: 'bit-map', ...bits, flags };
  }

  #makeFloatingPoint(object: JsonObject): FieldClass {
    const bits = this.#bits(object);
    const sizeBits = FLOAT_SIZES.find((known) => known === bits.sizeBits);
    if (sizeBits === undefined) {
      throw this.#checks.error(
        object.at,
        `Unknown size of a floating point number: size-bits=${bits.sizeBits}, known="16, 32, 64"`,
      );
    }
    return { kind: 'floating-point', ...bits, sizeBits };
  }

  #makeInteger(type: string, object: JsonObject, place: Place): IntegerClass {
    const isSigned = type.endsWith('signed-integer') && !type.endsWith('unsigned-integer');
    const isVariableLength = type.startsWith('variable-length');
    const bits: BitsProperties = isVariableLength
      ? { sizeBits: 64, alignmentBits: 8, byteOrder: 'little-endian' }
      : this.#bits(object);
    const base = object.members.get('preferred-display-base');
    const mappingsNode = object.members.get('mappings');
    const mappings =
      mappingsNode === undefined
        ? []
        : this.#mappings(mappingsNode, 'mappings', isSigned ? SIGNED_64 : UNSIGNED_64);
    const roles = this.#roles(object, place).filter((role) => role !== 'metadata-stream-uuid');
    return integer(isSigned ? 'signed-integer' : 'unsigned-integer', bits.sizeBits, {
      ...bits,
      ...(isVariableLength ? { isVariableLength } : {}),
      displayBase: base === undefined ? 10 : this.#displayBase(base),
      mappings: mappings.length === 0 ? null : mappings,
      roles,
      clockClass: roles.some((role) => role.endsWith('timestamp')) ? this.#requireClock(object, place) : null,
    });
  }

  #requireClock({ at }: JsonObject, { defaultClockClass }: Place): ClockClass {
    if (defaultClockClass === null) {
      throw this.#checks.error(at, 'Timestamp in a data stream class without a default clock class');
    }
    return defaultClockClass;
  }

  #displayBase(node: JsonNode): IntegerClass['displayBase'] {
    const value = this.#checks.number(node, 'preferred-display-base', 2, 16);
    const found = DISPLAY_BASES.find((base) => base === value);
    if (found === undefined) throw this.#checks.error(node.at, `Unknown display base: base=${value}`);
    return found;
  }

  #roles({ members }: JsonObject, { origin }: Place): readonly Role[] {
    const node = members.get('roles');
    if (node === undefined) return [];
    const names = this.#checks
      .array(node, 'roles')
      .map((element) => this.#checks.oneOf(element, 'roles', Object.keys(ROLES)));
    return [...new Set(names)].flatMap((name) => ROLES[name]?.[origin] ?? []);
  }

  #mappings(node: JsonNode, what: string, limits: IntegerRange): readonly EnumerationMapping[] {
    return [...this.#checks.map(node, what)].flatMap(([label, ranges]) =>
      this.#checks.ranges(ranges, what, limits).map((range) => ({ label, range })),
    );
  }

  #encoding({ members }: JsonObject): TextEncoding {
    const node = members.get('encoding');
    return node === undefined ? 'utf-8' : this.#checks.oneOf(node, 'encoding', ENCODINGS);
  }

  #length(object: JsonObject): number {
    return this.#checks.number(this.#required(object, 'length'), 'length', 0, Number.MAX_SAFE_INTEGER);
  }

  #makeText(object: JsonObject, place: Place): StaticArrayClass | DynamicArrayClass {
    const element = integer('unsigned-integer', 8, { encoding: this.#encoding(object) });
    const location = object.members.get('length-field-location');
    if (location === undefined) {
      return { kind: 'static-array', length: this.#length(object), element, isText: true, role: null };
    }
    return { kind: 'dynamic-array', lengthLocation: this.#location(location, place), element, isText: true };
  }

  #makeBlob(object: JsonObject, place: Place): StaticBlobClass | DynamicBlobClass {
    const node = object.members.get('media-type');
    const mediaType =
      node === undefined ? 'application/octet-stream' : this.#checks.string(node, 'media-type');
    const location = object.members.get('length-field-location');
    if (location !== undefined) {
      return { kind: 'dynamic-blob', lengthLocation: this.#location(location, place), mediaType };
    }
    const lengthBytes = this.#length(object);
    const isUuid = this.#roles(object, place).includes('metadata-stream-uuid');
    if (isUuid && lengthBytes !== UUID_BYTES) {
      throw this.#checks.error(object.at, `Metadata stream UUID has a wrong length: length=${lengthBytes}`);
    }
    return { kind: 'static-blob', lengthBytes, mediaType, role: isUuid ? 'metadata-stream-uuid' : null };
  }

  #minimumAlignment({ members }: JsonObject): number {
    const node = members.get('minimum-alignment');
    return node === undefined ? 1 : this.#checks.alignment(node, 'minimum-alignment');
  }

  #makeArray(object: JsonObject, place: Place): StaticArrayClass | DynamicArrayClass {
    const element = this.#make(this.#required(object, 'element-field-class'), place);
    const minimumAlignmentBits = this.#minimumAlignment(object);
    const location = object.members.get('length-field-location');
    if (location === undefined) {
      const length = this.#length(object);
      return { kind: 'static-array', length, element, isText: false, role: null, minimumAlignmentBits };
    }
    const lengthLocation = this.#location(location, place);
    return { kind: 'dynamic-array', lengthLocation, element, isText: false, minimumAlignmentBits };
  }

  #makeStructure(object: JsonObject, place: Place): StructureClass {
    const node = object.members.get('member-classes');
    const names = new Set<string>();
    const members = (node === undefined ? [] : this.#checks.array(node, 'member-classes')).map(
      (element): StructureMember => {
        const member = this.#checks.object(element, 'member class', MEMBER);
        this.#checks.refuseExtensions(member);
        const nameNode = this.#required(member, 'name');
        const name = this.#checks.string(nameNode, 'name');
        if (names.has(name)) {
          throw this.#checks.error(nameNode.at, `Member is declared twice: name=${JSON.stringify(name)}`);
        }
        names.add(name);
        const fieldClass = this.#make(this.#required(member, 'field-class'), {
          ...place,
          path: [...place.path, name],
          structurePath: place.path,
        });
        return { name, fieldClass, ...this.#checks.attributes(member) };
      },
    );
    return { kind: 'structure', members, minimumAlignmentBits: this.#minimumAlignment(object) };
  }

  #makeOptional(object: JsonObject, place: Place): OptionalClass {
    const ranges = object.members.get('selector-field-ranges');
    return {
      kind: 'optional',
      selectorLocation: this.#location(this.#required(object, 'selector-field-location'), place),
      selectorRanges: ranges === undefined ? null : this.#selectorRanges(ranges),
      fieldClass: this.#make(this.#required(object, 'field-class'), place),
    };
  }

  #selectorRanges(node: JsonNode): readonly IntegerRange[] {
    const limits = { lower: SIGNED_64.lower, upper: UNSIGNED_64.upper };
    return this.#checks.ranges(node, 'selector-field-ranges', limits);
  }

  #makeVariant(object: JsonObject, place: Place): VariantClass {
    const node = this.#required(object, 'options');
    const names = new Set<string>();
    const taken: IntegerRange[] = [];
    const options = this.#checks.array(node, 'options').map((element): VariantOption => {
      const option = this.#checks.object(element, 'option', OPTION);
      this.#checks.refuseExtensions(option);
      const nameNode = option.members.get('name');
      const name = nameNode === undefined ? null : this.#checks.string(nameNode, 'name');
      if (name !== null && names.has(name)) {
        throw this.#checks.error(option.at, `Option is declared twice: name=${JSON.stringify(name)}`);
      }
      if (name !== null) names.add(name);
      const selectorRanges = this.#selectorRanges(this.#required(option, 'selector-field-ranges'));
      // One by one: spreading a hostile number of them would overflow the stack.
      for (const range of selectorRanges) taken.push(range);
      const fieldClass = this.#make(this.#required(option, 'field-class'), place);
      return { name, fieldClass, selectorRanges, ...this.#checks.attributes(option) };
    });
    if (options.length === 0) throw this.#checks.error(node.at, 'Variant without options');
    this.#checkOverlap(node, taken);
    const selectorLocation = this.#location(this.#required(object, 'selector-field-location'), place);
    return { kind: 'variant', selectorLocation, options };
  }

  #checkOverlap({ at }: JsonNode, ranges: readonly IntegerRange[]): void {
    const sorted = [...ranges].sort((a, b) => (a.lower < b.lower ? -1 : a.lower > b.lower ? 1 : 0));
    sorted.forEach(({ lower }, i) => {
      const before = sorted[i - 1];
      if (before !== undefined && lower <= before.upper) {
        throw this.#checks.error(at, `Selector ranges overlap: lower=${lower}, upper=${before.upper}`);
      }
    });
  }

  /** A location made absolute: `null` goes up to the structure around, names go down. */
  #location(node: JsonNode, { origin, structurePath, isDetached }: Place): FieldLocation {
    const object = this.#checks.object(node, 'field location', LOCATION);
    const originNode = object.members.get('origin');
    const pathNode = this.#required(object, 'path');
    const elements = this.#checks.array(pathNode, 'path');
    if (elements.at(-1)?.kind !== 'string') {
      throw this.#checks.error(pathNode.at, 'Path of a field location does not end with a name');
    }
    const path = originNode === undefined ? [...structurePath] : [];
    for (const element of elements) {
      if (element.kind !== 'null') path.push(this.#checks.string(element, 'path'));
      else if (path.pop() === undefined && !isDetached) {
        throw this.#checks.error(element.at, 'Path of a field location leaves its root structure');
      }
    }
    return {
      origin: originNode === undefined ? origin : this.#checks.oneOf(originNode, 'origin', SCOPES),
      path,
    };
  }
}
