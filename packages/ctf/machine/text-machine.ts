/**
 * The text machine, in AssemblyScript: what `runTextProgram` and `LineTime.put` do, for all events of a run at once. An engine has
 * it as machine code from the first event on, where JavaScript becomes quick only after thousands of them.
 *
 * `scripts/machines.mjs` makes `src/decode/text-machine-code.ts` of it. Where things lie in memory, and which number a step
 * has, is in `src/decode/text-machine-layout.ts` and `src/decode/text-program.ts`; addresses come from there.
 *
 * What it does not do (a time in another second than the line before, a class without a program, damage) it leaves to
 * JavaScript: it stops before that event.
 */

/** Writes a real number of 4 or 8 bytes at `p`; gives where its text ends. */
declare function real(o: usize, p: usize, sizeBytes: i32, isLittleEndian: i32): usize;
/** Writes the text of a value by a format; gives where it ends, 0 when there is no room. */
declare function formatted(format: i32, high: i32, low: i32, isSigned: i32, o: usize, end: usize): usize;

// Why it stopped, and where.
const STOPPED_SEGMENT: usize = 0;
const STOPPED_EVENT: usize = 4;
const REASON: usize = 8;
const DONE: i32 = 0;
const IS_FULL: i32 = 1;
const NOT_MINE: i32 = 2;

// Times of lines.
const SECOND: usize = 64;
const PREVIOUS: usize = 72;
const HAS_PREVIOUS: usize = 80;
const SECOND_TEXT: usize = 84;
const SECOND_LENGTH: usize = 88;
const BETWEEN_TEXT: usize = 92;
/** Negative: no time since the line before. */
const BETWEEN_LENGTH: usize = 96;
const AFTER_TEXT: usize = 100;
const AFTER_LENGTH: usize = 104;
const SLOTS: usize = 256;
const COUNTERS: usize = 512;
const COUNTS: usize = 528;

const PAIRS: usize = 1024;
const IS_ESCAPED: usize = 1280;
/** Of each byte eight: the length of its escape sequence, and that. */
const ESCAPES: usize = 2048;

/** Texts of values by a format, where JavaScript has put them: as many as two to the power of. */
const KNOWN: usize = 1441792;
const KNOWN_BITS: u32 = 10;
const KNOWN_SHIFT: usize = 6;
/** In a row, in each of which a text may be. */
const KNOWN_PLACES: u32 = 4;
const KNOWN_FORMAT: usize = 0;
const KNOWN_LOW: usize = 4;
const KNOWN_HIGH: usize = 8;
const KNOWN_LENGTH: usize = 12;
const KNOWN_TEXT: usize = 16;

// Of a part.
const PART_BYTES: usize = 56;
const BASE: usize = 0;
const CLASSES: usize = 4;
const BODIES: usize = 8;
const STARTS: usize = 12;
const CLOCK_HIGH: usize = 16;
const CLOCK_LOW: usize = 20;
const PROGRAMS: usize = 24;
const PROGRAM_COUNT: usize = 28;
const OFFSET: usize = 32;
const HAS_CLOCK: usize = 40;
const GIVEN_TEXT: usize = 44;
const GIVEN_LENGTH: usize = 48;

// Of a program.
const ROOM: usize = 0;
const LITERALS: usize = 4;
const FORMATS: usize = 8;
const STEPS: usize = 12;

const MAX_ESCAPED_BYTES: i32 = 6;
const TIME_ROOM: i32 = 512;
const NS_PER_S: u64 = 1_000_000_000;
/** Of a position: the event is JavaScript's; there is no room. */
const REFUSED: usize = 0;
const FULL: usize = 1;

// @ts-expect-error: decorator
@inline
function putPair(o: usize, value: u32): void {
  store<u16>(o, load<u16>(PAIRS + ((<usize>value) << 1)));
}

function putFour(o: usize, value: u32): void {
  const high = value / 100;
  putPair(o, high);
  putPair(o + 2, value - high * 100);
}

function putEight(o: usize, value: u32): void {
  const high = value / 10_000;
  putFour(o, high);
  putFour(o + 4, value - high * 10_000);
}

function putNine(o: usize, value: u32): usize {
  const high = value / 100_000_000;
  store<u8>(o, 0x30 + high);
  putEight(o + 1, value - high * 100_000_000);
  return o + 9;
}

/** One to four digits. */
function putUpToFour(o: usize, value: u32): usize {
  const high = value / 100;
  const low = value - high * 100;
  if (high >= 10) {
    putPair(o, high);
    putPair(o + 2, low);
    return o + 4;
  }
  if (high > 0) {
    store<u8>(o, 0x30 + high);
    putPair(o + 1, low);
    return o + 3;
  }
  if (low >= 10) {
    putPair(o, low);
    return o + 2;
  }
  store<u8>(o, 0x30 + low);
  return o + 1;
}

function putUnsigned(o: usize, value: u32): usize {
  if (value < 10_000) return putUpToFour(o, value);
  if (value < 100_000_000) {
    const high = value / 10_000;
    const end = putUpToFour(o, high);
    putFour(end, value - high * 10_000);
    return end + 4;
  }
  const high = value / 100_000_000;
  const end = putUpToFour(o, high);
  putEight(end, value - high * 100_000_000);
  return end + 8;
}

function putUnsigned64(o: usize, value: u64): usize {
  if (value <= 0xffff_ffff) return putUnsigned(o, <u32>value);
  const high = value / 100_000_000;
  const end = putUnsigned64(o, high);
  putEight(end, <u32>(value - high * 100_000_000));
  return end + 8;
}

function putSigned64(o: usize, value: i64): usize {
  if (value >= 0) return putUnsigned64(o, <u64>value);
  store<u8>(o, 0x2d);
  return putUnsigned64(o + 1, <u64>0 - <u64>value);
}

/** Upper-case digits, without zeros in front. */
function putHex(o: usize, value: u64): usize {
  let count: usize = 1;
  for (let rest = value >>> 4; rest !== 0; rest >>>= 4) count++;
  const end = o + count;
  for (let to = end - 1, rest = value; to >= o; to--, rest >>>= 4) {
    const digit = <u32>(rest & 15);
    store<u8>(to, digit < 10 ? 0x30 + digit : 0x37 + digit);
  }
  return end;
}

/** Up to seven bytes behind the end are written over. */
// @ts-expect-error: decorator
@inline
function putFixed(o: usize, text: usize, length: i32): usize {
  for (let i: usize = 0; i < <usize>length; i += 8) store<u64>(o + i, load<u64>(text + i));
  return o + <usize>length;
}

function putEscape(o: usize, byte: u32): usize {
  const sequence = ESCAPES + ((<usize>byte) << 3);
  store<u32>(o, load<u32>(sequence + 1));
  return o + load<u8>(sequence);
}

// @ts-expect-error: decorator
@inline
function swap32(value: u32, isLittleEndian: i32): u32 {
  return isLittleEndian !== 0 ? value : bswap<u32>(value);
}

/** Where the text of a value by a format is known; 0: nowhere. */
// @ts-expect-error: decorator
@inline
function findKnown(format: i32, high: i32, low: i32): usize {
  const hash = (<u32>((low ^ (high << 7)) + (format << 5))) * <u32>0x9e3779b1;
  for (let i: u32 = 0; i < KNOWN_PLACES; i++) {
    const index = ((hash >>> (32 - KNOWN_BITS)) + i) & ((1 << KNOWN_BITS) - 1);
    const place = KNOWN + ((<usize>index) << KNOWN_SHIFT);
    if (
      load<i32>(place, KNOWN_FORMAT) === format + 1 &&
      load<i32>(place, KNOWN_LOW) === low &&
      load<i32>(place, KNOWN_HIGH) === high
    )
      return place;
  }
  return 0;
}

/** The time at the beginning of a line, and the time since the line before; `REFUSED` where it is unusual. */
// @ts-expect-error: decorator
@inline
function putTime(o: usize, time: i64): usize {
  const fraction = <u64>(time - load<i64>(SECOND));
  const delta = <u64>(time - load<i64>(PREVIOUS));
  if (load<i32>(HAS_PREVIOUS) === 0 || fraction >= NS_PER_S || delta >= NS_PER_S) return REFUSED;
  let end = putNine(putFixed(o, load<u32>(SECOND_TEXT), load<i32>(SECOND_LENGTH)), <u32>fraction);
  const betweenLength = load<i32>(BETWEEN_LENGTH);
  if (betweenLength >= 0) end = putNine(putFixed(end, load<u32>(BETWEEN_TEXT), betweenLength), <u32>delta);
  return putFixed(end, load<u32>(AFTER_TEXT), load<i32>(AFTER_LENGTH));
}

/** Follows a program; gives where the text ends, `REFUSED` or `FULL`. */
function putEvent(program: usize, part: usize, from: usize, end: usize, begin: usize, outEnd: usize, need: i32): usize {
  const literals: usize = load<u32>(program, LITERALS);
  let p = from;
  let o = begin;
  let value: i32 = 0;
  let high: i32 = 0;
  for (let at = program + STEPS; ; ) {
    switch (load<i32>(at)) {
      case 0:
        return o;
      case 1: {
        o = putFixed(o, literals + ((<usize>load<u32>(at, 4)) << 2), load<i32>(at, 8));
        at += 12;
        break;
      }
      case 2: {
        o = putFixed(o, load<u32>(part, GIVEN_TEXT), load<i32>(part, GIVEN_LENGTH));
        at += 4;
        break;
      }
      case 4: {
        const mask = <usize>load<i32>(at, 4) - 1;
        p = (p + mask) & ~mask;
        at += 8;
        break;
      }
      case 5: {
        value = load<u8>(p);
        p += 1;
        at += 4;
        break;
      }
      case 6: {
        value = load<i8>(p);
        p += 1;
        at += 4;
        break;
      }
      case 7: {
        const word = load<u16>(p);
        value = load<i32>(at, 4) !== 0 ? word : bswap<u16>(word);
        p += 2;
        at += 8;
        break;
      }
      case 8: {
        const word = load<u16>(p);
        value = <i32>(<i16>(load<i32>(at, 4) !== 0 ? word : bswap<u16>(word)));
        p += 2;
        at += 8;
        break;
      }
      case 9:
      case 10: {
        value = <i32>swap32(load<u32>(p), load<i32>(at, 4));
        p += 4;
        at += 8;
        break;
      }
      case 11: {
        const word = load<u64>(p);
        const whole = load<i32>(at, 4) !== 0 ? word : bswap<u64>(word);
        value = <i32>whole;
        high = <i32>(whole >>> 32);
        p += 8;
        at += 8;
        break;
      }
      case 12: {
        o = real(o, p, 4, load<i32>(at, 4));
        p += 4;
        at += 8;
        break;
      }
      case 13: {
        o = real(o, p, 8, load<i32>(at, 4));
        p += 8;
        at += 8;
        break;
      }
      case 14: {
        o = putUnsigned(o, value);
        at += 4;
        break;
      }
      case 15: {
        o = putSigned64(o, value);
        at += 4;
        break;
      }
      case 16: {
        const bits = load<i32>(at, 8) >= 32 ? <u32>value : <u32>(value & load<i32>(at, 4));
        o = putHex(o, bits);
        at += 12;
        break;
      }
      case 17:
      case 22: {
        const isWide = load<i32>(at) === 22;
        const isSigned = load<i32>(at, 8);
        const upper = isWide ? high : isSigned !== 0 ? value >> 31 : 0;
        const format = load<i32>(program, FORMATS) + load<i32>(at, 4);
        const known = findKnown(format, upper, value);
        if (known !== 0 && o + <usize>load<i32>(known, KNOWN_LENGTH) <= outEnd - need) {
          o = putFixed(o, known + KNOWN_TEXT, load<i32>(known, KNOWN_LENGTH));
        } else o = formatted(format, upper, value, (isWide ? 2 : 0) | isSigned, o, outEnd - need);
        if (o === 0) return FULL;
        at += 12;
        break;
      }
      case 18: {
        store<u32>(SLOTS + ((<usize>load<u32>(at, 4)) << 2), value);
        at += 8;
        break;
      }
      case 19: {
        o = putUnsigned64(o, ((<u64>(<u32>high)) << 32) | <u64>(<u32>value));
        at += 4;
        break;
      }
      case 20: {
        o = putSigned64(o, ((<i64>high) << 32) | <i64>(<u32>value));
        at += 4;
        break;
      }
      case 21: {
        o = putHex(o, ((<u64>(<u32>high)) << 32) | <u64>(<u32>value));
        at += 4;
        break;
      }
      case 23: {
        while (p < end) {
          const byte: u32 = load<u8>(p);
          p++;
          if (load<u8>(IS_ESCAPED + byte) === 0) {
            store<u8>(o, byte);
            o++;
          } else if (byte === 0) break;
          else o = putEscape(o, byte);
        }
        at += 4;
        break;
      }
      case 24:
      case 25: {
        const word = load<u32>(at, 4);
        const length = load<i32>(at) === 24 ? word : load<u32>(SLOTS + ((<usize>word) << 2));
        if (length > <u32>(end - p)) return REFUSED;
        const last = p + length;
        for (let next = p; next < last; next++) {
          const byte: u32 = load<u8>(next);
          if (load<u8>(IS_ESCAPED + byte) === 0) {
            store<u8>(o, byte);
            o++;
          } else if (byte === 0) break;
          else o = putEscape(o, byte);
        }
        p = last;
        at += 8;
        break;
      }
      case 26:
      case 27: {
        const depth = (<usize>load<u32>(at, 4)) << 2;
        const word = load<u32>(at, 8);
        const count = load<i32>(at) === 26 ? word : load<u32>(SLOTS + ((<usize>word) << 2));
        if (count > <u32>(end - p)) return REFUSED;
        store<u32>(COUNTERS + depth, 0);
        store<u32>(COUNTS + depth, count);
        at = count === 0 ? program + STEPS + ((<usize>load<u32>(at, 12)) << 2) : at + 16;
        break;
      }
      case 28: {
        const depth = (<usize>load<u32>(at, 4)) << 2;
        const number = load<u32>(COUNTERS + depth) + 1;
        store<u32>(COUNTERS + depth, number);
        if (<i32>(outEnd - o) < need) return FULL;
        at = number < load<u32>(COUNTS + depth) ? program + STEPS + ((<usize>load<u32>(at, 8)) << 2) : at + 12;
        break;
      }
      case 29: {
        o = putUnsigned(o, load<u32>(COUNTERS + ((<usize>load<u32>(at, 4)) << 2)));
        at += 8;
        break;
      }
      case 30: {
        const isFirst = load<u32>(COUNTERS + ((<usize>load<u32>(at, 4)) << 2)) === 0;
        at = isFirst ? program + STEPS + ((<usize>load<u32>(at, 8)) << 2) : at + 12;
        break;
      }
      case 35: {
        o = putUnsigned(o, load<u32>(COUNTS + ((<usize>load<u32>(at, 4)) << 2)));
        at += 8;
        break;
      }
      case 36: {
        at = program + STEPS + ((<usize>load<u32>(at, 4)) << 2);
        break;
      }
      default:
        return REFUSED;
    }
  }
  return REFUSED;
}

function stop(segment: usize, index: i32, reason: i32): void {
  store<u32>(STOPPED_SEGMENT, segment);
  store<i32>(STOPPED_EVENT, index);
  store<i32>(REASON, reason);
}

/**
 * Prints the events of the segments from `segment` on, up to `segmentEnd`, beginning with event `first` of the first one (negative: its own
 * first); stops when the text reaches `flushAt`. Gives where the text ends.
 */
export function print(
  parts: usize,
  segment: usize,
  segmentEnd: usize,
  first: i32,
  out: usize,
  flushAt: usize,
  outEnd: usize,
): usize {
  let o = out;
  for (let at = segment; at < segmentEnd; at += 12) {
    const part = parts + (<usize>load<u32>(at)) * PART_BYTES;
    const base: usize = load<u32>(part, BASE);
    const hasClock = load<i32>(part, HAS_CLOCK);
    const last = load<i32>(at, 8);
    let i = first >= 0 ? first : load<i32>(at, 4);
    first = -1;
    for (; i < last; i++) {
      const place = (<usize>i) << 2;
      const classNumber = load<u32>(<usize>load<u32>(part, CLASSES) + place);
      const program: usize =
        classNumber < load<u32>(part, PROGRAM_COUNT)
          ? <usize>load<u32>(<usize>load<u32>(part, PROGRAMS) + ((<usize>classNumber) << 2))
          : 0;
      if (program === 0) {
        stop(at, i, NOT_MINE);
        return o;
      }
      const from = base + load<u32>(<usize>load<u32>(part, BODIES) + place);
      const end = base + load<u32>(<usize>load<u32>(part, STARTS) + place + 4);
      const need =
        load<i32>(program, ROOM) + <i32>(end - from) * MAX_ESCAPED_BYTES + TIME_ROOM + load<i32>(part, GIVEN_LENGTH);
      if (<i32>(outEnd - o) < need) {
        stop(at, i, IS_FULL);
        return o;
      }
      let to = o;
      let time: i64 = 0;
      if (hasClock !== 0) {
        const high: u64 = load<u32>(<usize>load<u32>(part, CLOCK_HIGH) + place);
        const low: u64 = load<u32>(<usize>load<u32>(part, CLOCK_LOW) + place);
        time = <i64>((high << 32) | low) + load<i64>(part, OFFSET);
        to = putTime(o, time);
        if (to === REFUSED) {
          stop(at, i, NOT_MINE);
          return o;
        }
      }
      to = putEvent(program, part, from, end, to, outEnd, need);
      if (to === REFUSED || to === FULL) {
        stop(at, i, to === FULL ? IS_FULL : NOT_MINE);
        return o;
      }
      if (hasClock !== 0) store<i64>(PREVIOUS, time);
      o = to;
      if (o >= flushAt) {
        stop(at, i + 1, IS_FULL);
        return o;
      }
    }
  }
  stop(segmentEnd, -1, DONE);
  return o;
}
