import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DOCUMENTATION_FOLDERS, documentationFiles } from './files.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const files = documentationFiles();

test('manual pages and completions say what the option tables say', () => {
  const present = DOCUMENTATION_FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)),
  );
  const outdated = [...files].filter(
    ([path, text]) => !present.includes(path) || readFileSync(join(root, path), 'utf8') !== text,
  );
  const strangers = present.filter((path) => !files.has(path));
  const paths = [...outdated.map(([path]) => path), ...strangers];
  assert.deepEqual(paths, [], 'run: node packages/cli/tools/write-documentation.mjs');
});

test('Bash takes its completions', () => {
  for (const [path, text] of files) {
    if (!path.startsWith('completions/bash/')) continue;
    const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
    assert.equal(`${status} ${stderr}`, '0 ', path);
  }
});

/** What Bash offers for the last word of a command line. */
function offered(program: string, ...words: readonly string[]): readonly string[] {
  const script = [
    files.get(`completions/bash/${program}`) ?? '',
    `COMP_WORDS=(${[program, ...words].map((word) => `'${word}'`).join(' ')})`,
    `COMP_CWORD=${words.length}`,
    `_${program.replaceAll(/[^a-z0-9]/g, '_')}`,
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n');
  const { stdout } = spawnSync('bash', ['-s'], { input: script, encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line !== '');
}

test('Bash completes commands, their options, and nothing behind an option that takes an argument', () => {
  assert.deepEqual(offered('babeltrace2', 'li'), ['list-plugins']);
  assert.deepEqual(offered('babeltrace2', '-v', 'run', '--con'), ['--connect']);
  assert.deepEqual(offered('babeltrace2', 'run', '--component', ''), []);
  assert.deepEqual(offered('babeltrace2', '--omit'), [
    '--omit-home-plugin-path',
    '--omit-system-plugin-path',
  ]);
  assert.deepEqual(offered('lttng', 'stop', '--no'), ['--no-wait']);
  assert.deepEqual(offered('lttng-sessiond', '--daem'), ['--daemonize']);
});

const hasGroff = spawnSync('groff', ['--version']).status === 0;
test('groff formats every page without a warning', { skip: hasGroff ? false : 'no groff' }, () => {
  for (const [path, text] of files) {
    if (!path.startsWith('man/')) continue;
    const { status, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-z'], {
      input: text,
      encoding: 'utf8',
    });
    assert.equal(`${status} ${stderr}`, '0 ', path);
  }
});
