/**
 * The form of details text: indented lines of names and values, numbers with separated digits, colours by what a text
 * is. Texts are binary strings. The words are Babeltrace 2's.
 */
import type { Value } from '@lttng-ts/graph';
import { isArray, isMap } from '@lttng-ts/graph';
import { toBinary } from '../binary-text.ts';
import type { Palette } from '../palette.ts';
import { formatF } from './format-real.ts';

/** Spaces that lines are indented further by. */
export const INDENT = 2;

/** Digits in groups: decimal ones from 10,000 on in threes, hexadecimal in fours, octal in threes. */
export function formatGrouped(value: bigint, base: 2 | 8 | 10 | 16 = 10): string {
  const sign = value < 0n ? '-' : '';
  const absolute = value < 0n ? -value : value;
  switch (base) {
    case 10:
      return sign + (absolute <= 9999n ? absolute.toString() : group(absolute.toString(), 3, ','));
    case 8:
      return `${sign}0${group(absolute.toString(8), 3, ':')}`;
    default:
      // Upstream has no binary format: such values are hexadecimal, too.
      return `${sign}0x${group(absolute.toString(16), 4, ':')}`;
  }
}

function group(digits: string, size: number, separator: string): string {
  if (digits.length <= size) return digits;
  const first = digits.length % size || size;
  let text = digits.slice(0, first);
  for (let at = first; at < digits.length; at += size) text += separator + digits.slice(at, at + size);
  return text;
}

export const plural = (count: number): string => (count === 1 ? '' : 's');

/** Gathers a block of text. */
export class BlockText {
  readonly palette: Palette;
  #text = '';
  #indent = 0;

  constructor(palette: Palette) {
    this.palette = palette;
  }

  /** Takes what was gathered; the next block begins. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    this.#indent = 0;
    return text;
  }

  get isEmpty(): boolean {
    return this.#text === '';
  }

  add(text: string): void {
    this.#text += text;
  }

  /** Runs `action` with lines indented further. */
  indented(action: () => void): void {
    this.#indent += INDENT;
    action();
    this.#indent -= INDENT;
  }

  /** Takes spaces away that end the text so far. */
  trimEnd(): void {
    this.#text = this.#text.trimEnd();
  }

  newLine(): void {
    this.#text += '\n';
  }

  indent(): void {
    this.#text += ' '.repeat(this.#indent);
  }

  /** `name:` of a field or option. */
  memberName(name: string): void {
    this.indent();
    this.#text += `${this.palette.cyan}${toBinary(name)}${this.palette.reset}:`;
  }

  arrayIndex(index: number, colour: string): void {
    this.indent();
    this.#text += `${colour}[${formatGrouped(BigInt(index))}]${this.palette.reset}:`;
  }

  objectName(name: string): void {
    this.#text += `${this.palette.bold}${this.palette.brightYellow}${name}${this.palette.reset}`;
  }

  propertyName(name: string): void {
    this.#text += `${this.palette.magenta}${toBinary(name)}${this.palette.reset}`;
  }

  propertyNameLine(name: string): void {
    this.indent();
    this.propertyName(name);
    this.#text += ':';
  }

  /** A value, given as a binary string. */
  value(text: string): void {
    this.#text += `${this.palette.bold}${text}${this.palette.reset}`;
  }

  number(value: bigint | number): void {
    this.value(formatGrouped(BigInt(value)));
  }

  none(text: string): void {
    this.#text += `${this.palette.bold}${this.palette.brightMagenta}${text}${this.palette.reset}`;
  }

  boolean(value: boolean): void {
    const { bold, brightGreen, brightRed, reset } = this.palette;
    this.#text += `${bold}${value ? brightGreen : brightRed}${value ? 'Yes' : 'No'}${reset}`;
  }

  /** `Name: value`, a line. */
  property(name: string, value: string | bigint | boolean): void {
    this.propertyNameLine(name);
    this.#text += ' ';
    if (typeof value === 'string') this.value(toBinary(value));
    else if (typeof value === 'boolean') this.boolean(value);
    else this.number(value);
    this.newLine();
  }

  /** `name: value`, where values of maps and arrays go on in lines below. No newline at the end. */
  namedValue(name: string | null, value: Value): void {
    if (name !== null) this.propertyNameLine(name);
    if (isArray(value)) this.#arrayValue(value);
    else if (isMap(value)) this.#mapValue(value);
    else {
      this.#text += ' ';
      if (value === null) this.none('Null');
      else if (typeof value === 'boolean') this.boolean(value);
      else if (typeof value === 'bigint') this.number(value);
      else this.value(typeof value === 'number' ? formatF(value) : toBinary(value));
    }
  }

  #arrayValue(values: readonly Value[]): void {
    this.arrayHead(values.length);
    this.indented(() => {
      values.forEach((element, i) => {
        this.newLine();
        this.arrayIndex(i, this.palette.magenta);
        this.namedValue(null, element);
      });
    });
  }

  #mapValue(values: ReadonlyMap<string, Value>): void {
    if (values.size === 0) {
      this.#text += ' ';
      this.none('Empty');
      return;
    }
    this.indented(() => {
      for (const name of [...values.keys()].sort(compareBytes)) {
        this.newLine();
        this.namedValue(name, values.get(name)!);
      }
    });
  }

  /** ` Length 3:` or ` Empty`. */
  arrayHead(length: number): void {
    if (length === 0) {
      this.#text += ' ';
      this.none('Empty');
    } else {
      this.#text += ' Length ';
      this.number(length);
      this.#text += ':';
    }
  }
}

/** The order of C's `strcmp`: by bytes of UTF-8, which is that of code points. */
export function compareBytes(a: string, b: string): number {
  const [left, right] = [toBinary(a), toBinary(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
