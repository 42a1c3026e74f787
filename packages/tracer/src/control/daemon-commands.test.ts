import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '@lttng-ts/base';
import { type Fd, fd, type RecorderChannelId, type Recording, type Slot } from '@lttng-ts/native';
import {
  encodeApplicationContextNames,
  encodeExclusions,
  fieldEntry,
  PACKED_ALIGNMENTS,
  type UstCommandArgument,
  type UstCommandName,
  type UstNotifyReply,
  type UstNotifyRequest,
} from '@lttng-ts/protocols/ust-app';
import { event, toDefinition } from '../definition.ts';
import { defineEnumeration, sequence, string, u32 } from '../fields.ts';
import type { LogLevel } from '../log-level.ts';
import type { ChannelShape } from './channel-shape.ts';
import { DaemonCommands } from './daemon-commands.ts';
import { EventRegistry } from './event-registry.ts';
import type { ControlPorts, FilterUpdate, NotifyPort } from './ports.ts';
import { RecordingTable } from './recording-table.ts';
import { type StateEvent, stateDefinitions } from './state-dump.ts';

const CHANNEL_ID = 7;
const shape: ChannelShape = {
  channelId: CHANNEL_ID,
  streamCount: 2,
  descriptorFor: () => ({}) as ReturnType<ChannelShape['descriptorFor']>,
};
const slot = (n: number): Slot => n as Slot;
const none = {};

/** A process with fakes on every side, and one daemon. */
function createProcess() {
  const recordings = new Map<Slot, readonly Recording[]>();
  const dumped: string[] = [];
  const stateDump: StateEvent[] = [];
  const closed: Fd[] = [];
  const asked: string[] = [];
  const filters: FilterUpdate[] = [];
  const openChannels = new Set<number>();
  let lastChannel = 0;
  let lastFd = 100;
  const ports: ControlPorts = {
    recorder: {
      freeSlot: () => undefined,
      allocateSlot: () => assert.fail('no further slots here'),
      openChannel: () => {
        openChannels.add(++lastChannel);
        return lastChannel as RecorderChannelId;
      },
      addStream: () => undefined,
      closeChannel: (channel) => void openChannels.delete(channel),
      setRecordings: (slot, list) => void recordings.set(slot, list),
      quiesce: () => undefined,
    },
    threads: { publishFilters: (update) => void filters.push(update) },
    process: {
      close: (fd) => void closed.push(fd),
      fileLengthBytes: () => 8192,
      possibleCpuCount: 2,
      useContext: () => undefined,
      canRecord: (context) => context.kind !== 'perf',
      contextOperation: () => ({ kind: 'vtid' }),
    },
    state: {
      events: () => stateDump,
      accepts: (_, filters) => filters.length > 1,
      emit: ({ definition, values }, targets) =>
        void dumped.push(
          `${definition.name} ${values.join()} ${targets.map(({ channel, eventId }) => `${channel}:${eventId}`)}`,
        ),
    },
    log: () => undefined,
  };
  const registry = new EventRegistry();
  const table = new RecordingTable(ports, 'packed');
  const answers = { channelId: CHANNEL_ID, refusesEvents: false };
  function connect() {
    let lastEventId = -1;
    let isRegistered = false;
    const notify: NotifyPort = {
      register: (async (request: UstNotifyRequest): Promise<UstNotifyReply | null> => {
        switch (request.kind) {
          case 'enum':
            asked.push(`enum ${request.name}`);
            return { kind: 'enum', code: 0, enumId: 5n };
          case 'event':
            asked.push(`event ${request.name} in ${request.channelHandle}`);
            return answers.refusesEvents ? null : { kind: 'event', code: 0, eventId: ++lastEventId };
          case 'channel':
            asked.push(`channel ${request.channelHandle} [${request.contextFields.map(({ name }) => name)}]`);
            return { kind: 'channel', code: 0, channelId: answers.channelId, headerType: 'large' };
        }
      }) as NotifyPort['register'],
    };
    const commands = new DaemonCommands({
      ports,
      notify,
      registry,
      recordings: table,
      alignments: PACKED_ALIGNMENTS,
      parseChannel: (blob) => (blob.length === 0 ? null : shape),
      onRegistered: () => {
        isRegistered = true;
      },
    });
    const call = <C extends UstCommandName>(
      command: C,
      handle: number,
      argument: UstCommandArgument<C>,
      payload: Uint8Array = new Uint8Array(0),
      fdCount = 0,
    ) => {
      const fds = Array.from({ length: fdCount }, () => fd(++lastFd));
      return commands.perform({
        request: { kind: 'known', command, handle, argument } as never,
        payload,
        fds,
      });
    };
    /** Calls a command that must succeed; gives the new handle. */
    const make = async (...given: Parameters<typeof call>): Promise<number> => {
      const { code, value = 0 } = await call(...given);
      assert.equal(code, 0, given[0]);
      return value;
    };
    const makeSession = () => make('createSession', 0, none);
    const makeChannel = async (session: number) => {
      const channel = await make('createChannel', session, { blobBytes: 1n, type: 0 }, new Uint8Array(1), 1);
      for (const streamNumber of [0, 1]) {
        await make('createStream', channel, { memoryBytes: 4096n, streamNumber }, undefined, 2);
      }
      return channel;
    };
    const makeRule = async (
      channel: number,
      name: string,
      { type = 0, level = -1, filter = false, exclusions = [] as readonly string[] } = {},
    ) => {
      const rule = await make('createEvent', channel, {
        instrumentation: 0,
        name,
        logLevelType: type,
        logLevel: level,
        token: 1n,
      });
      const bytecode = { bytecodeBytes: 1, relocationOffsetBytes: 1, sequenceNumber: 0n };
      if (filter) await make('setFilter', rule, bytecode, new Uint8Array([1]));
      if (exclusions.length > 0) {
        await make('setExclusions', rule, { count: exclusions.length }, encodeExclusions(exclusions));
      }
      await make('enable', rule, none);
      return rule;
    };
    return { call, make, commands, makeSession, makeChannel, makeRule, isRegistered: () => isRegistered };
  }
  const define = (n: number, name: string, level: LogLevel = 'INFO') =>
    registry.add(slot(n), toDefinition('shop', name, event({ level, fields: [u32('id'), string('item')] })));
  /** `slot: eventId@channel/bit …` of every slot that records. */
  const recorded = () =>
    [...recordings]
      .filter(([, list]) => list.length > 0)
      .map(
        ([slot, list]) =>
          `${slot}: ${list.map(({ eventId, channel, bit }) => `${eventId}@${channel}/${bit}`)}`,
      );
  const withState = (...values: readonly unknown[][]) => {
    for (const definition of stateDefinitions) registry.require(definition);
    const [definition] = stateDefinitions;
    assert.ok(definition !== undefined);
    stateDump.push(...values.map((each) => ({ definition, values: each })));
  };
  return {
    connect,
    define,
    registry,
    table,
    recorded,
    closed,
    asked,
    filters,
    openChannels,
    answers,
    dumped,
    withState,
  };
}

test('a session records what its rules match, and nothing after it was stopped', async () => {
  const app = createProcess();
  app.define(3, 'order');
  app.define(4, 'refund');
  const daemon = app.connect();
  const session = await daemon.makeSession();
  const channel = await daemon.makeChannel(session);
  await daemon.makeRule(channel, 'shop:order');
  assert.deepEqual(app.asked, [], 'nothing is registered before the start');
  await daemon.make('enable', session, none);
  assert.deepEqual(app.asked, [`event shop:order in ${channel}`, `channel ${channel} []`]);
  assert.deepEqual(app.recorded(), ['3: 0@1/0']);
  assert.equal((await daemon.call('enable', session, none)).code, -1024);
  await daemon.make('waitQuiescent', 0, none);
  await daemon.make('disable', session, none);
  assert.deepEqual(app.recorded(), []);
  assert.equal((await daemon.call('disable', session, none)).code, -1024);
});

test('events that are defined later are announced to active sessions', async () => {
  const app = createProcess();
  const daemon = app.connect();
  const session = await daemon.makeSession();
  const channel = await daemon.makeChannel(session);
  await daemon.makeRule(channel, 'shop:*', { exclusions: ['*refund'] });
  await daemon.make('enable', session, none);
  app.define(3, 'order');
  app.define(4, 'refund');
  await daemon.commands.syncRules();
  assert.deepEqual(app.asked, [`channel ${channel} []`, `event shop:order in ${channel}`]);
  assert.deepEqual(app.recorded(), ['3: 0@1/0']);
  // The same event in another thread: another slot, no other event.
  const again = app.define(9, 'order');
  assert.ok(again);
  app.table.include(again, slot(9));
  assert.deepEqual(app.recorded(), ['3: 0@1/0', '9: 0@1/0']);
  assert.equal(app.asked.length, 2);
});

test('log levels select as the session daemon says', async () => {
  const app = createProcess();
  app.define(1, 'loud', 'ERR');
  app.define(2, 'info', 'INFO');
  app.define(3, 'quiet', 'DEBUG');
  const daemon = app.connect();
  const session = await daemon.makeSession();
  const channel = await daemon.makeChannel(session);
  const range = await daemon.makeRule(channel, '*', { type: 1, level: 6 });
  await daemon.make('enable', session, none);
  assert.deepEqual(app.recorded(), ['1: 0@1/0', '2: 1@1/0']);
  await daemon.make('disable', range, none);
  assert.deepEqual(app.recorded(), []);
  await daemon.makeRule(channel, '*', { type: 2, level: 6 });
  assert.deepEqual(app.recorded(), ['2: 1@1/1']);
});

test('filters are asked only when no rule without filter takes the event', async () => {
  const app = createProcess();
  app.define(1, 'order');
  const daemon = app.connect();
  const session = await daemon.makeSession();
  const channel = await daemon.makeChannel(session);
  await daemon.makeRule(channel, 'shop:order', { filter: true });
  await daemon.make('enable', session, none);
  assert.deepEqual(app.recorded(), ['1: 0@1/16'], 'the high half of the word');
  assert.deepEqual(
    app.filters.map(({ slots, bit, filters }) => [slots, bit, filters.length]),
    [[[1], 16, 1]],
  );
  const second = await daemon.makeRule(channel, 'shop:*', { filter: true });
  assert.deepEqual(app.recorded(), ['1: 0@1/17'], 'other filters, another bit');
  assert.equal(app.filters.at(-1)?.filters.length, 2);
  await daemon.make('release', second, none);
  assert.deepEqual(app.recorded(), ['1: 0@1/18']);
  const all = await daemon.makeRule(channel, '*');
  assert.deepEqual(app.recorded(), ['1: 0@1/0']);
  await daemon.make('disable', all, none);
  assert.deepEqual(app.recorded(), ['1: 0@1/19']);
});

test('two daemons record the same event, and one that is gone leaves the other alone', async () => {
  const app = createProcess();
  app.define(1, 'order');
  const daemons = [app.connect(), app.connect()];
  for (const daemon of daemons) {
    const session = await daemon.makeSession();
    const channel = await daemon.makeChannel(session);
    await daemon.makeRule(channel, '*');
    await daemon.make('enable', session, none);
  }
  assert.deepEqual(app.recorded(), ['1: 0@1/0,0@2/1']);
  daemons[0]?.commands.close();
  assert.deepEqual(app.recorded(), ['1: 0@2/1']);
  assert.deepEqual([...app.openChannels], [2]);
});

test('a disabled channel records nothing', async () => {
  const app = createProcess();
  app.define(1, 'order');
  const daemon = app.connect();
  const session = await daemon.makeSession();
  const channel = await daemon.makeChannel(session);
  await daemon.makeRule(channel, '*');
  await daemon.make('enable', session, none);
  assert.equal((await daemon.call('enable', channel, none)).code, -1024);
  await daemon.make('disable', channel, none);
  assert.deepEqual(app.recorded(), []);
  await daemon.make('enable', channel, none);
  assert.equal(app.recorded().length, 1);
});

test('an enumeration is registered once per session, before the event that uses it', async () => {
  const app = createProcess();
  const state = defineEnumeration('state', { IDLE: 0, BUSY: 'auto' });
  app.registry.add(slot(1), toDefinition('shop', 'a', event({ fields: [state('x'), sequence('y', u32)] })));
  app.registry.add(slot(2), toDefinition('shop', 'b', event({ fields: [state('x')] })));
  const daemon = app.connect();
  const session = await daemon.makeSession();
  const channel = await daemon.makeChannel(session);
  await daemon.makeRule(channel, '*');
  await daemon.make('enable', session, none);
  assert.deepEqual(app.asked.slice(0, 3), [
    'enum state',
    `event shop:a in ${channel}`,
    `event shop:b in ${channel}`,
  ]);
});

test('an event that the daemon refuses is not recorded and not asked again', async () => {
  const app = createProcess();
  app.define(1, 'order');
  app.answers.refusesEvents = true;
  const daemon = app.connect();
  const session = await daemon.makeSession();
  const channel = await daemon.makeChannel(session);
  await daemon.makeRule(channel, '*');
  await daemon.make('enable', session, none);
  await daemon.makeRule(channel, 'shop:*');
  assert.deepEqual(app.recorded(), []);
  assert.equal(app.asked.filter((request) => request.startsWith('event')).length, 1);
});

test('a session does not start when the daemon answers with another channel id', async () => {
  const app = createProcess();
  app.define(1, 'order');
  app.answers.channelId = CHANNEL_ID + 1;
  const daemon = app.connect();
  const session = await daemon.makeSession();
  const channel = await daemon.makeChannel(session);
  await daemon.makeRule(channel, '*');
  assert.equal((await daemon.call('enable', session, none)).code, -1027);
  assert.deepEqual(app.recorded(), []);
});

test('contexts are refused with the codes of liblttng-ust', async () => {
  const app = createProcess();
  const daemon = app.connect();
  const session = await daemon.makeSession();
  const channel = await daemon.makeChannel(session);
  const add = (number: number) => daemon.call('addContext', channel, { kind: 'plain', number });
  assert.equal((await add(1)).code, 0);
  assert.equal((await add(4)).code, 0, 'ip is accepted');
  assert.equal((await add(1)).code, -1026, 'twice');
  assert.equal((await add(99)).code, -1027, 'unknown');
  const perf = { kind: 'perf', type: 0, config: 0n, name: 'perf_thread_cpu_cycles' } as const;
  assert.equal((await daemon.call('addContext', channel, perf)).code, -1024, 'cannot be opened');
  const names = encodeApplicationContextNames('p', 'c');
  const application = { kind: 'application', providerBytes: 2, nameBytes: 2 } as const;
  assert.equal((await daemon.call('addContext', channel, application, names)).code, 0);
  await daemon.make('enable', session, none);
  assert.deepEqual(app.asked, [
    'enum dynamic_type_enum',
    `channel ${channel} [vpid,ip,$app.p:c_tag,$app.p:c]`,
  ]);
  assert.equal((await add(0)).code, -1028, 'after the start');
});

test('channels and streams come in order, and before the start', async () => {
  const app = createProcess();
  const daemon = app.connect();
  const session = await daemon.makeSession();
  const blob = new Uint8Array(1);
  const metadata = await daemon.call('createChannel', session, { blobBytes: 1n, type: 1 }, blob, 1);
  assert.equal(metadata.code, -1027);
  assert.equal(app.closed.length, 1, 'the descriptor of a refused channel is closed');
  const broken = await daemon.call(
    'createChannel',
    session,
    { blobBytes: 0n, type: 0 },
    new Uint8Array(0),
    1,
  );
  assert.equal(broken.code, -1027);
  const channel = await daemon.make('createChannel', session, { blobBytes: 1n, type: 0 }, blob, 1);
  const stream = (streamNumber: number, memoryBytes = 4096n) =>
    daemon.call('createStream', channel, { memoryBytes, streamNumber }, undefined, 2);
  assert.equal((await daemon.call('addContext', channel, { kind: 'plain', number: 1 })).code, -1028);
  assert.equal((await stream(1)).code, -1027, 'the second one first');
  assert.equal((await stream(0, 9000n)).code, -1027, 'longer than its file');
  assert.equal((await stream(0)).code, 0);
  assert.equal((await stream(1)).code, 0);
  assert.equal((await stream(2)).code, -1027, 'one too many');
  await daemon.make('enable', session, none);
  const late = await daemon.call('createChannel', session, { blobBytes: 1n, type: 0 }, blob, 1);
  assert.equal(late.code, -1024);
});

test('everything that a connection made is given back when it ends', async () => {
  const app = createProcess();
  const daemon = app.connect();
  const session = await daemon.makeSession();
  await daemon.makeChannel(session);
  await daemon.make('createEventNotifierGroup', 0, none, undefined, 1);
  daemon.commands.close();
  // Channel's pipe, two streams with memory and pipe, the group's pipe.
  assert.deepEqual(app.closed.sort(), [101, 102, 103, 104, 105, 106]);
});

test('an object lives until its handle and its children are released', async () => {
  const app = createProcess();
  app.define(1, 'order');
  const daemon = app.connect();
  const session = await daemon.makeSession();
  const channel = await daemon.makeChannel(session);
  const rule = await daemon.makeRule(channel, '*');
  await daemon.make('enable', session, none);
  await daemon.make('release', channel, none);
  assert.equal(app.openChannels.size, 1);
  await assert.rejects(() => daemon.call('disable', channel, none), ProtocolError, 'a handle that is gone');
  await daemon.make('release', rule, none);
  assert.equal(app.openChannels.size, 0);
  assert.equal(await daemon.makeSession(), channel, 'handles are used again, the last freed first');
});

test('tracepoints and fields are listed one by one', async () => {
  const app = createProcess();
  app.define(1, 'order');
  app.registry.add(slot(2), toDefinition('shop', 'empty', event()));
  const daemon = app.connect();
  const list = await daemon.make('listTracepoints', 0, none);
  const names = [];
  for (;;) {
    const { code, tracepoint } = await daemon.call('getTracepoint', list, none);
    if (code !== 0) {
      assert.equal(code, -1025);
      break;
    }
    names.push([tracepoint?.name, tracepoint?.logLevel]);
  }
  assert.deepEqual(names, [
    ['shop:empty', 13],
    ['shop:order', 6],
  ]);
  const fields = await daemon.make('listFields', 0, none);
  const rows = [];
  for (
    let got = await daemon.call('getField', fields, none);
    got.tail;
    got = await daemon.call('getField', fields, none)
  ) {
    const { fieldName, type, isNotWritten } = fieldEntry.decode(got.tail);
    rows.push([fieldName, type, isNotWritten]);
  }
  assert.deepEqual(rows, [
    ['', 0, 1],
    ['item', 4, 0],
    ['id', 1, 0],
  ]);
});

test('triggers are accepted, so that the daemon goes on', async () => {
  const app = createProcess();
  const daemon = app.connect();
  const group = await daemon.make('createEventNotifierGroup', 0, none, undefined, 1);
  const counter = await daemon.make(
    'createCounter',
    group,
    { configurationBytes: 192n },
    new Uint8Array(192),
  );
  await daemon.make('createCounterCpu', counter, { memoryBytes: 17408n, cpu: 0 }, undefined, 1);
  assert.equal(
    (await daemon.call('createCounterGlobal', counter, { memoryBytes: 1n }, undefined, 1)).code,
    -1027,
  );
  const notifier = await daemon.make(
    'createEventNotifier',
    group,
    { notifierBytes: 612 },
    new Uint8Array(612),
  );
  const capture = { bytecodeBytes: 1, relocationOffsetBytes: 1, sequenceNumber: 0n };
  await daemon.make('addCapture', notifier, capture, new Uint8Array(1));
  await daemon.make('enable', notifier, none);
  await daemon.make('disable', notifier, none);
  await daemon.make('release', notifier, none);
  assert.equal(app.closed.length, 1, 'only the refused descriptor is closed');
});

test('what does not exist is refused without losing the connection', async () => {
  const app = createProcess();
  const daemon = app.connect();
  const unknown = {
    request: { kind: 'unknown', number: 0x99, handle: 0 } as const,
    payload: new Uint8Array(0),
    fds: [],
  };
  assert.equal((await daemon.commands.perform(unknown)).code, -1029);
  assert.equal((await daemon.call('release', 0, none)).code, -1028);
  assert.equal((await daemon.call('disable', 0, none)).code, -1027);
  const session = await daemon.makeSession();
  assert.equal((await daemon.call('getTracepoint', session, none)).code, -1027);
  assert.equal(daemon.isRegistered(), false);
  await daemon.make('registerDone', 0, none);
  assert.equal(daemon.isRegistered(), true);
  assert.deepEqual((await daemon.call('tracerVersion', 0, none)).version, {
    major: 2,
    minor: 13,
    patchLevel: 5,
  });
});

test('the state of the program goes to a session that starts, and again when it is asked for', async () => {
  const app = createProcess();
  app.withState(['one'], ['two']);
  const daemon = app.connect();
  const start = async (pattern: string, filter = false) => {
    const session = await daemon.makeSession();
    const channel = await daemon.makeChannel(session);
    await daemon.makeRule(channel, pattern, { filter });
    await daemon.make('enable', session, none);
    return session;
  };
  const early = await start('lttng_ust_statedump:*');
  assert.deepEqual(app.dumped, [], 'before the program is registered');
  await daemon.make('registerDone', 0, none);
  const ofEarly = ['lttng_ust_statedump:start one 1:0', 'lttng_ust_statedump:start two 1:0'];
  assert.deepEqual(app.dumped.splice(0), ofEarly);
  // It asks for other events, or its filter does not accept.
  await start('shop:*');
  await start('lttng_ust_statedump:start', true);
  assert.deepEqual(app.dumped, []);
  const late = await start('*');
  assert.equal(app.dumped.splice(0).length, 2);
  await daemon.make('stateDump', early, none);
  assert.deepEqual(app.dumped.splice(0), ofEarly);
  await daemon.make('disable', late, none);
  await daemon.make('stateDump', late, none);
  assert.deepEqual(app.dumped, []);
});
