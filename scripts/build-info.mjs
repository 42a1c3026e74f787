// @ts-check
/**
 * Writes what this build is to `dist/bin/build-info.json`: version, git commit, and the patches of vendors that
 * `vendor-patches/` registers. Programs read it when somebody asks (`packages/cli/src/edge/read-build-info.ts`).
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const NAME = /^[A-Za-z0-9_+-][A-Za-z0-9._+-]*$/;
/** Tests have folders of their own. */
const [patchFolder = join(root, 'vendor-patches'), folder = join(root, 'dist/bin')] = process.argv.slice(2);

/** The commit, with `-dirty` when files differ from it; null without git. */
function commit() {
  const words = ['-C', root, 'describe', '--always', '--exclude=*', '--abbrev=12', '--dirty'];
  const { status, stdout } = spawnSync('git', words, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

function patches() {
  const names = readdirSync(patchFolder).filter((name) => name !== 'README.md' && !name.startsWith('.'));
  return names.sort().map((name) => {
    if (!NAME.test(name)) throw new Error(`Not a name of a patch: name="${name}"`);
    const [description = ''] = readFileSync(join(patchFolder, name), 'utf8').split('\n');
    return { name, description: description.trim() };
  });
}

/** @type {{ version: string }} */
const { version } = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8'));
mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, 'build-info.json'),
  `${JSON.stringify({ version, commit: commit(), patches: patches() })}\n`,
);
