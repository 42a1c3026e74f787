/** Words for a shell. */

/** Puts single quotes around a word that a shell would read otherwise. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${escapeQuotes(word)}'`;
}

/** The same for a word that stands inside single quotes already. */
export function shellQuoteInside(word: string): string {
  return escapeQuotes(word);
}

const escapeQuotes = (word: string): string => word.replaceAll("'", `'"'"'`);
