import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Struct } from '@lttng-ts/wire';
import {
  decodeUstCommand,
  encodeExclusions,
  encodeUstCommand,
  eventNotifier,
  type UstCommandName,
  ustCommandMessage,
  ustCommands,
} from './commands.ts';
import { ENUM_ENTRY_BYTES } from './enum-entries.ts';
import { fieldRecord } from './fields.ts';
import {
  RegistrationFramer,
  refusalOf,
  registrationMessage,
  UST_REGISTRATION_MAGIC,
} from './registration.ts';
import { decodeTracerVersion, encodeUstReply, ustReplyMessage } from './replies.ts';
import { fieldEntry, tracepointEntry } from './tracepoint-lists.ts';

test('messages have the sizes of ABI 9', () => {
  const sizes: readonly (readonly [{ readonly sizeBytes: number }, number])[] = [
    [registrationMessage, 136],
    [ustCommandMessage, 612],
    [ustReplyMessage, 324],
    [fieldRecord, 920],
    [fieldEntry, 808],
    [tracepointEntry, 276],
    [eventNotifier, 612],
    [{ sizeBytes: ENUM_ENTRY_BYTES }, 336],
  ];
  for (const [layout, sizeBytes] of sizes) assert.equal(layout.sizeBytes, sizeBytes);
});

test('fields lie where ABI 9 has them', () => {
  const offsets = (layout: Struct<never>, names: readonly string[]): readonly number[] =>
    names.map((name) => layout.places.find((place) => place.name === name)!.offsetBytes);
  const all = (layout: unknown): Struct<never> => layout as Struct<never>;
  assert.deepEqual(
    offsets(all(registrationMessage), ['pid', 'bitsPerLong', 'u8AlignBits', 'socketType', 'name']),
    [12, 28, 32, 52, 56],
  );
  assert.deepEqual(offsets(all(fieldRecord), ['abstractType', 'body', 'reserved']), [256, 260, 892]);
  assert.deepEqual(
    offsets(all(fieldEntry), ['fieldName', 'type', 'logLevel', 'isNotWritten']),
    [256, 512, 516, 520],
  );
  assert.deepEqual(
    offsets(all(eventNotifier), ['name', 'logLevelType', 'token', 'errorCounterIndex']),
    [4, 260, 268, 572],
  );
});

test('every command number is in the table once, and arguments fit the message', () => {
  const numbers = Object.values(ustCommands).map(({ number }) => number);
  assert.equal(new Set(numbers).size, 27);
  for (const { argument } of Object.values(ustCommands)) assert.ok(argument.sizeBytes <= 572);
});

test('a command is encoded as applications expect it', () => {
  const message = encodeUstCommand('createEvent', 3, {
    instrumentation: 0,
    name: 'myprov:*',
    logLevelType: 1,
    logLevel: 6,
    token: 0x1122334455n,
  });
  const view = Buffer.from(message);
  assert.deepEqual([view.length, view.readUInt32LE(0), view.readUInt32LE(4)], [612, 3, 0x61]);
  assert.equal(view.toString('latin1', 44, 52), 'myprov:*');
  assert.deepEqual([view.readInt32LE(300), view.readInt32LE(304)], [1, 6]);
  assert.equal(view.readBigUInt64LE(308), 0x1122334455n);
});

test('arguments of every kind survive encoding and decoding', () => {
  const round = (name: UstCommandName, argument: never): void => {
    assert.deepEqual(decodeUstCommand(encodeUstCommand(name, 9, argument)), {
      kind: 'known',
      command: name,
      handle: 9,
      argument,
    });
  };
  round('registerDone', {} as never);
  round('createChannel', { blobBytes: 920n, type: 0 } as never);
  round('createStream', { memoryBytes: 86400n, streamNumber: 1 } as never);
  round('setFilter', { bytecodeBytes: 7, relocationOffsetBytes: 4, sequenceNumber: 5n } as never);
  round('setExclusions', { count: 2 } as never);
  round('addContext', { kind: 'plain', number: 4 } as never);
  round('addContext', { kind: 'perf', type: 0, config: 1n, name: 'perf_thread_instructions' } as never);
  round('addContext', { kind: 'application', providerBytes: 5, nameBytes: 6 } as never);
  round('createCounterCpu', { memoryBytes: 17408n, cpu: 1 } as never);
});

test('perf and application contexts have their attributes at offset 60', () => {
  const perf = Buffer.from(
    encodeUstCommand('addContext', 1, { kind: 'perf', type: 3, config: 9n, name: 'x' }),
  );
  assert.deepEqual([perf.readInt32LE(40), perf.readUInt32LE(60), perf.readBigUInt64LE(64)], [5, 3, 9n]);
  assert.equal(perf.toString('latin1', 72, 73), 'x');
  const application = { kind: 'application', providerBytes: 4, nameBytes: 8 } as const;
  const message = Buffer.from(encodeUstCommand('addContext', 1, application));
  assert.deepEqual([message.readInt32LE(40), message.readUInt32LE(60), message.readUInt32LE(64)], [7, 4, 8]);
});

test('an unknown command number is said, not thrown', () => {
  const message = ustCommandMessage.encode({ handle: 2, number: 0x99, argument: new Uint8Array(572) });
  assert.deepEqual(decodeUstCommand(message), { kind: 'unknown', number: 0x99, handle: 2 });
});

test('exclusions without patterns are a bug: applications never answer them', () => {
  assert.throws(() => encodeExclusions([]), { name: 'AssertionError' });
});

test('a reply carries handle, number, code and version', () => {
  const bytes = encodeUstReply(
    { handle: 0, number: 0x41 },
    { code: 0, version: { major: 2, minor: 13, patchLevel: 5 } },
  );
  const reply = ustReplyMessage.decode(bytes);
  assert.deepEqual([bytes.length, reply.number, reply.code], [324, 0x41, 0]);
  assert.deepEqual(decodeTracerVersion(reply), { major: 2, minor: 13, patchLevel: 5 });
  assert.equal(
    ustReplyMessage.decode(encodeUstReply({ handle: 1, number: 1 }, { code: -1027, value: -22 })).value,
    0xffffffea,
  );
});

const registration = registrationMessage.encode({
  magic: UST_REGISTRATION_MAGIC,
  abiMajor: 9,
  abiMinor: 0,
  pid: 1,
  ppid: 2,
  uid: 3,
  gid: 4,
  bitsPerLong: 64,
  u8AlignBits: 8,
  u16AlignBits: 8,
  u32AlignBits: 8,
  u64AlignBits: 8,
  longAlignBits: 8,
  socketType: 1,
  name: 'program',
});

test('a registration comes out whole, however it is cut', () => {
  for (let cut = 0; cut < registration.length; cut++) {
    const framer = new RegistrationFramer();
    assert.equal(framer.push(registration.slice(0, cut)), null);
    assert.equal(framer.missingBytes, 136 - cut);
    const message = framer.push(registration.slice(cut))!;
    assert.deepEqual([message.name, message.socketType, refusalOf(message)], ['program', 1, null]);
  }
});

test('refusals name the reason', () => {
  const decoded = registrationMessage.decode(registration);
  assert.match(refusalOf({ ...decoded, abiMajor: 10 })!, /ABI major 10/);
  assert.match(refusalOf({ ...decoded, bitsPerLong: 32 })!, /32-bit/);
  assert.match(refusalOf({ ...decoded, magic: 1 })!, /not a registration/);
  assert.match(refusalOf({ ...decoded, socketType: 7 })!, /socket type 7/);
});

test('a byte-swapped registration is refused with its numbers readable', () => {
  const swapped = registration.slice();
  for (let at = 0; at < 56; at += 4) swapped.subarray(at, at + 4).reverse();
  const message = new RegistrationFramer().push(swapped)!;
  assert.match(refusalOf(message)!, /byte order/);
  assert.deepEqual([message.abiMajor, message.pid, message.bitsPerLong], [9, 1, 64]);
});
