/**
 * What manual pages and completions are made from: programs with their commands and options, as their option
 * tables have them, and the prose that no table holds.
 */
import type { OptionSpec } from '../lttng/options/option-spec.ts';

/** A piece of a section. */
export type Block =
  | { readonly kind: 'paragraph'; readonly text: string }
  /** Lines that are kept as they are. */
  | { readonly kind: 'code'; readonly text: string }
  /** Terms with what they mean. */
  | { readonly kind: 'terms'; readonly rows: readonly (readonly [term: string, meaning: string])[] }
  | { readonly kind: 'options'; readonly options: readonly OptionSpec[] };

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface ManualPage {
  readonly name: string;
  readonly volume: 1 | 7 | 8;
  /** One line, without a full stop. */
  readonly summary: string;
  /** Forms of the command line; empty for pages on no command. */
  readonly synopsis: readonly string[];
  readonly sections: readonly Section[];
  readonly seeAlso: readonly string[];
}

/** A program as a shell completes it. */
export interface CompletedProgram {
  readonly name: string;
  readonly options: readonly OptionSpec[];
  readonly commands: readonly {
    readonly name: string;
    readonly summary: string;
    readonly options: readonly OptionSpec[];
  }[];
}

export const paragraph = (text: string): Block => ({ kind: 'paragraph', text });
export const code = (text: string): Block => ({ kind: 'code', text });
export const terms = (...rows: readonly (readonly [string, string])[]): Block => ({ kind: 'terms', rows });
export const options = (list: readonly OptionSpec[]): Block => ({
  kind: 'options',
  options: list.filter(({ isHidden }) => isHidden !== true),
});
