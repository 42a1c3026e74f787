/**
 * The consumer, from ring buffers to a disk, fed by one C program: the highest pace without loss, and what a paced
 * load costs. Each side has its own daemon in its own world; both get the same words.
 */
import { rmSync } from 'node:fs';
import { Environment, type Side } from '@lttng-ts/tests/harness/environment.js';
import { lttng, startDaemon } from '@lttng-ts/tests/harness/recording.js';
import { need, readValues } from '../cost.ts';
import { favourDaemons } from '../favour.ts';
import { highestPace, type Probe } from '../pace-search.ts';
import { cProgram, hasCommand } from '../programs.ts';
import { type Contender, type Measurement, type Row, Skip, type Stage } from '../row.ts';

const CHANNEL = ['--subbuf-size=512K', '--num-subbuf=4'];
/** Seconds of one trial of the search for the highest pace. */
const TRIAL_S = 0.5;
/** Events per second of the load whose cost is measured. */
const LOAD_PACE = 500_000;
/** Where the first search begins; later ones begin around what the last one found. */
const FIRST_WINDOW = { low: 2_000_000, high: 8_000_000 };

export const consumerRows: readonly Row[] = [
  {
    id: 'consumer-pace',
    what: 'highest pace without loss, one C writer',
    unit: 'events/s',
    better: 'higher',
    must: { kind: 'ratio', limit: 0.9 },
    goal: { kind: 'ratio', limit: 1 },
    limitS: 150,
    prepare: async () => await prepare(searchingContender),
  },
  {
    id: 'consumer-load',
    what: `CPU time of the consumer, ${LOAD_PACE / 1000} k events/s`,
    unit: 'ms',
    better: 'lower',
    must: null,
    goal: null,
    also: [
      { id: 'peak memory', unit: 'MB' },
      { id: 'lost', unit: 'events' },
    ],
    limitS: 120,
    prepare: async ({ loadS }) => await prepare((side, world) => loadedContender(side, world, loadS)),
  },
];

async function prepare(contenderOf: (side: Side, world: Environment) => Contender): Promise<Stage> {
  for (const name of ['lttng-sessiond', 'lttng-consumerd'])
    if (!hasCommand(name)) throw new Skip(`our ${name} is not built`);
  const worlds: Environment[] = [];
  const dispose = async () => {
    for (const world of worlds) await world[Symbol.asyncDispose]();
  };
  try {
    const contenders: Contender[] = [];
    for (const side of ['ours', 'upstream'] as const) {
      const world = await Environment.create();
      worlds.push(world);
      await startDaemon(world, side);
      contenders.push(contenderOf(side, world));
    }
    return { contenders, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

const identityOf = (side: Side): Pick<Contender, 'name' | 'side'> =>
  side === 'ours' ? { name: 'ours', side: 'ours' } : { name: 'lttng-consumerd', side: 'original' };

function searchingContender(side: Side, world: Environment): Contender {
  let window = FIRST_WINDOW;
  return {
    ...identityOf(side),
    measure: async () => {
      const probe: Probe = async (pace) => await recordPaced(side, world, { pace, seconds: TRIAL_S });
      const value = await highestPace(probe, window);
      if (value > 0) window = { low: value / 1.25, high: value * 1.25 };
      return { value };
    },
  };
}

function loadedContender(side: Side, world: Environment, seconds: number): Contender {
  return {
    ...identityOf(side),
    measure: async (): Promise<Measurement> => {
      const { cpuS, peakMb, lost } = await recordPaced(side, world, { pace: LOAD_PACE, seconds });
      return { value: cpuS * 1000, also: { 'peak memory': peakMb, lost } };
    },
  };
}

interface Load {
  readonly pace: number;
  readonly seconds: number;
}

/** Records one session with one paced writer, and removes its trace. */
async function recordPaced(side: Side, world: Environment, { pace, seconds }: Load) {
  const folder = world.path('trace');
  const order = (...words: readonly string[]) => lttng(world, side, ...words);
  await order('create', 'paced', `--output=${folder}`);
  await order('enable-channel', '--userspace', 'c', ...CHANNEL);
  await order('enable-event', '--userspace', '--channel=c', 'sample:tick');
  await order('start');
  // The consumer was started with the session.
  await favourDaemons(world);
  const consumer = await consumerPid(world);
  const before = await processCost(world, consumer);
  const output = await world.output([cProgram('paced-writer'), String(pace), String(seconds)]);
  await order('stop');
  const after = await processCost(world, consumer);
  const { stdout } = await order('list', 'paced');
  await order('destroy');
  rmSync(folder, { recursive: true, force: true });
  const values = readValues(output);
  return {
    achieved: need(values, 'events') / (need(values, 'elapsed_ns') / 1e9),
    lost: Number(/Discarded events: (\d+)/.exec(stdout)?.[1] ?? Number.NaN),
    cpuS: after.cpuS - before.cpuS,
    peakMb: after.peakMb,
  };
}

/** The consumer that runs in `world`, by the pid that it has there. */
async function consumerPid(world: Environment): Promise<string> {
  const lines = (await world.output(['ps', '-eo', 'pid=,comm=,args='])).split('\n');
  const found = lines.find((line) => line.includes('lttng-consumerd') && !line.includes('lttng-runas'));
  const pid = found?.trim().split(/\s+/)[0];
  if (pid === undefined) throw new Error(`No consumer runs:\n${lines.join('\n')}`);
  return pid;
}

/** CPU time so far of all threads of a process, and its largest resident set. */
async function processCost(world: Environment, pid: string): Promise<{ cpuS: number; peakMb: number }> {
  // Exact, unlike the ticks of /proc/PID/stat; a thread that has ended takes its time with it, but none does.
  const times = await world.output(['sh', '-c', `cat /proc/${pid}/task/*/schedstat`]);
  const cpuNs = times
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + Number(line.split(' ')[0]), 0);
  const peakKib = Number(/VmHWM:\s+(\d+)/.exec(await world.output(['cat', `/proc/${pid}/status`]))?.[1]);
  return { cpuS: cpuNs / 1e9, peakMb: peakKib / 1024 };
}
