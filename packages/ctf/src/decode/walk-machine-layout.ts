/** What lies where in the memory of the walk machine (`machine/walk-machine.ts`). */

/** What the compiler was told: pages at least and at most. Engines collect garbage sooner the more there are, used or not. */
export const WALK_MACHINE_PAGES = { least: 16, most: 128 } as const;
export const PAGE_BYTES = 1 << 16;

/** What a walk leaves behind, and the clock, which it is given as well. */
export const WALK = {
  passed: 0,
  reason: 4,
  clockLow: 8,
  clockHigh: 12,
  idLow: 16,
  maxClockHigh: 24,
  rows: 28,
} as const;
/** Why it stopped. */
export const STOP = {
  done: 0,
  unknownId: 1,
  notMine: 2,
  /** Compiled walks only: the machine has a program. */ other: 3,
} as const;

/** Slots in its memory: values of 64 bits. */
export const MOST_SLOTS = 64;
/** Arrays in arrays. */
export const MOST_DEPTH = 8;
/** Of a number of variable length, at most; longer ones are read elsewhere. */
export const MOST_LEB_BYTES = 9;

/** Of a data stream class: the header's program, then that of each class by its id, the first one without an id. */
export const STREAM = { header: 0, programs: 8 } as const;
export const MOST_IDS = 4096;
export const STREAM_BYTES = STREAM.programs + 4 * MOST_IDS;

/** Of a table; of each column where it lies and where the texts are that are known in it. */
export const TABLE = { record: 0, cycles: 4, texts: 8, textCount: 12, columns: 16 } as const;
export const TABLE_COLUMN_BYTES = 8;
/** Rows that a walk fills at once. */
export const TABLE_ROWS = 2048;
/** Texts whose numbers nobody knew: column, row, where they begin and end. */
export const MOST_TABLE_TEXTS = 256;
export const TEXT_WORDS = 4;
/** With so many no further event record is begun. */
export const TEXTS_BEFORE_RECORD = 192;
export const MOST_TEXT_COLUMNS = 64;
/** What is known of a text: its number and one, its length, then the text, zeros behind it. */
export const KNOWN_TEXTS_BYTES = 1 << 16;
export const KNOWN_TEXT_BYTES = 64;
export const KNOWN_TEXT = 8;

/** Where windows, columns and programs begin. */
export const FIRST = 1 << 12;
/** Behind the last of them: so much may be read ahead. */
export const AHEAD_BYTES = 1 << 14;
