/** Records one session, with the original's commands or with ours: they take the same words. */
import {
  commandOf,
  type Environment,
  type Outcome,
  type Program,
  type RunOptions,
  type Side,
} from './environment.ts';

export interface RecordingOptions {
  readonly side: Side;
  /** Arguments of `lttng enable-channel`, when the default channel will not do. */
  readonly channel?: readonly string[];
  /** Arguments of `lttng enable-event`, one list a rule. */
  readonly rules: readonly (readonly string[])[];
  /** Context types, in order. */
  readonly contexts?: readonly string[];
}

export interface Recording {
  /** Folder of the trace. */
  readonly folder: string;
  readonly metadata: string;
  readonly stopped: Outcome;
  readonly destroyed: Outcome;
}

/** Runs `lttng` of one side and returns its output; a failure is the test's failure. */
export async function lttng(
  environment: Environment,
  side: Side,
  ...words: readonly string[]
): Promise<Outcome> {
  const outcome = await environment.run([commandOf(side, 'lttng'), ...words]);
  if (outcome.status !== 0) {
    throw new Error(
      `lttng ${words.join(' ')}: status ${outcome.status}\n${outcome.stdout}\n${outcome.stderr}`,
    );
  }
  return outcome;
}

export async function startDaemon(environment: Environment, side: Side, run: RunOptions = {}): Promise<void> {
  await environment.output([commandOf(side, 'lttng-sessiond'), '--daemonize', '--no-kernel'], run);
}

/** Creates and starts a session, runs `work`, stops and destroys it. A daemon must run. */
export async function record(
  environment: Environment,
  options: RecordingOptions,
  work: () => Promise<void>,
): Promise<Recording> {
  const { side, channel, rules, contexts = [] } = options;
  const folder = environment.path('trace');
  await lttng(environment, side, 'create', 'recording', `--output=${folder}`);
  if (channel !== undefined)
    await lttng(environment, side, 'enable-channel', '--userspace', 'channel0', ...channel);
  // A channel that was made by hand must be named from then on.
  const where = channel === undefined ? [] : ['--channel=channel0'];
  for (const rule of rules) await lttng(environment, side, 'enable-event', '--userspace', ...where, ...rule);
  for (const context of contexts)
    await lttng(environment, side, 'add-context', '--userspace', `--type=${context}`);
  await lttng(environment, side, 'start');
  await work();
  const stopped = await lttng(environment, side, 'stop');
  const destroyed = await lttng(environment, side, 'destroy');
  const uid = process.getuid?.() ?? 0;
  return { folder, metadata: `${folder}/ust/uid/${uid}/64-bit/metadata`, stopped, destroyed };
}

/** Lets the sample program, which serves orders on its standard input, do one, and waits until it is done. */
export async function order(sample: Program, words: string): Promise<void> {
  const seen = sample.stdout.length;
  sample.write(`${words}\n`);
  await sample.printed(new RegExp(`^[^]{${seen}}[^]*done`));
}

/** Ends the sample program. */
export async function quit(sample: Program): Promise<void> {
  sample.write('quit\n');
  await sample.finished();
}
