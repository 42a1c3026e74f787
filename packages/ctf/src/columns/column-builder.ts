/**
 * Columns that grow value by value: those of fields with parts (arrays, optional fields, variants, structures, BLOBs), and
 * whatever is put together from other columns.
 */
import { assert } from '@lttng-ts/base';
import {
  type FieldValue,
  NEGATIVE_NAN,
  type OptionalValue,
  type StructureValue,
  type VariantValue,
} from '../decode/values.ts';
import { type FieldClass, textEncodingOf } from '../model/field-class.ts';
import { Column } from './column-batch.ts';
import { type ColumnArray, columnKindOf, type FlatKind, isFlat, makeArray } from './column-kind.ts';
import { Dictionary } from './dictionary.ts';

export interface ColumnBuilder {
  /** What it holds, about. */
  readonly bytes: number;
  /** Adds a value as decoders give it. */
  push(value: FieldValue): void;
  /** Adds a row of a column of the same class. */
  append(column: Column, row: number): void;
  /** Adds a row for a value that is not there. */
  pushNothing(): void;
  /** Gives the rows, whose memory is the caller's, and begins anew. */
  take(): Column;
}

export function makeBuilder(name: string, fieldClass: FieldClass): ColumnBuilder {
  const kind = columnKindOf(fieldClass);
  if (isFlat(kind)) {
    return kind === 'text' ? new TextBuilder(name, fieldClass) : new NumberBuilder(name, fieldClass, kind);
  }
  switch (fieldClass.kind) {
    case 'static-array':
    case 'dynamic-array':
      return new ListBuilder(name, fieldClass, makeBuilder('', fieldClass.element));
    case 'static-blob':
    case 'dynamic-blob':
      return new BlobBuilder(name, fieldClass);
    case 'optional':
      return new OptionalBuilder(name, fieldClass, makeBuilder('', fieldClass.fieldClass));
    case 'variant': {
      const options = fieldClass.options.map((option) => makeBuilder(option.name ?? '', option.fieldClass));
      return new VariantBuilder(name, fieldClass, options);
    }
    case 'structure': {
      const members = fieldClass.members.map((member) => makeBuilder(member.name, member.fieldClass));
      return new StructureBuilder(name, fieldClass, members);
    }
    default:
      return assert(false, `no column of a field class: kind="${fieldClass.kind}"`) as never;
  }
}

/** What all have: a name, a class, and one number for each row. */
class Rows {
  readonly name: string;
  readonly fieldClass: FieldClass;
  readonly kind: FlatKind;
  count = 0;
  #values: ColumnArray;

  constructor(name: string, fieldClass: FieldClass, kind: FlatKind) {
    this.name = name;
    this.fieldClass = fieldClass;
    this.kind = kind;
    this.#values = makeArray(kind, FIRST_ROWS);
  }

  get bytes(): number {
    return this.count * this.#values.BYTES_PER_ELEMENT;
  }

  add(value: number | bigint): void {
    if (this.count === this.#values.length) {
      const grown = makeArray(this.kind, 2 * this.count);
      grown.set(this.#values as never);
      this.#values = grown;
    }
    // Of 64 bits, what is small may come as a number.
    this.#values[this.count++] = (this.#isWide ? BigInt(value) : value) as never;
  }

  get #isWide(): boolean {
    return this.kind === 'int64' || this.kind === 'uint64';
  }

  take(): ColumnArray {
    const values = this.#values.subarray(0, this.count);
    this.#values = makeArray(this.kind, FIRST_ROWS);
    this.count = 0;
    return values;
  }
}

const FIRST_ROWS = 64;

class NumberBuilder implements ColumnBuilder {
  readonly #rows: Rows;

  constructor(name: string, fieldClass: FieldClass, kind: FlatKind) {
    this.#rows = new Rows(name, fieldClass, kind);
  }

  get bytes(): number {
    return this.#rows.bytes;
  }

  push(value: FieldValue): void {
    const number = value === NEGATIVE_NAN ? Number.NaN : value;
    this.#rows.add(typeof number === 'boolean' ? Number(number) : (number as number | bigint));
  }

  append({ values }: Column, row: number): void {
    this.#rows.add(values[row]!);
  }

  pushNothing(): void {
    this.#rows.add(0);
  }

  take(): Column {
    const { name, fieldClass, kind } = this.#rows;
    return new Column({ name, fieldClass, kind, values: this.#rows.take(), dictionary: null, parts: [] });
  }
}

class TextBuilder implements ColumnBuilder {
  readonly #rows: Rows;
  #dictionary: Dictionary;
  /** Numbers here of texts of another dictionary, and one; zero: not known. */
  #known: { readonly dictionary: Dictionary; readonly ids: number[] } | null = null;

  constructor(name: string, fieldClass: FieldClass) {
    this.#rows = new Rows(name, fieldClass, 'text');
    this.#dictionary = this.#newDictionary();
  }

  #newDictionary(): Dictionary {
    return new Dictionary(textEncodingOf(this.#rows.fieldClass) ?? 'none');
  }

  get bytes(): number {
    return this.#rows.bytes;
  }

  push(value: FieldValue): void {
    const bytes = value as Uint8Array;
    this.#rows.add(this.#dictionary.idOf(bytes, 0, bytes.length));
  }

  append({ dictionary, values }: Column, row: number): void {
    const id = Number(values[row]);
    if (this.#known?.dictionary !== dictionary) this.#known = { dictionary: dictionary!, ids: [] };
    const { ids } = this.#known!;
    ids[id] ??= this.#dictionary.idOfText(dictionary!, id);
    this.#rows.add(ids[id]);
  }

  pushNothing(): void {
    this.#rows.add(this.#dictionary.idOf(NO_BYTES, 0, 0));
  }

  take(): Column {
    const { name, fieldClass, kind } = this.#rows;
    const dictionary = this.#dictionary;
    if (dictionary.isFull) {
      this.#dictionary = this.#newDictionary();
      this.#known = null;
    }
    return new Column({ name, fieldClass, kind, values: this.#rows.take(), dictionary, parts: [] });
  }
}

const NO_BYTES = new Uint8Array(0);

/** Where the elements of each row begin; one more number tells where the last one ends. */
class ListBuilder implements ColumnBuilder {
  readonly #begins: Rows;
  readonly #elements: ColumnBuilder;
  #elementCount = 0;

  constructor(name: string, fieldClass: FieldClass, elements: ColumnBuilder) {
    this.#begins = new Rows(name, fieldClass, 'uint32');
    this.#elements = elements;
  }

  get bytes(): number {
    return this.#begins.bytes + this.#elements.bytes;
  }

  push(value: FieldValue): void {
    this.#begins.add(this.#elementCount);
    for (const element of value as readonly FieldValue[]) {
      this.#elements.push(element);
      this.#elementCount++;
    }
  }

  append({ values, parts }: Column, row: number): void {
    this.#begins.add(this.#elementCount);
    for (let at = Number(values[row]); at < Number(values[row + 1]); at++) {
      this.#elements.append(parts[0]!, at);
      this.#elementCount++;
    }
  }

  pushNothing(): void {
    this.#begins.add(this.#elementCount);
  }

  take(): Column {
    this.#begins.add(this.#elementCount);
    this.#elementCount = 0;
    const { name, fieldClass } = this.#begins;
    const parts = [this.#elements.take()];
    return new Column({
      name,
      fieldClass,
      kind: 'list',
      values: this.#begins.take(),
      dictionary: null,
      parts,
    });
  }
}

class BlobBuilder implements ColumnBuilder {
  readonly #begins: Rows;
  #bytes = new Uint8Array(FIRST_ROWS);
  #byteCount = 0;

  constructor(name: string, fieldClass: FieldClass) {
    this.#begins = new Rows(name, fieldClass, 'uint32');
  }

  get bytes(): number {
    return this.#begins.bytes + this.#byteCount;
  }

  push(value: FieldValue): void {
    const bytes = value as Uint8Array;
    this.#begins.add(this.#byteCount);
    const end = this.#byteCount + bytes.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(2 * end);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#byteCount);
    this.#byteCount = end;
  }

  append(column: Column, row: number): void {
    this.push(column.at(row) as Uint8Array);
  }

  pushNothing(): void {
    this.#begins.add(this.#byteCount);
  }

  take(): Column {
    this.#begins.add(this.#byteCount);
    const { name, fieldClass } = this.#begins;
    const bytes = this.#bytes.subarray(0, this.#byteCount);
    this.#bytes = new Uint8Array(FIRST_ROWS);
    this.#byteCount = 0;
    const content = new Column({
      name: '',
      fieldClass,
      kind: 'uint8',
      values: bytes,
      dictionary: null,
      parts: [],
    });
    return new Column({
      name,
      fieldClass,
      kind: 'blob',
      values: this.#begins.take(),
      dictionary: null,
      parts: [content],
    });
  }
}

class OptionalBuilder implements ColumnBuilder {
  readonly #isThere: Rows;
  readonly #content: ColumnBuilder;

  constructor(name: string, fieldClass: FieldClass, content: ColumnBuilder) {
    this.#isThere = new Rows(name, fieldClass, 'uint8');
    this.#content = content;
  }

  get bytes(): number {
    return this.#isThere.bytes + this.#content.bytes;
  }

  push(value: FieldValue): void {
    const { content } = value as OptionalValue;
    this.#isThere.add(content === null ? 0 : 1);
    if (content === null) this.#content.pushNothing();
    else this.#content.push(content);
  }

  append({ values, parts }: Column, row: number): void {
    this.#isThere.add(values[row]!);
    this.#content.append(parts[0]!, row);
  }

  pushNothing(): void {
    this.#isThere.add(0);
    this.#content.pushNothing();
  }

  take(): Column {
    const { name, fieldClass } = this.#isThere;
    const values = this.#isThere.take();
    return new Column({
      name,
      fieldClass,
      kind: 'optional',
      values,
      dictionary: null,
      parts: [this.#content.take()],
    });
  }
}

class VariantBuilder implements ColumnBuilder {
  readonly #chosen: Rows;
  readonly #options: readonly ColumnBuilder[];

  constructor(name: string, fieldClass: FieldClass, options: readonly ColumnBuilder[]) {
    this.#chosen = new Rows(name, fieldClass, 'uint32');
    this.#options = options;
  }

  get bytes(): number {
    return this.#options.reduce((sum, { bytes }) => sum + bytes, this.#chosen.bytes);
  }

  push(value: FieldValue): void {
    const { option, value: chosen } = value as VariantValue;
    this.#chosen.add(option);
    this.#options.forEach((builder, i) => {
      if (i === option) builder.push(chosen);
      else builder.pushNothing();
    });
  }

  append({ values, parts }: Column, row: number): void {
    this.#chosen.add(values[row]!);
    this.#options.forEach((builder, i) => {
      builder.append(parts[i]!, row);
    });
  }

  pushNothing(): void {
    this.#chosen.add(0);
    for (const builder of this.#options) builder.pushNothing();
  }

  take(): Column {
    const { name, fieldClass } = this.#chosen;
    const values = this.#chosen.take();
    const parts = this.#options.map((builder) => builder.take());
    return new Column({ name, fieldClass, kind: 'variant', values, dictionary: null, parts });
  }
}

class StructureBuilder implements ColumnBuilder {
  readonly #name: string;
  readonly #fieldClass: FieldClass;
  readonly #members: readonly ColumnBuilder[];

  constructor(name: string, fieldClass: FieldClass, members: readonly ColumnBuilder[]) {
    this.#name = name;
    this.#fieldClass = fieldClass;
    this.#members = members;
  }

  get bytes(): number {
    return this.#members.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  push(value: FieldValue): void {
    const members = value as StructureValue;
    this.#members.forEach((builder, i) => {
      builder.push(members[i]!);
    });
  }

  append({ parts }: Column, row: number): void {
    this.#members.forEach((builder, i) => {
      builder.append(parts[i]!, row);
    });
  }

  pushNothing(): void {
    for (const builder of this.#members) builder.pushNothing();
  }

  take(): Column {
    const parts = this.#members.map((builder) => builder.take());
    return new Column({
      name: this.#name,
      fieldClass: this.#fieldClass,
      kind: 'structure',
      values: NO_BYTES,
      dictionary: null,
      parts,
    });
  }
}
