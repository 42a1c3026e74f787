/** The examples of `docs/json-output.md` run. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tracesFolder } from '../testing/babeltrace2-cases.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const page = readFileSync(join(root, 'docs', 'json-output.md'), 'utf8');
const contexts = join(tracesFolder, 'contexts');
const eventCount = readFileSync(`${contexts}.txt`, 'utf8').trimEnd().split('\n').length;

const examples = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, code]) =>
    code!.replaceAll('TRACE', contexts),
  );

function run(command: string, words: readonly string[]): string {
  const env = { ...process.env, PATH: `${join(root, 'bin')}:${process.env['PATH']}` };
  const { stdout, stderr, error } = spawnSync(command, words, { encoding: 'utf8', env, timeout: 60_000 });
  assert.equal(error, undefined);
  assert.equal(stderr, '');
  return stdout;
}

test('the example in Python counts the events', (t) => {
  const example = examples('sh').find((code) => code.includes('python3'));
  if (spawnSync('python3', ['-V']).error !== undefined) return t.skip('python3 is missing');
  assert.equal(run('/bin/sh', ['-c', example!]), `${eventCount}\n`);
});

test('the example with jq tells the fields', (t) => {
  const example = examples('sh').find((code) => code.includes('jq'));
  if (spawnSync('jq', ['-V']).error !== undefined) return t.skip('jq is missing');
  assert.equal(
    run('/bin/sh', ['-c', example!]),
    '_counted8_length _counted_length counted counted8 fixed s\n',
  );
});

test('the example in JavaScript prints the events with the largest integer', () => {
  const [example] = examples('js');
  const lines = run(process.execPath, ['--input-type=module', '-e', example!]).trimEnd().split('\n');
  assert.ok(lines.length > 0);
  for (const line of lines) assert.match(line, /^2026-\S+Z every_field:integers$/);
});

test('the objects on the page are JSON in the order of its table', () => {
  const objects = examples('json').map((text) => JSON.parse(text));
  assert.deepEqual(Object.keys(objects[0]), [
    ...['type', 'time', 'ns', 'name', 'level', 'trace', 'stream_class', 'stream'],
    ...['packet', 'context', 'fields'],
  ]);
  const line = run('babeltrace2', ['-o', 'json', contexts]).split('\n')[0]!;
  assert.deepEqual(Object.keys(JSON.parse(line)), Object.keys(objects[0]));
  assert.deepEqual(Object.keys(objects[1]), [
    ...['type', 'time', 'ns', 'end_time', 'end_ns', 'count', 'trace', 'stream_class', 'stream'],
  ]);
});
