/** A session of our daemon, made over the control socket, and its trace as Babeltrace 2 reads it. */
import assert from 'node:assert/strict';
import type { ChannelAttributes, ChannelLosses, RecordingFault, SessionInfo } from '@lttng-ts/protocols';
import type { World } from './world.ts';
import { until } from './world.ts';

export interface SessionWishes {
  readonly rules?: readonly string[];
  /** Filter of all rules. */
  readonly filter?: string;
  readonly attributes?: Partial<ChannelAttributes>;
  readonly output?: string;
}

/** One event of the sample program. */
export interface ReadEvent {
  readonly name: string;
  readonly cpu: number;
  readonly writer: number;
  readonly index: number;
}

const EVENT = /^\[[^\]]*\] \S+ \S+ ([^ ]+): \{ cpu_id = (\d+) \}, \{ writer = (-?\d+), index = (-?\d+)/;

export class HostileSession {
  readonly name: string;
  readonly folder: string;
  readonly #world: World;

  private constructor(world: World, name: string, folder: string) {
    this.#world = world;
    this.name = name;
    this.folder = folder;
  }

  static async start(world: World, name: string, wishes: SessionWishes): Promise<HostileSession> {
    const session = await HostileSession.create(world, name, wishes);
    await world.control.call('session.start', { session: name });
    return session;
  }

  /** Makes it without starting it. */
  static async create(world: World, name: string, wishes: SessionWishes): Promise<HostileSession> {
    const { rules = ['sample:tick'], filter = null, attributes = {} } = wishes;
    const { output = world.environment.path(name) } = wishes;
    const session = new HostileSession(world, name, output);
    await world.control.call('session.create', {
      name,
      output: { kind: 'path', path: output },
      sharedMemoryPath: null,
      isSnapshotMode: false,
    });
    await world.control.call('channel.enable', {
      session: name,
      domain: 'ust',
      channel: 'channel0',
      attributes,
    });
    for (const pattern of rules) await session.enable(pattern, filter);
    return session;
  }

  async enable(pattern: string, filter: string | null = null): Promise<void> {
    await this.#world.control.call('event.enable', {
      session: this.name,
      domain: 'ust',
      channel: 'channel0',
      ownership: null,
      rule: { pattern, logLevel: { kind: 'all' }, filter, exclusions: [] },
    });
  }

  async info(): Promise<SessionInfo> {
    const { sessions } = await this.#world.control.call('session.list', {});
    const session = sessions.find(({ name }) => name === this.name);
    assert.ok(session !== undefined, `No session: ${this.name}`);
    return session;
  }

  /** Waits until the session has a fault of that kind. */
  async fault(kind: RecordingFault['kind'], isOngoing = true): Promise<RecordingFault> {
    return await until(`${this.name} has the fault ${kind} (ongoing: ${isOngoing})`, async () => {
      const { faults } = await this.info();
      return faults.find((fault) => fault.kind === kind && fault.isOngoing === isOngoing);
    });
  }

  async start(): Promise<void> {
    await this.#world.control.call('session.start', { session: this.name });
  }

  /** Stops, and waits until everything is in the output. */
  async stop(): Promise<readonly ChannelLosses[]> {
    const { control } = this.#world;
    await control.call('session.stop', { session: this.name });
    return await until(`${this.name} has no data pending`, async () => {
      const { isPending, losses } = await control.call('session.data-pending', { session: this.name });
      return isPending ? undefined : losses;
    });
  }

  async destroy(): Promise<{
    readonly session: SessionInfo;
    readonly losses: readonly ChannelLosses[];
  }> {
    return await this.#world.control.call('session.destroy', { session: this.name, wait: true });
  }

  /** Events in order of time, and what Babeltrace says besides; the sessions may still record. */
  async read(): Promise<{ readonly events: readonly ReadEvent[]; readonly said: readonly string[] }> {
    const { stdout, stderr, status } = await this.#world.environment.run(['babeltrace2', this.folder]);
    assert.equal(status, 0, stderr.slice(-2000));
    const lines = stdout.split('\n').filter((line) => line !== '');
    const events = lines.map((line) => {
      const [, name, cpu, writer, index] = EVENT.exec(line) ?? [];
      assert.ok(name !== undefined, `Not an event of the sample: ${line.slice(0, 200)}`);
      return { name, cpu: Number(cpu), writer: Number(writer), index: Number(index) };
    });
    return { events, said: stderr.split('\n').filter((line) => line !== '') };
  }
}
