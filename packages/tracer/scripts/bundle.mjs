// @ts-check
/**
 * After the build, before packing: `node packages/tracer/scripts/bundle.mjs`.
 *
 * 1. Puts the control worker, as one self-contained script, into `dist/edge/control-worker-source.js`, so that programs
 *    which are bundled into one file find it.
 * 2. Bundles the package into `dist/bundle/tracer.mjs`: most of the cost of importing it is the number of its files.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const dist = new URL('../dist/', import.meta.url);
/** @param {string} path */
const inDist = (path) => fileURLToPath(new URL(path, dist));
const common = /** @type {const} */ ({ bundle: true, minify: true, platform: 'node', target: 'node20' });

const worker = await build({
  ...common,
  entryPoints: [inDist('control/edge/control-worker.js')],
  write: false,
  // Workers that start from text are CommonJS.
  format: 'cjs',
  // The addon is looked for beside the program's bundle, not beside a text that has no place.
  define: { 'import.meta.url': 'lttngTsModuleUrl' },
  banner: { js: "const lttngTsModuleUrl = require('node:worker_threads').workerData.moduleUrl;" },
});
const text = worker.outputFiles[0]?.text ?? '';
writeFileSync(
  inDist('edge/control-worker-source.js'),
  `export const controlWorkerSource = ${JSON.stringify(text)};\n`,
);

const bundle = await build({
  ...common,
  entryPoints: [inDist('index.js')],
  outfile: inDist('bundle/tracer.mjs'),
  format: 'esm',
  metafile: true,
});
const bytes = Object.values(bundle.metafile.outputs)[0]?.bytes ?? 0;
console.log(`Bundled the tracer: bytes=${bytes}, worker=${text.length}`);
