/**
 * Modules of Node that are loaded when they are first used. An ES module that imports one reads every property of it, which
 * loads what lies behind (`node:fs` its promises, `node:worker_threads` streams): milliseconds for each program that has
 * the tracer's package, whether it traces or not.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';

interface Builtins {
  readonly 'node:fs': typeof import('node:fs');
  readonly 'node:util': typeof import('node:util');
  readonly 'node:worker_threads': typeof import('node:worker_threads');
}

let load: NodeJS.Require | null = null;

/** A module of Node, loaded now if it was not. */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  // Any path will do: only modules of Node are asked for.
  load ??= createRequire(join(process.cwd(), 'program.js'));
  return load(name) as Builtins[Name];
}
