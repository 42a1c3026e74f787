// @ts-check
/**
 * Fails when a file imports a package, a Node module or a library that the table in `layers.mjs` does not
 * give it. The walls between packages are worth nothing unless a script keeps them.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BROWSER_SAFE, EDGE_MODULES, EDGE_PACKAGES, MAY_DEPEND_ON, MAY_IMPORT } from './layers.mjs';

const root = join(import.meta.dirname, '..');
const IMPORT = /(?:from|import)\s*\(?\s*'([^']+)'/g;

/** @param {string} folder @returns {string[]} */
function sourcesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesBelow(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

/** Says what is wrong with one import, or `null`. @param {string} name @param {string} path @param {string} target */
function faultOf(name, path, target) {
  const isTest = /\.test\.ts$|\/(?:testing|interop)\//.test(path);
  const isEdge = isTest || path.includes('/edge/') || EDGE_PACKAGES.includes(name);
  if (target.startsWith('.')) return null;
  if (target.startsWith('@lttng-ts/')) {
    const other = target.split('/')[1] ?? '';
    if (
      other === name ||
      MAY_IMPORT[/** @type {keyof MAY_IMPORT} */ (name)].includes(/** @type {never} */ (other))
    )
      return null;
    return `package "${name}" may not import "${target}"`;
  }
  if (target.startsWith('node:')) {
    if (BROWSER_SAFE.includes(name) && !isEdge)
      return `browser-safe package "${name}" may not import "${target}"`;
    if (EDGE_MODULES.includes(target) && !isEdge) return `"${target}" belongs in an edge/ folder`;
    return null;
  }
  const allowed = /** @type {Record<string, string[]>} */ (MAY_DEPEND_ON)[name] ?? [];
  if (isTest || allowed.includes(target)) return null;
  return `package "${name}" may not depend on "${target}"`;
}

const packages = readdirSync(join(root, 'packages'));
const faults = packages.flatMap((name) => {
  if (!(name in MAY_IMPORT)) return [`packages/${name}: not in scripts/layers.mjs`];
  return sourcesBelow(join(root, 'packages', name, 'src')).flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(IMPORT)].flatMap(([, target]) => {
      const fault = faultOf(name, path, /** @type {string} */ (target));
      return fault === null ? [] : [`${relative(root, path)}: ${fault}`];
    }),
  );
});
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log(`Layers hold: packages=${packages.length}`);
