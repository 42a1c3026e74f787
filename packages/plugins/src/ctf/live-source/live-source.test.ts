/** Live reading of a made-up relay daemon: what recordings of real ones do not show. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '@lttng-ts/base';
import {
  type EventMessage,
  Graph,
  GraphError,
  isArray,
  type Message,
  type MessageIterator,
  query,
  type SinkClass,
  valueMap,
} from '@lttng-ts/graph';
import {
  type LiveCommandName,
  LiveRequestFramer,
  liveConnect,
  liveFlags,
  liveIndex,
  liveIndexStatus,
  liveListReply,
  liveMetadataReply,
  liveMetadataStatus,
  liveNewStreamsStatus,
  livePacketReply,
  livePacketStatus,
  liveSession,
  liveSession15,
  liveStatusReply,
  liveStream,
  liveStreamsReply,
} from '@lttng-ts/protocols/live';
import { ByteQueue } from '@lttng-ts/wire';
import { nodeHost } from '../../edge/node-host.ts';
import { LiveEngine } from './live-engine.ts';
import { liveSource } from './live-source.ts';
import type { LiveConnection, LiveTransport, RelayAddress } from './live-transport.ts';

const METADATA = `/* CTF 1.8 */
typealias integer { size = 8; align = 8; signed = false; } := u8;
trace { major = 1; minor = 8; byte_order = le; };
clock { name = tick; freq = 1000000000; };
stream {
  packet.context := struct {
    integer { size = 8; align = 8; map = clock.tick.value; } timestamp_begin;
    integer { size = 8; align = 8; map = clock.tick.value; } timestamp_end;
    u8 content_size;
    u8 packet_size;
  };
  event.header := struct { u8 id; integer { size = 8; align = 8; map = clock.tick.value; } timestamp; };
};
event { id = 1; name = "first"; };
`;
const MORE_METADATA = 'event { id = 2; name = "second"; };\n';

/** A packet with events, each an id and a time. */
function packet(events: readonly (readonly [id: number, time: number])[]): Uint8Array {
  const sizeBits = (4 + events.length * 2) * 8;
  const [begin, end] = [events[0]?.[1] ?? 0, events.at(-1)?.[1] ?? 0];
  return Uint8Array.from([begin, end, sizeBits, sizeBits, ...events.flat()]);
}

/** What a reply is made of; the last of each list stays. `null`: the connection ends. */
interface Script {
  readonly minor?: number;
  /** Names in each list of sessions. */
  readonly sessions?: readonly (readonly string[])[];
  readonly metadata?: readonly (string | null)[];
  readonly indexes: readonly (IndexAnswer | null)[];
  readonly packets?: readonly (Uint8Array | { readonly refusalFlags: number })[];
}

interface IndexAnswer {
  readonly status: keyof typeof liveIndexStatus;
  readonly bytes?: Uint8Array;
  readonly cycles?: bigint;
  readonly flags?: number;
}

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

function concatenated(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

class MadeUpRelay implements LiveTransport {
  readonly asked: LiveCommandName[] = [];
  readonly #script: Script;
  readonly #counts = new Map<string, number>();

  constructor(script: Script) {
    this.#script = script;
  }

  async connect(): Promise<LiveConnection> {
    const framer = new LiveRequestFramer();
    const replies = new ByteQueue();
    let isClosed = false;
    return {
      send: (bytes) => {
        for (const { name } of framer.push(bytes)) {
          assert.ok(name !== null);
          this.asked.push(name);
          const reply = this.#answer(name);
          if (reply === null) isClosed = true;
          else replies.push(reply);
        }
      },
      receive: async (lengthBytes) => {
        const bytes = replies.take(lengthBytes);
        if (bytes !== null) return bytes;
        assert.ok(isClosed, `No reply to wait for: asked="${this.asked.at(-1)}"`);
        throw new ProtocolError('Remote side has closed connection');
      },
      close: () => {
        isClosed = true;
      },
    };
  }

  pause() {
    let end = (): void => undefined;
    const isOver = new Promise<void>((settle) => {
      end = settle;
      setImmediate(settle);
    });
    return { isOver, end };
  }

  #next<T>(what: string, values: readonly T[]): T {
    const count = this.#counts.get(what) ?? 0;
    this.#counts.set(what, count + 1);
    return values[Math.min(count, values.length - 1)]!;
  }

  #answer(name: LiveCommandName): Uint8Array | null {
    const { minor = 13, metadata = [METADATA, null], indexes, packets = [] } = this.#script;
    switch (name) {
      case 'connect':
        return liveConnect.encode({ viewerSessionId: 1n, major: 2, minor, type: 0 });
      case 'createSession':
      case 'detachSession':
        return liveStatusReply.encode({ status: 1 });
      case 'listSessions':
        return this.#sessions(minor);
      case 'attachSession':
        return concatenated(
          liveStreamsReply.encode({ status: 1, streamCount: 2 }),
          ...[0n, 1n].map((id) =>
            liveStream.encode({
              id,
              traceId: 7n,
              isMetadata: id === 0n ? 1 : 0,
              pathName: 'path',
              channelName: 'c',
            }),
          ),
        );
      case 'getNewStreams':
        return liveStreamsReply.encode({ status: liveNewStreamsStatus.hup, streamCount: 0 });
      case 'getMetadata': {
        const piece = this.#next('metadata', metadata);
        if (piece === null) {
          return liveMetadataReply.encode({ sizeBytes: 0n, status: liveMetadataStatus.noNew });
        }
        return concatenated(
          liveMetadataReply.encode({ sizeBytes: BigInt(piece.length), status: liveMetadataStatus.ok }),
          text(piece),
        );
      }
      case 'getNextIndex': {
        const index = this.#next('indexes', indexes);
        if (index === null) return null;
        return liveIndex.encode({
          offsetBytes: 0n,
          packetSizeBits: BigInt((index.bytes?.length ?? 0) * 8),
          contentSizeBits: 0n,
          timestampBegin: 0n,
          timestampEnd: index.cycles ?? 0n,
          eventsDiscarded: 0n,
          dataStreamClassId: 0n,
          status: liveIndexStatus[index.status],
          flags: index.flags ?? 0,
        });
      }
      case 'getPacket': {
        const part = this.#next('packets', packets);
        if (part instanceof Uint8Array) {
          return concatenated(
            livePacketReply.encode({ status: livePacketStatus.ok, sizeBytes: part.length, flags: 0 }),
            part,
          );
        }
        return livePacketReply.encode({
          status: livePacketStatus.error,
          sizeBytes: 0,
          flags: part.refusalFlags,
        });
      }
    }
  }

  #sessions(minor: number): Uint8Array {
    const names = this.#next('sessions', this.#script.sessions ?? [['work']]);
    const head = { liveTimerUs: 1000, clientCount: 1, streamCount: 2 };
    return concatenated(
      liveListReply.encode({ sessionCount: names.length }),
      ...names.map((sessionName, id) =>
        minor < 15
          ? liveSession.encode({ ...head, id: BigInt(id), hostname: 'target', sessionName })
          : concatenated(
              liveSession15.encode({
                ...head,
                id: BigInt(id),
                hostnameBytes: 6,
                sessionNameBytes: sessionName.length,
                traceFormat: 1,
              }),
              text(`target${sessionName}`),
            ),
      ),
    );
  }
}

interface Reading {
  readonly messages: readonly Message[];
  readonly error: unknown;
  readonly relay: MadeUpRelay;
}

/** Reads until the end or an error; steps are bounded. */
async function read(script: Script, action = 'end'): Promise<Reading> {
  const relay = new MadeUpRelay(script);
  const messages: Message[] = [];
  using node = nodeHost();
  const collector: SinkClass = {
    kind: 'sink',
    name: 'collector',
    initialize(self) {
      const input = self.addInputPort('in');
      let iterator: MessageIterator | null = null;
      return {
        graphIsConfigured: () => {
          iterator = self.createMessageIterator(input);
        },
        consume: () => {
          const result = iterator!.next();
          if (result.kind === 'messages') messages.push(...result.messages);
          return result.kind === 'messages' ? 'ok' : result.kind;
        },
      };
    },
  };
  using graph = new Graph({ checksMessages: true });
  const source = graph.addComponent(liveSource({ ...node, live: relay }), 'live', {
    params: valueMap({ inputs: ['net://relay/host/target/work'], 'session-not-found-action': action }),
  });
  const sink = graph.addComponent(collector, 'sink');
  graph.connect(source.outputPorts[0]!, sink.inputPorts[0]!);
  try {
    for (let steps = 0; graph.run() === 'again'; steps++) {
      assert.ok(steps < 1000, 'Reading does not end');
      await new Promise((settle) => setImmediate(settle));
    }
    return { messages, error: null, relay };
  } catch (error) {
    return { messages, error, relay };
  }
}

const eventsOf = (messages: readonly Message[]): readonly EventMessage[] =>
  messages.filter((message) => message.kind === 'event');
const timesOf = (messages: readonly Message[]): readonly (bigint | null)[] =>
  eventsOf(messages).map(({ cycles }) => cycles);

const first = packet([
  [1, 10],
  [1, 20],
]);
const second = packet([[1, 30]]);
const HUP: IndexAnswer = { status: 'hup' };

test('packets and inactivity become messages from beginning to end', async () => {
  const { messages, error, relay } = await read({
    indexes: [
      { status: 'retry' },
      { status: 'ok', bytes: first },
      { status: 'inactive', cycles: 25n },
      { status: 'inactive', cycles: 25n },
      { status: 'ok', bytes: second },
      HUP,
    ],
    packets: [first, second],
  });
  assert.equal(error, null);
  assert.deepEqual(
    messages.map(({ kind }) => kind),
    [
      'stream-beginning',
      'packet-beginning',
      'event',
      'event',
      'packet-end',
      'message-iterator-inactivity',
      'packet-beginning',
      'event',
      'packet-end',
      'stream-end',
    ],
  );
  assert.deepEqual(timesOf(messages), [10n, 20n, 30n]);
  assert.equal(relay.asked.at(-1), 'detachSession');
});

test('metadata that grows adds classes; those that are there stay the same objects', async () => {
  const grown = packet([
    [1, 30],
    [2, 40],
  ]);
  const { messages, error } = await read({
    metadata: [METADATA, null, MORE_METADATA, null],
    indexes: [
      { status: 'ok', bytes: first },
      { status: 'ok', bytes: grown, flags: liveFlags.newMetadata },
      HUP,
    ],
    packets: [first, grown],
  });
  assert.equal(error, null);
  const classes = eventsOf(messages).map(({ eventClass }) => eventClass);
  assert.deepEqual(
    classes.map(({ name }) => name),
    ['first', 'first', 'first', 'second'],
  );
  assert.equal(new Set(classes).size, 2);
  assert.equal(classes[2]?.streamClass, classes[3]?.streamClass);
});

test('a packet that was cleared is passed over', async () => {
  const { messages, error, relay } = await read({
    indexes: [{ status: 'ok', bytes: first }, { status: 'ok', bytes: second }, HUP],
    packets: [{ refusalFlags: liveFlags.newMetadata }, { refusalFlags: liveFlags.newMetadata }, second],
  });
  assert.equal(error, null);
  assert.deepEqual(timesOf(messages), [30n]);
  assert.ok(relay.asked.filter((name) => name === 'getMetadata').length > 2);
});

test('a packet that is refused without a reason is an error', async () => {
  const { error } = await read({
    indexes: [{ status: 'ok', bytes: first }, HUP],
    packets: [{ refusalFlags: 0 }],
  });
  assert.ok(error instanceof GraphError);
  assert.match(error.story, /No such packet/);
});

test('a lost connection is told after everything that came', async () => {
  const { messages, error } = await read({
    indexes: [{ status: 'ok', bytes: first }, null],
    packets: [first],
  });
  assert.deepEqual(timesOf(messages), [10n, 20n]);
  assert.ok(error instanceof GraphError);
  assert.match(error.story, /Remote side has closed connection/);
});

test('what to do without a session is chosen', async () => {
  const none: Script = { sessions: [['other']], indexes: [HUP] };
  const ended = await read(none, 'end');
  assert.deepEqual([ended.messages, ended.error], [[], null]);
  const failed = await read(none, 'fail');
  assert.ok(failed.error instanceof GraphError);
  assert.match(failed.error.story, /no such session/);
  // It appears the third time; the reading of a recording that comes again ends only with its connection.
  const continued = await read(
    {
      sessions: [[], ['other'], ['work']],
      indexes: [{ status: 'ok', bytes: first }, null],
      packets: [first],
    },
    'continue',
  );
  assert.deepEqual(timesOf(continued.messages), [10n, 20n]);
});

test('a reader that takes nothing is not fetched for without end', async () => {
  const relay = new MadeUpRelay({ indexes: [{ status: 'ok', bytes: first }], packets: [first] });
  using node = nodeHost();
  const idle: SinkClass = {
    kind: 'sink',
    name: 'idle',
    initialize(self) {
      const input = self.addInputPort('in');
      return { graphIsConfigured: () => void self.createMessageIterator(input), consume: () => 'again' };
    },
  };
  {
    using graph = new Graph();
    const source = graph.addComponent(liveSource({ ...node, live: relay }), 'live', {
      params: valueMap({ inputs: ['net://relay/host/target/work'] }),
    });
    graph.connect(source.outputPorts[0]!, graph.addComponent(idle, 'sink').inputPorts[0]!);
    assert.equal(graph.run(), 'again');
    for (let turn = 0; turn < 500; turn++) await new Promise((settle) => setImmediate(settle));
    assert.equal(relay.asked.filter((name) => name === 'getNextIndex').length, 64);
  }
  // The graph is gone, and with it the one who asks.
  const count = relay.asked.length;
  for (let turn = 0; turn < 20; turn++) await new Promise((settle) => setImmediate(settle));
  assert.ok(relay.asked.length <= count + 1);
});

for (const minor of [13, 15]) {
  test(`sessions of one name are listed as one, version 2.${minor}`, async () => {
    using node = nodeHost();
    const relay = new MadeUpRelay({ minor, sessions: [['work', 'work', 'other']], indexes: [HUP] });
    const params = valueMap({ url: 'net://relay:1' });
    const answer = await query(liveSource({ ...node, live: relay }), 'sessions', { params });
    assert.ok(isArray(answer));
    const sessions = answer.map((session) => Object.fromEntries(session as ReadonlyMap<string, unknown>));
    const format = minor === 15 ? 'CTF 2' : 'CTF 1.8';
    const common = {
      'target-hostname': 'target',
      'timer-us': 1000n,
      'client-count': 1n,
      'trace-format': format,
    };
    assert.deepEqual(sessions, [
      { ...common, url: 'net://relay:1/host/target/work', 'session-name': 'work', 'stream-count': 4n },
      { ...common, url: 'net://relay:1/host/target/other', 'session-name': 'other', 'stream-count': 2n },
    ]);
  });
}

test('URLs are checked before anything is connected to', () => {
  using node = nodeHost();
  const add = (url: string): unknown =>
    new Graph().addComponent(liveSource(node), url, { params: valueMap({ inputs: [url] }) });
  assert.throws(() => add('net://relay'), /names no session/);
  assert.throws(() => add('http://relay/host/a/b'), /Unknown protocol/);
});

test('TLS and the token are said by parameters, those of the environment by nobody', async () => {
  using node = nodeHost();
  const relay = new MadeUpRelay({ sessions: [[]], indexes: [HUP] });
  const addresses: RelayAddress[] = [];
  const live: LiveTransport = {
    connect: async (address) => {
      addresses.push(address);
      return await relay.connect();
    },
    pause: () => relay.pause(),
  };
  const ask = async (more: Parameters<typeof valueMap>[0]): Promise<unknown> =>
    await query(liveSource({ ...node, live }), 'sessions', {
      params: valueMap({ url: 'net://relay', ...more }),
    });
  await ask({});
  await ask({ tls: true, 'tls-ca': 'ca.pem', 'token-file': 'token' });
  await ask({ tls: false });
  assert.deepEqual(
    addresses.map(({ access }) => access),
    [
      {},
      { LTTNG_TS_RELAY_TLS: '1', LTTNG_TS_RELAY_CA: 'ca.pem', LTTNG_TS_RELAY_TOKEN_FILE: 'token' },
      { LTTNG_TS_RELAY_TLS: '0' },
    ],
  );
  await assert.rejects(ask({ tls: 'yes' }));
});

test('a packet is told of whose stream was read up while it was on its way', async () => {
  const relay = new MadeUpRelay({
    indexes: [{ status: 'ok', bytes: first }, { status: 'ok', bytes: second }, HUP],
    packets: [first, second],
  });
  const withQuickReader: LiveTransport = {
    connect: async () => {
      const connection = await relay.connect();
      return {
        ...connection,
        send: (bytes) => {
          connection.send(bytes);
          if (relay.asked.at(-1) === 'getPacket') engine.begun[0]?.take();
        },
      };
    },
    pause: () => relay.pause(),
  };
  const told: string[] = [];
  const engine = new LiveEngine({
    transport: withQuickReader,
    address: { host: 'relay', port: 1, family: 4 },
    session: { targetHost: 'target', name: 'work' },
    sessionNotFoundAction: 'end',
    onNews: () => told.push(relay.asked.at(-1) ?? ''),
  });
  engine.start();
  for (let turn = 0; turn < 1000 && !engine.isOver; turn++) {
    await new Promise((settle) => setImmediate(settle));
  }
  assert.deepEqual(told, ['attachSession', 'getPacket', 'getPacket', 'detachSession']);
});
