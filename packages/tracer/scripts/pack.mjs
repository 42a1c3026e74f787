// @ts-check
/**
 * Makes the npm package of the tracer from what is built: `node packages/tracer/scripts/pack.mjs FOLDER`.
 *
 * | file | who loads it |
 * |---|---|
 * | `index.js` | Node: what describes events; a program that defines none loads no more |
 * | `recorders.cjs` | `index.js`, at the first definition: what records |
 * | `control-worker.cjs` | the worker thread that speaks with the daemons |
 * | `bundle.js` | bundlers (the condition `module`): all of it, the worker as text, so that a program's bundle needs nothing but the addon |
 *
 * Few files, because most of the cost of importing a package is their number. The addon's `prebuilds/` are copied as they
 * are; there are no dependencies and no install scripts.
 */
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const repository = join(packageFolder, '../..');
const built = join(packageFolder, 'dist');
const common = /** @type {const} */ ({ bundle: true, minify: true, platform: 'node', target: 'node20' });

/** Declarations that the entry's types are made of. */
const DECLARATIONS = ['index', 'provider', 'definition', 'fields', 'log-level'];

async function controlWorkerText() {
  const worker = await build({
    ...common,
    entryPoints: [join(built, 'control/edge/control-worker.js')],
    write: false,
    // Workers that start from text are CommonJS.
    format: 'cjs',
    // The addon is looked for beside the package's or the program's file: a text has no place.
    define: { 'import.meta.url': 'lttngTsModuleUrl' },
    banner: { js: "const lttngTsModuleUrl = require('node:worker_threads').workerData.moduleUrl;" },
  });
  return worker.outputFiles[0]?.text ?? '';
}

/** Replaces a module of the package. @param {string} name @param {string} contents @returns {import('esbuild').Plugin} */
const replace = (name, contents) => ({
  name: `replace-${name}`,
  setup: (build) => build.onLoad({ filter: new RegExp(`/${name}\\.js$`) }, () => ({ contents })),
});

const LAZY_RECORDERS = `
import { createRequire } from 'node:module';
export const loadRecorders = () => createRequire(import.meta.url)('./recorders.cjs');`;

/** What npm needs to know. */
function manifest() {
  const own = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const { name, version, description, license, type, engines } = own;
  return {
    ...{ name, version, description, license, type, engines },
    sideEffects: false,
    exports: {
      // Bundlers know the condition `module`, Node does not.
      '.': { types: './index.d.ts', module: './bundle.js', default: './index.js' },
      './package.json': './package.json',
    },
  };
}

/** @param {string} folder */
async function pack(folder) {
  mkdirSync(folder, { recursive: true });
  const worker = await controlWorkerText();
  writeFileSync(join(folder, 'control-worker.cjs'), worker);
  const text = `export const controlWorkerSource = ${JSON.stringify(worker)};`;
  /** @param {string} entry @param {string} file @param {import('esbuild').BuildOptions} options */
  const make = (entry, file, options) =>
    build({ ...common, entryPoints: [join(built, entry)], outfile: join(folder, file), ...options });
  await make('index.js', 'index.js', { format: 'esm', plugins: [replace('load-recorders', LAZY_RECORDERS)] });
  await make('index.js', 'bundle.js', {
    format: 'esm',
    plugins: [replace('control-worker-source', text)],
  });
  await make('recorders.js', 'recorders.cjs', {
    format: 'cjs',
    define: { 'import.meta.url': 'lttngTsModuleUrl' },
    banner: { js: "const lttngTsModuleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  for (const name of DECLARATIONS) copyFileSync(join(built, `${name}.d.ts`), join(folder, `${name}.d.ts`));
  copyFileSync(join(packageFolder, 'README.md'), join(folder, 'README.md'));
  copyFileSync(join(repository, 'LICENSE'), join(folder, 'LICENSE'));
  cpSync(join(repository, 'packages/native/prebuilds'), join(folder, 'prebuilds'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Usage: pack.mjs FOLDER');
  process.exitCode = 1;
} else await pack(folder);
