/**
 * JavaScript source as values: the only place of this package that turns text into code. A string in a hole is
 * always a literal, so no name or text of a filter can become code.
 */

/** A piece of JavaScript source. Only `js` makes one. */
export class Code {
  readonly source: string;
  /** Use the `js` tag instead. */
  constructor(source: string) {
    this.source = source;
  }
}

/** What a hole may hold. */
export type Hole = Code | string | number | bigint | boolean | readonly Code[];

/** Makes code from a template: code stays code, everything else becomes a literal. */
export function js(parts: TemplateStringsArray, ...holes: readonly Hole[]): Code {
  let source = parts[0] ?? '';
  holes.forEach((hole, i) => {
    source += literal(hole) + (parts[i + 1] ?? '');
  });
  return new Code(source);
}

function literal(hole: Hole): string {
  if (hole instanceof Code) return hole.source;
  switch (typeof hole) {
    case 'string':
      return JSON.stringify(hole);
    case 'bigint':
      return hole < 0n ? `(${hole}n)` : `${hole}n`;
    case 'number':
      return Object.is(hole, -0) ? '(-0)' : hole < 0 ? `(${hole})` : String(hole);
    case 'boolean':
      return String(hole);
    default:
      return hole.map((code) => code.source).join('\n');
  }
}

/** Tells whether code may be generated: not with LTTNG_TS_CODEGEN=0. */
export function isCodeGenerationAllowed(): boolean {
  return globalThis.process?.env?.['LTTNG_TS_CODEGEN'] !== '0';
}

let count = 0;

/**
 * Compiles a function body. `scope` holds what the body may call besides its parameters, by fixed names of this
 * package. Gives `null` where the platform forbids generated code.
 */
export function compileCode(
  parameters: readonly string[],
  body: Code,
  scope: Readonly<Record<string, unknown>>,
): unknown {
  count += 1;
  const names = Object.keys(scope);
  try {
    const make = new Function(
      ...names,
      `'use strict';\nreturn function eventFilter(${parameters.join(', ')}) {\n${body.source}\n};\n//# sourceURL=lttng-filter-${count}`,
    );
    return make(...names.map((name) => scope[name]));
  } catch (error) {
    // A content security policy forbids it; a SyntaxError would be our bug.
    if (error instanceof EvalError) return null;
    throw error;
  }
}
