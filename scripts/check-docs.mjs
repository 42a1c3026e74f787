// @ts-check
/**
 * Fails when a page names a file that does not exist, or a line number: docs cite symbols and paths,
 * because a script can check these and line numbers rot.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isPageCurrent } from './deviations.mjs';
import { root } from './setup.mjs';

/** @param {string} folder @returns {string[]} */
function pagesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.')) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return pagesBelow(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const LINK = /\]\(([^)#\s]+)(?:#[^)]*)?\)/g;
const PATH = /`((?:packages|scripts|tests|docs|bench|bin)\/[\w./-]+)`/g;
const LINE_NUMBER = /\.(?:ts|mjs|c|h):\d+/;

const faults = pagesBelow(root).flatMap((page) => {
  const text = readFileSync(page, 'utf8');
  const name = relative(root, page);
  const links = [...text.matchAll(LINK)].map(([, target]) => /** @type {string} */ (target));
  const missingLinks = links.filter((to) => !/^[a-z]+:/.test(to) && !existsSync(join(dirname(page), to)));
  const paths = [...text.matchAll(PATH)].map(([, target]) => /** @type {string} */ (target));
  const missingPaths = paths.filter((path) => !existsSync(join(root, path)) && !path.includes('/dist/'));
  const lines = LINE_NUMBER.test(text) ? [`${name}: cites a line number`] : [];
  return [...missingLinks, ...missingPaths].map((path) => `${name}: no such file: ${path}`).concat(lines);
});
if (!isPageCurrent())
  faults.push('docs/deviations.md: not what the sources say (node scripts/deviations.mjs)');
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log('Docs hold');
