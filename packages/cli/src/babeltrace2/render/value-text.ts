/** Values as indented text: results of queries, parameters. Entries of maps are sorted by name. */
import { isArray, isMap, type Value } from '@lttng-ts/graph';
import type { Colours } from '../text/colours.ts';

const STEP = 2;

/** The lines of a value, each ended by a newline. */
export function valueText(value: Value, indent: number, colours: Colours): string {
  const isNested = (isArray(value) && value.length > 0) || (isMap(value) && value.size > 0);
  const lines = new ValueWriter(colours).lines(value, indent);
  return isNested ? lines : `${' '.repeat(indent)}${lines.trimStart()}`;
}

class ValueWriter {
  readonly #colours: Colours;

  constructor(colours: Colours) {
    this.#colours = colours;
  }

  lines(value: Value, indent: number): string {
    const margin = ' '.repeat(indent);
    if (isArray(value)) {
      if (value.length === 0) return `${margin}[ ]\n`;
      return value.map((item) => `${margin}- ${this.#nested(item, indent)}`).join('');
    }
    if (isMap(value)) {
      if (value.size === 0) return `${margin}{ }\n`;
      const names = [...value.keys()].sort(byBytes);
      return names.map((name) => `${margin}${name}: ${this.#nested(value.get(name)!, indent)}`).join('');
    }
    return `${this.#plain(value)}\n`;
  }

  /** What stands behind `- ` or `name: `. */
  #nested(value: Value, indent: number): string {
    if (isArray(value)) return value.length === 0 ? '[ ]\n' : `\n${this.lines(value, indent + STEP)}`;
    if (isMap(value)) return value.size === 0 ? '{ }\n' : `\n${this.lines(value, indent + STEP)}`;
    return `${this.#plain(value)}\n`;
  }

  #plain(value: null | boolean | bigint | number | string): string {
    const { bold, brightCyan, brightRed, brightGreen, reset } = this.#colours;
    if (value === null) return `${bold}null${reset}`;
    switch (typeof value) {
      case 'boolean':
        return `${bold}${brightCyan}${value ? 'yes' : 'no'}${reset}`;
      case 'bigint':
        return `${bold}${brightRed}${value}${reset}`;
      case 'number':
        return `${bold}${brightRed}${realText(value)}${reset}`;
      case 'string':
        return `${bold}${brightGreen}${value}${reset}`;
    }
  }
}

/** As C's `%f` prints it. */
function realText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}

const byBytes = (first: string, second: string): number =>
  Buffer.compare(Buffer.from(first), Buffer.from(second));
