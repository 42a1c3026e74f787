/** How the time of reading grows: with events, and with streams. Both sides are ours, without Node's own start. */
import { costOf } from '../cost.ts';
import { hasCommand, ourProgram } from '../programs.ts';
import { type Contender, type Row, Skip } from '../row.ts';
import { HOUR_CYCLES, recordedTrace, syntheticTrace } from '../traces.ts';

const LIMIT_S = 20;
/** What is measured may lie so far above a straight line. */
const TOLERANCE = 1.1;

interface Size {
  readonly what: string;
  open(): Promise<string>;
}

interface Growth {
  readonly id: string;
  readonly larger: Size;
  readonly smaller: Size;
  /** The most that the larger trace may take, in times of the smaller one. */
  readonly limit: number;
}

const ticks = (millions: number): Size => ({
  what: `${millions} M events`,
  open: async () => await recordedTrace('ticks', millions * 1_000_000),
});

const streams = (streamCount: number): Size => ({
  what: `${streamCount} streams`,
  open: async () => syntheticTrace({ streamCount, eventCount: 5_000_000, beginCycles: HOUR_CYCLES }),
});

const growths: readonly Growth[] = [
  { id: 'events', larger: ticks(20), smaller: ticks(5), limit: 4 * TOLERANCE },
  { id: 'streams', larger: streams(512), smaller: streams(64), limit: Math.log2(512) / Math.log2(64) },
];

const jobs = [
  { id: 'text', words: [] },
  { id: 'decode', words: ['-o', 'dummy'] },
] as const;

export const growthRows: readonly Row[] = growths.flatMap(({ id, larger, smaller, limit }) =>
  jobs.map(
    (job): Row => ({
      id: `reader-growth-${id}-${job.id}`,
      what: `${job.id}: ${larger.what} beside ${smaller.what}, both by ours, less Node's start`,
      unit: 's',
      better: 'lower',
      must: { kind: 'ratio', limit },
      goal: null,
      limitS: LIMIT_S,
      prepare: async () => {
        if (!hasCommand('babeltrace2')) throw new Skip('our babeltrace2 is not built');
        const ours = ourProgram('babeltrace2');
        const contender = (side: Contender['side'], name: string, folder: string): Contender => ({
          name,
          side,
          measure: async () => ({ value: await beyondStartS([ours, ...job.words, folder]) }),
        });
        return {
          contenders: [
            contender('ours', larger.what, await larger.open()),
            contender('original', smaller.what, await smaller.open()),
          ],
          [Symbol.asyncDispose]: async () => undefined,
        };
      },
    }),
  ),
);

/** Seconds that a command takes beyond `node -e 0`, which runs right before it. */
async function beyondStartS(command: readonly string[]): Promise<number> {
  const start = await costOf([process.execPath, '-e', '0']);
  return (await costOf(command)).wallS - start.wallS;
}
