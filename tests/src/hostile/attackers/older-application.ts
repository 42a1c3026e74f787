/**
 * `older-application [contexts]`: a program of liblttng-ust 2.12 (ABI major 8), made by hand: declares an event with the records of
 * that ABI, and records it once, in a channel with the contexts procname and vtid when it is told so. Prints "done" then.
 */
import { strict as assert } from 'node:assert';
import { signedInteger, type UstIntegerType, unsignedInteger } from '@lttng-ts/protocols/ust-app';
import { descriptorOf, parseChannelBlob } from '@lttng-ts/ring-buffer';
import { HandMadeApplication, requireNative } from './hand-made-application.ts';

const ABI_MAJOR = 8;
const letter: UstIntegerType = { ...signedInteger(8, 8), encoding: 'UTF8' };
const fields = [
  { name: 'number', type: signedInteger(32, 8) },
  {
    name: 'fixed',
    type: { kind: 'array', form: 'legacy', length: 2, alignBytes: 0, element: signedInteger(16, 8) },
  },
  {
    name: 'open',
    type: {
      kind: 'sequence',
      form: 'legacy',
      lengthType: unsignedInteger(8, 8),
      element: unsignedInteger(16, 8),
    },
  },
  { name: 'word', type: { kind: 'array', form: 'legacy', length: 4, alignBytes: 0, element: letter } },
  {
    name: 'text',
    type: { kind: 'sequence', form: 'legacy', lengthType: unsignedInteger(32, 8), element: letter },
  },
  { name: 'line', type: { kind: 'string', encoding: 'UTF8' } },
] as const;

/** number −5, fixed [1, −2], open [7, 8, 9], word "tea", text "hello", line "end". */
const payload = Buffer.from(
  'fbffffff0100feff0307000800090074656100' + '0500000068656c6c6f' + '656e6400',
  'hex',
);

const native = requireNative();
let blob: Uint8Array | null = null;
const application = new HandMadeApplication({
  registration: { abiMajor: ABI_MAJOR, name: 'older' },
  isOlder: true,
  onChannel: (given) => {
    blob = given;
  },
  tracepoints: [{ name: 'older:event', logLevel: 13, fields: [...fields] }],
});
await application.commanded('REGISTER_DONE');
assert.ok(blob !== null);
const channel = parseChannelBlob(blob);
const shape = {
  recordHeader: 'large',
  isNaturallyAligned: false,
  pageBytes: native.pageSizeBytes(),
} as const;
const { recorder } = native;
const id = recorder.openChannel({
  descriptor: descriptorOf(channel, 0, shape),
  contexts: process.argv.includes('contexts') ? [{ kind: 'procname' }, { kind: 'vtid' }] : [],
  streamCount: channel.streamCount,
});
const [, ...streams] = application.fds.splice(0);
for (let i = 0; i < streams.length; i += 2) {
  const [memoryFd, wakeupFd] = [streams[i], streams[i + 1]];
  assert.ok(memoryFd !== undefined && wakeupFd !== undefined);
  recorder.addStream(id, { memoryFd, wakeupFd, lengthBytes: native.fileLengthBytes(memoryFd) });
}
const slot = recorder.allocateSlot();
const answer = application.notifyReplies.find(({ kind }) => kind === 'event');
assert.ok(answer?.kind === 'event' && answer.code === 0);
recorder.setRecordings(slot, [{ bit: 0, channel: id, eventId: answer.eventId }]);
Buffer.from(recorder.scratch(payload.length)).set(payload);
recorder.emit(slot, payload.length, 1);
assert.equal(recorder.statistics().recorded, 1n);
console.log('done');
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
