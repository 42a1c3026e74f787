/** What a row's samples mean: our figure beside the better original, and whether the numbers are held. */
import { assert } from '@lttng-ts/base';
import type { Bound, Row } from './row.ts';
import type { ContenderSamples, RowSamples } from './run-row.ts';
import { type Ratio, ratioOf, type Summary, summarize } from './statistics.ts';

export interface ContenderSummary {
  readonly name: string;
  readonly side: ContenderSamples['side'];
  readonly summary: Summary;
  /** Summaries of the row's further figures. */
  readonly also: Readonly<Record<string, Summary>>;
}

export type Standing = 'goal' | 'must' | 'missed' | 'no bound';

export interface Verdict {
  readonly ours: ContenderSummary;
  /** The better of the originals; `null` when the row has none. */
  readonly best: ContenderSummary | null;
  /** Ours to the best original. */
  readonly ratio: Ratio | null;
  /** Our median beyond that of `node -e 0`; `null` when the row does not show it. */
  readonly beyondStart: number | null;
  readonly contenders: readonly ContenderSummary[];
  /** The best bound that is held. */
  readonly standing: Standing;
}

export function judge(row: Row, { contenders }: RowSamples): Verdict {
  const summaries = contenders.map((contender) => summarizeContender(row, contender));
  const oursAt = contenders.findIndex(({ side }) => side === 'ours');
  assert(oursAt >= 0, 'a row has one contender of ours');
  const ours = summaries[oursAt]!;
  const start = summaries.find(({ side }) => side === 'start') ?? null;
  const beyondStart = start === null ? null : ours.summary.median - start.summary.median;
  const isBetter = (a: ContenderSummary, b: ContenderSummary): boolean =>
    row.better === 'lower' ? a.summary.median < b.summary.median : a.summary.median > b.summary.median;
  const best = summaries
    .filter(({ side }) => side === 'original')
    .reduce<ContenderSummary | null>(
      (found, next) => (found === null || isBetter(next, found) ? next : found),
      null,
    );
  const less = row.isStartSubtracted === true ? (start?.summary.median ?? 0) : 0;
  const ratio =
    best === null
      ? null
      : ratioOf(
          valuesOf(contenders[oursAt]!).map((value) => value - less),
          valuesOf(contenders[summaries.indexOf(best)]!),
        );
  const holds = (bound: Bound | null): boolean =>
    bound !== null && isHeld(bound, row, { ours, ratio, beyondStart });
  const standing = standingOf(row, ours, holds);
  return { ours, best, ratio, beyondStart, contenders: summaries, standing };
}

function standingOf(row: Row, ours: ContenderSummary, holds: (bound: Bound | null) => boolean): Standing {
  const isExcess = (row.also ?? []).some(
    ({ id, most }) => (ours.also[id]?.median ?? 0) > (most ?? Number.POSITIVE_INFINITY),
  );
  if (isExcess) return 'missed';
  if (row.must === null && row.goal === null) return 'no bound';
  if (holds(row.goal)) return 'goal';
  return holds(row.must) ? 'must' : 'missed';
}

function isHeld(
  bound: Bound,
  row: Row,
  { ours, ratio, beyondStart }: Pick<Verdict, 'ours' | 'ratio' | 'beyondStart'>,
): boolean {
  const value = { ratio: ratio?.ofMedians ?? null, value: ours.summary.median, 'beyond-start': beyondStart }[
    bound.kind
  ];
  if (value === null) return false;
  return row.better === 'lower' ? value <= bound.limit : value >= bound.limit;
}

function summarizeContender(row: Row, contender: ContenderSamples): ContenderSummary {
  const also = (row.also ?? []).flatMap(({ id }) => {
    const samples = contender.measurements.flatMap((measurement) => measurement.also?.[id] ?? []);
    return samples.length === 0 ? [] : [[id, summarize(samples)] as const];
  });
  return {
    name: contender.name,
    side: contender.side,
    summary: summarize(valuesOf(contender)),
    also: Object.fromEntries(also),
  };
}

const valuesOf = ({ measurements }: ContenderSamples): number[] => measurements.map(({ value }) => value);
