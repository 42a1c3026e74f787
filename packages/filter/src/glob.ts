/**
 * LTTng's star patterns: `*` matches any run of characters, also none; `\` takes the next character as it is.
 * Nothing else is special. Used for event names, exclusions and string literals of filters.
 */

/** Tells whether `pattern` holds a star that is not escaped. */
export function isStarGlob(pattern: string): boolean {
  return firstStar(pattern) >= 0;
}

/** Tells whether the only star of `pattern` that is not escaped is its last character. */
export function isStarAtEndOnly(pattern: string): boolean {
  const at = firstStar(pattern);
  return at >= 0 && at === pattern.length - 1;
}

/** Collapses runs of stars: they match the same. */
export function normalizeStarGlob(pattern: string): string {
  let out = '';
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern[i] ?? '';
    if (char === '\\') {
      out += pattern.slice(i, i + 2);
      i += 1;
    } else if (char !== '*' || pattern[i - 1] !== '*' || !out.endsWith('*') || isEscapedEnd(out)) {
      out += char;
    }
  }
  return out;
}

/**
 * Matches a whole text with a star pattern. Takes O(pattern × text) steps at worst, never more: after a
 * mismatch only the last star is extended.
 */
export function matchStarGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let retryPattern = -1;
  let retryText = 0;
  while (t < text.length) {
    const char = pattern.charCodeAt(p);
    if (char === STAR) {
      p += 1;
      if (p === pattern.length) return true;
      retryPattern = p;
      retryText = t;
      continue;
    }
    const literalAt = char === BACKSLASH && p + 1 < pattern.length ? p + 1 : p;
    if (literalAt < pattern.length && pattern.charCodeAt(literalAt) === text.charCodeAt(t)) {
      p = literalAt + 1;
      t += 1;
    } else if (retryPattern >= 0) {
      p = retryPattern;
      retryText += 1;
      t = retryText;
    } else {
      return false;
    }
  }
  while (pattern.charCodeAt(p) === STAR) p += 1;
  return p >= pattern.length;
}

/** Takes the escapes out of a pattern without stars: the text that it matches. */
export function unescapePattern(pattern: string): string {
  return pattern.replace(/\\(.)/gsu, '$1');
}

/**
 * Tells whether some name is matched by both patterns: what upstream asks to decide whether an event that is
 * enabled by a pattern can be excluded by another. Takes O(a × b) steps and memory for one row.
 */
export function patternsOverlap(a: string, b: string): boolean {
  const left = units(a);
  const right = units(b);
  // reachable[j]: the first i units of `left` and the first j of `right` can stand for the same text.
  let reachable = new Array<boolean>(right.length + 1).fill(false);
  for (let i = 0; i <= left.length; i += 1) {
    const next = new Array<boolean>(right.length + 1).fill(false);
    for (let j = 0; j <= right.length; j += 1) {
      if (i === 0 && j === 0) {
        next[0] = true;
        continue;
      }
      const leftUnit = left[i - 1];
      const rightUnit = right[j - 1];
      next[j] =
        (i > 0 && leftUnit === null && reachable[j] === true) ||
        (j > 0 && rightUnit === null && next[j - 1] === true) ||
        (i > 0 && j > 0 && leftUnit === null && next[j - 1] === true) ||
        (i > 0 && j > 0 && rightUnit === null && reachable[j] === true) ||
        (i > 0 && j > 0 && leftUnit === rightUnit && reachable[j - 1] === true);
    }
    reachable = next;
  }
  return reachable[right.length] === true;
}

const STAR = 0x2a;
const BACKSLASH = 0x5c;

/** Characters of a pattern, `null` for a star. */
function units(pattern: string): (number | null)[] {
  const out: (number | null)[] = [];
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern.charCodeAt(i);
    if (char === STAR) {
      if (out.at(-1) !== null || out.length === 0) out.push(null);
    } else if (char === BACKSLASH && i + 1 < pattern.length) {
      i += 1;
      out.push(pattern.charCodeAt(i));
    } else {
      out.push(char);
    }
  }
  return out;
}

function firstStar(pattern: string): number {
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern.charCodeAt(i);
    if (char === STAR) return i;
    if (char === BACKSLASH) i += 1;
  }
  return -1;
}

function isEscapedEnd(text: string): boolean {
  return /(?:^|[^\\])(?:\\\\)*\\\*$/.test(text);
}
