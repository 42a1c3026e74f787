// @ts-check
/**
 * Collects the `Differs from upstream:` comments of the sources into `docs/deviations.md`: what we do otherwise
 * than the original, on purpose, with the reason. `node scripts/deviations.mjs` writes the page; the check of
 * the docs fails when it is not what the sources say.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './setup.mjs';

const PAGE = join(root, 'docs/deviations.md');
const MARK = 'Differs from upstream:';

/** @param {string} folder @returns {string[]} */
function sourcesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (['node_modules', 'dist', 'testing'].includes(entry.name)) return [];
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sourcesBelow(path);
      return /\.(ts|c|h|mjs)$/.test(entry.name) && !entry.name.includes('.test.') ? [path] : [];
    });
}

/** The texts behind the mark in one source, each up to the end of its comment or paragraph. @param {string} text */
function deviationsIn(text) {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    if (!line.includes(MARK) || !/^\s*(\/\/|\/?\*)/.test(line)) return [];
    let words = line.slice(line.indexOf(MARK) + MARK.length);
    for (let next = at + 1; next < lines.length && !/\*\/\s*$/.test(words); next++) {
      const more = /^\s*(?:\/\/|\*(?!\/))\s?(.*)$/.exec(lines[next] ?? '')?.[1];
      if (more === undefined || more.trim() === '' || more.trim().startsWith('@')) break;
      words += ` ${more.trim()}`;
    }
    return [words.replace(/\*\/\s*$/, '').trim()];
  });
}

/** The page as the sources say it. */
export function deviationsPage() {
  const rows = sourcesBelow(join(root, 'packages')).flatMap((path) =>
    deviationsIn(readFileSync(path, 'utf8')).map((text) => `- \`${relative(root, path)}\`: ${text}`),
  );
  return `# Differences from the originals

<!-- Written by scripts/deviations.mjs from the comments in the sources: do not edit. -->

What this project does otherwise than LTTng 2.13 and Babeltrace 2 on purpose. Each line is a comment beside the code that
does it.

${rows.join('\n')}
`;
}

/** Whether the page says what the sources say. */
export function isPageCurrent() {
  return readFileSync(PAGE, 'utf8') === deviationsPage();
}

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, deviationsPage());
