/** Reading a part of a trace, and how soon the first event of a large one comes. */
import { spawn } from 'node:child_process';
import { readMessages } from '@lttng-ts/ctf';
import { openTraceFolders } from '@lttng-ts/ctf/node';
import { costOf } from '../cost.ts';
import { hasCommand, ourProgram } from '../programs.ts';
import { type Contender, type Measurement, type Row, Skip, type Stage } from '../row.ts';
import { recordedTrace, sparseTrace } from '../traces.ts';

const TICKS = 20_000_000;
const LIMIT_S = 20;
/** Ten gigabytes, of which hardly any is on the disk. */
const SPARSE = { streamCount: 4, packetsPerStream: 2500, packetBytes: 1 << 20 } as const;
const FIRST_EVENT_MS = 150;
const DEADLINE_MS = 60_000;

export const seekingRows: readonly Row[] = [
  {
    id: 'reader-seek',
    what: '--begin of the last 1 %, beside the whole by ours; one class, 2 streams',
    unit: 's',
    better: 'lower',
    must: { kind: 'ratio', limit: 1 / 20 },
    goal: null,
    isStartSubtracted: true,
    limitS: LIMIT_S,
    prepare: async ({ traceEventCount }) => {
      const ours = requireOurs();
      const eventCount = traceEventCount ?? TICKS;
      const folder = await recordedTrace('ticks', eventCount);
      const begin = `--begin=${lastPercent(folder, eventCount)}`;
      return stage([
        timed('ours', 'ours', [ours, begin, folder]),
        timed('the whole', 'original', [ours, folder]),
        timed('node', 'start', [process.execPath, '-e', '0']),
      ]);
    },
  },
  {
    id: 'reader-first-event',
    what: 'start to first event, 10 GB with holes, 4 streams',
    unit: 'ms',
    better: 'lower',
    must: { kind: 'beyond-start', limit: FIRST_EVENT_MS },
    goal: { kind: 'value', limit: FIRST_EVENT_MS },
    limitS: LIMIT_S,
    prepare: async () => {
      const ours = requireOurs();
      const folder = sparseTrace(SPARSE);
      return stage([
        first('ours', 'ours', [ours, folder]),
        first('babeltrace2', 'original', ['babeltrace2', folder]),
        first('babeltrace', 'original', ['babeltrace', folder]),
        first('node', 'start', [process.execPath, '-e', 'console.log(0)']),
      ]);
    },
  },
];

function requireOurs(): string {
  if (!hasCommand('babeltrace2')) throw new Skip('our babeltrace2 is not built');
  return ourProgram('babeltrace2');
}

const stage = (contenders: readonly Contender[]): Stage => ({
  contenders,
  [Symbol.asyncDispose]: async () => undefined,
});

function timed(name: string, side: Contender['side'], command: readonly string[]): Contender {
  return {
    name,
    side,
    measure: async (): Promise<Measurement> => ({ value: (await costOf(command)).wallS }),
  };
}

function first(name: string, side: Contender['side'], command: readonly string[]): Contender {
  return { name, side, measure: async () => ({ value: await firstOutputMs(command) }) };
}

/** Milliseconds until a command writes something; it is ended then. */
async function firstOutputMs([program, ...words]: readonly string[]): Promise<number> {
  const begin = process.hrtime.bigint();
  const child = spawn(program!, words, { stdio: ['ignore', 'pipe', 'ignore'], timeout: DEADLINE_MS });
  let ms: number | null = null;
  child.stdout.once('data', () => {
    ms = Number(process.hrtime.bigint() - begin) / 1e6;
    child.kill('SIGKILL');
  });
  await new Promise((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', reject);
  });
  if (ms === null) throw new Error(`Nothing was written: command="${[program, ...words].join(' ')}"`);
  return ms;
}

/** The time of the event behind which the last hundredth of `eventCount` comes, in seconds. */
function lastPercent(folder: string, eventCount: number): string {
  using opened = openTraceFolders([folder]);
  let left = Math.floor(eventCount * 0.99);
  for (const { kind, ns } of readMessages(opened.traces)) {
    if (kind !== 'event-record' || ns === null || left-- > 0) continue;
    return `${ns / 1_000_000_000n}.${String(ns % 1_000_000_000n).padStart(9, '0')}`;
  }
  throw new Error(`Too few events: trace="${folder}", wanted=${eventCount}`);
}
