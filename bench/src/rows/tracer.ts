/**
 * Nanoseconds per event of a traced program: a Node.js program with our tracer beside a C program linked with
 * liblttng-ust, both recorded by the same session of the same daemon into the same streams, both pinned to one CPU.
 * Buffers overwrite and nobody drains them, so that a consumer's work is not measured.
 */
import { cpus } from 'node:os';
import { Environment, type Side } from '@lttng-ts/tests/harness/environment.js';
import { lttng, startDaemon } from '@lttng-ts/tests/harness/recording.js';
import { need, readValues } from '../cost.ts';
import { favourDaemons } from '../favour.ts';
import { cProgram, hasCommand, nodeProgram } from '../programs.ts';
import { type Bound, type Measurement, type Row, Skip, type Stage } from '../row.ts';

/** One case: what the session records. */
interface Case {
  readonly id: string;
  readonly what: string;
  readonly must: Bound;
  readonly goal: Bound;
  /** Arguments of `lttng enable-event`; `null`: the event stays off. */
  readonly rule: readonly string[] | null;
  readonly contexts: readonly string[];
  /** Whether a call sees an enabled tracepoint. */
  readonly state: 'on' | 'off';
}

const RATIO_MUST: Bound = { kind: 'ratio', limit: 1.25 };
const RATIO_GOAL: Bound = { kind: 'ratio', limit: 1 };

const cases: readonly Case[] = [
  {
    id: 'off',
    what: 'tracepoint off',
    must: { kind: 'value', limit: 5 },
    goal: { kind: 'value', limit: 3 },
    rule: null,
    contexts: [],
    state: 'off',
  },
  {
    id: 'on',
    what: 'two integers and a short string',
    must: RATIO_MUST,
    goal: RATIO_GOAL,
    rule: ['sample:tick'],
    contexts: [],
    state: 'on',
  },
  {
    id: 'filter',
    what: 'a filter that rejects',
    must: RATIO_MUST,
    goal: RATIO_GOAL,
    rule: ['sample:tick', '--filter=index < 0 && text == "no"'],
    contexts: [],
    state: 'on',
  },
  {
    id: 'contexts',
    what: 'with vpid, vtid, procname',
    must: RATIO_MUST,
    goal: RATIO_GOAL,
    rule: ['sample:tick'],
    contexts: ['vpid', 'vtid', 'procname'],
    state: 'on',
  },
];

/** A session whose buffers nobody drains. */
const CREATE = ['--snapshot'];
const CHANNEL = ['--overwrite', '--subbuf-size=1M', '--num-subbuf=4'];
const SAMPLE_S = 0.25;
/** The last CPU: the first ones serve most interrupts. */
const CPU = String(cpus().length - 1);

export const tracerRows: readonly Row[] = (['upstream', 'ours'] as const).flatMap((daemon) =>
  cases.map(
    (chosen): Row => ({
      id: daemon === 'upstream' ? `tracer-${chosen.id}` : `tracer-${chosen.id}-our-daemon`,
      what: `event in Node.js : C, ${chosen.what}`,
      unit: 'ns',
      better: 'lower',
      must: chosen.must,
      goal: chosen.goal,
      limitS: 60,
      prepare: async () => await prepare(daemon, chosen),
    }),
  ),
);

async function prepare(daemon: Side, { rule, contexts, state }: Case): Promise<Stage> {
  if (daemon === 'ours' && !hasCommand('lttng-sessiond')) throw new Skip('our lttng-sessiond is not built');
  const environment = await Environment.create();
  try {
    await startDaemon(environment, daemon);
    await lttng(environment, daemon, 'create', 'cost', ...CREATE);
    await lttng(environment, daemon, 'enable-channel', '--userspace', 'c', ...CHANNEL);
    const other = ['--userspace', '--channel=c', 'sample:nothing'];
    await lttng(
      environment,
      daemon,
      'enable-event',
      ...(rule === null ? other : [...other.slice(0, 2), ...rule]),
    );
    for (const context of contexts)
      await lttng(environment, daemon, 'add-context', '--userspace', '--channel=c', `--type=${context}`);
    await lttng(environment, daemon, 'start');
    await favourDaemons(environment);
  } catch (error) {
    await environment[Symbol.asyncDispose]();
    throw error;
  }
  const measure = async (command: readonly string[]): Promise<Measurement> => {
    const output = await environment.output(['taskset', '-c', CPU, ...command, String(SAMPLE_S), state]);
    return { value: need(readValues(output), 'ns_per_event') };
  };
  return {
    contenders: [
      { name: 'Node.js', side: 'ours', measure: () => measure(nodeProgram('tick-cost')) },
      { name: 'C', side: 'original', measure: () => measure([cProgram('tick-cost')]) },
    ],
    [Symbol.asyncDispose]: () => environment[Symbol.asyncDispose](),
  };
}
