/** Exclusion patterns of `enable-event --exclude`: splitting, and whether a pattern can exclude anything. */

/** Splits at commas; `\,` is a comma within a name. */
export function splitExclusions(text: string): readonly string[] {
  return text.split(/(?<!\\),/).map((name) => name.replaceAll('\\,', ','));
}

/** How the names that a star-glob matches relate to those that an exclusion matches. */
export type ExclusionVerdict = 'may-exclude' | 'excludes-all' | 'excludes-nothing';

/**
 * Compares a rule's pattern with one exclusion as upstream does: only patterns whose single star is their end
 * are judged, and only exclusions whose first star is theirs exclude all. Escaped characters are letters.
 */
export function judgeExclusion(pattern: string, exclusion: string): ExclusionVerdict {
  const wanted = characters(pattern);
  const excluded = characters(exclusion);
  if (wanted.indexOf('*') !== wanted.length - 1) return 'may-exclude';
  for (let at = 0; ; at++) {
    const [letter, other] = [wanted[at], excluded[at]];
    if (letter?.startsWith('\\') && letter !== other) return 'excludes-nothing';
    if (other === '*') return at === excluded.length - 1 ? 'excludes-all' : 'may-exclude';
    if (letter === '*') return 'may-exclude';
    if (letter !== other) return 'excludes-nothing';
  }
}

/** The characters of a star-glob, each with the backslash that escapes it. */
function characters(glob: string): readonly string[] {
  return glob.match(/\\?./gs) ?? [];
}

/** Whether a name is a pattern: it holds a star that no backslash escapes. */
export function isPattern(name: string): boolean {
  return /(^|[^\\])(\\\\)*\*/.test(name);
}
