import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from '@lttng-ts/base';
import { formatActor, GraphError, PreconditionError } from '../errors.ts';
import type { Message } from '../messages/message.ts';
import { batchSource, keepingSink, littleTrace, short } from '../testing/little-trace.ts';
import type { SinkClass, SourceClass } from './component-class.ts';
import { Graph } from './graph.ts';
import { greatestMipVersion } from './mip.ts';
import { query, UnknownObjectError } from './query.ts';

const { messages } = littleTrace([10n, 20n]);

test('messages go from a source to a sink', () => {
  const kept: Message[] = [];
  const graph = new Graph({ checksMessages: true });
  const source = graph.addComponent(batchSource([messages.slice(0, 2), messages.slice(2)]), 'source');
  const sink = graph.addComponent(keepingSink(kept), 'sink');
  graph.connect(source.outputPorts[0]!, sink.inputPorts[0]!);
  assert.equal(graph.run(), 'end');
  assert.equal(
    short(kept),
    'stream-beginning@? packet-beginning@10 event@10 event@20 packet-end@20 stream-end@?',
  );
});

test('a graph that waits comes back and goes on later', () => {
  const kept: Message[] = [];
  const graph = new Graph();
  const source = graph.addComponent(
    batchSource([messages.slice(0, 2), 'again', messages.slice(2)]),
    'source',
  );
  const sink = graph.addComponent(keepingSink(kept), 'sink');
  graph.connect(source.outputPorts[0]!, sink.inputPorts[0]!);
  assert.equal(graph.run(), 'again');
  assert.equal(kept.length, 2);
  assert.equal(graph.run(), 'end');
  assert.equal(kept.length, messages.length);
});

test('an interrupted graph stops before the next step', () => {
  const kept: Message[] = [];
  const graph = new Graph();
  const source = graph.addComponent(batchSource([messages]), 'source');
  const sink = graph.addComponent(keepingSink(kept), 'sink');
  graph.connect(source.outputPorts[0]!, sink.inputPorts[0]!);
  graph.interrupt();
  assert.equal(graph.run(), 'interrupted');
  assert.equal(kept.length, 0);
});

/** Wrong uses, each with the condition that Babeltrace 2 names for it. */
const WRONG_USES: readonly (readonly [string, (graph: Graph) => void])[] = [
  [
    'graph-add-sink-component:component-name-is-unique',
    (graph) => {
      graph.addComponent(keepingSink([]), 'same');
      graph.addComponent(keepingSink([]), 'same');
    },
  ],
  [
    'graph-connect-ports:output-port-is-not-connected',
    (graph) => {
      const source = graph.addComponent(batchSource([]), 'source');
      const [a, b] = ['a', 'b'].map((name) => graph.addComponent(keepingSink([]), name));
      graph.connect(source.outputPorts[0]!, a!.inputPorts[0]!);
      graph.connect(source.outputPorts[0]!, b!.inputPorts[0]!);
    },
  ],
  ['graph-run:graph-has-at-least-one-sink-component', (graph) => graph.run()],
  [
    'message-iterator-create:input-port-is-connected',
    (graph) => {
      graph.addComponent(keepingSink([]), 'sink');
      graph.run();
    },
  ],
  [
    'graph-add-source-component:graph-is-not-configured',
    (graph) => {
      const source = graph.addComponent(batchSource([]), 'source');
      const sink = graph.addComponent(keepingSink([]), 'sink');
      graph.connect(source.outputPorts[0]!, sink.inputPorts[0]!);
      graph.run();
      graph.addComponent(batchSource([]), 'late');
    },
  ],
  [
    'message-iterator-class-next-method:message-is-expected',
    (graph) => {
      const source = graph.addComponent(batchSource([messages.slice(1)]), 'source');
      const sink = graph.addComponent(keepingSink([]), 'sink');
      graph.connect(source.outputPorts[0]!, sink.inputPorts[0]!);
      graph.run();
    },
  ],
];

for (const [id, use] of WRONG_USES) {
  test(`wrong use: ${id}`, () => {
    assert.throws(
      () => use(new Graph({ checksMessages: true })),
      (error) => error instanceof PreconditionError && error.id === id,
    );
  });
}

test('a failure has its causes, from the root outwards, each with its actor', () => {
  const broken: SourceClass = {
    kind: 'source',
    plugin: 'test',
    name: 'broken',
    initialize(self) {
      self.addOutputPort('out');
      return {
        createMessageIterator: () => ({
          next() {
            throw new FormatError('Sequence length exceeds packet: length=9');
          },
        }),
      };
    },
  };
  const graph = new Graph();
  const source = graph.addComponent(broken, 'src');
  const sink = graph.addComponent(keepingSink([]), 'snk');
  graph.connect(source.outputPorts[0]!, sink.inputPorts[0]!);
  assert.throws(
    () => graph.run(),
    (error) => {
      assert.ok(error instanceof GraphError);
      assert.deepEqual(
        error.causes.map(({ actor, message }) => `${formatActor(actor)} | ${message}`),
        [
          'src (out): source.test.broken | Sequence length exceeds packet: length=9',
          'src (out): source.test.broken | Message iterator\'s "next" method failed',
          'snk: sink.keeper | Component\'s "consume" method failed',
        ],
      );
      return true;
    },
  );
  assert.throws(() => graph.run(), PreconditionError);
});

test('disposal finalizes iterators first, then components in reverse order', () => {
  const log: string[] = [];
  const noisy = (name: string): SourceClass => ({
    kind: 'source',
    name,
    initialize(self) {
      self.addOutputPort('out');
      return {
        createMessageIterator: () => ({
          next: () => ({ kind: 'end' }),
          finalize: () => log.push(`${name} iterator`),
        }),
        finalize: () => log.push(name),
      };
    },
  });
  const graph = new Graph();
  const source = graph.addComponent(noisy('source'), 'source');
  graph.addComponent(noisy('other'), 'other');
  const sink = graph.addComponent(keepingSink([]), 'sink');
  graph.connect(source.outputPorts[0]!, sink.inputPorts[0]!);
  graph.run();
  graph[Symbol.dispose]();
  graph[Symbol.dispose]();
  assert.deepEqual(log, ['source iterator', 'other', 'source']);
});

test('the version of the rules is the greatest that all components know', () => {
  const knowing = (...versions: readonly (0 | 1)[]): SinkClass => ({
    ...keepingSink([]),
    supportedMipVersions: () => versions,
  });
  assert.equal(greatestMipVersion([{ class: knowing(0, 1) }, { class: keepingSink([]) }]), 1);
  assert.equal(greatestMipVersion([{ class: knowing(0, 1) }, { class: knowing(0) }]), 0);
  assert.equal(greatestMipVersion([{ class: knowing(1) }, { class: knowing(0) }]), null);
  assert.equal(greatestMipVersion([{ class: knowing(0, 1) }], [0]), 0);
});

test('a class answers queries, or says that it does not know', async () => {
  const asked: SinkClass = {
    ...keepingSink([]),
    query(object) {
      if (object !== 'answer') throw new UnknownObjectError(asked, object);
      return 42n;
    },
  };
  assert.equal(await query(asked, 'answer'), 42n);
  await assert.rejects(query(asked, 'question'), UnknownObjectError);
  await assert.rejects(query(keepingSink([]), 'answer'), UnknownObjectError);
});
