/** TSDL tokens (CTF 1.8, appendix C). Keywords are words to the lexer: most of them are names somewhere. */
import { errorAt } from '../metadata/text-position.ts';

export type Token =
  | { readonly kind: 'word'; readonly text: string; readonly at: number }
  | { readonly kind: 'integer'; readonly value: bigint; readonly at: number }
  | { readonly kind: 'string'; readonly text: string; readonly at: number }
  | { readonly kind: 'punctuation'; readonly text: string; readonly at: number }
  | { readonly kind: 'end'; readonly at: number };

/** Digits of a number: nothing has more than 64 bits, and millions of digits take their time. */
const MAX_DIGITS = 80;

/** Escape sequences of longer strings take their time, too. */
const MAX_STRING_LENGTH = 1 << 20;

const BLANKS = /\s+/y;
/** `L"a"` is a string. */
const WORD_BUT_STRING = /(?!L["'])[A-Za-z_][A-Za-z0-9_]*/y;
const INTEGER = /(?:0[xX][0-9a-fA-F]+|[0-9]+)(?:[uU][lL]{0,2}|[lL]{1,2}[uU]?)?(?![A-Za-z0-9_])/y;
const QUOTE = /L?["']/y;
const PUNCTUATION = /\.\.\.|:=|->|[{}[\]()<>;,:=.*+-]/y;

/** Gives the tokens of a text one after another: metadata may be large, and all of its tokens larger. */
export class Lexer {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token; behind the last one, always one of kind `end`. Throws `FormatError` with line and column. */
  next(): Token {
    this.#skip();
    const text = this.#text;
    const at = this.#at;
    if (at >= text.length) return { kind: 'end', at };
    let found = this.#match(WORD_BUT_STRING);
    if (found !== null) return { kind: 'word', text: found[0], at };
    found = this.#match(QUOTE);
    if (found !== null)
      return { kind: 'string', text: unescape(this.#quoted(found[0].slice(-1), at), text, at), at };
    found = this.#match(INTEGER);
    if (found !== null) return { kind: 'integer', value: parseInteger(found[0], text, at), at };
    found = this.#match(PUNCTUATION);
    if (found !== null) return { kind: 'punctuation', text: found[0], at };
    throw errorAt(text, at, `Unexpected character: character=${JSON.stringify(text[at])}`);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  /** What stands up to `quote`, which is consumed. Not a pattern: those run out of stack on long strings. */
  #quoted(quote: string, start: number): string {
    const text = this.#text;
    const from = this.#at;
    for (let at = from; at < text.length; at++) {
      if (text[at] === quote) {
        if (at - from > MAX_STRING_LENGTH) {
          throw errorAt(text, start, `String too long: length=${at - from}, limit=${MAX_STRING_LENGTH}`);
        }
        this.#at = at + 1;
        return text.slice(from, at);
      }
      if (text[at] === '\\') at++;
    }
    throw errorAt(text, start, 'String without an end');
  }

  /** Passes over blanks and comments. */
  #skip(): void {
    const text = this.#text;
    for (;;) {
      this.#match(BLANKS);
      const isLine = text.startsWith('//', this.#at);
      if (!isLine && !text.startsWith('/*', this.#at)) return;
      const end = isLine ? text.indexOf('\n', this.#at) : text.indexOf('*/', this.#at + 2);
      if (end < 0 && !isLine) throw errorAt(text, this.#at, 'Comment without an end');
      this.#at = end < 0 ? text.length : end + (isLine ? 1 : 2);
    }
  }
}

function parseInteger(literal: string, text: string, at: number): bigint {
  const digits = literal.replace(/[uUlL]+$/, '');
  if (digits.length > MAX_DIGITS) throw errorAt(text, at, `Number out of range: digits=${digits.length}`);
  const isOctal = /^0[0-9]+$/.test(digits);
  if (isOctal && /[89]/.test(digits)) {
    throw errorAt(text, at, `Wrong octal number: text=${JSON.stringify(literal)}`);
  }
  const value = BigInt(isOctal ? `0o${digits.slice(1)}` : digits);
  if (value >= 1n << 64n) throw errorAt(text, at, `Number out of range: value=${value}`);
  return value;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
};

function unescape(body: string, text: string, at: number): string {
  const unescaped = body.replace(/\\(x[0-9a-fA-F]{1,3}|[0-7]{1,3}|[\s\S])/g, (_all, code: string) => {
    if (code.length > 1 && code.startsWith('x')) {
      return String.fromCharCode(Number.parseInt(code.slice(1), 16) & 0xff);
    }
    if (/^[0-7]+$/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
    const character = Object.hasOwn(ESCAPES, code) ? ESCAPES[code] : undefined;
    if (character === undefined) {
      throw errorAt(text, at, `Unknown escape sequence: code=${JSON.stringify(code)}`);
    }
    return character;
  });
  // Upstream has strings of C: a NUL ends them.
  const end = unescaped.indexOf('\0');
  return end < 0 ? unescaped : unescaped.slice(0, end);
}
