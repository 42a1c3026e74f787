// @ts-check
/**
 * Makes `dist/npm/babeltrace`, the reader as it is published: the bundle, which needs no other package, and typings that do not
 * either. The compiler's declarations name packages of this workspace; here they lie in one folder and name each other.
 */
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from './setup.mjs';

const SCOPE = '@lttng-ts/';
const SPECIFIER = /(?<=\b(?:from |import\())(['"])(\.[^'"]+|@lttng-ts\/[^'"]+)\1/g;
/** Whoever compiles for less than ES2026 has no `Disposable` otherwise. */
const LIBRARY = '/// <reference lib="esnext.disposable" />\n';

/** @param {string} name @returns {string} */
const packageFolder = (name) => join(root, 'packages', name);
/** @param {string} name @returns {Record<string, any>} */
const manifestOf = (name) => JSON.parse(readFileSync(join(packageFolder(name), 'package.json'), 'utf8'));

/** The file of declarations that `specifier` names in the file at `from`. @param {string} from @param {string} specifier */
function declarationsOf(from, specifier) {
  if (specifier.startsWith('.')) return join(dirname(from), specifier.replace(/\.[jt]s$/, '.d.ts'));
  const [name = '', ...path] = specifier.slice(SCOPE.length).split('/');
  const types = manifestOf(name)['exports']?.[['.', ...path].join('/')]?.types;
  if (types === undefined) throw new Error(`No declarations: import="${specifier}", in="${from}"`);
  return join(packageFolder(name), types);
}

/** `packages/ctf/dist/edge/node.d.ts` → `ctf/edge/node.d.ts` @param {string} path */
const placeOf = (path) => relative(join(root, 'packages'), path).replace('/dist/', '/');

/** Copies declarations and all that they name. @param {readonly string[]} entries @param {string} target */
function writeTypings(entries, target) {
  const found = new Set(entries);
  for (const path of found) {
    const place = placeOf(path);
    const text = readFileSync(path, 'utf8')
      .replace(/^\/\/# sourceMappingURL=.*$/m, '')
      .replace(SPECIFIER, (_, quote, /** @type {string} */ specifier) => {
        const named = declarationsOf(path, specifier);
        found.add(named);
        const way = relative(dirname(place), placeOf(named)).replace(/\.d\.ts$/, '.js');
        return `${quote}${way.startsWith('.') ? way : `./${way}`}${quote}`;
      });
    const written = join(target, place);
    mkdirSync(dirname(written), { recursive: true });
    writeFileSync(written, entries.includes(path) ? LIBRARY + text : text);
  }
}

export function makeReaderPackage() {
  const target = join(root, 'dist/npm/babeltrace');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const source = packageFolder('babeltrace');
  const { name, version, description, license, type, engines, sideEffects, exports } =
    manifestOf('babeltrace');
  /** @type {Record<string, { types: string, default: string }>} */
  const published = {};
  for (const [path, { types, default: code }] of Object.entries(exports)) {
    published[path] = {
      types: `./types/${placeOf(join(source, types))}`,
      default: code.replace('/bundle/', '/'),
    };
  }
  cpSync(join(source, 'dist/bundle'), join(target, 'dist'), { recursive: true });
  writeTypings(
    Object.values(exports).map(({ types }) => join(source, types)),
    join(target, 'types'),
  );
  writeFileSync(
    join(target, 'package.json'),
    `${JSON.stringify({ name, version, description, license, type, engines, sideEffects, exports: published }, null, 2)}\n`,
  );
  // What it links to stays in the repository.
  const readme = readFileSync(join(source, 'README.md'), 'utf8').replace(
    /\[([^\]]+)\]\(\.\.\/[^)]*\)/g,
    '$1',
  );
  writeFileSync(join(target, 'README.md'), readme);
  copyFileSync(join(root, 'LICENSE'), join(target, 'LICENSE'));
}
