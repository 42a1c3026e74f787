/** Folding of long lines at spaces. */

/** Indents every line of `text` and breaks it at spaces so that it fits into `columns`. */
export function fold(text: string, columns: number, indent: number): string {
  const margin = ' '.repeat(indent);
  return text
    .split('\n')
    .map((line) =>
      foldLine(line, columns - indent)
        .map((part) => `${margin}${part}`)
        .join('\n'),
    )
    .map((line) => (line.trim() === '' ? '' : line))
    .join('\n');
}

/** A word that is longer than the line has its own. */
function foldLine(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current: string | null = null;
  for (const word of line.split(' ')) {
    if (current !== null && current.length + word.length >= width) {
      lines.push(current);
      current = null;
    }
    current = current === null ? word : `${current} ${word}`;
  }
  return current === null ? lines : [...lines, current];
}
