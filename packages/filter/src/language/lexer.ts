/**
 * Filter expression text → tokens. Follows the words of LTTng 2.13's filter language: C's numbers, names,
 * comments and operators, strings without C escapes. Lazy, one pass, no recursion.
 */
import { FilterError } from './errors.ts';
import { parseFloatLiteral, parseIntegerLiteral } from './numbers.ts';
import { type Place, PUNCTUATORS, type Token } from './tokens.ts';

const SPACE = /[ \t\n]+/y;
const NUMBER_FORMS = [
  // Order does not matter: the longest match wins, as in flex; integers come first for equal lengths.
  { kind: 'integer', pattern: /0[xX][0-9a-fA-F]+(?:[uU](?:ll|LL|[lL])?|(?:ll|LL|[lL])[uU]?)?/y },
  { kind: 'integer', pattern: /0[0-7]*(?:[uU](?:ll|LL|[lL])?|(?:ll|LL|[lL])[uU]?)?/y },
  { kind: 'integer', pattern: /[1-9][0-9]*(?:[uU](?:ll|LL|[lL])?|(?:ll|LL|[lL])[uU]?)?/y },
  { kind: 'float', pattern: /[0-9]+[eE][+-]?[0-9]+[fFlL]?/y },
  { kind: 'float', pattern: /[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?[fFlL]?/y },
  { kind: 'float', pattern: /[0-9]+\.[0-9]*(?:[eE][+-]?[0-9]+)?[fFlL]?/y },
  { kind: 'float', pattern: /0[xX][0-9a-fA-F]+[pP][+-]?[0-9]+[fFlL]?/y },
  { kind: 'float', pattern: /0[xX][0-9a-fA-F]*\.[0-9a-fA-F]+(?:[pP][+-]?[0-9]+)?[fFlL]?/y },
  { kind: 'float', pattern: /0[xX][0-9a-fA-F]+\.[0-9a-fA-F]*(?:[pP][+-]?[0-9]+)?[fFlL]?/y },
] as const;
const NAME =
  /\$?(?:[A-Za-z_:]|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8})(?:[A-Za-z0-9_:]|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8})*/y;

/** Reads `text` word by word; the last token is `end`. Throws {@link FilterError}. */
export class Lexer {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Takes the next token; at the end of the text, `end` again and again. */
  next(): Token {
    this.#skipBlanks();
    const place = this.#place();
    const char = this.#text[this.#at];
    if (char === undefined) return { kind: 'end', place };
    if (char === '"' || char === "'") return this.#string(place, char, 1);
    const following = this.#text[this.#at + 1];
    if (char === 'L' && (following === '"' || following === "'")) return this.#string(place, following, 2);
    return this.#number(place) ?? this.#name(place) ?? this.#punctuator(place);
  }

  #place(): Place {
    return { offset: this.#at, line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0] ?? null;
  }

  /** Moves over text that holds any number of lines. */
  #advance(length: number): void {
    const end = this.#at + length;
    for (;;) {
      const newline = this.#text.indexOf('\n', this.#at);
      if (newline < 0 || newline >= end) break;
      this.#line += 1;
      this.#lineStart = newline + 1;
      this.#at = newline + 1;
    }
    this.#at = end;
  }

  #skipBlanks(): void {
    for (;;) {
      const space = this.#match(SPACE);
      if (space !== null) {
        this.#advance(space.length);
      } else if (this.#text.startsWith('/*', this.#at)) {
        // A comment without end reaches to the end, as upstream has it.
        const end = this.#text.indexOf('*/', this.#at + 2);
        this.#advance((end < 0 ? this.#text.length : end + 2) - this.#at);
      } else if (this.#text.startsWith('//', this.#at)) {
        const end = this.#text.indexOf('\n', this.#at);
        this.#advance((end < 0 ? this.#text.length : end + 1) - this.#at);
      } else {
        return;
      }
    }
  }

  /** A literal: every character stands for itself, except that line ends are dropped, as upstream does. */
  #string(place: Place, quote: string, openLength: number): Token {
    const start = this.#at + openLength;
    const end = this.#text.indexOf(quote, start);
    if (end < 0) throw new FilterError('syntax', place, `String without closing ${quote}`);
    const text = this.#text.slice(start, end).replaceAll('\n', '');
    if (text === '' && quote === "'") {
      throw new FilterError('syntax', place, `Empty '' is not a string; write ""`);
    }
    if (text.includes('\0')) throw new FilterError('syntax', place, 'NUL character in string');
    this.#advance(end + 1 - this.#at);
    return { kind: 'string', text, place };
  }

  #number(place: Place): Token | null {
    let best: { kind: 'integer' | 'float'; text: string } | null = null;
    for (const { kind, pattern } of NUMBER_FORMS) {
      const text = this.#match(pattern);
      if (text !== null && text.length > (best?.text.length ?? 0)) best = { kind, text };
    }
    if (best === null) return null;
    if (best.kind === 'integer' && best.text.startsWith('0X')) {
      // As upstream: its words know 0X, its conversion does not.
      throw new FilterError('syntax', place, 'Hexadecimal integers start with 0x, not 0X');
    }
    this.#at += best.text.length;
    return best.kind === 'integer'
      ? { kind: 'integer', value: parseIntegerLiteral(best.text), place }
      : { kind: 'float', value: parseFloatLiteral(best.text), place };
  }

  #name(place: Place): Token | null {
    const name = this.#match(NAME);
    if (name === null || name === ':' || this.#text.startsWith(':=', this.#at)) return null;
    this.#at += name.length;
    return { kind: name.startsWith('$') ? 'global' : 'identifier', name, place };
  }

  #punctuator(place: Place): Token {
    const text = PUNCTUATORS.find((punctuator) => this.#text.startsWith(punctuator, this.#at));
    if (text === undefined) {
      const char = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
      throw new FilterError('syntax', place, `Unexpected character ${JSON.stringify(char)}`);
    }
    this.#at += text.length;
    return { kind: 'punctuator', text, place };
  }
}
