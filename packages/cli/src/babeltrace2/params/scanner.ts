/**
 * Tokens of parameter texts, by the rules of the scanner that upstream uses (GLib's, with its oddities):
 * `0b`, `0` and `0x` prefixes, floating point numbers, double-quoted strings with C escapes, identifiers
 * that may hold `.`, `:` and `-`. It works on bytes, as positions in messages count bytes.
 */

export type Token =
  | { readonly kind: 'end' }
  | { readonly kind: 'fault' }
  | { readonly kind: 'character'; readonly character: string }
  | { readonly kind: 'identifier'; readonly name: string }
  /** At most 2^64 − 1: what is larger saturates. */
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'real'; readonly value: number }
  | { readonly kind: 'string'; readonly text: string };

type NumberKind = 'binary' | 'octal' | 'decimal' | 'hexadecimal' | 'real';

const SPACE = /[ \t\n]/;
const IDENTIFIER_START = /[A-Za-z_]/;
const IDENTIFIER_REST = /[A-Za-z_0-9.:-]/;
const END_OF_TEXT = '';
const MAX_INTEGER = (1n << 64n) - 1n;

const INTEGER_FORMS: Readonly<
  Record<Exclude<NumberKind, 'real'>, { readonly digits: RegExp; readonly prefix: string }>
> = {
  binary: { digits: /^[01]+$/, prefix: '0b' },
  octal: { digits: /^[0-7]+$/, prefix: '0o' },
  decimal: { digits: /^[0-9]+$/, prefix: '' },
  hexadecimal: { digits: /^[0-9a-fA-F]+$/, prefix: '0x' },
};

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
};

/** Reads tokens one at a time; `position` is the column after the last one. */
export class ParamsScanner {
  /** One character for each byte of the text. */
  readonly #bytes: string;
  #at = 0;
  #isOpenEnded = false;

  constructor(text: string) {
    this.#bytes = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
  }

  /** Column after the last token, in bytes. A token that the end of the text cuts off ends one behind it. */
  get position(): number {
    return this.#at + (this.#isOpenEnded ? 1 : 0);
  }

  next(): Token {
    if (this.#at >= this.#bytes.length) return { kind: 'end' };
    let character = this.#take();
    while (character !== END_OF_TEXT && SPACE.test(character)) character = this.#take();
    if (character === END_OF_TEXT) return { kind: 'end' };
    if (IDENTIFIER_START.test(character)) return this.#identifier(character);
    if (character === '"') return this.#string();
    if (character === '.') return this.#number('real', `0.${this.#take()}`);
    if (character === '0') return this.#prefixedNumber();
    if (/[1-9]/.test(character)) return this.#number('decimal', character);
    return { kind: 'character', character };
  }

  #take(): string {
    const character = this.#bytes[this.#at] ?? END_OF_TEXT;
    if (character !== END_OF_TEXT) this.#at++;
    return character;
  }

  #peek(): string {
    return this.#bytes[this.#at] ?? END_OF_TEXT;
  }

  #identifier(first: string): Token {
    let name = first;
    while (IDENTIFIER_REST.test(this.#peek())) name += this.#take();
    return { kind: 'identifier', name };
  }

  #string(): Token {
    let bytes = '';
    for (;;) {
      const character = this.#take();
      if (character === END_OF_TEXT) return this.#cutOff(character);
      if (character === '"') return { kind: 'string', text: fromBytes(bytes) };
      bytes += character === '\\' ? this.#escaped() : character;
    }
  }

  #cutOff(last: string): Token {
    this.#isOpenEnded = last === END_OF_TEXT;
    return { kind: 'fault' };
  }

  #escaped(): string {
    const character = this.#take();
    if (!/[0-7]/.test(character)) return SIMPLE_ESCAPES[character] ?? character;
    let digits = character;
    while (digits.length < 3 && /[0-7]/.test(this.#peek())) digits += this.#take();
    return String.fromCharCode(Number.parseInt(digits, 8) & 0xff);
  }

  #prefixedNumber(): Token {
    const mark = this.#peek();
    if (/[xX]/.test(mark)) {
      this.#take();
      const first = this.#take();
      if (!/[0-9a-fA-F]/.test(first)) return this.#cutOff(first);
      return this.#number('hexadecimal', first);
    }
    if (/[bB]/.test(mark)) {
      this.#take();
      const first = this.#take();
      if (!/[0-9]/.test(first)) return this.#cutOff(first);
      return this.#number('binary', first);
    }
    return this.#number('octal', '0');
  }

  /** Takes letters, digits, `.` and the sign of an exponent; what they are not allowed to be ends in a fault. */
  #number(initialKind: NumberKind, initialDigits: string): Token {
    let [kind, digits, last] = [initialKind, initialDigits, initialDigits.at(-1) ?? ''];
    for (;;) {
      const isExponentSign = kind === 'real' && /[eE]/.test(last) && /[+-]/.test(this.#peek());
      if (!isExponentSign && !/[0-9A-Za-z.]/.test(this.#peek())) break;
      last = this.#take();
      if (last === '.') {
        if (kind !== 'decimal' && kind !== 'octal') return { kind: 'fault' };
        kind = 'real';
      } else if (/[eE]/.test(last) && kind !== 'hexadecimal') {
        if (kind === 'binary') return { kind: 'fault' };
        kind = 'real';
      } else if (/[A-Za-z]/.test(last) && kind !== 'hexadecimal') {
        return { kind: 'fault' };
      }
      digits += last;
    }
    return kind === 'real' ? realToken(digits) : integerToken(digits, kind);
  }
}

function realToken(digits: string): Token {
  // `0.` with nothing behind it comes from a `.` at the end of the text, and is zero.
  const isWhole = /^[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?$/.test(digits);
  return isWhole ? { kind: 'real', value: Number(digits) } : { kind: 'fault' };
}

function integerToken(digits: string, kind: Exclude<NumberKind, 'real'>): Token {
  const { digits: allowed, prefix } = INTEGER_FORMS[kind];
  if (!allowed.test(digits)) return { kind: 'fault' };
  const value = BigInt(`${prefix}${digits}`);
  return { kind: 'integer', value: value > MAX_INTEGER ? MAX_INTEGER : value };
}

const fromBytes = (bytes: string): string =>
  new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
