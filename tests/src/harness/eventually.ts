/** Waits for what nobody announces: a file that grows, a process that is gone. */
import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 20;
const DEADLINE_MS = 240_000;

/** Asks `probe` until it answers something other than `null`; the error tells `what` was waited for. */
export async function eventually<T>(what: string, probe: () => T | null | Promise<T | null>): Promise<T> {
  for (const end = performance.now() + DEADLINE_MS; performance.now() < end; ) {
    const found = await probe();
    if (found !== null) return found;
    await sleep(INTERVAL_MS);
  }
  throw new Error(`Waited in vain: ${what}`);
}
