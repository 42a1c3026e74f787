/**
 * Words that all threads of a process share without knowing each other: who runs the control worker, and which application
 * contexts are recorded. They are the last of the addon's enable words, where slots are given last.
 *
 * The control worker ends with the thread that started it, its sockets and channels with it (the addon closes
 * them). Then another thread takes its place.
 */
import { builtin, type Native } from '@lttng-ts/native';

/** From the end: kernel thread id of the owner. */
const CLAIM = 1;
/** So many words must not be given as slots. */
export const RESERVED_WORDS = 2;

/** Takes the claim to run control; `false` when a living thread has it. */
export function claimControl(native: Native): boolean {
  const words = native.recorder.enableWords;
  const at = words.length - CLAIM;
  const owner = Atomics.load(words, at);
  if (owner !== 0 && isThreadAlive(owner)) return false;
  return Atomics.compareExchange(words, at, owner, native.gettid()) === owner;
}

/** Whether the thread that owns the control worker still runs. */
export function isControlAlive({ recorder: { enableWords } }: Native): boolean {
  const owner = Atomics.load(enableWords, enableWords.length - CLAIM);
  return owner !== 0 && isThreadAlive(owner);
}

function isThreadAlive(threadId: number): boolean {
  return builtin('node:fs').existsSync(`/proc/self/task/${threadId}`);
}
