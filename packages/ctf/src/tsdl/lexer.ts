/** TSDL tokens (CTF 1.8, appendix C). Keywords are words to the lexer: most of them are names somewhere. */
import { errorAt } from '../metadata/text-position.ts';

export type Token =
  | { readonly kind: 'word'; readonly text: string; readonly at: number }
  | { readonly kind: 'integer'; readonly value: bigint; readonly at: number }
  | { readonly kind: 'string'; readonly text: string; readonly at: number }
  | { readonly kind: 'punctuation'; readonly text: string; readonly at: number }
  | { readonly kind: 'end'; readonly at: number };

const BLANKS = /\s+/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const INTEGER = /(?:0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)(?:[uU]?[lL]{0,2}[uU]?)/y;
const STRING = /L?"([^"\\\n]*(?:\\[\s\S][^"\\\n]*)*)"/y;
const CHARACTER = /L?'([^'\\\n]*(?:\\[\s\S][^'\\\n]*)*)'/y;
const PUNCTUATION = /\.\.\.|:=|->|[{}[\]()<>;,:=.*+-]/y;

/** Splits `text` into tokens, the last of kind `end`. Throws `FormatError` with line and column. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  /** Blanks and comments. */
  const skip = (): void => {
    for (;;) {
      match(BLANKS);
      const isLine = text.startsWith('//', at);
      if (!isLine && !text.startsWith('/*', at)) return;
      const end = isLine ? text.indexOf('\n', at) : text.indexOf('*/', at + 2);
      if (end < 0 && !isLine) throw errorAt(text, at, 'Comment without an end');
      at = end < 0 ? text.length : end + (isLine ? 1 : 2);
    }
  };
  for (;;) {
    skip();
    const start = at;
    if (start >= text.length) {
      tokens.push({ kind: 'end', at: start });
      return tokens;
    }
    let found = match(STRING) ?? match(CHARACTER);
    if (found !== null) {
      tokens.push({ kind: 'string', text: unescape(found[1] ?? ''), at: start });
      continue;
    }
    found = match(WORD);
    if (found !== null) {
      tokens.push({ kind: 'word', text: found[0], at: start });
      continue;
    }
    found = match(INTEGER);
    if (found !== null) {
      tokens.push({ kind: 'integer', value: parseInteger(found[0], text, start), at: start });
      continue;
    }
    found = match(PUNCTUATION);
    if (found !== null) {
      tokens.push({ kind: 'punctuation', text: found[0], at: start });
      continue;
    }
    throw errorAt(text, start, `Unexpected character: character=${JSON.stringify(text[start])}`);
  }
}

function parseInteger(literal: string, text: string, at: number): bigint {
  const digits = literal.replace(/[uUlL]+$/, '');
  if (/^0[0-9]+$/.test(digits)) {
    if (/[89]/.test(digits)) throw errorAt(text, at, `Wrong octal number: text=${JSON.stringify(literal)}`);
    return BigInt(`0o${digits.slice(1)}`);
  }
  return BigInt(digits);
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

function unescape(body: string): string {
  return body.replace(/\\(x[0-9a-fA-F]+|[0-7]{1,3}|[\s\S])/g, (_all, code: string) => {
    // Nothing says what longer ones mean; Babeltrace 2 reads them.
    if (code.length > 1 && code.startsWith('x'))
      return String.fromCharCode(Number.parseInt(code.slice(-2), 16));
    if (/^[0-7]+$/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
    return ESCAPES[code] ?? code;
  });
}
