/**
 * The walk machine, in AssemblyScript: what a generated walk (`src/decode/generate-walk.ts`) does, for whatever event record
 * class, by following programs of small steps. An engine has it as machine code from the first event record on, and it knows
 * integers of 64 bits.
 *
 * `scripts/machines.mjs` makes `src/decode/walk-machine-code.ts` of it. Where things lie in memory is in
 * `src/decode/walk-machine-layout.ts`, which number a step has in `src/decode/walk-program.ts`.
 *
 * It never reads behind the memory, whatever the bytes say: `p` is compared with the end wherever bytes decide how far it
 * goes, and behind the last window there is room for what is read ahead.
 */

// What a walk leaves behind, and the clock, which it is given as well.
const PASSED: usize = 0;
const REASON: usize = 4;
const CLOCK: usize = 8;
const ID: usize = 16;
const MAX_CLOCK_HIGH: usize = 24;
const ROWS: usize = 28;
/** Of the text that was looked for last: where it is, if it is known. */
const PLACE: usize = 32;
/** There was no room, or the limit is reached, or the event record does not end in these bytes. */
const DONE: i32 = 0;
/** No program has been given for the class; programs cannot read the event record. */
const UNKNOWN_ID: i32 = 1;
const NOT_MINE: i32 = 2;

const SLOTS: usize = 256;
const COUNTERS: usize = 1024;

// Of a data stream class.
const HEADER: usize = 0;
const PROGRAMS: usize = 8;
const MOST_IDS: u64 = 4096;

// Of a table.
const TABLE_RECORD: usize = 0;
const TABLE_CYCLES: usize = 4;
const TABLE_TEXTS: usize = 8;
const TABLE_TEXT_COUNT: usize = 12;
const TABLE_COLUMNS: usize = 16;
/** Texts whose numbers nobody knows, at most; an event record adds no more than 64. */
const MOST_TEXTS: u32 = 192;
const TEXT_SHIFT: usize = 4;

// Of the texts that are known in a column.
const KNOWN_MASK: u32 = 1023;
const KNOWN_SHIFT: usize = 6;
/** The number and one, bytes, then the text. */
const KNOWN_LENGTH: usize = 4;
const KNOWN_TEXT: usize = 8;
const MOST_KNOWN_BYTES: usize = 56;

const ONES: u64 = 0x0101010101010101;
const HIGHEST_BITS: u64 = 0x8080808080808080;
const MOST_LEB_BYTES: usize = 9;

// @ts-expect-error: decorator
@inline
function slot(at: usize): u64 {
  return load<u64>(SLOTS + ((<usize>load<u32>(at, 4)) << 3));
}

/** The program for the class with this id; 0: there is none. No id is -1, whose place is the first. */
// @ts-expect-error: decorator
@inline
function classOf(stream: usize, id: u64): usize {
  const index = id + 1;
  return index < MOST_IDS ? <usize>load<u32>(stream + PROGRAMS + ((<usize>index) << 2)) : <usize>0;
}

/** Where the column of a step lies. */
// @ts-expect-error: decorator
@inline
function columnOf(table: usize, at: usize): usize {
  return <usize>load<u32>(table + ((<usize>load<u32>(at, 4)) << 3), TABLE_COLUMNS);
}

/** Where a string ends, behind its zero; 0: not before `end`. */
// @ts-expect-error: decorator
@inline
function endOfString(from: usize, end: usize): usize {
  for (let p = from; p < end; p += 8) {
    const word = load<u64>(p);
    const zero = (word - ONES) & ~word & HIGHEST_BITS;
    if (zero !== 0) return p + <usize>(ctz(zero) >>> 3) + 1;
  }
  return 0;
}

/** The number of a text, and one; 0: it is not known. Behind known texts there are zeros. */
export function numberOf(known: usize, from: usize, length: usize): u32 {
  if (length > MOST_KNOWN_BYTES) return 0;
  let hash: u64 = <u64>length;
  const whole = length & ~7;
  for (let i: usize = 0; i < whole; i += 8) hash = (hash ^ load<u64>(from + i)) * 0x9e3779b97f4a7c15;
  const rest = length & 7;
  const last = rest === 0 ? 0 : load<u64>(from + whole) & (((<u64>1) << (<u64>rest << 3)) - 1);
  hash = (hash ^ last) * 0x9e3779b97f4a7c15;
  const place = known + ((<usize>(<u32>(hash >>> 40) & KNOWN_MASK)) << KNOWN_SHIFT);
  store<u32>(PLACE, place);
  if (<usize>load<u32>(place, KNOWN_LENGTH) !== length) return 0;
  for (let i: usize = 0; i < whole; i += 8)
    if (load<u64>(place + i, KNOWN_TEXT) !== load<u64>(from + i)) return 0;
  if (rest !== 0 && load<u64>(place + whole, KNOWN_TEXT) !== last) return 0;
  return load<u32>(place);
}

/** Where the step goes on whose number of bytes to go stands at `at`. */
// @ts-expect-error: decorator
@inline
function target(step: usize, at: usize): usize {
  return step + <usize>load<i32>(at);
}

/**
 * Passes over event records from `from` on that begin before `limit`, and notes them in `columns` of `capacity` rows from row
 * `first` on; or, where there is a `table` of so many rows, puts fields of one class there and counts the event records.
 * `base` is where the packet begins (its window), `end` where its bytes end. Gives where the last one ends.
 */
export function walk(
  stream: usize,
  base: usize,
  from: usize,
  limit: usize,
  end: usize,
  columns: usize,
  capacity: i32,
  first: i32,
  table: usize,
): usize {
  const header: usize = load<u32>(stream, HEADER);
  const columnBytes = (<usize>capacity) << 2;
  let row = columns + ((<usize>first) << 2);
  let count = first;
  let passed: i32 = 0;
  const wanted = table !== 0 ? load<i32>(table, TABLE_RECORD) : 0;
  let cycles: usize = table !== 0 ? <usize>load<u32>(table, TABLE_CYCLES) : <usize>0;
  let p = from;
  let start = from;
  let body = from;
  let record: i32 = 0;
  let reason = DONE;
  let at = header;
  let id: u64 = <u64>-1;
  let value: u64 = 0;
  let clock = load<u64>(CLOCK);
  let noted = clock;
  let maxClock = clock;
  let isOpen = p < limit && count < capacity;
  while (isOpen) {
    switch (load<i32>(at)) {
      case 0: {
        p += <usize>load<u32>(at, 4);
        if (p > end || p === start) {
          isOpen = false;
          break;
        }
        if (table !== 0) {
          passed++;
          if (record === wanted) {
            store<u64>(cycles, clock);
            cycles += 8;
            count++;
          }
          noted = clock;
          start = p;
          isOpen = p < limit && count < capacity && load<u32>(table, TABLE_TEXT_COUNT) < MOST_TEXTS;
          id = <u64>-1;
          at = header;
          break;
        }
        store<u32>(row, <u32>(clock >>> 32));
        row += columnBytes;
        store<u32>(row, <u32>clock);
        row += columnBytes;
        store<u32>(row, <u32>(body - base));
        row += columnBytes;
        store<i32>(row, record);
        row += columnBytes;
        store<u32>(row, <u32>(start - base));
        row -= (columnBytes << 2) - 4;
        count++;
        noted = clock;
        if (clock > maxClock) maxClock = clock;
        start = p;
        isOpen = p < limit && count < capacity;
        id = <u64>-1;
        at = header;
        break;
      }
      case 1: {
        p += <usize>load<u32>(at, 4);
        if (p > end) isOpen = false;
        at += 8;
        break;
      }
      case 2: {
        const mask = <usize>load<u32>(at, 4) - 1;
        p = (p + mask) & ~mask;
        at += 8;
        break;
      }
      case 3: {
        const next = endOfString(p, end);
        if (next === 0) isOpen = false;
        else p = next;
        at += 4;
        break;
      }
      case 4: {
        const unitBytes = <usize>load<u32>(at, 4);
        let unit: u32 = 1;
        while (p < end && unit !== 0) {
          unit = unitBytes === 2 ? load<u16>(p) : load<u32>(p);
          p += unitBytes;
        }
        if (unit !== 0) isOpen = false;
        at += 8;
        break;
      }
      case 5: {
        value = (load<u64>(p + <usize>load<u32>(at, 4)) << load<u32>(at, 8)) >>> load<u32>(at, 12);
        at += 16;
        break;
      }
      case 6: {
        value = <u64>(<i64>(load<u64>(p + <usize>load<u32>(at, 4)) << load<u32>(at, 8)) >> load<u32>(at, 12));
        at += 16;
        break;
      }
      case 7: {
        value = (bswap<u64>(load<u64>(p + <usize>load<u32>(at, 4))) << load<u32>(at, 8)) >>> load<u32>(at, 12);
        at += 16;
        break;
      }
      case 8: {
        value = <u64>(
          (<i64>(bswap<u64>(load<u64>(p + <usize>load<u32>(at, 4))) << load<u32>(at, 8)) >> load<u32>(at, 12))
        );
        at += 16;
        break;
      }
      case 9: {
        store<u64>(SLOTS + ((<usize>load<u32>(at, 4)) << 3), value);
        at += 8;
        break;
      }
      case 10: {
        id = value;
        at += 4;
        break;
      }
      case 11: {
        // The low bits; what is less than before has carried.
        const span = (<u64>1) << load<u32>(at, 4);
        const low = clock & (span - 1);
        clock = clock - low + value + (value < low ? span : 0);
        at += 8;
        break;
      }
      case 12: {
        clock = value;
        at += 4;
        break;
      }
      case 23:
      case 24: {
        // Most headers, in one step: an id, and by it a clock value at a known place.
        const isLittle = load<i32>(at) === 23;
        const first = load<u64>(p + <usize>load<u32>(at, 4));
        const given = ((isLittle ? first : bswap<u64>(first)) << load<u32>(at, 8)) >>> load<u32>(at, 12);
        if (given - <u64>load<u32>(at, 16) > <u64>load<u32>(at, 20)) {
          at += 44;
          break;
        }
        id = given;
        const second = load<u64>(p + <usize>load<u32>(at, 24));
        const unwanted = load<u32>(at, 32);
        value = ((isLittle ? second : bswap<u64>(second)) << load<u32>(at, 28)) >>> unwanted;
        // Of a clock of 64 bits nothing stays, and nothing is carried.
        const most = (<u64>-1) >>> unwanted;
        const low = clock & most;
        clock = clock - low + value + (value < low ? most + 1 : 0);
        p += <usize>load<u32>(at, 36);
        const program = classOf(stream, id);
        if (program !== 0) {
          body = p;
          record = load<i32>(program);
          at = program + 4;
        } else at += <usize>load<u32>(at, 40);
        break;
      }
      case 13: {
        body = p;
        const program = classOf(stream, id);
        if (program === 0) {
          reason = id + 1 < MOST_IDS ? UNKNOWN_ID : NOT_MINE;
          isOpen = false;
        } else {
          record = load<i32>(program);
          at = program + 4;
        }
        break;
      }
      case 14: {
        const count = slot(at);
        const elementBytes = <u64>load<u32>(at, 8);
        if (p > end || count > (<u64>(end - p)) / elementBytes) isOpen = false;
        else p += <usize>(count * elementBytes);
        at += 12;
        break;
      }
      case 15: {
        let bits: u64 = 0;
        let byte: u64 = 0x80;
        const first = p;
        while (byte >= 0x80 && p < end && p - first < MOST_LEB_BYTES) {
          byte = <u64>load<u8>(p);
          value = byte & 0x7f;
          bits |= value << (<u64>(p - first) * 7);
          p++;
        }
        if (byte >= 0x80) {
          if (p < end) reason = NOT_MINE;
          isOpen = false;
        }
        const unused = 64 - <u64>(p - first) * 7;
        value = load<i32>(at, 4) !== 0 ? <u64>((<i64>(bits << unused)) >> unused) : bits;
        at += 8;
        break;
      }
      case 16:
      case 17: {
        const length = load<i32>(at) === 16 ? <u64>load<u32>(at, 4) : slot(at);
        if (p > end || length > ((<u64>(end - p)) << 3) / <u64>load<u32>(at, 8)) isOpen = false;
        store<u32>(COUNTERS + ((<usize>load<u32>(at, 12)) << 2), <u32>length);
        at = length === 0 ? target(at, at + 16) : at + 20;
        break;
      }
      case 18: {
        const counter = COUNTERS + ((<usize>load<u32>(at, 4)) << 2);
        const rest = load<u32>(counter) - 1;
        store<u32>(counter, rest);
        if (p > end) isOpen = false;
        at = rest !== 0 ? target(at, at + 8) : at + 12;
        break;
      }
      case 19: {
        at = target(at, at + 4);
        break;
      }
      case 20:
      case 21: {
        // Values with the sign's bit turned over are in the order of signed ones.
        const turned: u64 = load<i32>(at) === 20 ? 0 : (<u64>1) << 63;
        const chosen = slot(at) ^ turned;
        const last = at + 12 + (<usize>load<u32>(at, 8)) * 20;
        let range = at + 12;
        while (range < last && (chosen < load<u64>(range) || chosen > load<u64>(range, 8))) range += 20;
        if (range < last) at = target(at, range + 16);
        else if (load<i32>(last) !== 0) at = target(at, last);
        else isOpen = false;
        break;
      }
      case 22: {
        if (p === end) isOpen = false;
        at += 4;
        break;
      }
      case 25: {
        value = value !== 0 ? 1 : 0;
        at += 4;
        break;
      }
      case 26: {
        store<u8>(columnOf(table, at) + <usize>count, <u8>value);
        at += 8;
        break;
      }
      case 27: {
        store<u16>(columnOf(table, at) + ((<usize>count) << 1), <u16>value);
        at += 8;
        break;
      }
      case 28: {
        store<u32>(columnOf(table, at) + ((<usize>count) << 2), <u32>value);
        at += 8;
        break;
      }
      case 29: {
        store<u64>(columnOf(table, at) + ((<usize>count) << 3), value);
        at += 8;
        break;
      }
      case 30: {
        const next = endOfString(p, end);
        if (next === 0) isOpen = false;
        else {
          const known = <usize>load<u32>(table + ((<usize>load<u32>(at, 4)) << 3), TABLE_COLUMNS + 4);
          const number = numberOf(known, p, next - 1 - p);
          if (number !== 0) store<u32>(columnOf(table, at) + ((<usize>count) << 2), number - 1);
          else {
            const texts = load<u32>(table, TABLE_TEXT_COUNT);
            const text = <usize>load<u32>(table, TABLE_TEXTS) + ((<usize>texts) << TEXT_SHIFT);
            store<u32>(table, texts + 1, TABLE_TEXT_COUNT);
            store<u32>(text, load<u32>(at, 4));
            store<u32>(text, count, 4);
            store<u32>(text, <u32>p, 8);
            store<u32>(text, <u32>(next - 1), 12);
          }
          p = next;
        }
        at += 8;
        break;
      }
      default:
        unreachable();
    }
  }
  if (table === 0) store<u32>(row + (columnBytes << 2), <u32>(start - base));
  store<i32>(ROWS, count);
  store<i32>(PASSED, table !== 0 ? passed : count);
  store<i32>(REASON, reason);
  store<u64>(CLOCK, noted);
  store<u64>(ID, id);
  store<u32>(MAX_CLOCK_HIGH, <u32>(maxClock >>> 32));
  return start;
}

/** Where a text's number and length belong, with the text behind them, so that it is known. 0: it is too long. */
export function placeOf(known: usize, from: usize, length: usize): usize {
  if (length > MOST_KNOWN_BYTES) return 0;
  numberOf(known, from, length);
  return <usize>load<u32>(PLACE);
}
