/**
 * Composition of a consumer on a link: files, memory, timers and commands.
 */
import process from 'node:process';
import type { Fd, Native } from '@lttng-ts/native';
import type { ConsumerChunk } from '@lttng-ts/protocols';
import { Consumer } from '../consumer.ts';
import { relaySilenceNs } from '../core/relay-silence.ts';
import { createNullChunk, type TraceChunk } from '../sink.ts';
import { FileChunk } from './file-chunk.ts';
import { Link } from './link.ts';
import { MemoryFiles } from './memory-files.ts';
import { connectRelay } from './relay-sockets.ts';
import { type LayOutChannel, sharedChannelBuffers } from './shared-channel-buffers.ts';
import { TimerLoop } from './timer-loop.ts';

/**
 * Serves the link until the daemon closes it, also by dying; then moves what the buffers hold to the output.
 * Takes ownership of `linkFd`.
 */
export function serveConsumer(native: Native, linkFd: Fd, layOutChannel: LayOutChannel): Promise<void> {
  const timers = new TimerLoop();
  return new Promise((resolve) => {
    const consumer = new Consumer({
      pid: process.pid,
      cpuCount: native.possibleCpuCount(),
      now: () => timers.now(),
      after: (delayNs) => timers.after(delayNs),
      schedule: (task, due) => timers.schedule(task, due),
      cancel: (task) => timers.cancel(task),
      defer: (callback) => timers.defer(callback),
      openChunk: (chunk) => openChunk(native, chunk),
      openMemory: (memoryPath, tracePath) => new MemoryFiles(memoryPath, tracePath),
      connectRelay,
      relaySilenceNs: relaySilenceNs(process.env),
      traceClock: () => native.clockMonotonicNs(),
      makeChannelBuffers: sharedChannelBuffers(native, layOutChannel),
      onFault: (sessionId, fault) => link.notify('session.fault', { sessionId, fault }),
      onStalled: (channelKey, requestId) => link.notify('channel.stalled', { channelKey, requestId }),
      onSamples: (samples) => link.notify('channels.sampled', { samples }),
    });
    const link = new Link(native, linkFd, consumer.handlers, () => resolve(consumer.close()));
  });
}

function openChunk(native: Native, { chunkId, rootPath, isRootShared, folders }: ConsumerChunk): TraceChunk {
  if (rootPath === null) return createNullChunk(chunkId);
  const chunk = new FileChunk(chunkId, { rootPath, isRootShared }, native);
  try {
    for (const folder of folders) chunk.makeFolder(folder);
    return chunk;
  } catch (error) {
    chunk.close();
    throw error;
  }
}
