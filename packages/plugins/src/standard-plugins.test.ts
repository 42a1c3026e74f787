/** Graphs of standard components on real traces, against what babeltrace2 printed. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ComponentKind, Graph, PluginRegistry, valueMap } from '@lttng-ts/graph';
import { nodeHost } from './edge/node-host.ts';
import type { Host } from './host.ts';
import { standardPlugins } from './standard-plugins.ts';

process.env['TZ'] = 'UTC';
const TRACES = join(import.meta.dirname, '../../ctf/traces');
const names = readdirSync(TRACES).flatMap((name) => (name.endsWith('.txt') ? [name.slice(0, -4)] : []));

/** Folders with a `metadata` file at or below `path`. */
function traceFolders(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((entry) => entry.endsWith('metadata'))
    .map((entry) => join(path, entry, '..'))
    .sort();
}

interface Run {
  readonly out: Buffer;
  readonly err: string;
}

/** Runs every trace at or below `path`, merged, into a sink, as the command line does. */
function run(path: string, [plugin, name]: readonly [string, string]): Run {
  const [out, err]: [Uint8Array[], Uint8Array[]] = [[], []];
  using node = nodeHost();
  const host: Host = {
    ...node,
    standardOutput: { write: (bytes) => out.push(bytes.slice()) },
    standardError: { write: (bytes) => err.push(bytes.slice()) },
  };
  const registry = new PluginRegistry(standardPlugins(host));
  const find = (kind: ComponentKind, ...[of, called]: [string, string]) => {
    const found = registry.findClass(kind, of, called);
    assert.ok(found !== null, `${kind}.${of}.${called}`);
    return found;
  };
  using graph = new Graph({ checksMessages: true });
  const mux = graph.addComponent(find('filter', 'utils', 'muxer'), 'mux');
  const sink = graph.addComponent(find('sink', plugin, name), 'sink');
  for (const folder of traceFolders(path)) {
    const params = valueMap({ inputs: [folder], 'trace-name': folder.slice(path.length + 1) });
    const source = graph.addComponent(find('source', 'ctf', 'fs'), `source ${folder}`, { params });
    for (const port of source.outputPorts) graph.connect(port, mux.inputPorts.at(-1)!);
  }
  graph.connect(mux.outputPorts[0]!, sink.inputPorts[0]!);
  assert.equal(graph.run(), 'end');
  return { out: Buffer.concat(out), err: Buffer.concat(err).toString() };
}

for (const name of names.filter((name) => name !== 'rotated')) {
  test(`sink.text.pretty prints the trace ${name} as babeltrace2 does`, () => {
    const { out, err } = run(join(TRACES, name), ['text', 'pretty']);
    // Since 2.1, several labels of one value stand in braces; the recorded texts are of 2.0.4.
    const as204 = out.toString('latin1').replaceAll(/\{ ("[^}]*") \} : container/g, '$1 : container');
    assert.equal(as204, readFileSync(join(TRACES, `${name}.txt`), 'latin1'));
    assert.equal(err, readFileSync(join(TRACES, `${name}.err`), 'utf8').replaceAll('@TRACES@', TRACES));
  });
}

test('sink.utils.dummy prints nothing', () => {
  const { out } = run(join(TRACES, names[0]!), ['utils', 'dummy']);
  assert.equal(out.length, 0);
});
