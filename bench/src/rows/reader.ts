/** Reading traces: jobs × traces, beside both generations of Babeltrace. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { costOf } from '../cost.ts';
import { hasCommand, ourProgram } from '../programs.ts';
import {
  type Bound,
  type Contender,
  type Measurement,
  type Row,
  type Settings,
  Skip,
  type Stage,
} from '../row.ts';
import { HOUR_CYCLES, recordedTrace, syntheticTrace } from '../traces.ts';

/** Words of a command that reads the trace in `trace`; what it writes goes below `output`. */
type Words = (trace: string, output: string) => readonly string[];

interface Job {
  readonly id: string;
  readonly what: string;
  readonly must: Bound | null;
  readonly goal: Bound | null;
  readonly isStartSubtracted: boolean;
  /** Component class that our babeltrace2 must have. */
  readonly needs: string;
  /** The same words for ours and for Babeltrace 2, but for {@link ours}. */
  readonly babeltrace2: Words;
  readonly ours?: Words;
  /** `null`: Babeltrace 1 cannot do it. */
  readonly babeltrace1: Words | null;
}

const ratio = (limit: number): Bound => ({ kind: 'ratio', limit });

const jobs = {
  text: {
    id: 'text',
    what: 'text to /dev/null',
    must: ratio(1 / 2),
    goal: ratio(1 / 3),
    isStartSubtracted: false,
    needs: 'sink.text.pretty',
    babeltrace2: (trace) => [trace],
    babeltrace1: (trace) => [trace],
  },
  text2: {
    id: 'text2',
    what: 'text to /dev/null with two threads',
    must: ratio(1 / 2),
    goal: ratio(1 / 5),
    isStartSubtracted: false,
    needs: 'sink.text.pretty',
    babeltrace2: (trace) => [trace],
    ours: (trace) => ['--jobs=2', trace],
    babeltrace1: (trace) => [trace],
  },
  decode: {
    id: 'decode',
    what: 'decode, no output',
    must: ratio(1 / 2),
    goal: ratio(1 / 4),
    isStartSubtracted: true,
    needs: 'sink.utils.dummy',
    babeltrace2: (trace) => ['-o', 'dummy', trace],
    babeltrace1: (trace) => ['-o', 'dummy', trace],
  },
  counter: {
    id: 'counter',
    what: 'count messages',
    must: ratio(1 / 2),
    goal: ratio(1 / 4),
    isStartSubtracted: true,
    needs: 'sink.utils.counter',
    babeltrace2: (trace) => ['-c', 'sink.utils.counter', '-p', 'step=+0', trace],
    babeltrace1: null,
  },
  details: {
    id: 'details',
    what: 'details to /dev/null',
    must: ratio(1),
    goal: ratio(1 / 2),
    isStartSubtracted: false,
    needs: 'sink.text.details',
    babeltrace2: (trace) => ['-c', 'sink.text.details', trace],
    babeltrace1: null,
  },
  json: {
    id: 'json',
    what: 'JSON beside text of the originals, which have none',
    must: null,
    goal: null,
    isStartSubtracted: false,
    needs: 'sink.text.json',
    babeltrace2: (trace) => [trace],
    ours: (trace) => ['--output-format=json', trace],
    babeltrace1: (trace) => [trace],
  },
  copy: {
    id: 'copy',
    what: 'copy as CTF 1.8',
    must: ratio(1),
    goal: ratio(1 / 2),
    isStartSubtracted: false,
    needs: 'sink.ctf.fs',
    babeltrace2: (trace, output) => ['-o', 'ctf', '-w', output, trace],
    babeltrace1: null,
  },
} as const satisfies Record<string, Job>;

interface TraceChoice {
  readonly id: string;
  readonly what: string;
  readonly jobs: readonly Job[];
  /** Where the command line does not say otherwise. */
  readonly eventCount: number;
  open(eventCount: number): Promise<string>;
}

/** Peak memory, whatever the trace. */
const MOST_MB = 200;
/** Of a row: the whole bench shall take a quarter of an hour. Three rounds there are in any case. */
const LIMIT_S = 20;

/** A clock whose values a double cannot hold. */
const LARGE_CLOCK = 1n << 60n;

/** In two sizes: of the smaller one, what the start takes is a good part. */
const synthetic = (
  streamCount: number,
  id: string,
  what: string,
  beginCycles = HOUR_CYCLES,
): readonly TraceChoice[] =>
  [1, 5].map((millions) => ({
    id: `${id}-${millions}m`,
    what: `${what}, ${millions} M events`,
    jobs: [jobs.text, jobs.decode],
    eventCount: millions * 1_000_000,
    open: async (eventCount) => syntheticTrace({ streamCount, eventCount, beginCycles }),
  }));

const traces: readonly TraceChoice[] = [
  {
    id: 'ticks',
    what: 'one class, 2 streams',
    jobs: Object.values(jobs),
    eventCount: 5_000_000,
    open: async (eventCount) => await recordedTrace('ticks', eventCount),
  },
  {
    id: 'rich',
    what: '60 classes, contexts, 4 streams',
    jobs: Object.values(jobs),
    eventCount: 2_000_000,
    open: async (eventCount) => await recordedTrace('rich', eventCount),
  },
  ...synthetic(2, 'clock', 'clock above 2^53', LARGE_CLOCK),
  ...synthetic(64, '64', '64 streams'),
  ...synthetic(512, '512', '512 streams'),
  // The last one: the original takes minutes for it, and the bench a quarter of an hour.
  {
    id: 'ticks-20m',
    what: 'one class, 2 streams, 20 M events',
    jobs: [jobs.text, jobs.decode],
    eventCount: 20_000_000,
    open: async (eventCount) => await recordedTrace('ticks', eventCount),
  },
];

export const readerRows: readonly Row[] = traces.flatMap((trace) =>
  trace.jobs.map(
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
        { id: 'peak memory', unit: 'MB', most: MOST_MB },
      ],
      limitS: LIMIT_S,
      prepare: async (settings) => await prepare(job, trace, settings),
    }),
  ),
);

async function prepare(job: Job, trace: TraceChoice, settings: Settings): Promise<Stage> {
  if (!hasCommand('babeltrace2')) throw new Skip('our babeltrace2 is not built');
  const ours = ourProgram('babeltrace2');
  const plugins = spawnSync(ours, ['list-plugins'], { encoding: 'utf8' }).stdout;
  if (!plugins.includes(job.needs)) throw new Skip(`our babeltrace2 has no ${job.needs} yet`);
  const folder = await trace.open(settings.traceEventCount ?? trace.eventCount);
  const contender = (name: string, side: Contender['side'], program: string, words: Words): Contender => ({
    name,
    side,
    measure: async (): Promise<Measurement> => {
      const output = mkdtempSync(join(tmpdir(), 'lttng-ts-bench-'));
      try {
        const { wallS, cpuS, peakMb } = await costOf([program, ...words(folder, join(output, 'copy'))]);
        return { value: wallS, also: { CPU: cpuS, 'peak memory': peakMb } };
      } finally {
        rmSync(output, { recursive: true });
      }
    },
  });
  const babeltrace1 =
    job.babeltrace1 === null ? [] : [contender('babeltrace', 'original', 'babeltrace', job.babeltrace1)];
  return {
    contenders: [
      contender('ours', 'ours', ours, job.ours ?? job.babeltrace2),
      contender('babeltrace2', 'original', 'babeltrace2', job.babeltrace2),
      ...babeltrace1,
      contender('node', 'start', process.execPath, () => ['-e', '0']),
    ],
    [Symbol.asyncDispose]: async () => undefined,
  };
}
