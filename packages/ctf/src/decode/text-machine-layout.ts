/**
 * What lies where in the memory of the text machine (`text-machine.ts`), for whoever fills it, runs it or looks at what it did.
 */

/** What the compiler was told. */
export const MACHINE_PAGES = 128;
export const MACHINE_DATA = 8192;

/** Addresses of the machine. */
export const STOPPED_SEGMENT = 0;
export const STOPPED_EVENT = 4;
export const REASON = 8;
/** Of machines that several threads run: whose turn it is, where the segments end, and where the text does. */
export const STATE = 12;
export const SEGMENT_END = 16;
export const TEXT_END = 20;
export const TIME = {
  second: 64,
  previous: 72,
  hasPrevious: 80,
  texts: { second: 84, between: 92, after: 100 },
} as const;
export const PAIRS = 1024;
export const ESCAPED = 1280;
export const ESCAPES = 2048;
/** Where the texts of a time are, each with room of {@link TIME_TEXT_BYTES}. */
export const TIME_TEXTS = { second: 4352, between: 4608, after: 4864 } as const;
export const TIME_TEXT_BYTES = 128;
export const PARTS = 8192;
export const SEGMENTS = 1 << 16;
export const PROGRAMS = 7 << 16;
/** Texts of values by a format; the machine has the same numbers. */
export const KNOWN = 22 << 16;
export const KNOWN_BITS = 10;
export const KNOWN_SHIFT = 6;
export const KNOWN_PLACES = 4;
export const KNOWN_FIELD = { format: 0, low: 4, high: 8, length: 12, text: 16 } as const;
export const MOST_KNOWN_BYTES = (1 << KNOWN_SHIFT) - KNOWN_FIELD.text;
export const OUTPUT = 23 << 16;
export const RUN = 32 << 16;
export const END = MACHINE_PAGES << 16;
/** What is written behind the end of a text is no part of it. */
export const SLACK_BYTES = 64;
export const OUTPUT_BYTES = RUN - OUTPUT - SLACK_BYTES;

export const PART_BYTES = 56;
export const PART = {
  base: 0,
  classes: 4,
  bodies: 8,
  starts: 12,
  clockHigh: 16,
  clockLow: 20,
  programs: 24,
  programCount: 28,
  offset: 32,
  hasClock: 40,
  given: 44,
  givenLength: 48,
} as const;
