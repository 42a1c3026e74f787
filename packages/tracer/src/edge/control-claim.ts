/**
 * Which thread starts the control worker: the first of the process that defines an event. Threads share nothing but the
 * addon's memory, so the claim is a word there.
 */
import type { Native } from '@lttng-ts/native';

/** Takes the claim; `false` when another thread has it. */
export function claimControl({ recorder, gettid }: Native): boolean {
  // The last slot is never given to an event: slots are taken from the first on.
  const words = recorder.enableWords;
  return Atomics.compareExchange(words, words.length - 1, 0, gettid()) === 0;
}
