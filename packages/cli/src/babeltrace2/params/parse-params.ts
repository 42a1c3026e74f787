/**
 * The language of `--params`: `NAME=VALUE[,NAME=VALUE]…`, where a value is a number, a word, a string in
 * double quotes, an array in `[]` or a map in `{}`. A plain integer is signed and
 * one with `+` unsigned, which bounds its value. The words of messages are upstream's, with a mark below the place in the text.
 */
import { UsageError } from '@lttng-ts/base';
import type { Value, ValueMap } from '@lttng-ts/graph';
import { ParamsScanner, type Token } from './scanner.ts';

/** Bounds how deep arrays and maps may be nested, so that hostile text cannot exhaust the stack. */
const MAX_DEPTH = 512;
const MAX_SIGNED = (1n << 63n) - 1n;

/** Words that stand for values; all other words are strings. */
const WORDS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['null', null],
  ['NULL', null],
  ['nul', null],
  ['true', true],
  ['TRUE', true],
  ['yes', true],
  ['YES', true],
  ['false', false],
  ['FALSE', false],
  ['no', false],
  ['NO', false],
]);

/** Reads a whole parameter text; throws {@link UsageError} with upstream's words. */
export function parseParams(text: string): ValueMap {
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  readonly #scanner: ParamsScanner;
  #token: Token = { kind: 'end' };

  constructor(text: string) {
    this.#text = text;
    this.#scanner = new ParamsScanner(text);
  }

  parse(): ValueMap {
    const entries = new Map<string, Value>();
    for (;;) {
      const name = this.#name();
      this.#advance();
      if (this.#isAtEnd()) throw this.#expecting('`=`');
      this.#requireEquals();
      this.#advance();
      entries.set(name, this.#value(0));
      this.#advance();
      if (this.#isAtEnd()) return entries;
      if (!this.#isAt(',')) throw this.#expecting("','");
    }
  }

  /** Moves to a name and takes it. */
  #name(): string {
    this.#advance();
    if (this.#token.kind !== 'identifier') throw this.#expecting('unquoted map key');
    return this.#token.name;
  }

  #requireEquals(): void {
    if (!this.#isAt('=')) throw this.#expecting("'='");
  }

  #advance(): void {
    this.#token = this.#scanner.next();
  }

  #isAtEnd(): boolean {
    return this.#token.kind === 'end';
  }

  #isAt(character: string): boolean {
    return this.#token.kind === 'character' && this.#token.character === character;
  }

  /** The value that begins with the current token. */
  #value(depth: number): Value {
    const token = this.#token;
    switch (token.kind) {
      case 'identifier': {
        const known = WORDS.get(token.name);
        return known === undefined ? token.name : known;
      }
      case 'string':
        return token.text;
      case 'real':
        return token.value;
      case 'integer':
        if (token.value > MAX_SIGNED) throw outsideSigned(String(token.value));
        return token.value;
      case 'character':
        return this.#markedValue(token.character, depth);
      case 'end':
      case 'fault':
        throw this.#expecting('value');
    }
  }

  #markedValue(character: string, depth: number): Value {
    if (depth > MAX_DEPTH) throw new UsageError(`Value is nested too deep: max-depth=${MAX_DEPTH}`);
    switch (character) {
      case '-':
        return this.#negative();
      case '+':
        return this.#unsigned();
      case '[':
        return this.#array(depth);
      case '{':
        return this.#map(depth);
      default:
        throw this.#expecting('value');
    }
  }

  #negative(): Value {
    this.#advance();
    const token = this.#token;
    if (token.kind === 'real') return -token.value;
    if (token.kind !== 'integer') throw this.#expecting('value');
    if (token.value > MAX_SIGNED + 1n) throw outsideSigned(`-${token.value}`);
    return -token.value;
  }

  #unsigned(): Value {
    this.#advance();
    if (this.#token.kind !== 'integer') throw this.#expecting('integer value');
    return this.#token.value;
  }

  /** A comma may stand behind the last item. */
  #array(depth: number): Value {
    const items: Value[] = [];
    this.#advance();
    while (!this.#isAt(']')) {
      items.push(this.#value(depth + 1));
      this.#advance();
      if (this.#isAt(',')) this.#advance();
      else if (!this.#isAt(']')) throw this.#expecting('`,` or `]`');
    }
    return items;
  }

  #map(depth: number): ValueMap {
    const entries = new Map<string, Value>();
    this.#advance();
    while (!this.#isAt('}')) {
      if (this.#token.kind !== 'identifier') throw this.#expecting('unquoted map key');
      const { name } = this.#token;
      this.#advance();
      this.#requireEquals();
      this.#advance();
      entries.set(name, this.#value(depth + 1));
      this.#advance();
      if (this.#isAt(',')) this.#advance();
      else if (!this.#isAt('}')) throw this.#expecting('`,` or `}`');
    }
    return entries;
  }

  #expecting(what: string): UsageError {
    const head = `Expecting ${what}:\n`;
    if (this.#text === '' || this.#text.includes('\n')) return new UsageError(head);
    // The mark stands below the last character of the token, or behind the text when that ended too early.
    const isPast = this.#token.kind === 'end' || this.#token.kind === 'fault';
    const columns = this.#scanner.position + (isPast ? 4 : 3);
    return new UsageError(`${head}\n    ${this.#text}\n${' '.repeat(columns)}^`);
  }
}

const outsideSigned = (digits: string): UsageError =>
  new UsageError(`Integer value ${digits} is outside the range of a 64-bit signed integer\n`);
