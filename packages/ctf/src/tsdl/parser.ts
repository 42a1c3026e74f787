/**
 * TSDL parser (CTF 1.8, appendix C): recursive descent, tokens in, declarations out. It decides by the next
 * tokens alone and keeps no table of type names: after a type specifier, one word is a name.
 */
import type { FormatError } from '@lttng-ts/base';
import { errorAt } from '../metadata/text-position.ts';
import type { Attribute, Declarator, EnumEntry, Expression, Statement, TypeSpecifier } from './ast.ts';
import { Lexer, type Token } from './lexer.ts';

/** Nesting of types and blocks: deeper metadata is hostile, and recursion must end somewhere. */
const MAX_DEPTH = 200;
/** Statements, attributes and enumeration entries: LTTng's kernel traces have some ten thousands. */
const MAX_NODES = 1_000_000;
/** Consumed tokens are dropped in heaps of this size. */
const MAX_KEPT_TOKENS = 1024;

const BLOCKS = new Set(['trace', 'env', 'clock', 'stream', 'event', 'callsite']);
const C_WORDS = new Set([
  'void',
  'char',
  'short',
  'int',
  'long',
  'float',
  'double',
  'signed',
  'unsigned',
  '_Bool',
  'bool',
  '_Complex',
  '_Imaginary',
]);

/** Words that are no names of fields, types, structures, variants and enumerations (CTF 1.8, appendix C.1.3). */
const KEYWORDS = new Set([
  ...BLOCKS,
  // `bool` is a type in metadata of the wild, but no keyword.
  ...[...C_WORDS].filter((word) => word !== 'bool'),
  'align',
  'const',
  'enum',
  'floating_point',
  'integer',
  'string',
  'struct',
  'typealias',
  'typedef',
  'variant',
]);

/** Whether `word` is no name of a field, type, structure, variant or enumeration. */
export function isKeyword(word: string): boolean {
  return KEYWORDS.has(word);
}

/** Parses metadata text. Throws `FormatError` with line and column. */
export function parseTsdl(text: string): readonly Statement[] {
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  readonly #lexer: Lexer;
  /** Tokens that were looked at; those before `#next` are consumed. */
  #tokens: Token[] = [];
  #next = 0;
  #nodes = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#lexer = new Lexer(text);
  }

  parse(): readonly Statement[] {
    const statements: Statement[] = [];
    while (this.#peek().kind !== 'end') this.#statement(statements);
    return statements;
  }

  #peek(ahead = 0): Token {
    if (this.#next > MAX_KEPT_TOKENS) {
      this.#tokens = this.#tokens.slice(this.#next);
      this.#next = 0;
    }
    while (this.#tokens.length <= this.#next + ahead) this.#tokens.push(this.#lexer.next());
    return this.#tokens[this.#next + ahead]!;
  }

  #error(what: string, token = this.#peek()): FormatError {
    const found =
      token.kind === 'end' ? 'end of text' : token.kind === 'integer' ? `${token.value}` : token.text;
    return errorAt(this.#text, token.at, `${what}: found=${JSON.stringify(found)}`);
  }

  #is(text: string, ahead = 0): boolean {
    const token = this.#peek(ahead);
    return (token.kind === 'punctuation' || token.kind === 'word') && token.text === text;
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#next++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw this.#error(`Expected ${JSON.stringify(text)}`);
  }

  #word(what: string): string {
    const token = this.#peek();
    if (token.kind !== 'word') throw this.#error(`Expected ${what}`);
    this.#next++;
    return token.text;
  }

  /** A word that is not a keyword. */
  #name(what: string): string {
    const token = this.#peek();
    if (token.kind === 'word' && KEYWORDS.has(token.text))
      throw this.#error(`Expected ${what}, not a keyword`);
    return this.#word(what);
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw this.#error(`Metadata nested too deeply: limit=${MAX_DEPTH}`);
    const result = parse();
    this.#depth--;
    return result;
  }

  #body(): readonly Statement[] {
    this.#expect('{');
    return this.#nested(() => {
      const statements: Statement[] = [];
      while (!this.#accept('}')) {
        if (this.#peek().kind === 'end') throw this.#error('Expected "}"');
        this.#statement(statements);
      }
      return statements;
    });
  }

  #count(): void {
    if (++this.#nodes > MAX_NODES) throw this.#error(`Metadata too large: statements=${MAX_NODES}`);
  }

  #statement(into: Statement[]): void {
    this.#count();
    const { at } = this.#peek();
    if (this.#accept('typedef')) {
      const type = this.#type();
      into.push({ kind: 'typedef', type, declarators: this.#declarators(), at });
      this.#expect(';');
      return;
    }
    if (this.#accept('typealias')) {
      const type = this.#type();
      const declarator = this.#declarator();
      if (declarator.name !== null) throw this.#error('A type alias has no name before ":="');
      this.#expect(':=');
      into.push({ kind: 'typealias', type, declarator, name: this.#aliasName(), at });
      this.#expect(';');
      return;
    }
    const first = this.#peek();
    if (first.kind === 'word' && BLOCKS.has(first.text) && this.#is('{', 1)) {
      this.#next++;
      into.push({ kind: 'block', name: first.text, body: this.#body(), at });
      this.#expect(';');
      return;
    }
    const assigned = this.#assignedName();
    if (assigned !== null) {
      if (this.#accept(':=')) into.push({ kind: 'type-assignment', name: assigned, type: this.#type(), at });
      else {
        this.#expect('=');
        into.push({ kind: 'attribute', name: assigned, value: this.#expression(), at });
      }
      this.#expect(';');
      return;
    }
    const type = this.#type();
    // `SPEC typedef name;`, as in C.
    if (this.#accept('typedef')) {
      into.push({ kind: 'typedef', type, declarators: this.#declarators(), at });
      this.#expect(';');
      return;
    }
    into.push({ kind: 'declaration', type, declarators: this.#is(';') ? [] : this.#declarators(), at });
    this.#expect(';');
  }

  /** Consumes `a.b.c` when `=` or `:=` follows; gives `null`, and consumes nothing, when not. */
  #assignedName(): string | null {
    let ahead = 0;
    const parts: string[] = [];
    for (;;) {
      const token = this.#peek(ahead);
      if (token.kind !== 'word' && token.kind !== 'string') return null;
      parts.push(token.text);
      ahead++;
      if (this.#is('.', ahead)) ahead++;
      else break;
    }
    if (!this.#is('=', ahead) && !this.#is(':=', ahead)) return null;
    this.#next += ahead;
    return parts.join('.');
  }

  #aliasName(): string {
    const words: string[] = [];
    while (!this.#is(';')) {
      const token = this.#peek();
      if (token.kind !== 'word' && !this.#is('*')) throw this.#error('Expected a type name');
      if (token.kind === 'word' && token.text !== 'const' && !C_WORDS.has(token.text)) {
        words.push(this.#name('a type name'));
      } else {
        words.push(token.kind === 'word' ? token.text : '*');
        this.#next++;
      }
    }
    if (words.length === 0) throw this.#error('Expected a type name');
    return words.join(' ');
  }

  #type(): TypeSpecifier {
    return this.#nested(() => {
      const before = this.#constWords();
      const type = this.#unqualifiedType();
      const after = this.#constWords();
      // As in Babeltrace 2, `const` is a part of a name, not a property of what it names.
      return type.kind === 'name' ? { ...type, name: [...before, type.name, ...after].join(' ') } : type;
    });
  }

  #constWords(): readonly string[] {
    const words: string[] = [];
    while (this.#accept('const')) words.push('const');
    return words;
  }

  #unqualifiedType(): TypeSpecifier {
    const { at } = this.#peek();
    const word = this.#word('a type');
    switch (word) {
      case 'integer':
      case 'floating_point':
      case 'string':
        if (word !== 'string' || this.#is('{')) return { kind: word, attributes: this.#attributes(), at };
        return { kind: 'string', attributes: [], at };
      case 'struct':
        return this.#structure(at);
      case 'variant':
        return this.#variant(at);
      case 'enum':
        return this.#enumeration(at);
    }
    if (!C_WORDS.has(word)) return { kind: 'name', name: word, at };
    const words = [word];
    for (let token = this.#peek(); token.kind === 'word'; token = this.#peek()) {
      if (token.text !== 'const' && !C_WORDS.has(token.text)) break;
      words.push(token.text);
      this.#next++;
    }
    return { kind: 'name', name: words.join(' '), at };
  }

  #attributes(): readonly Attribute[] {
    this.#expect('{');
    const attributes: Attribute[] = [];
    const names = new Set<string>();
    while (!this.#accept('}')) {
      this.#count();
      const { at } = this.#peek();
      const name = this.#assignedName();
      if (name === null) throw this.#error('Expected an attribute');
      if (names.has(name)) throw this.#error(`Attribute ${JSON.stringify(name)} is given twice`);
      names.add(name);
      this.#expect('=');
      attributes.push({ name, value: this.#expression(), at });
      this.#expect(';');
    }
    return attributes;
  }

  #structure(at: number): TypeSpecifier {
    const name = this.#is('{') ? null : this.#name('the name of a structure');
    const body = this.#is('{') ? this.#body() : null;
    let align: Expression | null = null;
    if (this.#accept('align')) {
      this.#expect('(');
      align = this.#expression();
      this.#expect(')');
    }
    return { kind: 'struct', name, body, align, at };
  }

  #variant(at: number): TypeSpecifier {
    let name: string | null = null;
    let tag: Expression | null = null;
    if (!this.#is('<') && !this.#is('{')) name = this.#name('the name of a variant');
    if (this.#accept('<')) {
      tag = this.#expression();
      this.#expect('>');
    }
    const body = this.#is('{') ? this.#body() : null;
    return { kind: 'variant', name, tag, body, at };
  }

  #enumeration(at: number): TypeSpecifier {
    const name = this.#is(':') || this.#is('{') ? null : this.#name('the name of an enumeration');
    const container = this.#accept(':') ? this.#type() : null;
    if (!this.#accept('{')) return { kind: 'enum', name, container, entries: null, at };
    const entries: EnumEntry[] = [];
    while (!this.#accept('}')) {
      const token = this.#peek();
      if (token.kind !== 'word' && token.kind !== 'string')
        throw this.#error('Expected an enumeration label');
      this.#next++;
      let lower: Expression | null = null;
      let upper: Expression | null = null;
      if (this.#accept('=')) {
        lower = this.#expression();
        upper = this.#accept('...') ? this.#expression() : lower;
      }
      this.#count();
      entries.push({ label: token.text, lower, upper, at: token.at });
      if (!this.#accept(',') && !this.#is('}')) throw this.#error('Expected "," or "}"');
    }
    if (entries.length === 0) throw this.#error('Enumeration without entries');
    return { kind: 'enum', name, container, entries, at };
  }

  #declarators(): readonly Declarator[] {
    const declarators = [this.#declarator()];
    while (this.#accept(',')) declarators.push(this.#declarator());
    return declarators;
  }

  #declarator(): Declarator {
    const { at } = this.#peek();
    let pointers = 0;
    while (this.#accept('*')) {
      pointers++;
      while (this.#accept('const'));
    }
    const token = this.#peek();
    const name = token.kind === 'word' ? this.#name('a name') : null;
    const lengths: Expression[] = [];
    while (this.#accept('[')) {
      lengths.push(this.#expression());
      this.#expect(']');
    }
    return { name, pointers, lengths, at };
  }

  #expression(): Expression {
    const token = this.#peek();
    this.#next++;
    if (token.kind === 'integer') return token;
    if (token.kind === 'string') return { kind: 'string', text: token.text, at: token.at };
    if (token.kind === 'punctuation' && (token.text === '-' || token.text === '+')) {
      const operand = this.#peek();
      if (operand.kind !== 'integer') throw this.#error('Expected a number', operand);
      this.#next++;
      return { ...operand, value: token.text === '-' ? -operand.value : operand.value, at: token.at };
    }
    if (token.kind === 'punctuation' && token.text === '(') {
      const inner = this.#nested(() => this.#expression());
      this.#expect(')');
      return inner;
    }
    if (token.kind !== 'word') throw this.#error('Expected a value', token);
    const parts = [token.text];
    while (this.#accept('.') || this.#accept('->')) parts.push(this.#word('a name'));
    return { kind: 'path', parts, at: token.at };
  }
}
