/**
 * A table in the walk machine's memory: columns that a walk fills, from where they go to their owner's arrays. Numbers of texts
 * that came before are known to the machine; of others it notes where they are.
 */
import type { ColumnArray, FillTarget, TextNumbers } from './generate-fill.ts';
import {
  KNOWN_TEXT,
  KNOWN_TEXT_BYTES,
  KNOWN_TEXTS_BYTES,
  MOST_TABLE_TEXTS,
  MOST_TEXT_COLUMNS,
  TABLE,
  TABLE_COLUMN_BYTES,
  TABLE_ROWS,
  TEXT_WORDS,
} from './walk-machine-layout.ts';

const WORD_BYTES = 4;
const CYCLES_BYTES = 8;

/** Whose memory it is. */
interface Machine {
  take(sizeBytes: number): Uint8Array | null;
  placeOf(known: number, from: number, length: number): number;
}

/** One column in the machine. */
interface TableColumn {
  readonly values: ColumnArray;
  /** Texts that are known in it; `null`: it has none. */
  readonly known: Uint8Array | null;
  /** Whose numbers those are. */
  dictionary: TextNumbers | null;
}

export class WalkTable {
  /** Where the machine finds it. */
  readonly address: number;
  readonly #machine: Machine;
  readonly #target: FillTarget;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #cycles: Uint32Array;
  readonly #texts: Int32Array;
  readonly #columns: readonly TableColumn[];

  /** `null`: there is no room. */
  static make(
    { classNumber, target }: { readonly classNumber: number; readonly target: FillTarget },
    machine: Machine,
  ): WalkTable | null {
    if (target.dictionaries.filter((dictionary) => dictionary !== null).length > MOST_TEXT_COLUMNS)
      return null;
    const { arrays } = target;
    const table = machine.take(TABLE.columns + TABLE_COLUMN_BYTES * arrays.length);
    const cycles = machine.take(CYCLES_BYTES * TABLE_ROWS);
    const texts = machine.take(WORD_BYTES * TEXT_WORDS * MOST_TABLE_TEXTS);
    const columns = arrays.map((array, number) => makeColumn(array, target.dictionaries[number]!, machine));
    if (table === null || cycles === null || texts === null || columns.includes(null)) return null;
    const made = new WalkTable(table, cycles, texts, columns as readonly TableColumn[], target, machine);
    made.#describe(classNumber);
    return made;
  }

  private constructor(
    table: Uint8Array,
    cycles: Uint8Array,
    texts: Uint8Array,
    columns: readonly TableColumn[],
    target: FillTarget,
    machine: Machine,
  ) {
    const { buffer, byteOffset } = table;
    this.address = byteOffset;
    this.#machine = machine;
    this.#target = target;
    this.#columns = columns;
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer);
    this.#cycles = new Uint32Array(buffer, cycles.byteOffset, cycles.length / WORD_BYTES);
    this.#texts = new Int32Array(buffer, texts.byteOffset, texts.length / WORD_BYTES);
  }

  #describe(classNumber: number): void {
    const words = this.#words;
    words[(this.address + TABLE.record) / WORD_BYTES] = classNumber;
    words[(this.address + TABLE.cycles) / WORD_BYTES] = this.#cycles.byteOffset;
    words[(this.address + TABLE.texts) / WORD_BYTES] = this.#texts.byteOffset;
    this.#columns.forEach(({ values, known }, number) => {
      const at = (this.address + TABLE.columns + TABLE_COLUMN_BYTES * number) / WORD_BYTES;
      words[at] = values.byteOffset;
      words[at + 1] = known?.byteOffset ?? 0;
    });
  }

  /** Gives how many rows a walk may fill. */
  begin(): number {
    this.#words[(this.address + TABLE.textCount) / WORD_BYTES] = 0;
    this.#columns.forEach((column, number) => {
      const dictionary = this.#target.dictionaries[number]!;
      if (dictionary === column.dictionary) return;
      // A new one has other numbers.
      column.known?.fill(0);
      column.dictionary = dictionary;
    });
    return Math.min(this.#target.capacity - this.#target.count, TABLE_ROWS);
  }

  /** Puts the `count` rows that a walk has filled where they belong; `false`: there is no more room there. */
  take(count: number): boolean {
    const target = this.#target;
    this.#findTexts(count);
    target.cycles.set(this.#cycles.subarray(0, 2 * count), 2 * target.count);
    this.#columns.forEach(({ values }, number) => {
      target.arrays[number]!.set(values.subarray(0, count) as never, target.count);
    });
    target.count += count;
    return target.count < target.capacity;
  }

  /** Numbers of texts that the machine did not know, which it then does. */
  #findTexts(count: number): void {
    const textCount = this.#words[(this.address + TABLE.textCount) / WORD_BYTES]!;
    for (let at = 0; at < TEXT_WORDS * textCount; at += TEXT_WORDS) {
      const number = this.#texts[at]!;
      const row = this.#texts[at + 1]!;
      const begin = this.#texts[at + 2]!;
      const end = this.#texts[at + 3]!;
      // Of an event record that did not end.
      if (row >= count) continue;
      const { values, known, dictionary } = this.#columns[number]!;
      const id = dictionary!.idOf(this.#bytes, begin, end);
      values[row] = id;
      this.#know(known!.byteOffset, id, begin, end);
    }
  }

  #know(known: number, id: number, begin: number, end: number): void {
    const place = this.#machine.placeOf(known, begin, end - begin);
    if (place === 0) return;
    this.#words[place / WORD_BYTES] = id + 1;
    this.#words[place / WORD_BYTES + 1] = end - begin;
    this.#bytes.fill(0, place + KNOWN_TEXT, place + KNOWN_TEXT_BYTES);
    this.#bytes.copyWithin(place + KNOWN_TEXT, begin, end);
  }
}

function makeColumn(
  array: ColumnArray,
  dictionary: TextNumbers | null,
  machine: Machine,
): TableColumn | null {
  const memory = machine.take(array.BYTES_PER_ELEMENT * TABLE_ROWS);
  const known = dictionary === null ? null : machine.take(KNOWN_TEXTS_BYTES);
  if (memory === null || (dictionary !== null && known === null)) return null;
  const Values = array.constructor as new (
    buffer: ArrayBufferLike,
    byteOffset: number,
    length: number,
  ) => ColumnArray;
  return { values: new Values(memory.buffer, memory.byteOffset, TABLE_ROWS), known, dictionary: null };
}
