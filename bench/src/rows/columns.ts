/** Reading fields as columns, beside what the originals take to decode the same trace. */
import { costOf } from '../cost.ts';
import { bundledProgram } from '../programs.ts';
import type { Contender, Row } from '../row.ts';
import { recordedTrace } from '../traces.ts';

const TICKS = 5_000_000;
const LIMIT_S = 20;

const COLUMNS: readonly (readonly [id: string, what: string, fields: string])[] = [
  ['numbers', 'two integers', 'writer,index'],
  ['texts', 'two integers and a text', 'writer,index,text'],
];

export const columnRows: readonly Row[] = COLUMNS.map(([id, what, fields]): Row => {
  return {
    id: `reader-columns-${id}`,
    what: `${what} of each event as columns, by a bundled program; one class, 2 streams`,
    unit: 's',
    better: 'lower',
    must: { kind: 'ratio', limit: 1 / 2 },
    goal: { kind: 'ratio', limit: 1 / 8 },
    isStartSubtracted: true,
    also: [{ id: 'peak memory', unit: 'MB', most: 200 }],
    limitS: LIMIT_S,
    prepare: async ({ traceEventCount }) => {
      const eventCount = traceEventCount ?? TICKS;
      const folder = await recordedTrace('ticks', eventCount);
      const program = bundledProgram('sum-columns');
      const contender = (name: string, side: Contender['side'], command: readonly string[]): Contender => ({
        name,
        side,
        measure: async () => {
          const { wallS, peakMb } = await costOf(command);
          return { value: wallS, also: { 'peak memory': peakMb } };
        },
      });
      return {
        contenders: [
          contender('ours', 'ours', [...program, folder, String(eventCount), fields]),
          contender('babeltrace2', 'original', ['babeltrace2', '-o', 'dummy', folder]),
          contender('babeltrace', 'original', ['babeltrace', '-o', 'dummy', folder]),
          contender('node', 'start', [process.execPath, '-e', '0']),
        ],
        [Symbol.asyncDispose]: async () => undefined,
      };
    },
  };
});
