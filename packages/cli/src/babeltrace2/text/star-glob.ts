/** Patterns in which `*` stands for any text and `\` takes the meaning from the character behind it. */

/** Whether a pattern uses `?` or `[`, which are kept for later and must be escaped. */
export function hasReservedCharacters(pattern: string): boolean {
  return /[?[]/.test(pattern.replaceAll(/\\./gs, ''));
}

/** Matches the whole of `candidate`. */
export function matchesStarGlob(pattern: string, candidate: string): boolean {
  if (pattern === '*') return true;
  const parts = splitAtStars(pattern);
  const [first = ''] = parts;
  if (parts.length === 1) return candidate === first;
  const last = parts.at(-1) ?? '';
  if (!candidate.startsWith(first) || candidate.length < first.length + last.length) return false;
  if (!candidate.endsWith(last)) return false;
  const end = candidate.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = candidate.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** The literal texts between the stars. */
function splitAtStars(pattern: string): readonly string[] {
  const parts = [''];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? '';
    if (character === '*') parts.push('');
    else parts.push(`${parts.pop() ?? ''}${character === '\\' ? (pattern[++at] ?? '') : character}`);
  }
  return parts;
}
