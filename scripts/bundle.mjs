// @ts-check
/**
 * Bundles each command into one file, `dist/bin/NAME.mjs`, which `bin/NAME` runs: most of Node's start-up
 * is the loading of modules. The addon stays outside and is found by its path.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './setup.mjs';

const COMMAND = /^(lttng(-[a-z]+)?|babeltrace2)\.js$/;
const compiled = join(root, 'packages/cli/dist');
const commands = existsSync(compiled) ? readdirSync(compiled).filter((name) => COMMAND.test(name)) : [];

await build({
  entryPoints: commands.map((name) => join(compiled, name)),
  outdir: join(root, 'dist/bin'),
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Dependencies that are CommonJS, and the loader of the addon, ask for `require`.
  banner: {
    js: "import { createRequire as lttngTsCreateRequire } from 'node:module';\nconst require = lttngTsCreateRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
