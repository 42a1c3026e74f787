/**
 * Source text that is made by this package alone: the only file with `new Function`. A `Code` comes from the
 * tagged template `js`; a string in a hole becomes a literal, so no name or value of a program can ever become source.
 */

/** Source text that {@link js} made. */
export class Code {
  readonly text: string;
  /** Use {@link js}. */
  private constructor(text: string) {
    this.text = text;
  }

  static fromTemplate(strings: readonly string[], holes: readonly Hole[]): Code {
    let text = strings[0] ?? '';
    holes.forEach((hole, i) => {
      text += render(hole) + (strings[i + 1] ?? '');
    });
    return new Code(text);
  }
}

type Hole = Code | string | number | boolean | readonly Code[];

function render(hole: Hole): string {
  if (hole instanceof Code) return hole.text;
  if (typeof hole === 'object') return hole.map((code) => code.text).join('');
  // JSON leaves two line terminators alone that older engines refuse in string literals.
  return JSON.stringify(hole).replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
}

/** Makes source; strings in holes become literals, `Code` is put in as it is. */
export function js(strings: TemplateStringsArray, ...holes: readonly Hole[]): Code {
  return Code.fromTemplate(strings, holes);
}

/** A local variable: a prefix and a number, never a name from outside. */
export function local(prefix: 'a' | 'c' | 'n', index: number): Code {
  return Code.fromTemplate([`${prefix}${index | 0}`], []);
}

/** Joins codes with commas. */
export function list(codes: readonly Code[]): Code {
  return Code.fromTemplate([codes.map((code) => code.text).join(', ')], []);
}

let count = 0;

/** Evaluates `body` (a function body) with `names` bound to `values`; throws where code generation is forbidden. */
export function compile(body: Code, names: readonly Code[], values: readonly unknown[]): unknown {
  const source = `'use strict';\n${body.text}\n//# sourceURL=lttng-ts-event-${count++}`;
  return new Function(...names.map((name) => name.text), source)(...values);
}
