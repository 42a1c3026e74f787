/**
 * `scribbler MODE SEED CHANNEL`: an application that writes what it likes into the first stream of the
 * CHANNEL-th channel (from 0) that it is given, and wakes the consumer each time. Prints "ready" when it has the
 * memory and "done" after its work; `stubborn` records without end, whether its session is enabled or not.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Fd, Mapping } from '@lttng-ts/native';
import {
  descriptorOf,
  lp64Layouts,
  PACKET_MAGIC,
  roundGeometry,
  streamLayoutOf,
} from '@lttng-ts/ring-buffer';
import { HandMadeApplication, requireNative } from './hand-made-application.ts';
import { Random } from './random.ts';

const [mode = 'random', seed = '1', channel = '0'] = process.argv.slice(2);
const STEPS = 400;
const native = requireNative();
const random = new Random(Number(seed));
/** Of the channels of the test. */
const COUNT = 16;
const geometry = roundGeometry({ mode: 'discard', subbufferSizeBytes: 4096, subbufferCount: COUNT });
const { lengthBytes } = streamLayoutOf(geometry);
const { buffer: control, packetHeader } = lp64Layouts;

const application = new HandMadeApplication();
await application.commanded('REGISTER_DONE');
const fdsPerChannel = 1 + 2 * native.possibleCpuCount();
const at = Number(channel) * fdsPerChannel + 1;
const [memoryFd, wakeupFd] = application.fds.slice(at) as [Fd, Fd];
const mapping = native.mmap(memoryFd, lengthBytes, { isWritable: true });
const view = new DataView(mapping.buffer);
const firstPacketAt = packetPlaces()[0] ?? 0;
console.log('ready');

const modes: Readonly<Record<string, () => Promise<void>>> = {
  random: scribbleAnywhere,
  header: async () => overwriteHeaders(),
  references: async () => overwriteReferences(),
  positions: async () => overwritePositions(),
  stubborn: recordWithoutEnd,
};
await modes[mode]?.();
wake();
console.log('done');
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));

function wake(): void {
  native.write(wakeupFd, Uint8Array.of(1));
}

/** Where packets begin in memory. */
function packetPlaces(): readonly number[] {
  const places: number[] = [];
  for (let offset = 0; offset < lengthBytes; offset += 4096) {
    if (view.getUint32(offset, true) === PACKET_MAGIC) places.push(offset);
  }
  return places;
}

async function scribbleAnywhere(): Promise<void> {
  for (let step = 0; step < STEPS; step++) {
    const place = random.pick([
      random.below(control.sizeBytes),
      random.below(firstPacketAt),
      firstPacketAt + 4096 * random.below(COUNT) + random.below(packetHeader.sizeBytes),
      firstPacketAt + COUNT * 4096 + random.below(lengthBytes - firstPacketAt - COUNT * 4096),
    ]);
    view.setBigUint64(place - (place % 8), random.word(), true);
    wake();
    if (random.chance(0.2)) await delay(1);
  }
}

function overwriteHeaders(): void {
  for (let number = 0; number < COUNT; number++) {
    view.setBigUint64(
      firstPacketAt + 4096 * number + packetHeader.offsetOf('sequenceNumber'),
      random.word(),
      true,
    );
  }
}

function overwriteReferences(): void {
  for (const field of ['hotCounters', 'coldCounters', 'endTimestamps'] as const) {
    view.setBigUint64(control.offsetOf(field) + 8, random.word(), true);
  }
}

function overwritePositions(): void {
  view.setBigUint64(control.offsetOf('consumed'), 2n ** 63n, true);
  view.setBigUint64(control.offsetOf('offset'), 2n ** 64n - 1n, true);
}

async function recordWithoutEnd(): Promise<never> {
  const writer = openWriter(mapping);
  console.log('done');
  for (let count = 0; ; count++) {
    const record = { eventId: 0, timestamp: process.hrtime.bigint(), payload: new Uint8Array(500) };
    if (typeof writer.reserve(record) !== 'string') writer.commit();
    // As fast as it can, and does not starve its own event loop.
    if (count % 100_000 === 0) await delay(1);
  }
}

function openWriter(memory: Mapping) {
  const uuid = new Uint8Array(memory.buffer, firstPacketAt + packetHeader.offsetOf('uuid'), 16).slice();
  const shape = { geometry, wakeupBy: 'writer', blockingTimeoutMs: 0, channelId: 0, uuid } as const;
  const writer = native.openRingWriter(memory, descriptorOf(shape, 0), { wakeupFd });
  if (writer === null) throw new Error('Not the memory of that channel');
  return writer;
}
