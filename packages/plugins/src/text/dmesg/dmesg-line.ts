/**
 * Lines of the kernel's log: `[ SECONDS.MICROSECONDS] TEXT`, `[YYYY-MM-DD HH:MM:SS.MICROSECONDS] TEXT` (in local time), or
 * text alone.
 */

export interface DmesgLine {
  /** Nanoseconds since the machine started, of a date since the Unix epoch; `null` when the line has no time. */
  readonly ns: bigint | null;
  readonly text: string;
}

const DATED = /^\[(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+)\.(\d+)\] ?(.*)$/s;
const TIMED = /^\[\s*([0-9]+)\.([0-9]+)\] ?(.*)$/s;

/** Parses a line without its newline; `null` for one of nothing but spaces. Without `hasTimes` all of it is text. */
export function parseDmesgLine(line: string, hasTimes: boolean): DmesgLine | null {
  if (/^\s*$/.test(line)) return null;
  if (!hasTimes) return { ns: null, text: line };
  const match = TIMED.exec(line);
  if (match === null) return parseDatedLine(line) ?? { ns: null, text: line };
  const [, seconds, microseconds, text] = match;
  return { ns: BigInt(seconds!) * 1_000_000_000n + BigInt(microseconds!) * 1000n, text: text! };
}

function parseDatedLine(line: string): DmesgLine | null {
  const match = DATED.exec(line);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = new Date(year, month - 1, day, hour, minute, second).getTime();
  if (Number.isNaN(ms) || ms < 0) return null;
  return { ns: BigInt(ms) * 1_000_000n + BigInt(match[7]!) * 1000n, text: match[8]! };
}
