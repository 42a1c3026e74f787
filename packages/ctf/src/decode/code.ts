/**
 * Source code as a value, and the only place where it becomes a function. A `Code` is made by the `js` template and
 * by nothing else: a string in a hole is always a literal, so no name of a trace can become code.
 */
import { AssertionError } from '@lttng-ts/base';

/** Source text that this module made. */
export class Code {
  /** For `js` and `compile` only. */
  readonly source: string;

  private constructor(source: string) {
    this.source = source;
  }

  /** The text between the holes of a template is ours; what is in them is not. */
  static fromTemplate(parts: TemplateStringsArray, holes: readonly Hole[]): Code {
    let source = parts[0] ?? '';
    holes.forEach((hole, i) => {
      source += render(hole) + (parts[i + 1] ?? '');
    });
    return new Code(source);
  }
}

/** What may stand in a hole: code, a literal, or a list of code. */
export type Hole = Code | string | number | bigint | boolean | readonly Code[];

/** `` js`view.getUint8(${offset})` `` */
export function js(parts: TemplateStringsArray, ...holes: readonly Hole[]): Code {
  return Code.fromTemplate(parts, holes);
}

function render(hole: Hole): string {
  if (hole instanceof Code) return hole.source;
  switch (typeof hole) {
    case 'string':
      return JSON.stringify(hole);
    case 'number':
      if (!Number.isFinite(hole)) throw new AssertionError(`Not a literal: number=${hole}`);
      return hole < 0 ? `(${hole})` : `${hole}`;
    case 'bigint':
      return hole < 0n ? `(${hole}n)` : `${hole}n`;
    case 'boolean':
      return `${hole}`;
    default:
      return hole.map((code) => code.source).join('');
  }
}

/** Joins code with commas. */
export function commaSeparated(items: readonly Code[]): Code {
  return js`${items.map((item, i) => (i === 0 ? item : js`, ${item}`))}`;
}

/** The local variable number `index` of a kind. */
export function local(kind: 'v' | 's' | 'n' | 'i' | 'c' | 'd', index: number): Code {
  const number = js`${index}`;
  switch (kind) {
    case 'v':
      return js`v${number}`;
    case 's':
      return js`s${number}`;
    case 'n':
      return js`n${number}`;
    case 'i':
      return js`i${number}`;
    case 'c':
      return js`c${number}`;
    case 'd':
      return js`d${number}`;
  }
}

let compiledCount = 0;

/**
 * Makes a function of `expression`, the code of a function expression. `runtime` is what it calls `rt`. Throws
 * `EvalError` where code generation is forbidden.
 */
export function compile<Result>(expression: Code, runtime: object): Result {
  // Numbers only in the name that stack traces show: a comment ends at a newline.
  const source = `"use strict"; return ${expression.source};\n//# sourceURL=ctf-decoder-${compiledCount++}`;
  return new Function('rt', source)(runtime) as Result;
}

/** Whether functions can be made here: a page's content security policy may forbid it. */
export function canCompile(): boolean {
  try {
    return compile<() => boolean>(js`() => true`, {})();
  } catch {
    // A policy says no in ways that differ by engine; whatever it says, the answer is no.
    return false;
  }
}
