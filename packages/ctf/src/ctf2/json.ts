/**
 * JSON (RFC 8259) with what `JSON.parse` loses: exact integers of any size, the difference between 1 and 1.0, and
 * where each value stands. Objects are maps, because a name may be `__proto__`; of equal names the last one counts.
 */
import { errorAt } from '../metadata/text-position.ts';

interface Placed {
  /** Offset in the metadata text. */
  readonly at: number;
}

export type JsonNode = Placed &
  (
    | { readonly kind: 'null' }
    | { readonly kind: 'boolean'; readonly value: boolean }
    | { readonly kind: 'integer'; readonly value: bigint }
    | { readonly kind: 'real'; readonly value: number }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'array'; readonly elements: readonly JsonNode[] }
    | { readonly kind: 'object'; readonly members: ReadonlyMap<string, JsonNode> }
  );

export type JsonArray = JsonNode & { kind: 'array' };
export type JsonObject = JsonNode & { kind: 'object' };

/** Nesting: deeper metadata is hostile, and recursion must end somewhere. */
const MAX_DEPTH = 200;
/** Values in one fragment. */
const MAX_NODES = 4_000_000;
/** Digits of an integer: what has more than 64 bits is refused later, what has millions of digits here. */
const MAX_INTEGER_DIGITS = 40;

const BLANKS = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
/** Characters of a string that stand for themselves. */
const PLAIN = /[^"\\\x00-\x1f]*/y;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

const LITERALS = [
  ['true', { kind: 'boolean', value: true }],
  ['false', { kind: 'boolean', value: false }],
  ['null', { kind: 'null' }],
] as const;

/** Parses the one value between `start` and `end` of `text`. Throws `FormatError` with line and column. */
export function parseJson(text: string, start = 0, end = text.length): JsonNode {
  const parser = new Parser(text, start, end);
  const node = parser.value(0);
  parser.expectEnd();
  return node;
}

class Parser {
  readonly #text: string;
  readonly #end: number;
  #at: number;
  #nodes = 0;

  constructor(text: string, start: number, end: number) {
    this.#text = text;
    this.#at = start;
    this.#end = end;
  }

  expectEnd(): void {
    this.#match(BLANKS);
    if (this.#at < this.#end) throw this.#error('Expected the end of the fragment');
  }

  value(depth: number): JsonNode {
    this.#match(BLANKS);
    const at = this.#at;
    if (++this.#nodes > MAX_NODES) throw this.#error(`Fragment too large: values=${MAX_NODES}`);
    if (depth > MAX_DEPTH) throw this.#error(`Metadata nested too deeply: limit=${MAX_DEPTH}`);
    switch (this.#text[at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return { kind: 'string', value: this.#string(), at };
    }
    for (const [word, literal] of LITERALS) {
      if (this.#text.startsWith(word, at)) {
        this.#at += word.length;
        return { ...literal, at };
      }
    }
    return this.#number();
  }

  #error(what: string, at = this.#at): Error {
    const found = at >= this.#end ? 'end of fragment' : this.#text.slice(at, at + 1);
    return errorAt(this.#text, at, `${what}: found=${JSON.stringify(found)}`);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null || pattern.lastIndex > this.#end) return null;
    this.#at = pattern.lastIndex;
    return found;
  }

  #accept(character: string): boolean {
    this.#match(BLANKS);
    if (this.#at >= this.#end || this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #object(depth: number): JsonNode {
    const at = this.#at++;
    const members = new Map<string, JsonNode>();
    if (this.#accept('}')) return { kind: 'object', members, at };
    do {
      this.#match(BLANKS);
      if (this.#text[this.#at] !== '"') throw this.#error('Expected the name of a property');
      const name = this.#string();
      if (!this.#accept(':')) throw this.#error('Expected ":"');
      members.set(name, this.value(depth + 1));
    } while (this.#accept(','));
    if (!this.#accept('}')) throw this.#error('Expected "," or "}"');
    return { kind: 'object', members, at };
  }

  #array(depth: number): JsonNode {
    const at = this.#at++;
    const elements: JsonNode[] = [];
    if (this.#accept(']')) return { kind: 'array', elements, at };
    do elements.push(this.value(depth + 1));
    while (this.#accept(','));
    if (!this.#accept(']')) throw this.#error('Expected "," or "]"');
    return { kind: 'array', elements, at };
  }

  #string(): string {
    this.#at++;
    let value = '';
    for (;;) {
      value += this.#match(PLAIN)?.[0] ?? '';
      if (this.#at >= this.#end) throw this.#error('String without an end');
      if (this.#text[this.#at] === '"') {
        this.#at++;
        return value;
      }
      if (this.#text[this.#at] !== '\\') throw this.#error('Control character in a string');
      value += this.#escape();
    }
  }

  #escape(): string {
    const code = this.#text[this.#at + 1] ?? '';
    if (code === 'u') {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#error('Wrong escape sequence');
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const character = Object.hasOwn(ESCAPES, code) ? ESCAPES[code] : undefined;
    if (character === undefined) throw this.#error('Wrong escape sequence');
    this.#at += 2;
    return character;
  }

  #number(): JsonNode {
    const at = this.#at;
    const found = this.#match(NUMBER);
    if (found === null) throw this.#error('Expected a value');
    const [all, fraction, exponent] = found;
    if (fraction !== undefined || exponent !== undefined) return { kind: 'real', value: Number(all), at };
    if (all.length > MAX_INTEGER_DIGITS) throw this.#error('Integer out of range', at);
    return { kind: 'integer', value: BigInt(all), at };
  }
}
