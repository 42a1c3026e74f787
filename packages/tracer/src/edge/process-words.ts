/**
 * The few words that all threads of a process share without knowing each other: who runs the control worker, and which
 * sockets it holds. They lie at the end of the addon's enable words, where slots are given last.
 *
 * The control worker ends with the thread that started it. Then another thread takes its place; the sockets of the old
 * one are still open (the kernel knows nothing of workers) and would make the daemons wait.
 */
import { existsSync } from 'node:fs';
import type { Fd, Native, RecorderChannelId } from '@lttng-ts/native';

/** From the end: the claim (kernel thread id of the owner), then sockets as descriptor + 1. */
const CLAIM = 1;
const FIRST_SOCKET = 2;
/** Two per daemon. */
const SOCKET_WORDS = 4;
/** So many words must not be given as slots. */
export const RESERVED_WORDS = CLAIM + SOCKET_WORDS;

/** Channels that are looked for after the last one found. */
const CHANNEL_GAP = 64;

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
  return existsSync(`/proc/self/task/${threadId}`);
}

/** Remembers a socket of the control worker, for a successor. */
export function rememberSocket({ recorder: { enableWords } }: Native, fd: Fd): void {
  replaceSocket(enableWords, 0, fd + 1);
}

/** Forgets a socket: it is about to be closed. */
export function forgetSocket({ recorder: { enableWords } }: Native, fd: Fd): void {
  replaceSocket(enableWords, fd + 1, 0);
}

function replaceSocket(words: Uint32Array, from: number, to: number): void {
  for (let i = 0; i < SOCKET_WORDS; i++) {
    const at = words.length - FIRST_SOCKET - i;
    if (Atomics.compareExchange(words, at, from, to) === from) return;
  }
}

/** Ends what an earlier control worker left: its connections, and the channels that it opened. */
export function cleanUpAfterPredecessor(native: Native): void {
  const words = native.recorder.enableWords;
  let hadPredecessor = false;
  for (let i = 0; i < SOCKET_WORDS; i++) {
    const left = Atomics.exchange(words, words.length - FIRST_SOCKET - i, 0);
    if (left === 0) continue;
    hadPredecessor = true;
    native.close((left - 1) as Fd);
  }
  if (hadPredecessor) closeChannels(native);
}

function closeChannels({ recorder }: Native): void {
  for (let id = 0, missing = 0; missing < CHANNEL_GAP; id++, missing++) {
    try {
      recorder.closeChannel(id as RecorderChannelId);
      missing = 0;
    } catch {
      // No channel of that number.
    }
  }
}
