/**
 * {@link Recorder} over the addon. `emit` passes its arguments through memory, which costs less than Node-API's
 * conversion of values.
 */
import { assert, FormatError } from '@lttng-ts/base';
import { type Addon, check, checkThing } from './addon.ts';
import { type ContextBlock, contextBlockOf } from './context-block.ts';
import type {
  Recorder,
  RecorderChannelConfig,
  RecorderChannelId,
  RecorderStatistics,
  Recording,
  Slot,
  StreamMemory,
} from './recorder.ts';
import { shapeOf } from './ring-handle.ts';

const EBADMSG = -74;
const MAX_SCRATCH_BYTES = 1 << 20;
const MIN_SCRATCH_BYTES = 4096;

/** External memory, which engines with a sandboxed heap (Electron) refuse. */
function words(buffer: ArrayBuffer | undefined): Uint32Array {
  assert(buffer !== undefined, 'This engine does not allow external memory');
  return new Uint32Array(buffer);
}

/** Makes the recorder of the calling thread. */
export function nativeRecorder(addon: Addon): Recorder {
  const enableWords = words(addon.enableWords());
  const emitArguments = words(addon.emitArguments());
  const applicationValues = addon.applicationValues();
  assert(applicationValues !== undefined, 'This engine does not allow external memory');
  const rawEmit = addon.emit;
  let scratch: ArrayBuffer | null = null;

  return {
    slotCapacity: enableWords.length,
    enableWords,
    applicationValues,
    allocateSlot: () => check(addon.allocateSlot(), 'record_allocate_slot') as Slot,
    freeSlot: (slot: Slot) => void check(addon.freeSlot(slot), 'record_free_slot', { slot }),

    openChannel({ descriptor, contexts, streamCount }: RecorderChannelConfig): RecorderChannelId {
      const block: ContextBlock = contextBlockOf(contexts, descriptor.isNaturallyAligned);
      const number = addon.openChannel(
        shapeOf(addon, descriptor),
        descriptor.packetHeader,
        streamCount,
        block.bytes,
        block.alignBytes,
        block.patches,
        block.perfEvents,
      );
      return check(number, 'record_open_channel') as RecorderChannelId;
    },
    addStream(channel: RecorderChannelId, { memoryFd, lengthBytes, wakeupFd }: StreamMemory): void {
      const result = addon.addStream(channel, memoryFd, lengthBytes, wakeupFd);
      if (result === EBADMSG)
        throw new FormatError(`Memory is no ring buffer of the channel: channel=${channel}`);
      check(result, 'mmap', { fd: memoryFd, length: lengthBytes });
    },
    setChannelEnabled: (channel: RecorderChannelId, isEnabled: boolean) =>
      void check(addon.enableChannel(channel, isEnabled), 'record_enable_channel', { channel }),
    closeChannel: (channel: RecorderChannelId) =>
      void check(addon.closeChannel(channel), 'record_close_channel', { channel }),

    setRecordings(slot: Slot, recordings: readonly Recording[], flags = 0): void {
      const numbers = recordings.flatMap(({ bit, channel, eventId, payloadAlignBytes = 1 }) => [
        bit,
        channel,
        eventId,
        payloadAlignBytes,
      ]);
      check(addon.setRecordings(slot, Uint32Array.from(numbers), flags), 'record_set', { slot });
    },

    scratch(sizeBytes: number): ArrayBuffer {
      if (scratch !== null && scratch.byteLength >= sizeBytes) return scratch;
      if (!(sizeBytes <= MAX_SCRATCH_BYTES)) throw new RangeError(`Scratch too large: size=${sizeBytes}`);
      const old = scratch;
      let size = MIN_SCRATCH_BYTES;
      while (size < sizeBytes) size *= 2;
      scratch = checkThing(addon.newScratch(size), 'malloc');
      if (old !== null) addon.detach(old);
      return scratch;
    },
    emit(slot: Slot, payloadLengthBytes: number, acceptMask: number): void {
      emitArguments[0] = slot;
      emitArguments[1] = payloadLengthBytes;
      emitArguments[2] = acceptMask;
      rawEmit();
    },
    quiesce: () => addon.quiesce(),
    statistics(): RecorderStatistics {
      const out = new BigUint64Array(3);
      addon.statistics(out);
      return { recorded: out[0]!, lost: out[1]!, refused: out[2]! };
    },
  };
}
