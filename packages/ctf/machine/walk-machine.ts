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

/** Where the step goes on whose number of bytes to go stands at `at`. */
// @ts-expect-error: decorator
@inline
function target(step: usize, at: usize): usize {
  return step + <usize>load<i32>(at);
}

/**
 * Passes over event records from `from` on that begin before `limit`, and notes them in `columns` of `capacity` rows from row
 * `passed` on. `base` is where the packet begins (its window), `end` where its bytes end. Gives where the last one ends.
 */
export function walk(
  stream: usize,
  base: usize,
  from: usize,
  limit: usize,
  end: usize,
  columns: usize,
  capacity: i32,
  passed: i32,
): usize {
  const header: usize = load<u32>(stream, HEADER);
  const columnBytes = (<usize>capacity) << 2;
  let row = columns + ((<usize>passed) << 2);
  let count = passed;
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
        let zero: u64 = 0;
        while (p < end) {
          const word = load<u64>(p);
          zero = (word - ONES) & ~word & HIGHEST_BITS;
          if (zero !== 0) break;
          p += 8;
        }
        if (zero === 0) isOpen = false;
        else p += <usize>(ctz(zero) >>> 3) + 1;
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
      default:
        unreachable();
    }
  }
  store<u32>(row + (columnBytes << 2), <u32>(start - base));
  store<i32>(PASSED, count);
  store<i32>(REASON, reason);
  store<u64>(CLOCK, noted);
  store<u64>(ID, id);
  store<u32>(MAX_CLOCK_HIGH, <u32>(maxClock >>> 32));
  return start;
}
