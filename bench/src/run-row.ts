/**
 * Runs the contenders of a row in turn (ours, theirs, ours, theirs, …), so that whatever else the machine does hits
 * all of them. The first round warms up and is not counted.
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

/** Measures `row`. `nowS` is a clock in seconds; `progress` is told of each finished round. */
export async function runRow(
  row: Row,
  settings: Settings,
  nowS: () => number,
  progress: (round: number) => void = () => undefined,
): Promise<RowSamples> {
  await using stage = await row.prepare(settings);
  const endS = nowS() + row.limitS;
  const samples = stage.contenders.map(() => [] as Measurement[]);
  let isCutShort = false;
  for (const contender of stage.contenders) await contender.measure();
  for (let round = 0; round < settings.rounds; round++) {
    if (nowS() >= endS && round >= LEAST_ROUNDS) {
      isCutShort = true;
      break;
    }
    for (const [index, contender] of stage.contenders.entries())
      samples[index]!.push(await contender.measure());
    progress(round + 1);
  }
  const contenders = stage.contenders.map(({ name, side }, index) => ({
    name,
    side,
    measurements: samples[index]!,
  }));
  return { contenders, isCutShort };
}
