/** Times as people read them: `HH:MM:SS.nnnnnnnnn`, with a date, or as seconds. */

const NS_PER_S = 1_000_000_000n;
/** Seconds that a JavaScript date can hold. */
const MAX_DATE_S = 8_640_000_000_000n;

export interface WallTimeStyle {
  readonly printsSeconds: boolean;
  readonly printsDate: boolean;
  /** UTC, else the local time zone. */
  readonly isGmt: boolean;
}

export const TIME_OF_DAY: WallTimeStyle = { printsSeconds: false, printsDate: false, isGmt: false };

/** Formats times; keeps the last second, because the next time is mostly in it. */
export class WallTime {
  readonly #style: WallTimeStyle;
  #second = -1n;
  #prefix = '';

  constructor(style: WallTimeStyle = TIME_OF_DAY) {
    this.#style = style;
  }

  format(ns: bigint): string {
    // Differs from upstream: every time before the epoch is printed as seconds; there the first one is, and later
    // ones appear as times after it.
    const isNegative = ns < 0n;
    const absolute = isNegative ? -ns : ns;
    const second = absolute / NS_PER_S;
    const fraction = nineDigits(absolute - second * NS_PER_S);
    if (isNegative) return `-${second}.${fraction}`;
    if (this.#style.printsSeconds || second > MAX_DATE_S) return `${second}.${fraction}`;
    if (second !== this.#second) {
      this.#second = second;
      this.#prefix = this.#dayAndTime(new Date(Number(second) * 1000));
    }
    return `${this.#prefix}.${fraction}`;
  }

  #dayAndTime(date: Date): string {
    const { isGmt, printsDate } = this.#style;
    const time = isGmt
      ? [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
      : [date.getHours(), date.getMinutes(), date.getSeconds()];
    const text = time.map(twoDigits).join(':');
    if (!printsDate) return text;
    const day = isGmt
      ? [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
      : [date.getFullYear(), date.getMonth() + 1, date.getDate()];
    return `${day.map(twoDigits).join('-')} ${text}`;
  }
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** Nine digits of a fraction of a second. */
export const nineDigits = (value: bigint): string => String(value).padStart(9, '0');
