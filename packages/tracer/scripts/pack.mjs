// @ts-check
/**
 * Makes the npm package of the tracer from what is built: `node packages/tracer/scripts/pack.mjs FOLDER`.
 *
 * One file of JavaScript, because most of the cost of importing a package is the number of its files. It has the control
 * worker inside as text, so that a program which is bundled once more needs nothing but the addon. The addon's
 * `prebuilds/` are copied as they are; there are no dependencies and no install scripts.
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
    // The addon is looked for beside the program's bundle, not beside a text that has no place.
    define: { 'import.meta.url': 'lttngTsModuleUrl' },
    banner: { js: "const lttngTsModuleUrl = require('node:worker_threads').workerData.moduleUrl;" },
  });
  return worker.outputFiles[0]?.text ?? '';
}

/** Puts a text in the place of the module that has none. @param {string} text @returns {import('esbuild').Plugin} */
const embedControlWorker = (text) => ({
  name: 'embed-control-worker',
  setup: (build) =>
    build.onLoad({ filter: /control-worker-source\.js$/ }, () => ({
      contents: `export const controlWorkerSource = ${JSON.stringify(text)};`,
    })),
});

/** What npm needs to know. */
function manifest() {
  const own = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const { name, version, description, license, type, engines } = own;
  return {
    ...{ name, version, description, license, type, engines },
    sideEffects: false,
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './package.json': './package.json',
    },
  };
}

/** @param {string} folder */
async function pack(folder) {
  mkdirSync(folder, { recursive: true });
  await build({
    ...common,
    entryPoints: [join(built, 'index.js')],
    outfile: join(folder, 'index.js'),
    format: 'esm',
    plugins: [embedControlWorker(await controlWorkerText())],
    logLevel: 'warning',
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
