/**
 * What a command's options are, as data: the parsers, the help text, `--list-options` and, later, manual
 * pages and completions all come from these tables.
 */

/** One option. The order of a table is the order of `--list-options`. */
export interface OptionSpec {
  /** Name without dashes; also the key under which parsed values are found. */
  readonly long: string;
  readonly short?: string;
  /** Name of its argument in help texts; left out for a flag. */
  readonly argument?: string;
  /** The argument may be left out. */
  readonly isArgumentOptional?: true;
  /** LTTng-tools 2.13 has no such option: where an abbreviation fits one of its own, that one is meant. */
  readonly isLater?: true;
  /** Whether help texts leave it out (obsolete spellings that are still accepted). */
  readonly isHidden?: true;
  readonly summary: string;
}

/** A command of `lttng`. */
export interface CommandSpec {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Argument forms after the command's name, one line each. */
  readonly usage: readonly string[];
  readonly options: readonly OptionSpec[];
}

/** One option as it stood on the command line. */
export interface OptionUse {
  readonly long: string;
  /** `null` for a flag, and for an optional argument that was left out. */
  readonly value: string | null;
}

/** What a command line says, looked at by option name. The last use of an option wins, as upstream's do. */
export class ParsedOptions {
  readonly #uses: readonly OptionUse[];
  readonly positionals: readonly string[];

  constructor(uses: readonly OptionUse[], positionals: readonly string[]) {
    this.#uses = uses;
    this.positionals = positionals;
  }

  has(long: string): boolean {
    return this.#uses.some((use) => use.long === long);
  }

  /** The value of the last use, or `null`. */
  find(long: string): string | null {
    return this.#uses.findLast((use) => use.long === long)?.value ?? null;
  }

  /** Which of some options that exclude each other was used last, or `null`. */
  lastOf<const Name extends string>(longs: readonly Name[]): Name | null {
    const last = this.#uses.findLast(({ long }) => (longs as readonly string[]).includes(long));
    return (last?.long as Name | undefined) ?? null;
  }

  /** The values of all uses, in their order. */
  all(long: string): readonly string[] {
    return this.#uses.flatMap((use) => (use.long === long && use.value !== null ? [use.value] : []));
  }
}
