// @ts-check
/**
 * A recording thread without a daemon: rings of this process, in overwrite mode, so that what is measured is the event path
 * and nothing else. For profiles; the comparison with C is `npm run bench -- tracer`.
 */
import { compileFilter } from '@lttng-ts/filter';
import { loadNative } from '@lttng-ts/native';
import { descriptorOf, initializeStream, streamLayoutOf } from '@lttng-ts/ring-buffer';
import { createFilterLinker } from '../dist/edge/filter-linker.js';
import { planPayload } from '../dist/encode/plan.js';
import { createRecordingFunction } from '../dist/thread/recording-function.js';
import { RecordingThread } from '../dist/thread/recording-thread.js';

const native = /** @type {NonNullable<ReturnType<typeof loadNative>>} */ (loadNative());

/** @type {import('@lttng-ts/ring-buffer').RingGeometry} */
const geometry = { mode: 'overwrite', subbufferSizeBytes: 1 << 20, subbufferCount: 4 };
const shape = /** @type {const} */ ({
  geometry,
  wakeupBy: 'writer',
  blockingTimeoutMs: 0,
  channelId: 0,
  uuid: new Uint8Array(16),
});

/** Opens a channel of the recorder. @param {readonly import('@lttng-ts/native').ContextOperation[]} contexts */
export function openLocalChannel(contexts = []) {
  const streamCount = native.possibleCpuCount();
  const descriptor = descriptorOf(shape, 0, {});
  const channel = native.recorder.openChannel({ descriptor, contexts, streamCount });
  for (let cpu = 0; cpu < streamCount; cpu++) {
    const { lengthBytes } = streamLayoutOf(geometry);
    const memoryFd = native.createSharedMemory('bench', lengthBytes);
    const mapping = native.mmap(memoryFd, lengthBytes, { isWritable: true });
    initializeStream(mapping.buffer, shape, cpu, native.clockMonotonicNs());
    mapping.unmap();
    native.recorder.addStream(channel, { memoryFd, lengthBytes, wakeupFd: native.pipe().writeEnd });
  }
  return channel;
}

/**
 * Makes the recording function of an event that the channel records, with a filter or without.
 * @param {readonly import('../dist/definition.js').FieldDefinition[]} fields
 * @param {import('@lttng-ts/native').RecorderChannelId} channel
 * @param {string | null} [filter]
 */
export function localRecordingFunction(fields, channel, filter = null) {
  const definition = { name: 'bench:event', logLevel: 13, modelEmfUri: '', fields };
  const bytecode = filter === null ? { bytes: new Uint8Array(), relocOffset: 0 } : compileFilter(filter);
  const filters = [
    { bytes: bytecode.bytes, relocationOffsetBytes: bytecode.relocOffset, sequenceNumber: 0n },
  ];
  /** @type {import('../dist/thread/recording-thread.js').ControlLink} */
  const link = {
    announce: () => undefined,
    withdraw: () => undefined,
    isPending: () => false,
    wait: () => undefined,
    waitAsync: async () => undefined,
    filterGeneration: 1,
    contextNames: [],
    takeFilterUpdates: () => (filter === null ? [] : [{ slots, furtherSlot: null, bit: 16, filters }]),
  };
  const thread = new RecordingThread(native.recorder, link, createFilterLinker(native, console.error));
  const plan = planPayload(fields, 'packed');
  const slots = thread.define([definition], plan.fixedBytes);
  const [slot] = slots;
  if (slot === undefined) throw new Error('No slot');
  native.recorder.setRecordings(slot, [{ bit: filter === null ? 0 : 16, channel, eventId: 1 }]);
  return createRecordingFunction(thread, slot, plan, true);
}
