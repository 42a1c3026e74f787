/** Plugins: named sets of component classes, and looking for one. */
import { identityOf } from './components/class-identity.ts';
import type { ComponentClass, ComponentKind } from './components/component-class.ts';

export interface Plugin {
  readonly name: string;
  readonly description: string;
  readonly author: string;
  readonly license: string;
  readonly version: string | null;
  /** In the order in which people see them. */
  readonly classes: readonly ComponentClass[];
}

/** Makes a plugin; its classes say that they are of it from now on. */
export function definePlugin(
  parts: Pick<Plugin, 'name' | 'classes'> & Partial<Omit<Plugin, 'name' | 'classes'>>,
): Plugin {
  return {
    description: '',
    author: '',
    license: 'MIT',
    version: null,
    ...parts,
    classes: parts.classes.map((componentClass) => ({ ...componentClass, plugin: parts.name })),
  };
}

export class PluginRegistry {
  readonly #plugins = new Map<string, Plugin>();

  constructor(plugins: readonly Plugin[] = []) {
    for (const plugin of plugins) this.add(plugin);
  }

  /** Adds a plugin; of two with one name the first stays, as in a search path. */
  add(plugin: Plugin): void {
    if (!this.#plugins.has(plugin.name)) this.#plugins.set(plugin.name, plugin);
  }

  /** In order of addition. */
  get plugins(): readonly Plugin[] {
    return [...this.#plugins.values()];
  }

  findPlugin(name: string): Plugin | null {
    return this.#plugins.get(name) ?? null;
  }

  findClass(kind: ComponentKind, plugin: string, name: string): ComponentClass | null {
    const classes = this.#plugins.get(plugin)?.classes ?? [];
    return classes.find((candidate) => candidate.kind === kind && candidate.name === name) ?? null;
  }

  /** All classes, with the names that people use for them. */
  get classes(): readonly ComponentClass[] {
    return this.plugins
      .flatMap(({ classes }) => classes)
      .filter((known) => identityOf(known).plugin !== null);
  }
}
