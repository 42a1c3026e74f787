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
/** Halvings of the window: one to two leaves 4 per cent. */
const HALVINGS = 4;
const MOST_PROBES = 14;

/**
 * The highest achieved pace without loss; 0 when every pace that was tried lost something. Tries at most 14 paces.
 */
export async function highestPace(probe: Probe, { low, high }: PaceWindow): Promise<number> {
  assert(low > 0 && low < high, 'a window has a width');
  let best = 0;
  let floor = low;
  let ceiling = high;
  let probesLeft = MOST_PROBES;
  /** Whether `pace` lost nothing. The writer's own limit is a ceiling, with loss or without. */
  const holds = async (pace: number): Promise<boolean> => {
    probesLeft--;
    const { achieved, lost } = await probe(pace);
    if (lost === 0) best = Math.max(best, achieved);
    return lost === 0 && achieved >= pace * KEPT_PACE;
  };
  // The window is moved until its ends are what they should be.
  while (probesLeft > HALVINGS && !(await holds(floor))) {
    ceiling = floor;
    floor /= 2;
  }
  while (probesLeft > HALVINGS && ceiling === high && (await holds(ceiling))) {
    floor = ceiling;
    ceiling *= 1.5;
    high = ceiling;
  }
  for (let i = 0; i < HALVINGS && probesLeft > 0; i++) {
    const middle = Math.sqrt(floor * ceiling);
    if (await holds(middle)) floor = middle;
    else ceiling = middle;
  }
  return best;
}
