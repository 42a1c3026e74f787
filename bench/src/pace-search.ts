/**
 * Searches for the highest pace that loses nothing, by halving a window of paces on a logarithmic scale. It knows
 * neither the writer nor the consumer: a probe tries one pace.
 */
import { assert } from '@lttng-ts/base';

/** What happened at one pace. */
export interface Trial {
  /** Events per second that the writer really emitted. */
  readonly achieved: number;
  readonly lost: number;
}

export type Probe = (pace: number) => Promise<Trial>;

/** Paces between which the answer is expected; it may lie outside. */
export interface PaceWindow {
  readonly low: number;
  readonly high: number;
}

/** A writer that emits less than this part of what was asked has reached its own limit. */
const KEPT_PACE = 0.9;
/** Halvings of the window: one to two leaves 9 per cent. */
const HALVINGS = 3;
const MOST_PROBES = 16;

/**
 * The highest achieved pace without loss; 0 when every pace that was tried lost something. A pace that lost something
 * is tried once more, because a moment in which the machine does something else is no limit. Makes at most 16 probes.
 */
export async function highestPace(probe: Probe, { low, high }: PaceWindow): Promise<number> {
  assert(low > 0 && low < high, 'a window has a width');
  let best = 0;
  let probesLeft = MOST_PROBES;
  const holds = async (pace: number): Promise<boolean> => {
    for (let attempt = 0; attempt < 2 && probesLeft > 0; attempt++) {
      probesLeft--;
      const { achieved, lost } = await probe(pace);
      if (lost > 0) continue;
      best = Math.max(best, achieved);
      // Nothing faster can be tried.
      if (achieved < pace * KEPT_PACE) probesLeft = 0;
      return true;
    }
    return false;
  };
  let floor = low;
  let ceiling = high;
  // The window is moved until its ends are what they should be.
  while (probesLeft > 0 && !(await holds(floor))) {
    ceiling = floor;
    floor /= 2;
  }
  while (probesLeft > 0 && ceiling >= high && (await holds(ceiling))) {
    floor = ceiling;
    ceiling *= 1.5;
  }
  for (let i = 0; i < HALVINGS && probesLeft > 0; i++) {
    const middle = Math.sqrt(floor * ceiling);
    if (await holds(middle)) floor = middle;
    else ceiling = middle;
  }
  return best;
}
