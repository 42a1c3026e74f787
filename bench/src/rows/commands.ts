/** Round trips of the command `lttng`, each side with a daemon of its own that has one active session. */
import { Environment, type Side } from '@lttng-ts/tests/harness/environment.js';
import { lttng, startDaemon } from '@lttng-ts/tests/harness/recording.js';
import { costOf } from '../cost.ts';
import { favourDaemons } from '../favour.ts';
import { hasCommand, ourProgram } from '../programs.ts';
import { type Contender, type Measurement, type Row, Skip, type Stage } from '../row.ts';

/** A sample is the fastest of this many runs: what else the machine does can only add to so short a run. */
const RUNS_PER_SAMPLE = 5;

interface Case {
  readonly id: string;
  readonly words: readonly string[];
  readonly needsDaemon: boolean;
}

const cases: readonly Case[] = [
  { id: 'version', words: ['version'], needsDaemon: false },
  { id: 'list', words: ['list'], needsDaemon: true },
  { id: 'status', words: ['status'], needsDaemon: true },
];

export const commandRows: readonly Row[] = cases.map(
  (chosen): Row => ({
    id: `command-${chosen.id}`,
    what: `\`lttng ${chosen.words.join(' ')}\``,
    unit: 'ms',
    better: 'lower',
    must: { kind: 'beyond-start', limit: 25 },
    goal: { kind: 'beyond-start', limit: 15 },
    also: [
      { id: 'CPU', unit: 'ms' },
      { id: 'peak memory', unit: 'MB' },
    ],
    limitS: 60,
    prepare: async () => await prepare(chosen),
  }),
);

async function prepare({ words, needsDaemon }: Case): Promise<Stage> {
  if (!hasCommand('lttng')) throw new Skip('our lttng is not built');
  if (needsDaemon && !hasCommand('lttng-sessiond')) throw new Skip('our lttng-sessiond is not built');
  const worlds: Environment[] = [];
  const dispose = async () => {
    for (const world of worlds) await world[Symbol.asyncDispose]();
  };
  const world = async (side: Side): Promise<Environment> => {
    const environment = await Environment.create();
    worlds.push(environment);
    if (!needsDaemon) return environment;
    await startDaemon(environment, side);
    await lttng(environment, side, 'create', 'round-trip', `--output=${environment.path('trace')}`);
    await lttng(environment, side, 'enable-event', '--userspace', 'sample:*');
    await lttng(environment, side, 'start');
    await favourDaemons(environment);
    return environment;
  };
  try {
    const ours = await world('ours');
    const theirs = await world('upstream');
    const contender = (
      name: string,
      side: Contender['side'],
      command: readonly string[],
      environment: Environment,
    ): Contender => ({ name, side, measure: () => fastestCost(command, environment) });
    return {
      contenders: [
        contender('ours', 'ours', [ourProgram('lttng'), ...words], ours),
        contender('lttng', 'original', ['lttng', ...words], theirs),
        contender('node', 'start', [process.execPath, '-e', '0'], theirs),
      ],
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function fastestCost(command: readonly string[], environment: Environment): Promise<Measurement> {
  const costs = [];
  for (let i = 0; i < RUNS_PER_SAMPLE; i++) costs.push(await costOf(command, environment));
  costs.sort((a, b) => a.wallS - b.wallS);
  const { wallS, cpuS, peakMb } = costs[0]!;
  return { value: wallS * 1000, also: { CPU: cpuS * 1000, 'peak memory': peakMb } };
}
