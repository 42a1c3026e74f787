import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isoBasicDateTime, ProtocolError } from '@lttng-ts/base';
import {
  encodeUstReply,
  fieldEntry,
  registrationMessage,
  signedInteger,
  type UstField,
  type UstFieldType,
  ustCommands,
  ustErrorCode,
} from '@lttng-ts/protocols/ust-app';
import { BYTE_ALIGNED_HEADER, eventRequest } from '../testing/declarations.ts';
import { fakeRegistration } from '../testing/fake-application.ts';
import { applicationTimeoutMs } from './application-timeout.ts';
import { bufferOwnerKey, tracePathOf } from './buffer-owner.ts';
import { CommandConversation, type ConversationStep, commandCall } from './command-conversation.ts';
import { RegistrationTable } from './registration-table.ts';
import { TraceRegistry } from './trace-registry.ts';

/** The application that declares. */
const declarer = {};

test('buffers of a user lie in the folder that LTTng gives them', () => {
  const owner = { kind: 'user', uid: 1000, wordSizeBits: 64 } as const;
  assert.deepEqual([bufferOwnerKey(owner), tracePathOf(owner)], ['uid 1000 64-bit', 'ust/uid/1000/64-bit']);
  const process = {
    kind: 'process',
    pid: 7,
    name: 'app',
    wordSizeBits: 64,
    registeredAtS: 1795448949,
    utcOffsetMinutes: 60,
  } as const;
  assert.equal(tracePathOf(process), 'ust/pid/app-7-20261123-164909');
});

test('dates carry the zone of the machine', () => {
  assert.equal(isoBasicDateTime(1795448949, 0), '20261123T154909+0000');
  assert.equal(isoBasicDateTime(1795448949, 330), '20261123T211909+0530');
  assert.equal(isoBasicDateTime(1795448949, -90), '20261123T141909-0130');
});

test('the time-out of applications comes from the environment', () => {
  const values = [undefined, '7', '-1', '0', 'nonsense', ''].map((value) => applicationTimeoutMs(value));
  assert.deepEqual(values, [5000, 7000, null, null, 5000, 5000]);
});

const registration = (type: 'command' | 'notify', changes = {}) =>
  registrationMessage.decode(fakeRegistration(type, changes));
const peer = { pid: 10, uid: 1, gid: 1 };

test('two sockets of one process make an application, in either order', () => {
  for (const [first, second] of [
    ['command', 'notify'],
    ['notify', 'command'],
  ] as const) {
    const table = new RegistrationTable<string>();
    assert.deepEqual(table.register(first, registration(first), peer), { kind: 'waiting', replaced: null });
    assert.equal(table.register('other', registration(second), { ...peer, pid: 11 }).kind, 'waiting');
    const step = table.register(second, registration(second), peer);
    assert.ok(step.kind === 'complete');
    assert.deepEqual([step.command, step.notify, step.identity.pid], ['command', 'notify', 10]);
  }
});

test('credentials are the kernel’s; what the application declares about itself is not believed', () => {
  const table = new RegistrationTable<string>();
  table.register('a', registration('command', { pid: 99, ppid: 98, uid: 0 }), peer);
  const step = table.register('b', registration('notify', { pid: 99, ppid: 98, uid: 0 }), peer);
  assert.ok(step.kind === 'complete');
  const { pid, ppid, uid } = step.identity;
  assert.deepEqual([pid, ppid, uid], [10, 0, 1]);
});

test('a socket that comes twice replaces the first, one that ends is forgotten', () => {
  const table = new RegistrationTable<string>();
  table.register('a', registration('command'), peer);
  assert.deepEqual(table.register('b', registration('command'), peer), { kind: 'waiting', replaced: 'a' });
  table.drop('b');
  assert.equal(table.register('c', registration('notify'), peer).kind, 'waiting');
});

test('applications of other kinds are refused by name and stay in the list', () => {
  const table = new RegistrationTable<string>();
  table.register('a', registration('command', { abiMajor: 10, name: 'newer' }), { ...peer, pid: 1 });
  table.register('b', registration('command', { bitsPerLong: 32, name: 'small' }), { ...peer, pid: 2 });
  table.register('c', registration('command', { magic: 77 }), { ...peer, pid: 3 });
  assert.equal(table.register('d', registration('command'), { ...peer, pid: 0 }).kind, 'refused');
  const refused = table.refused.map(({ name, refusal }) => `${name}: ${refusal}`);
  assert.deepEqual(refused, [
    'newer: UST ABI major 10 is not supported (only 8 and 9)',
    'small: 32-bit applications are not supported',
    'fake: process is in another pid namespace',
  ]);
  table.forgetRefused(1);
  assert.equal(table.refused.length, 2);
  for (let pid = 1000; pid < 2000; pid++)
    table.register('x', registration('command', { abiMajor: 7 }), { ...peer, pid });
  assert.equal(table.refused.length, 256);
});

const number = ustCommands.enable.number;

/** Feeds bytes in two pieces and returns the last step. */
function feed(conversation: CommandConversation, bytes: Uint8Array, cut: number): ConversationStep {
  const first = conversation.push(bytes.subarray(0, cut));
  return cut === bytes.length ? first : conversation.push(bytes.subarray(cut));
}

test('a reply is understood however it is cut', () => {
  const reply = encodeUstReply({ handle: 3, number }, { code: 0, value: 5 });
  for (let cut = 0; cut <= reply.length; cut++) {
    const step = feed(new CommandConversation(commandCall('enable', 3, {})), reply, cut);
    assert.ok(step.kind === 'done');
    assert.equal(step.result.reply.value, 5);
  }
});

test('a refusal carries code and name, and is no fault of the connection', () => {
  const reply = encodeUstReply({ handle: 3, number }, { code: ustErrorCode('EXIST') });
  const step = new CommandConversation(commandCall('enable', 3, {})).push(reply);
  assert.ok(step.kind === 'refused');
  assert.deepEqual([step.error.number, step.error.peerName], [-1026, 'EXIST']);
});

test('replies to other commands, positive codes and bytes behind a reply are faults', () => {
  const bad = [
    encodeUstReply({ handle: 4, number }, { code: 0 }),
    encodeUstReply({ handle: 3, number: 0x99 }, { code: 0 }),
    encodeUstReply({ handle: 3, number }, { code: 5 }),
    Buffer.concat([encodeUstReply({ handle: 3, number }, { code: 0 }), Buffer.from('x')]),
  ];
  for (const reply of bad) {
    assert.throws(() => new CommandConversation(commandCall('enable', 3, {})).push(reply), ProtocolError);
  }
});

test('payload and descriptors go after the message, descriptors with a byte of their own', () => {
  const call = commandCall(
    'createChannel',
    1,
    { blobBytes: 3n, type: 0 },
    { payload: Uint8Array.of(1, 2, 3), fds: [9] },
  );
  const sizes = new CommandConversation(call).opening.map(({ bytes, fds }) => [bytes.length, fds.length]);
  assert.deepEqual(sizes, [
    [612, 0],
    [3, 0],
    [1, 1],
  ]);
});

test('a two-phase command sends its payload after the go-ahead', () => {
  const call = commandCall('createCounter', 1, { configurationBytes: 2n }, { payload: Uint8Array.of(1, 2) });
  const conversation = new CommandConversation(call);
  assert.deepEqual(
    conversation.opening.map(({ bytes }) => bytes.length),
    [612],
  );
  const reply = encodeUstReply(
    { handle: 1, number: ustCommands.createCounter.number },
    { code: 0, value: 8 },
  );
  const step = conversation.push(reply);
  assert.ok(step.kind === 'send');
  assert.deepEqual(
    step.transmissions.map(({ bytes }) => bytes.length),
    [2],
  );
  assert.equal(conversation.push(reply).kind, 'done');
});

test('a field entry follows its reply', () => {
  const conversation = new CommandConversation(commandCall('getField', 2, {}));
  const reply = encodeUstReply({ handle: 2, number: ustCommands.getField.number }, { code: 0 });
  const entry = { eventName: 'a:b', fieldName: 'f', type: 1, logLevel: 13, isNotWritten: 0 };
  assert.equal(conversation.push(reply).kind, 'waiting');
  const step = conversation.push(fieldEntry.encode(entry));
  assert.ok(step.kind === 'done');
  assert.deepEqual(step.result.field, entry);
});

test('a payload command that the application does not know ends the conversation', () => {
  const conversation = new CommandConversation(
    commandCall('setExclusions', 1, { count: 1 }, { payload: new Uint8Array(256) }),
  );
  const reply = encodeUstReply(
    { handle: 1, number: ustCommands.setExclusions.number },
    { code: ustErrorCode('NOSYS') },
  );
  assert.throws(() => conversation.push(reply), /not known/);
});

test('the same declaration gets the same id, a different one another', () => {
  const registry = new TraceRegistry(BYTE_ALIGNED_HEADER);
  const channelId = registry.addChannel('a');
  registry.takeText();
  const id = (request: Parameters<TraceRegistry['register']>[0]): unknown => {
    const { reply } = registry.register(request, channelId, declarer);
    return reply.kind === 'event' ? reply.eventId : reply;
  };
  assert.deepEqual([id(eventRequest('a:b')), id(eventRequest('a:c')), id(eventRequest('a:b'))], [0, 1, 0]);
  assert.equal(id({ ...eventRequest('a:b'), signature: 'long, x' }), 2);
  assert.equal(id({ ...eventRequest('a:b'), logLevel: 1 }), 3);
  assert.equal(id({ ...eventRequest('a:b'), modelEmfUri: 'http://x' }), 4);
  registry.register(channelRequest, channelId, declarer);
  assert.equal(registry.takeText().match(/^event \{/gm)?.length, 5);
  assert.equal(registry.takeText(), '');
});

const channelRequest = {
  kind: 'channel',
  sessionHandle: 1,
  channelHandle: 2,
  contextFields: [],
} as const;

test('events wait for their stream class; those that nobody can have recorded are forgotten', () => {
  const registry = new TraceRegistry(BYTE_ALIGNED_HEADER);
  const [first, second] = [registry.addChannel('a'), registry.addChannel('b')];
  registry.takeText();
  const [one, two] = [{}, {}];
  registry.register(eventRequest('a:b'), first, one);
  registry.register(channelRequest, second, two);
  assert.equal(registry.isWhole, false);
  assert.equal(registry.takeText(), '');
  registry.register(eventRequest('a:b'), first, two);
  registry.abandon(one);
  // The other application has the same id and may still declare the channel.
  assert.equal(registry.isWhole, false);
  registry.abandon(two);
  assert.equal(registry.isWhole, true);
  assert.match(registry.takeText(), /^stream \{\s+id = 1;/);
  assert.equal(registry.isDeclared(first), false);
  registry.register(eventRequest('a:c'), first, two);
  registry.register(channelRequest, first, two);
  const text = registry.takeText();
  assert.match(text, /^event \{\s+name = "a:c";\s+id = 0;/);
  assert.match(text, /stream \{\s+id = 0;/);
});

test('enumerations with the same entries share an id', () => {
  const registry = new TraceRegistry(BYTE_ALIGNED_HEADER);
  const enumId = (label: string): unknown => {
    const entries = [{ label, range: null }];
    const { reply } = registry.register(
      { kind: 'enum', sessionHandle: 1, name: 'e', entries },
      null,
      declarer,
    );
    return reply.kind === 'enum' ? reply.enumId : reply;
  };
  assert.deepEqual([enumId('A'), enumId('B'), enumId('A')], [0n, 1n, 0n]);
});

const integer = signedInteger(32, 8);
const hostile: readonly (readonly [string, Partial<ReturnType<typeof eventRequest>>])[] = [
  ['a quote in the name', { name: 'a:b"; }; event { name = "x' }],
  ['a line break in the URI', { modelEmfUri: 'x\n' }],
  ['a field name that is no name', { fields: [field('x; } evil', integer)] }],
  ['an empty field name', { fields: [field('', integer)] }],
  [
    'an unknown enumeration',
    { fields: [field('e', { kind: 'enum', form: 'nestable', name: 'e', enumId: 5n, container: integer })] },
  ],
  ['an integer of 77 bits', { fields: [field('x', { ...integer, sizeBits: 77 })] }],
  ['an alignment of 3 bits', { fields: [field('x', { ...integer, alignBits: 3 })] }],
  ['a base of 7', { fields: [field('x', { ...integer, base: 7 })] }],
  [
    'a float of 3 bits',
    {
      fields: [
        field('x', {
          kind: 'float',
          exponentBits: 1,
          mantissaBits: 2,
          isReverseByteOrder: false,
          alignBits: 8,
        }),
      ],
    },
  ],
  [
    'an array of strings',
    {
      fields: [
        field('x', {
          kind: 'array',
          form: 'nestable',
          length: 2,
          alignBytes: 0,
          element: { kind: 'string', encoding: 'UTF8' },
        }),
      ],
    },
  ],
  [
    'a structure with members',
    {
      fields: [
        field('x', { kind: 'struct', form: 'nestable', alignBytes: 0, fields: [field('y', integer)] }),
      ],
    },
  ],
];

function field(name: string, type: UstFieldType): UstField {
  return { name, type };
}

for (const [what, changes] of hostile) {
  test(`an event with ${what} is refused, and leaves no text`, () => {
    const registry = new TraceRegistry(BYTE_ALIGNED_HEADER);
    const channelId = registry.addChannel('a');
    registry.takeText();
    const { reply, refusal } = registry.register({ ...eventRequest('a:b'), ...changes }, channelId, declarer);
    assert.equal(reply.code, -22);
    assert.match(refusal ?? '', /cannot be described/);
    assert.equal(registry.takeText(), '');
  });
}

test('names of any bytes, however long, are refused and not a fault of the daemon', () => {
  const registry = new TraceRegistry(BYTE_ALIGNED_HEADER);
  const channelId = registry.addChannel('a');
  const name = '\ufffd'.repeat(256);
  const { reply } = registry.register(
    { ...eventRequest('a:b'), fields: [field(name, integer)] },
    channelId,
    declarer,
  );
  assert.equal(reply.code, -22);
  const contexts = {
    kind: 'channel',
    sessionHandle: 1,
    channelHandle: 2,
    contextFields: [field(name, integer)],
  } as const;
  assert.equal(registry.register(contexts, channelId, declarer).reply.code, -22);
});

test('what one set of buffers may declare has an end, and what is known goes on', () => {
  const registry = new TraceRegistry(BYTE_ALIGNED_HEADER);
  const channel = registry.addChannel('channel0');
  const declarer = {};
  const codeOf = (index: number): number => {
    const request = { ...eventRequest(`fake:${index}`), signature: 'x'.repeat(1 << 20) };
    return registry.register(request, channel, declarer).reply.code;
  };
  let accepted = 0;
  while (codeOf(accepted) === 0) accepted++;
  assert.ok(accepted > 50 && accepted < 64, `accepted=${accepted}`);
  assert.equal(codeOf(0), 0);
  assert.equal(codeOf(accepted), -28);
});
