/** Exclusion patterns of `enable-event --exclude`: splitting, and whether a pattern can exclude anything. */

/** Splits at commas; `\,` is a comma within a name. */
export function splitExclusions(text: string): readonly string[] {
  return text.split(/(?<!\\),/).map((name) => name.replaceAll('\\,', ','));
}

/** How the names that a star-glob matches relate to those that an exclusion matches. */
export type ExclusionVerdict = 'may-exclude' | 'excludes-all' | 'excludes-nothing';

/** Compares a rule's pattern with one exclusion, up to the first star of either, as upstream does. */
export function judgeExclusion(pattern: string, exclusion: string): ExclusionVerdict {
  for (let at = 0; ; at++) {
    if (exclusion[at] === '*') return 'excludes-all';
    if (pattern[at] === '*') return 'may-exclude';
    if (pattern[at] !== exclusion[at]) return 'excludes-nothing';
    if (pattern[at] === undefined) return 'may-exclude';
  }
}

/** Whether a name is a pattern: it holds a star that no backslash escapes. */
export function isPattern(name: string): boolean {
  return /(^|[^\\])(\\\\)*\*/.test(name);
}
