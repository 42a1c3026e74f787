// @ts-check
/**
 * Bundles each command into one file below `dist/bin`, which `bin/NAME` runs: most of Node's start-up is the loading
 * of modules. The addon stays outside and is found by its path.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { root } from './setup.mjs';

const COMMAND = /^(lttng(-[a-z]+)?|babeltrace2)\.js$/;
/**
 * Commands that end at once become CommonJS, whose loader is there anyway; that of ES modules costs more than all of
 * `lttng`. What they import dynamically becomes a file of its own, which has its own copy of what both use: no
 * instance of a class may pass between them.
 */
const SHORT_LIVED = ['lttng.js'];
const compiled = join(root, 'packages/cli/dist');
const commands = existsSync(compiled) ? readdirSync(compiled).filter((name) => COMMAND.test(name)) : [];

/** @type {import('esbuild').BuildOptions} */
const common = {
  outdir: join(root, 'dist/bin'),
  bundle: true,
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
};
/** @param {(name: string) => boolean} isWanted */
const entryPoints = (isWanted) => commands.filter(isWanted).map((name) => join(compiled, name));

/** Bundles entry points, then what they import dynamically. @param {readonly string[]} entries */
async function bundleShortLived(entries) {
  /** @type {Set<string>} */
  const later = new Set();
  await build({
    ...common,
    entryPoints: [...entries],
    entryNames: '[name]',
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    supported: { 'dynamic-import': false },
    // It would be empty.
    logOverride: { 'empty-import-meta': 'error' },
    plugins: [
      {
        name: 'dynamic imports apart',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
            if (kind !== 'dynamic-import') return null;
            later.add(join(resolveDir, path));
            return { path: `./${basename(path, '.js')}.cjs`, external: true };
          }),
      },
    ],
  });
  if (later.size > 0) await bundleShortLived([...later]);
}

await bundleShortLived(entryPoints((name) => SHORT_LIVED.includes(name)));
await build({
  ...common,
  entryPoints: entryPoints((name) => !SHORT_LIVED.includes(name)),
  outExtension: { '.js': '.mjs' },
  splitting: true,
  format: 'esm',
  // Dependencies that are CommonJS, and the loader of the addon, ask for `require`.
  banner: {
    js: "import { createRequire as lttngTsCreateRequire } from 'node:module';\nconst require = lttngTsCreateRequire(import.meta.url);",
  },
});
