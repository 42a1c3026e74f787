/** Cutting names out of arguments that use `.` and `:` as separators and `\` to escape them. */

export interface TakenText {
  /** The text before the end, without the escaping backslashes. */
  readonly text: string;
  /** Where the end was found; the length of the input when there was none. */
  readonly end: number;
}

/**
 * Takes characters from `from` on until one of `endings`. A backslash before one of `escapable` is dropped
 * and the character kept as it is; before anything else the backslash stays.
 */
export function takeUntil(
  input: string,
  from: number,
  { escapable, endings }: { readonly escapable: string; readonly endings: string },
): TakenText {
  let text = '';
  let at = from;
  while (at < input.length) {
    const character = input[at] ?? '';
    if (character === '\\') {
      const escaped = input[at + 1];
      if (escaped === undefined) return { text: `${text}\\`, end: input.length };
      text += escapable.includes(escaped) ? escaped : `\\${escaped}`;
      at += 2;
      continue;
    }
    if (endings.includes(character)) break;
    text += character;
    at++;
  }
  return { text, end: at };
}

/** Whether every byte may be printed on a terminal; bytes outside ASCII may not, as in the C locale. */
export function isPrintable(text: string): boolean {
  return /^[\x20-\x7e\n\r\t\v]*$/.test(text);
}
