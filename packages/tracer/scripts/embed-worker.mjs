// @ts-check
/**
 * Puts the control worker, as one self-contained script, into `dist/edge/control-worker-source.js`, so that programs
 * which are bundled into one file find it. Run after the build, before packing:
 * `node packages/tracer/scripts/embed-worker.mjs`.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const dist = new URL('../dist/', import.meta.url);
const result = await build({
  entryPoints: [fileURLToPath(new URL('control/edge/control-worker.js', dist))],
  bundle: true,
  minify: true,
  write: false,
  platform: 'node',
  target: 'node20',
  // Workers that start from text are CommonJS.
  format: 'cjs',
  // The addon is looked for beside the program's bundle, not beside a text that has no place.
  define: { 'import.meta.url': 'lttngTsModuleUrl' },
  banner: { js: "const lttngTsModuleUrl = require('node:worker_threads').workerData.moduleUrl;" },
});
const text = result.outputFiles[0]?.text ?? '';
writeFileSync(
  new URL('edge/control-worker-source.js', dist),
  `export const controlWorkerSource = ${JSON.stringify(text)};\n`,
);
console.log(`Embedded the control worker: bytes=${text.length}`);
