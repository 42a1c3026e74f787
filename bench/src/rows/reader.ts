/** Reading traces: text, and decoding without output, beside both generations of Babeltrace. */
import { costOf } from '../cost.ts';
import { nodeProgram, ourCommand } from '../programs.ts';
import type { Bound, Contender, Measurement, Row, Settings, Stage } from '../row.ts';
import { type RecordedTrace, recordedTrace } from '../traces.ts';

interface Job {
  readonly id: string;
  readonly what: string;
  readonly must: Bound;
  readonly goal: Bound;
  readonly isStartSubtracted: boolean;
  /** Commands that read the trace in the folder that follows them. */
  readonly ours: readonly string[];
  readonly originals: Readonly<Record<string, readonly string[]>>;
}

const jobs: readonly Job[] = [
  {
    id: 'text',
    what: 'text to /dev/null',
    must: { kind: 'ratio', limit: 1 / 2 },
    goal: { kind: 'ratio', limit: 1 / 3 },
    isStartSubtracted: false,
    ours: [...ourCommand('lttng'), 'view', '--trace-path'],
    originals: { babeltrace2: ['babeltrace2'], babeltrace: ['babeltrace'] },
  },
  {
    id: 'decode',
    what: 'decode, no output',
    must: { kind: 'ratio', limit: 1 / 2 },
    goal: { kind: 'ratio', limit: 1 / 4 },
    isStartSubtracted: true,
    ours: nodeProgram('decode-only'),
    originals: { babeltrace2: ['babeltrace2', '-o', 'dummy'], babeltrace: ['babeltrace', '-o', 'dummy'] },
  },
];

const traces: readonly { readonly id: RecordedTrace; readonly what: string }[] = [
  { id: 'ticks', what: 'one class, 2 streams' },
  { id: 'rich', what: '60 classes, contexts, 4 streams' },
];

export const readerRows: readonly Row[] = traces.flatMap((trace) =>
  jobs.map(
    (job): Row => ({
      id: `reader-${trace.id}-${job.id}`,
      what: `${job.what}; ${trace.what}`,
      unit: 's',
      better: 'lower',
      must: job.must,
      goal: job.goal,
      isStartSubtracted: job.isStartSubtracted,
      also: [
        { id: 'CPU', unit: 's' },
        { id: 'peak memory', unit: 'MB' },
      ],
      limitS: 170,
      prepare: async (settings) => await prepare(job, trace.id, settings),
    }),
  ),
);

async function prepare(job: Job, trace: RecordedTrace, { traceEventCount }: Settings): Promise<Stage> {
  const folder = await recordedTrace(trace, traceEventCount);
  const contender = (name: string, side: Contender['side'], command: readonly string[]): Contender => ({
    name,
    side,
    measure: async (): Promise<Measurement> => {
      const { wallS, cpuS, peakMb } = await costOf(command);
      return { value: wallS, also: { CPU: cpuS, 'peak memory': peakMb } };
    },
  });
  return {
    contenders: [
      contender('ours', 'ours', [...job.ours, folder]),
      ...Object.entries(job.originals).map(([name, command]) =>
        contender(name, 'original', [...command, folder]),
      ),
      contender('node', 'start', [process.execPath, '-e', '0']),
    ],
    [Symbol.asyncDispose]: async () => undefined,
  };
}
