/** Names that programs chose, for a terminal. */

/** Control characters, of both ranges: they would move the cursor, or end the line. */
const CONTROL = /[\x00-\x1f\x7f-\x9f]/g;

/**
 * The name with its control characters as `\xHH`.
 *
 * Differs from upstream: it prints them as they are, because it trusts programs; anybody may register as one.
 */
export function printable(name: string): string {
  return name.replaceAll(CONTROL, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(2, '0');
    return `\\x${code}`;
  });
}
