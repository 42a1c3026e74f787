// @ts-check
/**
 * What the other scripts stand on: find out what is missing, install it, build. Plain JavaScript with
 * nothing but Node's own modules, because it runs before anything is installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');

/**
 * Runs a program with our standard streams and ends this process when it fails.
 * @param {string} command @param {readonly string[]} args @param {NodeJS.ProcessEnv} [env]
 */
export function run(command, args, env = process.env) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env });
  if (error !== undefined) console.error(`Cannot run: command="${command}", reason="${error.message}"`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Installs the locked dependencies unless they are there. */
export function installDependencies() {
  const lock = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  // Install scripts are not wanted: none of our dependencies needs one.
  // Not `npm ci`: it refuses a lock that was made where a mirror lacks other platforms' optional packages.
  run('npm', ['install', '--ignore-scripts', '--no-save', '--no-audit', '--no-fund']);
}

/** Compiles TypeScript, the addon (where there is a C compiler) and the bundled commands. */
export function build() {
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b']);
  const addon = join(root, 'packages/native/build.mjs');
  if (existsSync(addon)) run(process.execPath, [addon]);
  run(process.execPath, [join(root, 'scripts/bundle.mjs')]);
  run(process.execPath, [join(root, 'scripts/build-info.mjs')]);
}
