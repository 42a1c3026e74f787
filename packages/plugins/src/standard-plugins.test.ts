/** Graphs of standard components on real traces, against what babeltrace2 printed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import {
  type ComponentClass,
  type ComponentKind,
  Graph,
  GraphError,
  isMap,
  type MipVersion,
  type PlainValues,
  PluginRegistry,
  query,
  valueMap,
} from '@lttng-ts/graph';
import { nodeHost } from './edge/node-host.ts';
import type { Host } from './host.ts';
import { standardPlugins } from './standard-plugins.ts';

process.env['TZ'] = 'UTC';
const TRACES = join(import.meta.dirname, '../../ctf/traces');
const names = readdirSync(TRACES).flatMap((name) => (name.endsWith('.txt') ? [name.slice(0, -4)] : []));

/** Folders with a `metadata` file at or below `path`. */
function traceFolders(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((entry) => basename(entry) === 'metadata')
    .map((entry) => join(path, entry, '..'))
    .sort();
}

interface Run {
  readonly out: Buffer;
  readonly err: string;
}

/** Runs every trace at or below `path`, merged, into a sink, as the command line does. */
async function run(
  path: string,
  [plugin, name]: readonly [string, string],
  params: PlainValues = {},
  mipVersion: MipVersion = 0,
): Promise<Run> {
  const [out, err]: [Uint8Array[], Uint8Array[]] = [[], []];
  using node = nodeHost();
  const host: Host = {
    ...node,
    standardOutput: { write: (bytes) => out.push(bytes.slice()) },
    standardError: { write: (bytes) => err.push(bytes.slice()) },
  };
  const registry = new PluginRegistry(standardPlugins(host));
  const find = (kind: ComponentKind, ...[of, called]: readonly [string, string]) => {
    const found = registry.findClass(kind, of, called);
    assert.ok(found !== null, `${kind}.${of}.${called}`);
    return found;
  };
  const fsSource = find('source', 'ctf', 'fs');
  using graph = new Graph({ checksMessages: true, mipVersion });
  const mux = graph.addComponent(find('filter', 'utils', 'muxer'), 'mux');
  const sink = graph.addComponent(find('sink', plugin, name), 'sink', { params: valueMap(params) });
  for (const inputs of await groupFolders(traceFolders(path), fsSource)) {
    // Only a trace of one folder is named after it.
    const named: PlainValues = inputs.length === 1 ? { 'trace-name': inputs[0]!.slice(path.length + 1) } : {};
    const source = graph.addComponent(fsSource, `source ${inputs[0]}`, {
      params: valueMap({ inputs, ...named }),
    });
    for (const port of source.outputPorts) graph.connect(port, mux.inputPorts.at(-1)!);
  }
  graph.connect(mux.outputPorts[0]!, sink.inputPorts[0]!);
  assert.equal(graph.run(), 'end');
  graph[Symbol.dispose]();
  return { out: Buffer.concat(out), err: Buffer.concat(err).toString() };
}

/** Folders of one trace together, as the source says. */
async function groupFolders(
  folders: readonly string[],
  fsSource: ComponentClass,
): Promise<readonly (readonly string[])[]> {
  const groups = new Map<string, string[]>();
  for (const input of folders) {
    const params = valueMap({ type: 'directory', input });
    const info = await query(fsSource, 'babeltrace.support-info', { params });
    assert.ok(isMap(info) && info.get('weight') === 0.75);
    const key = String(info.get('group') ?? input);
    groups.set(key, [...(groups.get(key) ?? []), input]);
  }
  return [...groups.values()];
}

/** Since 2.1, several labels of one value stand in braces and in another order; the recorded texts are of 2.0.4. */
const withSortedLabels = (text: Buffer): string =>
  text
    .toString('latin1')
    .replaceAll(/\{ ("[^}]*") \} : container/g, '$1 : container')
    .replaceAll(/\( ("[^()]*") : container/g, (_, labels: string) => {
      return `( ${labels.split(', ').sort().join(', ')} : container`;
    });

for (const name of names) {
  test(`sink.text.pretty prints the trace ${name} as babeltrace2 does`, async () => {
    const { out, err } = await run(join(TRACES, name), ['text', 'pretty']);
    assert.equal(withSortedLabels(out), withSortedLabels(readFileSync(join(TRACES, `${name}.txt`))));
    assert.equal(err, readFileSync(join(TRACES, `${name}.err`), 'utf8').replaceAll('@TRACES@', TRACES));
  });
}

const hasBabeltrace = spawnSync('babeltrace2', ['--version']).status === 0;
const withoutTimes = (text: string): string => text.replaceAll(/\(\+[^)]*\) /g, '');

for (const name of ['every-field', 'contexts', 'discarded']) {
  for (const version of ['1', '2'] as const) {
    test(`sink.ctf.fs copies the trace ${name} to CTF ${version}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'plugins-'));
      try {
        const original = await run(join(TRACES, name), ['text', 'pretty']);
        const copy = join(folder, 'copy');
        const params = { path: copy, 'ctf-version': version, quiet: true };
        await run(join(TRACES, name), ['ctf', 'fs'], params, version === '2' ? 1 : 0);
        const ours = await run(copy, ['text', 'pretty'], {}, version === '2' ? 1 : 0);
        assert.equal(withSortedLabels(ours.out), withSortedLabels(original.out));
        if (version === '1' && hasBabeltrace) {
          const theirs = spawnSync('babeltrace2', [copy], { env: { ...process.env, TZ: 'UTC' } });
          assert.equal(
            withoutTimes(withSortedLabels(theirs.stdout)),
            withoutTimes(withSortedLabels(original.out)),
          );
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
}

test('sink.utils.counter counts what sink.utils.dummy consumes without a word', async () => {
  const counted = await run(join(TRACES, 'discarded'), ['utils', 'counter'], { 'hide-zero': true });
  assert.match(counted.out.toString(), /^ +\d+ Event messages\n +\d+ Stream beginning messages?\n/);
  assert.match(counted.out.toString(), /\d+ Discarded event messages?\n/);
  const { out } = await run(join(TRACES, 'discarded'), ['utils', 'dummy']);
  assert.equal(out.length, 0);
});

/** Parameters, and what is wrong with them. */
const WRONG_PARAMETERS: readonly (readonly [string, string, PlainValues, RegExp])[] = [
  ['text', 'pretty', { salut: true }, /unexpected key `salut`/],
  ['text', 'pretty', { color: 'blue' }, /string is not amongst the available choices: value=blue/],
  ['text', 'details', { compact: 1n }, /expected-type=BOOL, actual-type=SIGNED_INTEGER/],
  ['utils', 'counter', { step: 'all' }, /expected-type=UNSIGNED_INTEGER, actual-type=STRING/],
  ['ctf', 'fs', {}, /missing mandatory entry `path`/],
];

for (const [plugin, name, params, fault] of WRONG_PARAMETERS) {
  test(`sink.${plugin}.${name} refuses ${[...Object.keys(params), 'nothing'][0]}`, async () => {
    await assert.rejects(
      run(join(TRACES, 'contexts'), [plugin, name], params),
      (error) => error instanceof GraphError && fault.test(error.message),
    );
  });
}
