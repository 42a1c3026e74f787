/**
 * A channel's buffers in sealed shared memory, with their pipes and readers.
 */
import { SystemError } from '@lttng-ts/base';
import type { Fd, Native, RingDescriptor } from '@lttng-ts/native';
import type {
  ChannelBufferSpec,
  ChannelBuffers,
  MakeChannelBuffers,
  StreamBuffers,
} from '../channel-buffers.ts';

import { streamName } from '../core/chunk-layout.ts';
import { nodeOfCpu } from './numa-nodes.ts';

/** Wake-up bytes are hints, at most a pipe full of them: one read takes all that matter. */
const HINT_BYTES = 4096;

/** How a channel's buffers look in memory, by the layout tables of the ring buffer. */
export interface ChannelLayout {
  /** The channel as applications get it, by value. */
  readonly blob: Uint8Array;
  readonly subbufferSizeBytes: number;
  readonly subbufferCount: number;
  readonly streamLengthBytes: number;
  readonly descriptorOf: (cpu: number) => RingDescriptor;
  /** Makes zeroed memory the empty buffer of `cpu`, with its first packet open. */
  readonly initialize: (memory: ArrayBuffer, cpu: number) => void;
}

export type LayOutChannel = (spec: ChannelBufferSpec, cpuCount: number) => ChannelLayout;

/** Gives the maker of buffers of this machine. */
export function sharedChannelBuffers(native: Native, layOutChannel: LayOutChannel): MakeChannelBuffers {
  return (spec) => makeChannelBuffers(native, spec, layOutChannel(spec, native.possibleCpuCount()));
}

function makeChannelBuffers(native: Native, spec: ChannelBufferSpec, layout: ChannelLayout): ChannelBuffers {
  const owned = new OwnedParts();
  try {
    const wakeupFd = makePipe(native, owned).writeEnd;
    const streams = Array.from({ length: native.possibleCpuCount() }, (_, cpu) =>
      makeStream(native, owned, spec, layout, cpu),
    );
    const { blob, subbufferSizeBytes, subbufferCount } = layout;
    return { blob, subbufferSizeBytes, subbufferCount, wakeupFd, streams, close: () => owned.close() };
  } catch (error) {
    owned.close();
    throw error;
  }
}

function makeStream(
  native: Native,
  owned: OwnedParts,
  spec: ChannelBufferSpec,
  layout: ChannelLayout,
  cpu: number,
): StreamBuffers {
  const name = streamName(spec.channelName, cpu);
  const { streamLengthBytes } = layout;
  const memoryFd = makeMemory(native, owned, name, spec, streamLengthBytes, nodeOfCpu(cpu));
  const mapping = native.mmap(memoryFd, streamLengthBytes, { isWritable: true });
  owned.defer(() => mapping.unmap());
  layout.initialize(mapping.buffer, cpu);
  const { readEnd, writeEnd } = makePipe(native, owned);
  const descriptor = layout.descriptorOf(cpu);
  const reader = native.openRingReader(mapping, descriptor);
  if (reader === null || !reader.activate()) {
    throw new SystemError('openRingReader', 'EPROTO', {
      stream: name,
      what: 'our own memory is not a ring buffer',
    });
  }
  owned.defer(() => {
    reader.deactivate();
    reader.close();
  });
  return {
    cpu,
    memoryFd,
    memoryLengthBytes: streamLengthBytes,
    wakeupFd: writeEnd,
    memory: new Uint8Array(mapping.buffer),
    reader,
    watch: (onWakeup) => watchHints(native, owned, readEnd, onWakeup),
  };
}

function makeMemory(
  native: Native,
  owned: OwnedParts,
  name: string,
  { memoryFolder }: ChannelBufferSpec,
  lengthBytes: number,
  node: number | null,
): Fd {
  if (memoryFolder === null) {
    const fd = native.createSharedMemory(`lttng-ust ${name}`.slice(0, 200), lengthBytes, node);
    owned.defer(() => native.close(fd));
    return fd;
  }
  const fd = memoryFolder.createMemory(name);
  owned.defer(() => native.close(fd));
  native.fillMemory(fd, lengthBytes, node);
  return fd;
}

function makePipe(native: Native, owned: OwnedParts): { readonly readEnd: Fd; readonly writeEnd: Fd } {
  const pipe = native.pipe({ isReadNonblocking: true, isWriteNonblocking: true });
  owned.defer(() => native.close(pipe.readEnd));
  owned.defer(() => native.close(pipe.writeEnd));
  return pipe;
}

function watchHints(native: Native, owned: OwnedParts, readEnd: Fd, onWakeup: () => void): void {
  const hints = new Uint8Array(HINT_BYTES);
  const watch = native.fdWatcher.watch(readEnd, { isReadable: true }, () => {
    native.read(readEnd, hints);
    onWakeup();
  });
  // Readers are served from timers and the link too: the link keeps the process alive.
  watch.unref();
  owned.defer(() => watch.close());
}

/** What the buffers own, given back in reverse order and at once. */
class OwnedParts {
  readonly #releases: (() => void)[] = [];

  defer(release: () => void): void {
    this.#releases.push(release);
  }

  close(): void {
    for (let release = this.#releases.pop(); release !== undefined; release = this.#releases.pop()) release();
  }
}
