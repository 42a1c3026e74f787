/**
 * How long the daemon takes for what ends a stretch of recording: rotate, clear, snapshot, destroy, with sessions of 1, 10
 * and 100 channels that a program has written to. Ours is the round trip of one call of the control API; of the
 * original's command the time of `lttng --version` is taken off, so that its start is not counted.
 */
import { ControlClient } from '@lttng-ts/control';
import { commandOf, Environment, type Program, type Side } from '@lttng-ts/tests/harness/environment.js';
import { sampleProgram } from '@lttng-ts/tests/harness/programs.js';
import { lttng, order, startDaemon } from '@lttng-ts/tests/harness/recording.js';
import { costOf } from '../cost.ts';
import { favourDaemons } from '../favour.ts';
import { hasCommand } from '../programs.ts';
import { type Contender, type Row, Skip, type Stage } from '../row.ts';

type Operation = 'rotate' | 'clear' | 'snapshot' | 'destroy';

const operations: readonly Operation[] = ['rotate', 'clear', 'snapshot', 'destroy'];
const channelCounts = [1, 10, 100] as const;
const SESSION = 'measured';
/** Events in each channel before each run. */
const TICKS = 100;
/** The start of the original's command is the fastest of this many. */
const VERSION_RUNS = 5;

export const operationRows: readonly Row[] = operations.flatMap((operation) =>
  channelCounts.map(
    (channelCount): Row => ({
      id: `operation-${operation}-${channelCount}`,
      what: `${operation}, ${channelCount} channel${channelCount === 1 ? '' : 's'}`,
      unit: 'ms',
      better: 'lower',
      must: { kind: 'ratio', limit: 1 },
      goal: { kind: 'ratio', limit: 0.5 },
      limitS: 90,
      prepare: async () => await prepare(operation, channelCount),
    }),
  ),
);

async function prepare(operation: Operation, channelCount: number): Promise<Stage> {
  if (!hasCommand('lttng-sessiond')) throw new Skip('our lttng-sessiond is not built');
  const worlds: AsyncDisposable[] = [];
  const dispose = async () => {
    for (const world of worlds) await world[Symbol.asyncDispose]();
  };
  try {
    const contenders: Contender[] = [];
    for (const side of ['ours', 'upstream'] as const) {
      const world = await OperationWorld.create(side, operation, channelCount);
      worlds.push(world);
      contenders.push({
        name: side === 'ours' ? 'ours' : 'lttng',
        side: side === 'ours' ? 'ours' : 'original',
        measure: async () => ({ value: await world.measureMs() }),
      });
    }
    return { contenders, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** One side's daemon with the session and a program that writes to it. */
class OperationWorld implements AsyncDisposable {
  readonly #environment: Environment;
  readonly #side: Side;
  readonly #operation: Operation;
  readonly #channelCount: number;
  readonly #sample: Program;
  readonly #client: ControlClient | null;
  #hasSession = false;

  private constructor(
    environment: Environment,
    sample: Program,
    client: ControlClient | null,
    wish: { readonly side: Side; readonly operation: Operation; readonly channelCount: number },
  ) {
    this.#environment = environment;
    this.#sample = sample;
    this.#client = client;
    this.#side = wish.side;
    this.#operation = wish.operation;
    this.#channelCount = wish.channelCount;
  }

  static async create(side: Side, operation: Operation, channelCount: number): Promise<OperationWorld> {
    const environment = await Environment.create();
    await startDaemon(environment, side);
    const sample = environment.start([sampleProgram(), 'serve']);
    await sample.printed(/ready/);
    const client =
      side === 'ours'
        ? await ControlClient.connect(environment.seenFromOutside('/run/lttng/control.sock'))
        : null;
    return new OperationWorld(environment, sample, client, { side, operation, channelCount });
  }

  async measureMs(): Promise<number> {
    if (!this.#hasSession) await this.#createSession();
    await order(this.#sample, `ticks 1 ${TICKS}`);
    const takenMs = this.#client === null ? await this.#commandMs() : await this.#callMs(this.#client);
    this.#hasSession = this.#operation !== 'destroy';
    return takenMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.close();
    await this.#environment[Symbol.asyncDispose]();
  }

  async #createSession(): Promise<void> {
    const run = async (...words: readonly string[]) => await lttng(this.#environment, this.#side, ...words);
    const output = `--output=${this.#environment.path('trace')}`;
    await run('create', SESSION, output, ...(this.#operation === 'snapshot' ? ['--snapshot'] : []));
    const channels = Array.from({ length: this.#channelCount }, (_, index) => `channel${index}`);
    await run('enable-channel', '--userspace', '--subbuf-size=16k', '--num-subbuf=4', channels.join(','));
    for (const channel of channels) {
      await run('enable-event', '--userspace', `--channel=${channel}`, 'sample:tick');
    }
    await run('start');
    await favourDaemons(this.#environment);
  }

  async #commandMs(): Promise<number> {
    const program = commandOf(this.#side, 'lttng');
    const words = this.#operation === 'snapshot' ? ['snapshot', 'record'] : [this.#operation, SESSION];
    const { wallS } = await costOf([program, ...words], this.#environment);
    let startS = Number.POSITIVE_INFINITY;
    for (let run = 0; run < VERSION_RUNS; run++) {
      const { wallS: versionS } = await costOf([program, '--version'], this.#environment);
      startS = Math.min(startS, versionS);
    }
    return (wallS - startS) * 1000;
  }

  async #callMs(client: ControlClient): Promise<number> {
    const session = SESSION;
    const start = performance.now();
    switch (this.#operation) {
      case 'rotate':
        await client.call('session.rotate', { session, wait: true });
        break;
      case 'clear':
        await client.call('session.clear', { session });
        break;
      case 'snapshot':
        await client.call('snapshot.record', { session, name: null, output: null, maxSizeBytes: null });
        break;
      case 'destroy':
        await client.call('session.destroy', { session, wait: true });
    }
    return performance.now() - start;
  }
}
