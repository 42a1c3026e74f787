/**
 * Runs the contenders of a row in turn (ours, theirs, ours, theirs, …), so that whatever else the machine does hits
 * all of them. The first round warms up and is not counted; an original that it shows far behind another one runs in
 * no further round, and the table shows that it has one sample.
 */
import type { Contender, Measurement, Row, Settings } from './row.ts';

export interface ContenderSamples {
  readonly name: string;
  readonly side: Contender['side'];
  readonly measurements: readonly Measurement[];
}

export interface RowSamples {
  readonly contenders: readonly ContenderSamples[];
  /** The row's time was over before all rounds were done. */
  readonly isCutShort: boolean;
}

/** A bounded row still has this many rounds, or fails. */
const LEAST_ROUNDS = 3;
/** An original that takes so many times what another takes is not the bar, however often it runs. */
const MANY_TIMES = 4;

/** Measures `row`. `nowS` is a clock in seconds; `progress` is told of each finished round. */
export async function runRow(
  row: Row,
  settings: Settings,
  nowS: () => number,
  progress: (round: number) => void = () => undefined,
): Promise<RowSamples> {
  await using stage = await row.prepare(settings);
  const endS = nowS() + row.limitS;
  const first: Measurement[] = [];
  for (const contender of stage.contenders) first.push(await contender.measure());
  const isOnce = beatenOriginals(row, stage.contenders, first);
  // What is not measured again shows the round that does not count for others.
  const samples = first.map((measurement, index) => (isOnce[index] === true ? [measurement] : []));
  let isCutShort = false;
  for (let round = 0; round < settings.rounds; round++) {
    if (nowS() >= endS && round >= LEAST_ROUNDS) {
      isCutShort = true;
      break;
    }
    for (const [index, contender] of stage.contenders.entries())
      if (isOnce[index] !== true) samples[index]!.push(await contender.measure());
    progress(round + 1);
  }
  const contenders = stage.contenders.map(({ name, side }, index) => ({
    name,
    side,
    measurements: samples[index]!,
  }));
  return { contenders, isCutShort };
}

/** For each contender whether it is an original far behind another one. */
function beatenOriginals(
  { better }: Row,
  contenders: readonly Contender[],
  first: readonly Measurement[],
): readonly boolean[] {
  const costs = first.map(({ value }) => (better === 'lower' ? value : 1 / value));
  const least = Math.min(...costs.filter((_, index) => contenders[index]!.side === 'original'));
  return contenders.map(({ side }, index) => side === 'original' && costs[index]! > MANY_TIMES * least);
}
