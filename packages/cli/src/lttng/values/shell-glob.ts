/** Names by a pattern of the shell, as fnmatch(3) reads it: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` for a letter. */

/** A whole name matches or does not. Every pattern is one: what cannot be read as a class is a letter. */
export function shellGlob(pattern: string): (name: string) => boolean {
  const parts = pattern.match(/\\?[^\\[]|\\\\|\\\[|\[[!^]?\]?[^\]]*\]|[[\\]/gsu) ?? [];
  const expression = new RegExp(`^${parts.map(expressionOf).join('')}$`, 'su');
  return (name) => expression.test(name);
}

function expressionOf(part: string): string {
  if (part === '*') return '.*';
  if (part === '?') return '.';
  if (part.length > 1 && part.startsWith('[')) return classOf(part.slice(1, -1));
  return escapeLetter(part.replace(/^\\(?=.)/su, ''));
}

function classOf(content: string): string {
  const isNegated = /^[!^]/.test(content);
  const members = isNegated ? content.slice(1) : content;
  const ranges = members.match(/(?:\\?.)-(?:\\?.)|\\?./gsu) ?? [];
  const letters = ranges.map((range) => {
    const [from = '', to] = [...range.replaceAll(/\\(?=.)/gsu, '')].filter((_, at) => at !== 1);
    // A range that runs backwards has no members.
    if (to === undefined || range === '-') return escapeLetter(range.replace(/^\\(?=.)/su, ''));
    return from > to ? '' : `${escapeLetter(from)}-${escapeLetter(to)}`;
  });
  return `[${isNegated ? '^' : ''}${letters.join('')}]`;
}

/** The letter by its number, which means nothing else in an expression. */
const escapeLetter = (letter: string): string => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`;
