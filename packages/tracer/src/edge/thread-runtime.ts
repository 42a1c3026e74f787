/**
 * The tracer of this thread: made at the first definition, `null` where nothing can be recorded. Holds nothing that
 * would keep the event loop alive.
 *
 * Files that a program loads use the global `process`: importing `node:process` reads every property of it, and so opens
 * the program's standard streams.
 */
import { toError } from '@lttng-ts/base';
import { builtin, loadNative, nativeUnavailableReason } from '@lttng-ts/native';
import { placesOfDaemons } from '../daemon-places.ts';
import type { Alignment } from '../encode/plan.ts';
import { parseEnvironment } from '../environment.ts';
import { RecordingThread } from '../thread/recording-thread.ts';
import { BroadcastLink } from './control-link.ts';
import { createDebugLog } from './debug-log.ts';
import { createFilterLinker } from './filter-linker.ts';
import { processIdentity } from './process-facts.ts';
import { claimControl, isControlAlive, RESERVED_WORDS } from './process-words.ts';
import { startControlWorker } from './start-control.ts';

export interface ThreadRuntime {
  readonly thread: RecordingThread;
  readonly alignment: Alignment;
  readonly mayGenerateCode: boolean;
}

let runtime: ThreadRuntime | null | undefined;

/** The thread's tracer, or `null` without the addon or with `LTTNG_TS_DISABLE`. */
export function findRecordingThread(): ThreadRuntime | null {
  if (runtime === undefined) runtime = createRuntime();
  return runtime;
}

function createRuntime(): ThreadRuntime | null {
  const environment = parseEnvironment(process.env);
  if (environment.isDisabled) return null;
  const { isMainThread, threadId } = builtin('node:worker_threads');
  const log = createDebugLog(environment.isDebugging, isMainThread ? 'main' : `thread ${threadId}`);
  const native = loadNative();
  if (native === null) {
    log(`Nothing is recorded: ${nativeUnavailableReason() ?? 'no addon'}`);
    return null;
  }
  let isOwner = false;
  const places = placesOfDaemons(environment, processIdentity());
  const link = new BroadcastLink({
    environment,
    places,
    isControlAlive: () => isOwner || isControlAlive(native),
    startControl: (first) => {
      if (isOwner) return 'own';
      if (!claimControl(native)) return 'other';
      isOwner = true;
      try {
        startControlWorker(first, places, log);
        return 'own';
      } catch (error) {
        log(`Nothing is recorded: ${toError(error).message}`);
        return 'none';
      }
    },
  });
  const thread = new RecordingThread(
    native.recorder,
    link,
    createFilterLinker(native, log),
    native.recorder.enableWords.length - RESERVED_WORDS,
  );
  // As liblttng-ust: packed where unaligned access is cheap.
  const alignment: Alignment = process.arch === 'x64' || process.arch === 'ia32' ? 'packed' : 'natural';
  return { thread, alignment, mayGenerateCode: environment.mayGenerateCode };
}
