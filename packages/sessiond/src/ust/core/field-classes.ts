/**
 * Fields as applications declare them, as field classes of a CTF trace: what the metadata writer takes.
 * Applications are not trusted here: a declaration that cannot be written as metadata, or whose names
 * would become something else than names in the text, is refused with its reason.
 */
import {
  type DynamicArrayClass,
  type EnumerationMapping,
  type FieldClass,
  type IntegerClass,
  integer,
  type Scope,
  type StructureClass,
  type StructureMember,
  structure,
  type TextEncoding,
} from '@lttng-ts/ctf';
import type {
  UstEncoding,
  UstEnumEntry,
  UstField,
  UstFieldType,
  UstFloatType,
  UstIntegerType,
} from '@lttng-ts/protocols/ust-app';
import { type ByteOrder, hostByteOrder } from '@lttng-ts/wire';
import { requireReadable, UnwritableDeclaration } from './readable-structure.ts';

/** Entries of an enumeration by its id, or null when there is none. */
export type FindEnumEntries = (enumId: bigint) => readonly UstEnumEntry[] | null;

/** Translates the fields of an event or of a channel's contexts; throws {@link UnwritableDeclaration}. */
export function structureOf(
  fields: readonly UstField[],
  origin: Scope,
  findEnumEntries: FindEnumEntries,
): StructureClass {
  return requireReadable(structure(new Translation(origin, findEnumEntries).members(fields)));
}

/** Refuses text that would end its string literal in metadata, or break its line. */
export function checkedText(text: string, what: string): string {
  for (const character of text) {
    if (character === '"' || character === '\\' || character < ' ' || character === '\x7f') {
      throw new UnwritableDeclaration(`${what} has a character that metadata cannot hold`);
    }
  }
  return text;
}

const ENCODINGS: Readonly<Record<UstEncoding, TextEncoding>> = {
  none: 'none',
  UTF8: 'utf-8',
  ASCII: 'ascii',
};

class Translation {
  readonly #origin: Scope;
  readonly #findEnumEntries: FindEnumEntries;

  constructor(origin: Scope, findEnumEntries: FindEnumEntries) {
    this.#origin = origin;
    this.#findEnumEntries = findEnumEntries;
  }

  members(fields: readonly UstField[]): readonly StructureMember[] {
    return fields.flatMap(({ name, type }) => this.#membersOf(checkedName(name, type), type));
  }

  /** Mostly one member; padding and the length of a legacy sequence are members of their own. */
  #membersOf(name: string, type: UstFieldType): readonly StructureMember[] {
    switch (type.kind) {
      case 'array': {
        const element = this.#element(name, type.element);
        const { length } = type;
        const isText = element.encoding !== 'none';
        return [
          ...padding(name, type.alignBytes),
          { name, fieldClass: { kind: 'static-array', length, element, isText, role: null } },
        ];
      }
      case 'sequence': {
        if (type.form === 'nestable') {
          const length = checkedName(type.lengthName, type);
          return [...padding(name, type.alignBytes), this.#sequence(name, length, type.element)];
        }
        const length = `_${name}_length`;
        return [
          { name: length, fieldClass: this.#element(name, type.lengthType) },
          this.#sequence(name, length, type.element),
        ];
      }
      case 'variant': {
        const selectorLocation = { origin: this.#origin, path: [checkedName(type.tagName, type)] };
        const options = this.members(type.choices).map((choice) => ({ ...choice, selectorRanges: [] }));
        return [
          ...padding(name, type.alignBytes),
          { name, fieldClass: { kind: 'variant', selectorLocation, options } },
        ];
      }
      case 'struct':
        if (type.fields.length > 0)
          throw new UnwritableDeclaration(`Structure with members: field="${name}"`);
        return [{ name, fieldClass: structure([], Math.max(1, 8 * type.alignBytes)) }];
      default:
        return [{ name, fieldClass: this.#scalar(name, type) }];
    }
  }

  #scalar(
    name: string,
    type: Exclude<UstFieldType, { kind: 'array' | 'sequence' | 'variant' | 'struct' }>,
  ): FieldClass {
    switch (type.kind) {
      case 'integer':
        return integerClass(name, type);
      case 'float':
        return floatClass(name, type);
      case 'string':
        return { kind: 'null-terminated-string', encoding: ENCODINGS[type.encoding] };
      case 'enum': {
        const entries = this.#findEnumEntries(type.enumId);
        if (entries === null) throw new UnwritableDeclaration(`Unknown enumeration: field="${name}"`);
        return { ...integerClass(name, type.container), mappings: mappingsOf(entries) };
      }
    }
  }

  #element(name: string, type: UstFieldType): IntegerClass {
    if (type.kind !== 'integer') {
      throw new UnwritableDeclaration(`Array of something else than integers: field="${name}"`);
    }
    return integerClass(name, type);
  }

  #sequence(name: string, lengthName: string, elementType: UstFieldType): StructureMember {
    const element = this.#element(name, elementType);
    const fieldClass: DynamicArrayClass = {
      kind: 'dynamic-array',
      lengthLocation: { origin: this.#origin, path: [lengthName] },
      element,
      isText: element.encoding !== 'none',
    };
    return { name, fieldClass };
  }
}

const MAX_INTEGER_BITS = 64;

function integerClass(name: string, type: UstIntegerType): IntegerClass {
  const { sizeBits, alignBits, base } = type;
  if (sizeBits < 1 || sizeBits > MAX_INTEGER_BITS || !isAlignment(alignBits)) {
    throw new UnwritableDeclaration(
      `Integer of no known kind: field="${name}", size-bits=${sizeBits}, align-bits=${alignBits}`,
    );
  }
  if (base !== 2 && base !== 8 && base !== 10 && base !== 16) {
    throw new UnwritableDeclaration(`Integer with an unknown base: field="${name}", base=${base}`);
  }
  return integer(type.isSigned ? 'signed-integer' : 'unsigned-integer', sizeBits, {
    alignmentBits: alignBits,
    byteOrder: byteOrderOf(type.isReverseByteOrder),
    displayBase: base,
    encoding: ENCODINGS[type.encoding],
  });
}

function floatClass(name: string, type: UstFloatType): FieldClass {
  const { exponentBits, mantissaBits, alignBits } = type;
  const isSingle = exponentBits === 8 && mantissaBits === 24;
  const isDouble = exponentBits === 11 && mantissaBits === 53;
  if ((!isSingle && !isDouble) || !isAlignment(alignBits)) {
    throw new UnwritableDeclaration(
      `Floating point number of no known kind: field="${name}", exponent-bits=${exponentBits}, mantissa-bits=${mantissaBits}`,
    );
  }
  const byteOrder = byteOrderOf(type.isReverseByteOrder);
  return { kind: 'floating-point', sizeBits: isSingle ? 32 : 64, alignmentBits: alignBits, byteOrder };
}

function isAlignment(alignBits: number): boolean {
  return [1, 2, 4, 8, 16, 32, 64, 128].includes(alignBits);
}

function byteOrderOf(isReverse: boolean): ByteOrder {
  if (!isReverse) return hostByteOrder;
  return hostByteOrder === 'little-endian' ? 'big-endian' : 'little-endian';
}

/** Automatic entries count on from the entry before them, as C does. */
function mappingsOf(entries: readonly UstEnumEntry[]): readonly EnumerationMapping[] {
  let next = 0n;
  return entries.map(({ label, range }) => {
    const lower = range?.first ?? next;
    const upper = range?.last ?? next;
    next = upper + 1n;
    const mapping = { label: checkedLabel(label), range: { lower, upper } };
    return range === null ? { ...mapping, isAutomatic: true } : mapping;
  });
}

/** Quotes and backslashes of labels are escaped by the writer; line breaks are not. */
function checkedLabel(label: string): string {
  if (/[\n\r]/.test(label)) throw new UnwritableDeclaration('Enumeration label with a line break');
  return label;
}

/** Enumerations and variants of application contexts have names like `$app.provider:name`. */
function checkedName(name: string, { kind }: UstFieldType): string {
  const pattern = kind === 'enum' || kind === 'variant' ? /^[A-Za-z0-9_.$:]+$/ : /^[A-Za-z0-9_]+$/;
  if (!pattern.test(name)) throw new UnwritableDeclaration(`Not a field name: name=${JSON.stringify(name)}`);
  return name;
}

function padding(name: string, alignBytes: number): readonly StructureMember[] {
  if (alignBytes === 0) return [];
  return [{ name: `${name}_padding`, fieldClass: structure([], 8 * alignBytes) }];
}
