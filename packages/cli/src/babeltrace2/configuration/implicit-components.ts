/**
 * Components that `convert` adds without being told: what options and paths mean is written down as
 * arguments of the `run` command.
 */

/** A string or an array of strings, which is all that options put into parameters. */
export type ImplicitValue = string | readonly string[];

/** Text of a value as `--params` reads it. */
export function paramText(value: ImplicitValue): string {
  if (typeof value !== 'string') return `[${value.map(paramText).join(', ')}]`;
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** One implicit component while options are read. */
export class ImplicitComponent {
  readonly className: string;
  /** Whether it will be in the graph. */
  isWanted: boolean;
  /** Its name in the graph; known when all names are. */
  name = '';
  /** `key=value` texts of the first `--params`. */
  readonly #params: string[] = [];
  readonly #extraWords: string[] = [];
  readonly #setWords = new Map<string, readonly string[]>();

  constructor(className: string, isWanted = false) {
    this.className = className;
    this.isWanted = isWanted;
  }

  /** Adds a text of the form `key=value[,key=value]…` to the first `--params`. */
  addParams(text: string): void {
    if (text !== '') this.#params.push(text);
  }

  /** Adds a `--params` of its own. */
  addValue(key: string, value: ImplicitValue): void {
    this.#extraWords.push('--params', `${key}=${paramText(value)}`);
  }

  /** The same in place of the one that was set for this key before. */
  setValue(key: string, value: ImplicitValue): void {
    this.#setWords.set(key, ['--params', `${key}=${paramText(value)}`]);
  }

  addWords(...words: readonly string[]): void {
    this.#extraWords.push(...words);
  }

  /** Words of the `run` command. */
  get words(): readonly string[] {
    if (!this.isWanted) return [];
    const params = this.#params.length > 0 ? ['--params', this.#params.join(',')] : [];
    const set = [...this.#setWords.values()].flat();
    return ['--component', `${this.name}:${this.className}`, ...params, ...this.#extraWords, ...set];
  }
}

/** Names of components: each one once. */
export class ComponentNames {
  readonly #names = new Set<string>();

  has(name: string): boolean {
    return this.#names.has(name);
  }

  add(name: string): void {
    this.#names.add(name);
  }

  /** Adds `prefix`, or `prefix-0`, `prefix-1`, … where it is taken. */
  addFree(prefix: string): string {
    let name = prefix;
    for (let number = 0; this.#names.has(name); number++) name = `${prefix}-${number}`;
    this.#names.add(name);
    return name;
  }
}
