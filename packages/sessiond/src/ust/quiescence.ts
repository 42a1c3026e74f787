/**
 * Whether every writer that was inside a record of some buffers has left it: asked of the applications that live, and
 * taken for granted of processes that are gone. docs/robustness.md, "Dead writers", has the argument.
 */
import { PeerError } from '@lttng-ts/base';
import { type Application, ApplicationGoneError } from './application.ts';
import type { MemoryUser, MemoryUsers, Timers } from './ports.ts';

export interface QuiescencePorts {
  readonly memoryUsers: MemoryUsers;
  readonly timers: Timers;
}

export interface SharedBuffers {
  /** Of one stream of each channel in question. */
  readonly memoryFds: readonly number[];
  /** Seconds since the epoch. */
  readonly createdAtS: number;
  /** Reads the buffers, and is no writer. */
  readonly consumerPid: number;
}

/** A living application leaves a record within microseconds; one that is not scheduled takes its time. */
const ANSWER_MS = 2000;
/** A process that was killed keeps its memory for a moment. */
const EXIT_CHECKS = 10;
const EXIT_CHECK_MS = 50;

/**
 * Gives null when whoever was inside a record at the call has left it or is gone, else who may still be inside.
 * `applications`: all that were given the buffers.
 */
export async function findHolder(
  applications: readonly Application[],
  buffers: SharedBuffers,
  { memoryUsers, timers }: QuiescencePorts,
): Promise<string | null> {
  const answers = await Promise.all(
    applications.map((application) => askToSettle(application, memoryUsers, timers)),
  );
  const holder = answers.find((answer) => answer !== null);
  if (holder !== undefined) return holder;
  // Those who answered, and the consumer, are outside; whoever else has the memory was not asked.
  const known = new Set([buffers.consumerPid, ...applications.filter(({ isGone }) => !isGone).map(pidOf)]);
  for (let check = 0; ; check++) {
    const users = await memoryUsers.usersOf(buffers.memoryFds, buffers.createdAtS);
    const stranger = users.find(({ pid }) => !known.has(pid));
    if (stranger === undefined) return null;
    if (check === EXIT_CHECKS) return describeStranger(stranger);
    await new Promise<void>((resolve) => timers.after(EXIT_CHECK_MS, resolve));
  }
}

const pidOf = ({ identity }: Application): number => identity.pid;

function describeStranger({ pid, name }: MemoryUser): string {
  return `process ${pid} (${name}), which has the buffers and is not registered`;
}

/** Null when the application is outside, or gone. */
async function askToSettle(
  application: Application,
  memoryUsers: MemoryUsers,
  timers: Timers,
): Promise<string | null> {
  const { pid, name } = application.identity;
  const who = `process ${pid} (${name})`;
  const state = memoryUsers.stateOf(pid);
  // A child may have its sockets, and its buffers: the latter are looked for.
  if (state === 'gone') return null;
  // It would answer only when it is continued; then the next question comes.
  if (state === 'stopped') return `${who}, which is stopped`;
  if (application.isSettling) return `${who}, which does not answer`;
  const settled = application.settle().then(
    () => null,
    (error: unknown) => {
      if (error instanceof ApplicationGoneError) return null;
      if (error instanceof PeerError) return `${who}, which refuses to answer`;
      throw error;
    },
  );
  let cancel = (): void => undefined;
  const late = new Promise<string>((resolve) => {
    cancel = timers.after(ANSWER_MS, () => resolve(`${who}, which does not answer`));
  });
  try {
    return await Promise.race([settled, late]);
  } finally {
    cancel();
  }
}
