/**
 * A consumer that lies to its daemon: the environment's EVIL says how. Its link is descriptor 3, as the real
 * one's. `silent` never answers; `noise` is no frame; the others answer in frames, with nonsense in them.
 */
import { type Fd, fd } from '@lttng-ts/native';
import { type ConsumerCommand, ConsumerFramer, type ConsumerMessage, encodeFrame } from '@lttng-ts/protocols';
import { requireNative } from './hand-made-application.ts';
import { Random } from './random.ts';

const LINK: Fd = fd(3);
const [mode = 'noise', seed = '1'] = (process.env['EVIL'] ?? '').split(':');
const random = new Random(Number(seed));
const native = requireNative();
native.setNonblocking(LINK);

const send = (bytes: Uint8Array, fds: readonly Fd[] = []): void => {
  try {
    for (let sent = 0; sent < bytes.length; ) {
      const more = native.sendMessage(LINK, bytes.subarray(sent), sent === 0 ? fds : []);
      if (more !== 'again') sent += more;
    }
  } catch {
    // The daemon has given us up.
    process.exit(0);
  }
};
const say = (message: unknown, fds: readonly Fd[] = []): void =>
  send(encodeFrame(message as ConsumerMessage, fds.length), fds);

/** What the real one would say, as far as its shape goes. */
const results: Partial<Record<ConsumerCommand, unknown>> = {
  hello: { pid: process.pid, cpuCount: 2 },
  'channel.create': { blobBase64: 'AAAA', streams: [{ cpu: 0, memoryLengthBytes: 4096 }] },
  'session.statistics': { channels: [], faults: [] },
  'session.close': { channels: [] },
  'session.data-pending': { isPending: true },
};

const values: readonly (() => unknown)[] = [
  () => null,
  () => [],
  () => -1,
  () => 2 ** 60,
  () => 'x'.repeat(70_000),
  () => ({}),
  () => ({ streams: 7, channels: {}, faults: 'no', isPending: 'maybe', pid: null, cpuCount: 1.5 }),
  () => ({ channels: [{ channelKey: 'x', streams: null }], faults: [null] }),
  () => ({ blobBase64: 7, streams: [{ cpu: -1, memoryLengthBytes: 2 ** 70 }] }),
];

const messages = (id: number): readonly unknown[] => [
  null,
  7,
  'reply',
  [],
  {},
  { kind: 'request', id: 1, command: 'hello', params: {} },
  { kind: 'notification', name: 'session.fault', params: null },
  { kind: 'notification', name: 'session.fault', params: { sessionId: 1, fault: { kind: 'no' } } },
  { kind: 'notification', name: 'log', params: { level: 'loud', message: {} } },
  { kind: 'notification', name: 'toString', params: {} },
  { kind: 'failure', id, errnoName: 7, message: null },
];

const TALK_LINES = 5000;

const modes: Readonly<Record<string, (id: number, result: unknown) => void>> = {
  silent: () => undefined,
  noise: () => send(random.bytes(200)),
  huge(id, result) {
    const frame = encodeFrame({ kind: 'reply', id, result }, 0);
    new DataView(frame.buffer).setUint32(4, 0xffff_ffff, true);
    send(frame);
  },
  shapes: (id) => say({ kind: 'reply', id, result: random.pick(values)() }),
  // Goes well for a while.
  'late-shapes': (id, result) =>
    say({ kind: 'reply', id, result: random.chance(0.7) ? result : random.pick(values)() }),
  descriptors(id, result) {
    const { readEnd, writeEnd } = native.pipe();
    say({ kind: 'reply', id, result }, [readEnd, writeEnd]);
  },
  // More descriptors than come.
  promised: (id, result) => send(encodeFrame({ kind: 'reply', id, result }, 9)),
  'other-id': (id, result) => say({ kind: 'reply', id: id + 7, result }),
  messages: (id) => say(random.pick(messages(id))),
  talk(id, result) {
    for (let line = 0; line < TALK_LINES; line++) {
      say({ kind: 'notification', name: 'log', params: { level: 'warning', message: `line ${line}` } });
    }
    say({ kind: 'reply', id, result });
  },
};

const framer = new ConsumerFramer();
const received = new Uint8Array(65536);
native.fdWatcher.watch(LINK, { isReadable: true }, () => {
  const message = native.receiveMessage(LINK, received, 16);
  if (message === 'again') return;
  if (message.lengthBytes === 0) process.exit(0);
  for (const { message: request } of framer.push(received.slice(0, message.lengthBytes), message.fds)) {
    if (request.kind === 'request') modes[mode]?.(request.id, results[request.command] ?? {});
  }
});
