/**
 * Names of types by place: each block and each structure body may declare types of its own, and sees those
 * around it that were declared before.
 */
import type { Declarator, TypeSpecifier } from './ast.ts';

/** What a name stands for, with the scope in which its own names are looked up. */
export interface TypeDefinition {
  readonly type: TypeSpecifier;
  readonly declarator: Declarator | null;
  readonly scope: TypeScope;
}

export type TypeSpace = 'alias' | 'struct' | 'variant' | 'enum';

export class TypeScope {
  readonly #outer: TypeScope | null;
  readonly #definitions = new Map<string, TypeDefinition>();

  constructor(outer: TypeScope | null) {
    this.#outer = outer;
  }

  /** Declares a name; gives `false` when this very scope has it already. */
  define(space: TypeSpace, name: string, definition: TypeDefinition): boolean {
    const key = `${space} ${name}`;
    if (this.#definitions.has(key)) return false;
    this.#definitions.set(key, definition);
    return true;
  }

  find(space: TypeSpace, name: string): TypeDefinition | null {
    const key = `${space} ${name}`;
    for (let scope: TypeScope | null = this; scope !== null; scope = scope.#outer) {
      const definition = scope.#definitions.get(key);
      if (definition !== undefined) return definition;
    }
    return null;
  }
}
