/**
 * A row of the bench: one job that ours and the originals can do, with the number to hold. Rows know how to
 * do the job once; `run-row.ts` decides how often and in which order.
 */

/** What one contender's one run gave. */
export interface Measurement {
  /** In the row's unit. */
  readonly value: number;
  /** Further figures of the same run, by the ids of {@link Row.also}. */
  readonly also?: Readonly<Record<string, number>>;
}

/** Who does the job: we, an original, or a bare Node.js that does nothing (`node -e 0`). */
export type Side = 'ours' | 'original' | 'start';

export interface Contender {
  /** Name of the program, as the table prints it. */
  readonly name: string;
  readonly side: Side;
  measure(): Promise<Measurement>;
}

/** Contenders ready to run, and what they stand on (daemons, traces). */
export interface Stage extends AsyncDisposable {
  readonly contenders: readonly Contender[];
}

/** A number to hold: against the better original, as it is, or beyond Node's own start. */
export interface Bound {
  readonly kind: 'ratio' | 'value' | 'beyond-start';
  readonly limit: number;
}

export interface Row {
  /** What the command line calls it: `AREA-JOB`. */
  readonly id: string;
  /** One line for the table. */
  readonly what: string;
  readonly unit: 'ns' | 'ms' | 's' | 'events/s' | 'KiB' | 'MB/s';
  readonly better: 'lower' | 'higher';
  /** Bounds that the project holds, and that it wants. */
  readonly must: Bound | null;
  readonly goal: Bound | null;
  /** Node's own start is taken from our figure before it is compared. */
  readonly isStartSubtracted?: boolean;
  /** Further figures of each run. */
  readonly also?: readonly ExtraFigure[];
  /** The row ends after this time, with the rounds that it has. */
  readonly limitS: number;
  /** Makes everything ready. Throws {@link Skip} when this machine or this build cannot do the job. */
  prepare(settings: Settings): Promise<Stage>;
}

export interface ExtraFigure {
  readonly id: string;
  readonly unit: string;
  /** What the median of ours must not exceed, for the row to hold anything. */
  readonly most?: number;
}

/** What the command line chose. */
export interface Settings {
  /** Rounds after the first, unmeasured one. */
  readonly rounds: number;
  /** Events in each trace that is read; `null`: each trace has its own size. */
  readonly traceEventCount: number | null;
  /** Seconds of one paced load. */
  readonly loadS: number;
}

/** A row cannot run here; the message says why. */
export class Skip extends Error {
  override readonly name = 'Skip';
}
