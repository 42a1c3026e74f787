/**
 * One session of one side's daemon, driven by the commands as a user drives them. Commands of the original
 * and ours take the same words; a command that fails is the test's failure, unless the test asks for its
 * outcome with `attempt`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackMetadata } from '@lttng-ts/ctf';
import { commandOf, type Environment, type Outcome, type RunOptions, type Side } from './environment.ts';
import { withoutOverflow } from './reading.ts';

export interface TestSessionOptions {
  readonly name?: string;
  /** Folder of the trace; default: the session's name below the environment's folder. */
  readonly folder?: string;
  /** More words of `lttng create`; with `--snapshot` the folder is that of snapshots. */
  readonly create?: readonly string[];
  /** Who gives the commands, and where from. */
  readonly run?: RunOptions;
}

export class TestSession {
  readonly environment: Environment;
  readonly side: Side;
  readonly name: string;
  readonly folder: string;
  readonly #run: RunOptions;

  private constructor(environment: Environment, side: Side, options: TestSessionOptions) {
    this.environment = environment;
    this.side = side;
    this.name = options.name ?? 'recording';
    this.folder = options.folder ?? environment.path(this.name);
    this.#run = options.run ?? {};
  }

  /** Creates the session; a daemon must run. */
  static async create(
    environment: Environment,
    side: Side,
    options: TestSessionOptions = {},
  ): Promise<TestSession> {
    const session = new TestSession(environment, side, options);
    await session.lttng('create', session.name, `--output=${session.folder}`, ...(options.create ?? []));
    return session;
  }

  /** Runs `lttng` to its end, whatever comes of it. */
  async attempt(...words: readonly string[]): Promise<Outcome> {
    return await this.environment.run([commandOf(this.side, 'lttng'), ...words], this.#run);
  }

  /** Runs `lttng`, which must succeed. */
  async lttng(...words: readonly string[]): Promise<Outcome> {
    const outcome = await this.attempt(...words);
    const { stdout, stderr, status } = outcome;
    if (status === 0) return outcome;
    throw new Error(`${this.side} lttng ${words.join(' ')}: status ${status}\n${stdout}\n${stderr}`);
  }

  /** Makes channels; several names are joined by commas. */
  async enableChannel(names: string, ...options: readonly string[]): Promise<void> {
    await this.lttng('enable-channel', '--userspace', `--session=${this.name}`, names, ...options);
  }

  /** Adds a rule: a pattern and options of `enable-event`. */
  async enableEvent(pattern: string, ...options: readonly string[]): Promise<void> {
    await this.lttng('enable-event', '--userspace', `--session=${this.name}`, pattern, ...options);
  }

  async addContexts(types: readonly string[], ...options: readonly string[]): Promise<void> {
    const words = types.map((type) => `--type=${type}`);
    await this.lttng('add-context', '--userspace', `--session=${this.name}`, ...words, ...options);
  }

  async start(): Promise<void> {
    await this.lttng('start', this.name);
  }

  async stop(): Promise<Outcome> {
    return await this.lttng('stop', this.name);
  }

  async destroy(): Promise<Outcome> {
    return await this.lttng('destroy', this.name);
  }

  /** A file of the trace that users with `uid` share. */
  path(uid: number, ...parts: readonly string[]): string {
    return join(this.folder, 'ust', 'uid', String(uid), '64-bit', ...parts);
  }

  /** The text of the trace's metadata. */
  metadata(uid = 0): string {
    return unpackMetadata(readFileSync(this.path(uid, 'metadata'))).text;
  }
}

/**
 * Events that `stop` or `destroy` say were discarded. liblttng-ust 2.13 sometimes leaves the count 0 in a packet
 * (four C programs alone do it too); the original consumer takes that for an overflow and adds 2^63.
 */
export function discardedOf({ stdout, stderr }: Outcome): number {
  const count = `${stdout}${stderr}`.match(/(\d+) events? (?:was|were) discarded/)?.[1] ?? 0;
  return withoutOverflow(BigInt(count));
}
