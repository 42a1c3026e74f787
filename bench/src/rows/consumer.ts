/**
 * The consumer, from ring buffers to a disk, fed by one C program: the highest pace without loss, and what a paced
 * load costs. Each side has its own daemon in its own world; both get the same words.
 */
import { rmSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Environment, Side } from '@lttng-ts/tests/harness/environment.js';
import { sampleProgram } from '@lttng-ts/tests/harness/programs.js';
import { lttng, startDaemon } from '@lttng-ts/tests/harness/recording.js';
import { need, readValues } from '../cost.ts';
import { favourDaemons } from '../favour.ts';
import { highestPace, type Probe } from '../pace-search.ts';
import { cProgram, hasCommand } from '../programs.ts';
import { type Contender, type Measurement, type Row, Skip, type Stage } from '../row.ts';
import { sideBySide } from '../side-by-side.ts';

const CHANNEL = ['--subbuf-size=512K', '--num-subbuf=4'];
/** Seconds of one trial of the search for the highest pace. */
const TRIAL_S = 0.5;
/** Events per second of the load whose cost is measured. */
const LOAD_PACE = 500_000;
/** Channels of the session whose memory is measured. */
const CHANNELS = 16;
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
  {
    id: 'consumer-memory',
    what: `buffers of a session per channel and CPU, ${CHANNELS} channels of 4 x 4 KiB a CPU`,
    unit: 'KiB',
    better: 'lower',
    must: null,
    goal: { kind: 'ratio', limit: 1.25 },
    also: [{ id: 'daemons (garbage too)', unit: 'KiB' }],
    limitS: 120,
    prepare: async () => await prepare(memoryContender),
  },
];

/**
 * What a session with many small channels and one program takes: its buffers, and what both daemons grow by. The first
 * session of a daemon is not measured: it starts the consumer.
 */
function memoryContender(side: Side, world: Environment): Contender {
  const order = (...words: readonly string[]) => lttng(world, side, ...words);
  const record = async (isMeasured: boolean): Promise<Measurement> => {
    const before = isMeasured ? await daemonMemory(world) : { ownKib: 0, sharedKib: 0 };
    await order('create', 'memory', '--no-output');
    const names = Array.from({ length: CHANNELS }, (_, index) => `c${index}`).join(',');
    await order('enable-channel', '--userspace', names, '--subbuf-size=4K', '--num-subbuf=4');
    for (let index = 0; index < CHANNELS; index++) {
      await order('enable-event', '--userspace', `--channel=c${index}`, 'sample:tick');
    }
    await order('start');
    const sample = world.start([sampleProgram(), 'serve']);
    await sample.printed(/ready/);
    const after = await daemonMemory(world);
    sample.write('quit\n');
    await sample.finished();
    await order('destroy');
    const buffers = (after.sharedKib - before.sharedKib) / (CHANNELS * cpus().length);
    const own = (after.ownKib - before.ownKib) / (CHANNELS * cpus().length);
    return { value: buffers, also: { 'daemons (garbage too)': own } };
  };
  let isWarm = false;
  return {
    ...identityOf(side),
    measure: async () => {
      if (!isWarm) await record(false);
      isWarm = true;
      return await record(true);
    },
  };
}

/** Anonymous memory of session daemon and consumer, and the blocks of the shared memory that the consumer has open. */
async function daemonMemory(
  world: Environment,
): Promise<{ readonly ownKib: number; readonly sharedKib: number }> {
  const consumer = await world.run(['pgrep', '-f', 'lttng-consumerd']);
  const daemons = `${(await world.run(['pgrep', '-f', 'lttng-sessiond'])).stdout} ${consumer.stdout}`;
  const pids = daemons.split(/\s+/).filter((pid) => pid !== '');
  const statuses = await world.run(['sh', '-c', `cat ${pids.map((pid) => `/proc/${pid}/status`).join(' ')}`]);
  const ownKib = [...statuses.stdout.matchAll(/^RssAnon:\s+(\d+)/gm)].reduce(
    (sum, [, kib]) => sum + Number(kib),
    0,
  );
  const shell = pids.map((pid) => `stat -L -c '%d:%i %b %n' /proc/${pid}/fd/* 2>/dev/null`).join('; ');
  const links = await world.run(['sh', '-c', `for p in ${pids.join(' ')}; do ls -l /proc/$p/fd; done; true`]);
  const isShared = new Set(
    [...links.stdout.matchAll(/ (\d+) -> (?:\/memfd:|\/dev\/shm\/|\/shm)/g)].map(([, fd]) => fd),
  );
  const blocks = new Map<string, number>();
  for (const line of (await world.run(['sh', '-c', `${shell}; true`])).stdout.split('\n')) {
    const [file = '', count = '0', path = ''] = line.split(' ');
    if (isShared.has(path.split('/').at(-1) ?? '')) blocks.set(file, Number(count) / 2);
  }
  return { ownKib, sharedKib: [...blocks.values()].reduce((sum, kib) => sum + kib, 0) };
}

async function prepare(contenderOf: (side: Side, world: Environment) => Contender): Promise<Stage> {
  for (const name of ['lttng-sessiond', 'lttng-consumerd'])
    if (!hasCommand(name)) throw new Skip(`our ${name} is not built`);
  return await sideBySide(async (side, world) => {
    await startDaemon(world, side);
    return contenderOf(side, world);
  });
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
