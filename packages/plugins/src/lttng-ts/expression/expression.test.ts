/** Filtering runs against filtering messages, and against the reference decoder: the same events pass. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setCodeGeneration } from '@lttng-ts/ctf';
import { Graph, GraphError, type SinkClass, valueMap } from '@lttng-ts/graph';
import { fsSource } from '../../ctf/fs-source/fs-source.ts';
import { nodeHost } from '../../edge/node.ts';
import { muxer } from '../../utils/muxer/muxer.ts';
import { expression } from './expression.ts';

const traces = join(import.meta.dirname, '..', '..', '..', '..', 'ctf', 'traces');

/** Folders below `name` that have metadata. */
const inputsOf = (name: string): readonly string[] =>
  readdirSync(join(traces, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name === 'metadata')
    .map((entry) => entry.parentPath);

interface Passed {
  /** Name and time of each event. */
  readonly events: readonly string[];
  readonly others: number;
}

function run(
  inputs: readonly string[],
  filters: string | readonly string[] | null,
  takesRuns: boolean,
): Passed {
  using host = nodeHost();
  const events: string[] = [];
  let others = 0;
  const sink: SinkClass = {
    kind: 'sink',
    name: 'collect',
    initialize(self) {
      const input = self.addInputPort('in');
      let next: () => 'ok' | 'again' | 'end';
      return {
        graphIsConfigured() {
          const flow = takesRuns ? self.createFlowIterator(input) : self.createMessageIterator(input);
          next = () => {
            const result = flow.next();
            if (result.kind !== 'messages') return result.kind;
            for (const item of result.messages) {
              const some = item.kind === 'event-run' ? [...item.events()] : [item];
              for (const message of some) {
                if (message.kind === 'event') events.push(`${message.eventClass.name} ${message.cycles}`);
                else others++;
              }
            }
            return 'ok';
          };
        },
        consume: () => next(),
      };
    },
  };
  using graph = new Graph({ mipVersion: 0 });
  const merge = graph.addComponent(muxer, 'muxer');
  for (const [i, input] of inputs.entries()) {
    const source = graph.addComponent(fsSource(host), `source${i}`, {
      params: valueMap({ inputs: [input] }),
    });
    for (const port of source.outputPorts) graph.connect(port, merge.inputPorts.at(-1)!);
  }
  const end = graph.addComponent(sink, 'sink');
  if (filters === null) graph.connect(merge.outputPorts[0]!, end.inputPorts[0]!);
  else {
    const filter = graph.addComponent(expression, 'filter', { params: valueMap({ expression: filters }) });
    graph.connect(merge.outputPorts[0]!, filter.inputPorts[0]!);
    graph.connect(filter.outputPorts[0]!, end.inputPorts[0]!);
  }
  graph.run();
  return { events, others };
}

const EXPRESSIONS: readonly string[] = [
  '$event.name == "*"',
  '$event.name == "every_field:integers"',
  '$event.name != "every_field:integers" && $event.name != "*text*"',
  'i8 < 0',
  'u64 > 0xffffffff || i64 < 0',
  'u64 < 0 && x64 < 0',
  'n64 > 255 && n16 != 0',
  '$ctx.vpid > 0 && $ctx.procname == "every*"',
  '$packet.cpu_id == 0',
  '$ctx.cpu_id == 1',
  '$event.id > 2',
  '$event.loglevel <= 13',
  '$env.domain == "ust"',
  '$stream.id == 0',
  '$time & 1 == 0',
  '$time > 1000000000000000000 && i32 == 1',
  'nothing == 1',
  '1 == 1',
  '0',
];

for (const name of readdirSync(traces, { withFileTypes: true })) {
  if (!name.isDirectory() || name.name === 'source') continue;
  test(`events of "${name.name}" pass alike in runs and as messages`, () => {
    const inputs = inputsOf(name.name);
    const all = run(inputs, null, true);
    let kept = 0;
    for (const filter of EXPRESSIONS) {
      const inRuns = run(inputs, filter, true);
      assert.deepEqual(inRuns, run(inputs, filter, false), filter);
      setCodeGeneration(false);
      try {
        assert.deepEqual(run(inputs, filter, true), inRuns, filter);
      } finally {
        setCodeGeneration(null);
      }
      assert.equal(inRuns.others, all.others, filter);
      const rest = all.events.values();
      for (const event of inRuns.events) {
        let other: string | undefined;
        do other = rest.next().value;
        while (other !== undefined && other !== event);
        assert.equal(other, event, `out of order: ${filter}`);
      }
      kept += inRuns.events.length > 0 && inRuns.events.length < all.events.length ? 1 : 0;
    }
    assert.ok(kept > 2, 'expressions that keep some events');
    assert.deepEqual(run(inputs, '1 == 1', true), all);
    assert.deepEqual(run(inputs, '0', true).events, []);
    const halves = ['$time & 1 == 0', '$event.id > 2'];
    const both = run(inputs, `(${halves[0]}) && (${halves[1]})`, true);
    assert.deepEqual(run(inputs, halves, true), both);
  });
}

test('a wrong expression is told with its place', () => {
  const bad = () => run(inputsOf('contexts'), 'i8 <', true);
  assert.throws(bad, (error) => {
    assert.ok(error instanceof GraphError);
    assert.equal(
      error.causes[0]?.message,
      'Invalid filter expression: Expected a value, found the end of the expression: line=1, column=5, expression="i8 <"',
    );
    return true;
  });
});
