/**
 * Contexts of Node.js programs. Programs of one user share buffers, so that both languages must give the same fields to
 * a channel: the daemon refuses the second program otherwise, and its events are missing.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment, type Side } from '../harness/environment.ts';
import { record, startDaemon } from '../harness/recording.ts';
import { daemonSides, eventLines, type Language, samples, skip } from './node-world.ts';

const namespaces = ['cgroup_ns', 'ipc_ns', 'mnt_ns', 'net_ns', 'pid_ns', 'time_ns', 'user_ns', 'uts_ns'];
const credentials = ['vuid', 'veuid', 'vsuid', 'vgid', 'vegid', 'vsgid'];
const plain = ['vpid', 'vtid', 'pthread_id', 'procname', 'ip'];

/** Runs the programs one after the other in one session and gives the lines of each. */
async function recordOneAfterTheOther(
  side: Side,
  contexts: readonly string[],
  languages: readonly Language[],
): Promise<Readonly<Record<Language, readonly string[]>>> {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  // The shell tells its pid and becomes the program.
  const run = (language: Language) =>
    environment.output([
      'sh',
      '-c',
      'echo pid $$; exec "$@"',
      'sh',
      ...samples[language](),
      'ticks',
      '1',
      '5',
    ]);
  const pids = new Map<Language, string>();
  const { folder } = await record(environment, { side, rules: [['sample:tick']], contexts }, async () => {
    for (const language of languages) {
      const text = await run(language);
      pids.set(language, text.match(/pid (\d+)/)?.[1] ?? '');
    }
  });
  const lines = await eventLines(environment, folder);
  const of = (language: Language) => lines.filter((line) => line.includes(`vpid = ${pids.get(language)},`));
  return { c: of('c'), node: of('node') };
}

/** A line without its values: what fields it has, in which order. */
const shapeOf = (line = ''): string => line.replace(/(\w+) = (?:"[^"]*"|[-\dx A-F]+)/g, '$1');
const valueOf = (line: string, name: string): string =>
  line.match(new RegExp(`${name} = ([^, }]*)`))?.[1] ?? '';

for (const side of daemonSides) {
  for (const languages of [
    ['c', 'node'],
    ['node', 'c'],
  ] as const) {
    const order = languages.join(' first, then ');
    test(`every context agrees with C's in one channel: ${order}, daemon: ${side}`, { skip }, async () => {
      const contexts = [...plain, ...namespaces, ...credentials, '$app.provider:name'];
      const { c, node } = await recordOneAfterTheOther(side, contexts, languages);
      assert.equal(c.length, 5);
      assert.equal(node.length, 5);
      assert.equal(shapeOf(node[0]), shapeOf(c[0]));
      // The programs have these in common.
      for (const name of [...namespaces, ...credentials]) {
        assert.equal(valueOf(node[0] ?? '', name), valueOf(c[0] ?? '', name), name);
      }
      assert.ok(namespaces.every((name) => /^[1-9]\d*$/.test(valueOf(node[0] ?? '', name))));
    });
  }

  test(`values of contexts tell the thread that records, daemon: ${side}`, { skip }, async () => {
    const { node, c } = await recordOneAfterTheOther(side, plain, ['node', 'c']);
    for (const line of node) {
      assert.equal(valueOf(line, 'vtid'), valueOf(line, 'vpid'), 'the main thread');
      assert.equal(valueOf(line, 'procname'), '"node"');
      assert.match(valueOf(line, 'pthread_id'), /^\d{6,}$/);
      assert.equal(valueOf(line, 'ip'), valueOf(line, 'ip').startsWith('0x') ? '0x0' : '0');
    }
    assert.equal(valueOf(c[0] ?? '', 'procname'), '"sample"');
    assert.notEqual(valueOf(c[0] ?? '', 'ip'), valueOf(node[0] ?? '', 'ip'));
  });

  test(`a perf counter is a field of both programs, or of none, daemon: ${side}`, { skip }, async () => {
    const contexts = ['vpid', 'perf:thread:cpu-clock', 'perf:thread:page-fault'];
    const { c, node } = await recordOneAfterTheOther(side, contexts, ['c', 'node']);
    assert.equal(c.length, 5);
    assert.equal(node.length, 5);
    assert.equal(shapeOf(node[0]), shapeOf(c[0]));
  });
}
