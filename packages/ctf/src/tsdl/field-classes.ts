/**
 * TSDL types to field classes. A type is made anew wherever it is used: what a length or a selector refers to
 * depends on the place, and every field class of the result has exactly one place.
 */
import type { FormatError } from '@lttng-ts/base';
import type { ByteOrder } from '@lttng-ts/wire';
import { fieldClassLimit } from '../metadata/limits.ts';
import { errorAt } from '../metadata/text-position.ts';
import type { ClockClass } from '../model/clock-class.ts';
import {
  type DisplayBase,
  type EnumerationMapping,
  type FieldClass,
  type IntegerClass,
  type IntegerRange,
  integer,
  isInteger,
  isTextElement,
  type StructureClass,
  type StructureMember,
  type TextEncoding,
  type VariantOption,
} from '../model/field-class.ts';
import type { FieldLocation, Scope } from '../model/location.ts';
import type { Attribute, Declarator, Expression, Statement, TypeSpecifier } from './ast.ts';
import { TypeScope } from './scope.ts';

/** Nesting of named types within each other. */
const MAX_DEPTH = 200;

/** How TSDL names the root structures. Longer ones first, because `event.context` begins none of them. */
const ROOTS: readonly (readonly [string, Scope])[] = [
  ['trace.packet.header', 'packet-header'],
  ['stream.packet.context', 'packet-context'],
  ['stream.event.header', 'event-record-header'],
  ['stream.event.context', 'event-record-common-context'],
  ['event.context', 'event-record-specific-context'],
  ['event.fields', 'event-record-payload'],
];

/** A structure being made, or the root structures made before: where names of fields are looked up. */
interface Frame {
  /** Location path of this structure or variant from its root. */
  readonly path: readonly string[];
  /** Fields before the current one, by the name that the metadata uses. */
  readonly fields: Map<string, { readonly name: string | null; readonly fieldClass: FieldClass }>;
  /** Their names in the model. */
  readonly names: Set<string>;
}

/** Root structures that lie before the one being made. */
export type EarlierRoots = Partial<Readonly<Record<Scope, StructureClass | null>>>;

interface Place {
  readonly origin: Scope;
  /** Inside a declaration that is only checked: where it will be used, and so what its references mean, is not known. */
  readonly isDetached: boolean;
  readonly roots: EarlierRoots;
  readonly frames: readonly Frame[];
  readonly depth: number;
}

/** Original names of members and options, where the model's name is another. */
const originalNames = new WeakMap<object, string>();

/** The name that the metadata gives a member or option; the model may have it without an underscore. */
export function originalNameOf(child: { readonly name: string | null }): string {
  return originalNames.get(child) ?? child.name ?? '';
}

/** Makes a changed copy of a member or option, with the same original name. */
export function changedChild<T extends { readonly name: string | null }>(child: T, changes: Partial<T>): T {
  const copy = { ...child, ...changes };
  originalNames.set(copy, originalNameOf(child));
  return copy;
}

export interface FieldClassContext {
  readonly text: string;
  readonly byteOrder: ByteOrder;
  readonly clocks: ReadonlyMap<string, ClockClass>;
  /** Lengths of arrays may be entries of it: `env.cpus`. */
  readonly environment: ReadonlyMap<string, string | bigint>;
}

interface Resolved {
  readonly location: FieldLocation;
  readonly fieldClass: FieldClass;
}

const DETACHED: Place = {
  origin: 'event-record-payload',
  isDetached: true,
  roots: {},
  frames: [],
  depth: 0,
};

export class FieldClassMaker {
  readonly #context: FieldClassContext;
  readonly #limit: number;
  #made = 0;

  constructor(context: FieldClassContext) {
    this.#context = context;
    this.#limit = fieldClassLimit(context.text.length);
  }

  /** Makes the root structure `origin` from `type`. */
  makeRoot(type: TypeSpecifier, scope: TypeScope, origin: Scope, roots: EarlierRoots): StructureClass {
    const root = this.#make(type, scope, { ...DETACHED, origin, isDetached: false, roots }, []);
    if (root.kind !== 'structure') throw this.#error(type.at, `Not a structure: scope="${origin}"`);
    return root;
  }

  /**
   * Declares the types of `statement` in `scope`: aliases and named structures, variants, enumerations. Types are
   * checked right here, whether they are used or not, so they know those that were declared before and no others.
   */
  declare(statement: Statement, scope: TypeScope): void {
    switch (statement.kind) {
      case 'typedef':
        if (statement.type.kind === 'variant' && statement.type.tag === null) {
          throw this.#error(statement.at, 'Type definition of a variant without a tag');
        }
        this.#declareNamed(statement.type, scope);
        for (const declarator of statement.declarators) {
          if (declarator.name === null) throw this.#error(declarator.at, 'Type definition without a name');
          this.#makeDeclared(statement.type, declarator, scope, DETACHED, []);
          this.#define(scope, 'alias', starred(declarator.name, declarator.pointers), statement.at, {
            type: statement.type,
            declarator,
            scope,
          });
        }
        break;
      case 'typealias':
        this.#declareNamed(statement.type, scope);
        this.#makeDeclared(statement.type, statement.declarator, scope, DETACHED, []);
        this.#define(scope, 'alias', statement.name, statement.at, {
          type: statement.type,
          declarator: statement.declarator,
          scope,
        });
        break;
      case 'declaration':
      case 'type-assignment':
        this.#declareNamed(statement.type, scope);
        // Fields are made, and so checked, with the structure around them.
        if (statement.kind === 'declaration' && statement.declarators.length === 0) {
          this.#make(statement.type, scope, DETACHED, []);
        }
        break;
      default:
        break;
    }
  }

  #error(at: number, message: string): FormatError {
    return errorAt(this.#context.text, at, message);
  }

  #define(
    scope: TypeScope,
    space: 'alias' | 'struct' | 'variant' | 'enum',
    name: string,
    at: number,
    definition: { type: TypeSpecifier; declarator: Declarator | null; scope: TypeScope },
  ): void {
    if (!scope.define(space, name, definition)) {
      throw this.#error(at, `Type is declared twice: name=${JSON.stringify(name)}`);
    }
  }

  /** Declares `type` when it has a name and a body, and the named types of an enumeration's container. */
  #declareNamed(type: TypeSpecifier, scope: TypeScope): void {
    if (type.kind !== 'struct' && type.kind !== 'variant' && type.kind !== 'enum') return;
    const hasBody = type.kind === 'enum' ? type.entries !== null : type.body !== null;
    if (type.name === null || !hasBody) return;
    this.#define(scope, type.kind, type.name, type.at, { type, declarator: null, scope });
  }

  #make(type: TypeSpecifier, scope: TypeScope, place: Place, path: readonly string[]): FieldClass {
    if (++this.#made > this.#limit) {
      throw this.#error(type.at, `Too many field classes: limit=${this.#limit}`);
    }
    if (place.depth > MAX_DEPTH) throw this.#error(type.at, `Types nested too deeply: limit=${MAX_DEPTH}`);
    const inner = { ...place, depth: place.depth + 1 };
    switch (type.kind) {
      case 'name':
        return this.#makeAlias(type.name, type.at, scope, inner, path);
      case 'integer':
        return this.#makeInteger(type.attributes, type.at);
      case 'floating_point':
        return this.#makeFloatingPoint(type.attributes, type.at);
      case 'string':
        return this.#makeString(type.attributes);
      case 'enum':
        return this.#makeEnumeration(type, scope, inner, path);
      case 'struct':
        return this.#makeStructure(type, scope, inner, path);
      case 'variant':
        return this.#makeVariant(type, null, scope, inner, path);
    }
  }

  #makeAlias(name: string, at: number, scope: TypeScope, place: Place, path: readonly string[]): FieldClass {
    const definition = scope.find('alias', name);
    if (definition === null) throw this.#error(at, `Unknown type: name=${JSON.stringify(name)}`);
    return this.#makeDeclared(definition.type, definition.declarator, definition.scope, place, path);
  }

  /** Applies a declarator to a type: `SPEC name[3][len]` is an array of three arrays. */
  #makeDeclared(
    type: TypeSpecifier,
    declarator: Declarator | null,
    scope: TypeScope,
    place: Place,
    path: readonly string[],
  ): FieldClass {
    let base = type;
    if (declarator !== null && declarator.pointers > 0) {
      // A pointer is a number: its type is the alias whose name has the asterisks.
      const name = type.kind === 'name' ? starred(type.name, declarator.pointers) : '';
      base = { kind: 'name', name, at: declarator.at };
    }
    const lengths = declarator?.lengths ?? [];
    const made = this.#make(base, scope, place, path);
    return lengths.reduceRight((element, length) => this.#makeArray(element, length, place), made);
  }

  #makeArray(element: FieldClass, length: Expression, place: Place): FieldClass {
    this.#made++;
    const isText = isTextElement(element);
    if (length.kind === 'integer') {
      if (length.value < 0n || length.value > 0xffff_ffffn) {
        throw this.#error(length.at, `Array length out of range: length=${length.value}`);
      }
      return { kind: 'static-array', length: Number(length.value), element, isText, role: null };
    }
    const constant = this.#environmentLength(length);
    if (constant !== null) {
      return { kind: 'static-array', length: constant, element, isText, role: null };
    }
    const { location, fieldClass } = this.#resolve(length, place);
    if (!place.isDetached && fieldClass.kind !== 'unsigned-integer') {
      throw this.#error(length.at, `Length is not an unsigned integer: kind="${fieldClass.kind}"`);
    }
    return { kind: 'dynamic-array', lengthLocation: location, element, isText };
  }

  /** The value of `env.name`; `null` when the expression is something else. */
  #environmentLength(length: Expression): number | null {
    if (length.kind !== 'path' || length.parts[0] !== 'env') return null;
    const name = length.parts.slice(1).join('.');
    const value = this.#context.environment.get(name);
    if (typeof value !== 'bigint' || value < 0n || value > 0xffff_ffffn) {
      throw this.#error(length.at, `No array length in the environment: name=${JSON.stringify(name)}`);
    }
    return Number(value);
  }

  #makeInteger(attributes: readonly Attribute[], at: number): IntegerClass {
    let kind: IntegerClass['kind'] = 'unsigned-integer';
    let sizeBits: number | null = null;
    let alignmentBits: number | null = null;
    let { byteOrder } = this.#context;
    let displayBase: DisplayBase = 10;
    let encoding: TextEncoding = 'none';
    let clockClass: ClockClass | null = null;
    for (const { name, value, at: attributeAt } of attributes) {
      switch (name) {
        case 'signed':
          kind = this.#boolean(value) ? 'signed-integer' : 'unsigned-integer';
          break;
        case 'size':
          sizeBits = this.#bounded(value, 1, 64, 'Integer size');
          break;
        case 'align':
          alignmentBits = this.#alignment(value);
          break;
        case 'byte_order':
          byteOrder = this.#byteOrder(value);
          break;
        case 'base':
          displayBase = this.#base(value);
          break;
        case 'encoding':
          encoding = this.#encoding(value);
          break;
        case 'map':
          clockClass = this.#clock(value);
          break;
        default:
          // Unknown attributes are passed over, as Babeltrace 2 does (with a warning).
          if (name === '') throw this.#error(attributeAt, 'Attribute without a name');
      }
    }
    if (sizeBits === null) throw this.#error(at, 'Integer without a size');
    return integer(kind, sizeBits, {
      alignmentBits: alignmentBits ?? (sizeBits % 8 === 0 ? 8 : 1),
      byteOrder,
      displayBase,
      encoding,
      clockClass,
    });
  }

  #makeFloatingPoint(attributes: readonly Attribute[], at: number): FieldClass {
    let exponentBits = 0;
    let mantissaBits = 0;
    let alignmentBits: number | null = null;
    let { byteOrder } = this.#context;
    for (const { name, value } of attributes) {
      if (name === 'exp_dig') exponentBits = this.#bounded(value, 1, 15, 'Exponent size');
      if (name === 'mant_dig') mantissaBits = this.#bounded(value, 1, 113, 'Mantissa size');
      if (name === 'align') alignmentBits = this.#alignment(value);
      if (name === 'byte_order') byteOrder = this.#byteOrder(value);
    }
    const sizeBits = exponentBits + mantissaBits;
    const isKnown =
      (exponentBits === 8 && mantissaBits === 24) || (exponentBits === 11 && mantissaBits === 53);
    if (!isKnown || (sizeBits !== 32 && sizeBits !== 64)) {
      throw this.#error(
        at,
        `Not a 32-bit or 64-bit floating point number: exponent=${exponentBits}, mantissa=${mantissaBits}`,
      );
    }
    return { kind: 'floating-point', sizeBits, alignmentBits: alignmentBits ?? 8, byteOrder };
  }

  #makeString(attributes: readonly Attribute[]): FieldClass {
    const encoding = attributes.find(({ name }) => name === 'encoding');
    return {
      kind: 'null-terminated-string',
      encoding: encoding === undefined ? 'utf-8' : this.#encoding(encoding.value),
    };
  }

  #makeEnumeration(
    type: TypeSpecifier & { kind: 'enum' },
    scope: TypeScope,
    place: Place,
    path: readonly string[],
  ): FieldClass {
    if (type.entries === null) {
      const definition = type.name === null ? null : scope.find('enum', type.name);
      if (definition === null || definition.type.kind !== 'enum') {
        throw this.#error(type.at, `Unknown enumeration: name=${JSON.stringify(type.name)}`);
      }
      return this.#makeEnumeration(definition.type, definition.scope, place, path);
    }
    const container = this.#make(
      type.container ?? { kind: 'name', name: 'int', at: type.at },
      scope,
      place,
      path,
    );
    if (!isInteger(container)) throw this.#error(type.at, 'Enumeration of something else than an integer');
    const mappings: EnumerationMapping[] = [];
    let following = 0n;
    for (const { label, lower, upper, at } of type.entries) {
      const range: IntegerRange =
        lower === null || upper === null
          ? { lower: following, upper: following }
          : { lower: this.#integer(lower), upper: this.#integer(upper) };
      if (range.lower > range.upper)
        throw this.#error(at, `Range is upside down: label=${JSON.stringify(label)}`);
      following = range.upper + 1n;
      mappings.push(lower === null ? { label, range, isAutomatic: true } : { label, range });
    }
    return { ...container, mappings };
  }

  #makeStructure(
    type: TypeSpecifier & { kind: 'struct' },
    scope: TypeScope,
    place: Place,
    path: readonly string[],
  ): StructureClass {
    if (type.body === null) {
      const definition = type.name === null ? null : scope.find('struct', type.name);
      if (definition === null || definition.type.kind !== 'struct') {
        throw this.#error(type.at, `Unknown structure: name=${JSON.stringify(type.name)}`);
      }
      return this.#makeStructure(definition.type, definition.scope, place, path);
    }
    const frame: Frame = { path, fields: new Map(), names: new Set() };
    const members: StructureMember[] = [];
    const inner = new TypeScope(scope);
    const within = { ...place, frames: [...place.frames, frame] };
    for (const statement of type.body) {
      this.declare(statement, inner);
      if (
        statement.kind === 'attribute' ||
        statement.kind === 'type-assignment' ||
        statement.kind === 'block'
      ) {
        throw this.#error(statement.at, 'Not a field');
      }
      if (statement.kind !== 'declaration') continue;
      this.#requireDeclarator(statement);
      for (const declarator of statement.declarators) {
        const { name, original } = this.#fieldName(declarator, frame);
        const fieldClass = this.#makeDeclared(statement.type, declarator, inner, within, [...path, name]);
        const member = { name, fieldClass };
        originalNames.set(member, original);
        members.push(member);
        frame.fields.set(original, member);
      }
    }
    // As in Babeltrace 2, `align(0)` asks for nothing.
    const isAligned = type.align !== null && !(type.align.kind === 'integer' && type.align.value === 0n);
    const minimumAlignmentBits = type.align !== null && isAligned ? this.#alignment(type.align) : 1;
    return { kind: 'structure', members, minimumAlignmentBits };
  }

  #requireDeclarator({ declarators, at }: Statement & { kind: 'declaration' }): void {
    if (declarators.length === 0) throw this.#error(at, 'Field without a name');
  }

  #fieldName(declarator: Declarator, frame: Frame): { name: string; original: string } {
    const original = declarator.name;
    if (original === null) throw this.#error(declarator.at, 'Field without a name');
    if (frame.fields.has(original)) {
      throw this.#error(declarator.at, `Field is declared twice: name=${JSON.stringify(original)}`);
    }
    const stripped = original.startsWith('_') ? original.slice(1) : original;
    const name = frame.names.has(stripped) || stripped === '' ? original : stripped;
    frame.names.add(name);
    return { name, original };
  }

  #makeVariant(
    type: TypeSpecifier & { kind: 'variant' },
    tagOutside: Expression | null,
    scope: TypeScope,
    place: Place,
    path: readonly string[],
  ): FieldClass {
    const tag = type.tag ?? tagOutside;
    if (type.body === null) {
      const definition = type.name === null ? null : scope.find('variant', type.name);
      if (definition === null || definition.type.kind !== 'variant') {
        throw this.#error(type.at, `Unknown variant: name=${JSON.stringify(type.name)}`);
      }
      return this.#makeVariant(definition.type, tag, definition.scope, place, path);
    }
    if (tag === null && !place.isDetached) throw this.#error(type.at, 'Variant without a tag');
    const { location, fieldClass: selector } = tag === null ? NOWHERE : this.#resolve(tag, place);
    if (!place.isDetached && (!isInteger(selector) || selector.mappings === null)) {
      throw this.#error(tag?.at ?? type.at, 'The tag of a variant is not an enumeration');
    }
    const mappings = isInteger(selector) ? (selector.mappings ?? []) : [];
    // The frame is there for the names of the options; fields of one option are not seen from another.
    const frame: Frame = { path, fields: new Map(), names: new Set() };
    const options: VariantOption[] = [];
    const inner = new TypeScope(scope);
    for (const statement of type.body) {
      this.declare(statement, inner);
      if (statement.kind !== 'declaration') continue;
      this.#requireDeclarator(statement);
      for (const declarator of statement.declarators) {
        const { name, original } = this.#fieldName(declarator, frame);
        const selectorRanges = mappings.filter(({ label }) => label === original).map(({ range }) => range);
        if (selectorRanges.length === 0 && !place.isDetached) {
          throw this.#error(declarator.at, `Option is no label of the tag: name=${JSON.stringify(original)}`);
        }
        // Locations pass variants without a name: see FieldLocation.
        const fieldClass = this.#makeDeclared(statement.type, declarator, inner, place, path);
        const option = { name, fieldClass, selectorRanges };
        originalNames.set(option, original);
        frame.fields.set(original, option);
        options.push(option);
      }
    }
    if (options.length === 0) throw this.#error(type.at, 'Variant without options');
    return { kind: 'variant', selectorLocation: location, options };
  }

  /** Finds the field that a length or a tag names: first from the innermost structure outwards. */
  #resolve(reference: Expression, place: Place): Resolved {
    if (reference.kind !== 'path') throw this.#error(reference.at, 'Expected the name of a field');
    if (place.isDetached) return NOWHERE;
    const { parts, at } = reference;
    const written = parts.join('.');
    for (const [prefix, origin] of ROOTS) {
      if (!`${written}.`.startsWith(`${prefix}.`)) continue;
      const rest = parts.slice(prefix.split('.').length);
      const root = origin === place.origin ? null : (place.roots[origin] ?? null);
      const outermost = place.frames[0];
      const found =
        origin === place.origin && outermost !== undefined
          ? descendFrame(outermost, rest)
          : root === null
            ? null
            : descend({ path: [], fieldClass: root }, rest);
      if (found === null) throw this.#error(at, `No such field: path=${JSON.stringify(written)}`);
      return { location: { origin, path: found.path }, fieldClass: found.fieldClass };
    }
    for (const frame of [...place.frames].reverse()) {
      const found = descendFrame(frame, parts);
      if (found !== null) {
        return { location: { origin: place.origin, path: found.path }, fieldClass: found.fieldClass };
      }
    }
    throw this.#error(at, `No such field: path=${JSON.stringify(written)}`);
  }

  #integer(expression: Expression): bigint {
    if (expression.kind !== 'integer') throw this.#error(expression.at, 'Expected a number');
    return expression.value;
  }

  #bounded(expression: Expression, lower: number, upper: number, what: string): number {
    const value = this.#integer(expression);
    if (value < lower || value > upper) {
      throw this.#error(expression.at, `${what} out of range: value=${value}, range=${lower}..${upper}`);
    }
    return Number(value);
  }

  #alignment(expression: Expression): number {
    const value = this.#bounded(expression, 1, 2 ** 30, 'Alignment');
    if ((value & (value - 1)) !== 0) {
      throw this.#error(expression.at, `Alignment is not a power of two: alignment=${value}`);
    }
    return value;
  }

  #symbol(expression: Expression): string {
    return expression.kind === 'integer'
      ? `${expression.value}`
      : expression.kind === 'string'
        ? expression.text
        : expression.parts.join('.');
  }

  #boolean(expression: Expression): boolean {
    if (expression.kind === 'integer') return expression.value !== 0n;
    const symbol = this.#symbol(expression);
    if (['true', 'TRUE'].includes(symbol)) return true;
    if (['false', 'FALSE'].includes(symbol)) return false;
    throw this.#error(expression.at, `Not true or false: value=${JSON.stringify(symbol)}`);
  }

  #byteOrder(expression: Expression): ByteOrder {
    return parseByteOrder(expression, this.#context.text, this.#context.byteOrder);
  }

  #base(expression: Expression): DisplayBase {
    const symbol = this.#symbol(expression);
    if (['10', 'decimal', 'dec', 'd', 'i', 'u'].includes(symbol)) return 10;
    if (['16', 'hexadecimal', 'hex', 'x', 'X', 'p'].includes(symbol)) return 16;
    if (['8', 'octal', 'oct', 'o'].includes(symbol)) return 8;
    if (['2', 'binary', 'b'].includes(symbol)) return 2;
    throw this.#error(expression.at, `Unknown base: value=${JSON.stringify(symbol)}`);
  }

  #encoding(expression: Expression): TextEncoding {
    const symbol = this.#symbol(expression);
    if (['UTF8', 'utf8', 'UTF-8', 'utf-8', 'UTF_8', 'utf_8'].includes(symbol)) return 'utf-8';
    if (['ASCII', 'ascii'].includes(symbol)) return 'ascii';
    if (symbol === 'none') return 'none';
    throw this.#error(expression.at, `Unknown encoding: value=${JSON.stringify(symbol)}`);
  }

  /** Something else than a clock is passed over, as Babeltrace 2 does (with a warning). */
  #clock(expression: Expression): ClockClass | null {
    if (expression.kind === 'integer') throw this.#error(expression.at, 'Not the name of a clock');
    const symbol = this.#symbol(expression);
    const name = /^clock\.(.+)\.value$/.exec(symbol)?.[1];
    if (name === undefined) return null;
    const clock = this.#context.clocks.get(name);
    if (clock === undefined)
      throw this.#error(expression.at, `Unknown clock: value=${JSON.stringify(symbol)}`);
    return clock;
  }
}

/** Parses `le`, `be`, `network` or `native`. */
export function parseByteOrder(expression: Expression, text: string, native: ByteOrder | null): ByteOrder {
  const symbol =
    expression.kind === 'path'
      ? expression.parts.join('.')
      : expression.kind === 'string'
        ? expression.text
        : '';
  if (symbol === 'le') return 'little-endian';
  if (symbol === 'be' || symbol === 'network') return 'big-endian';
  if (symbol === 'native' && native !== null) return native;
  throw errorAt(text, expression.at, `Unknown byte order: value=${JSON.stringify(symbol)}`);
}

/** What a reference in a detached type means. */
const NOWHERE: Resolved = {
  location: { origin: 'event-record-payload', path: [] },
  fieldClass: integer('unsigned-integer', 8),
};

const starred = (name: string, pointers: number): string => [name, ...Array(pointers).fill('*')].join(' ');

interface Found {
  readonly path: readonly string[];
  readonly fieldClass: FieldClass;
}

function descendFrame(frame: Frame, names: readonly string[]): Found | null {
  const [first, ...rest] = names;
  const field = first === undefined ? undefined : frame.fields.get(first);
  if (field === undefined) return null;
  return descend({ path: [...frame.path, field.name ?? ''], fieldClass: field.fieldClass }, rest);
}

function descend(from: Found, names: readonly string[]): Found | null {
  let found: Found = from;
  for (const name of names) {
    const { fieldClass } = found;
    const children =
      fieldClass.kind === 'structure'
        ? fieldClass.members
        : fieldClass.kind === 'variant'
          ? fieldClass.options
          : [];
    const child = children.find((candidate) => {
      return originalNameOf(candidate) === name;
    });
    if (child === undefined) return null;
    const isOption = fieldClass.kind === 'variant';
    found = {
      path: isOption || child.name === null ? found.path : [...found.path, child.name],
      fieldClass: child.fieldClass,
    };
  }
  return found;
}
