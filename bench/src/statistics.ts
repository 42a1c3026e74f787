/** What becomes of samples: medians, spreads and ratios. Nothing here knows what was measured. */
import { assert } from '@lttng-ts/base';

/** One contender's samples in five numbers. */
export interface Summary {
  readonly count: number;
  readonly median: number;
  /** The spread: half of the samples lie between the quartiles. */
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
  readonly least: number;
  readonly greatest: number;
}

/** Our samples divided by another's. */
export interface Ratio {
  /** Ratio of the two medians. */
  readonly ofMedians: number;
  /** Quartiles of the ratios of each round: a slow moment of the machine hits both of a round. */
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
}

/** The value below which the part `part` (0 to 1) of `sorted` lies, between two samples by their distance. */
export function quantile(sorted: readonly number[], part: number): number {
  assert(sorted.length > 0, 'a quantile needs samples');
  const position = (sorted.length - 1) * part;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}

export function median(samples: readonly number[]): number {
  return quantile(ascending(samples), 0.5);
}

export function summarize(samples: readonly number[]): Summary {
  const sorted = ascending(samples);
  return {
    count: sorted.length,
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
    least: sorted[0]!,
    greatest: sorted[sorted.length - 1]!,
  };
}

/** Compares samples that were taken in turn: the first of `ours` beside the first of `theirs`, and so on. */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): Ratio {
  const rounds = Math.min(ours.length, theirs.length);
  const ratios = ascending(ours.slice(0, rounds).map((value, round) => value / theirs[round]!));
  return {
    ofMedians: median(ours) / median(theirs),
    lowerQuartile: quantile(ratios, 0.25),
    upperQuartile: quantile(ratios, 0.75),
  };
}

const ascending = (samples: readonly number[]): number[] => [...samples].sort((a, b) => a - b);
