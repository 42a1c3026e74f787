/**
 * A private world with our session daemon in it, what attacks it, and a witness: a healthy program and session
 * that must be recorded exactly whatever happens to the others.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ControlClient } from '@lttng-ts/control';
import { commandOf, Environment, type Program } from '../harness/environment.ts';
import { sampleProgram } from '../harness/programs.ts';
import { order } from '../harness/recording.ts';
import { HostileSession, type SessionWishes } from './hostile-session.ts';

const CONTROL_SOCKET = '/run/lttng/control.sock';
const PID_FILE = '/run/lttng/lttng-sessiond.pid';
/**
 * Of daemons that meet programs which do not answer: how long they wait for them, each time. Healthy programs have to answer
 * in this time, too, so that other daemons wait as long as `Environment` says.
 */
export const IMPATIENT = { env: { LTTNG_APP_SOCKET_TIMEOUT: '4' } } as const;

/** What happens at all happens before, however busy the machine is. */
const DEADLINE_MS = 240_000;

const AS_ATTACKER = ['setpriv', '--reuid=1000', '--regid=tracing', '--clear-groups'];
/** What the witness calls itself in its events; no other program may. */
const WITNESS_WRITER = 7;

export interface WorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Runs before the daemon starts; gives it more variables. */
  readonly prepare?: (environment: Environment) => Readonly<Record<string, string>>;
  /** Words of the shell before the daemon starts: `ulimit -n 64`. */
  readonly limits?: string;
}

export class World implements AsyncDisposable {
  readonly environment: Environment;
  readonly #options: WorldOptions;
  #daemon: Program;
  #control: ControlClient;

  private constructor(
    environment: Environment,
    options: WorldOptions,
    daemon: Program,
    control: ControlClient,
  ) {
    this.environment = environment;
    this.#options = options;
    this.#daemon = daemon;
    this.#control = control;
  }

  /** Starts the daemon in an environment of its own. */
  static async create(options: WorldOptions = {}): Promise<World> {
    const environment = await Environment.create();
    try {
      const daemon = await startDaemon(environment, options);
      return new World(environment, options, daemon, await connect(environment));
    } catch (error) {
      await environment[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The daemon; its standard error is its log. */
  get daemon(): Program {
    return this.#daemon;
  }

  get control(): ControlClient {
    return this.#control;
  }

  /** The daemon's process number inside. */
  get daemonPid(): number {
    return Number(readFileSync(this.environment.seenFromOutside(PID_FILE), 'utf8'));
  }

  /** Runs our `lttng` with any exit status. */
  async lttng(...words: readonly string[]) {
    return await this.environment.run([commandOf('ours', 'lttng'), ...words]);
  }

  /** Starts one of the programs in `attackers/` as another user, who may use every socket of the daemon. */
  attack(name: string, ...words: readonly string[]): Program {
    // The test's folder is not open to that user.
    return this.environment.start([...AS_ATTACKER, ...attacker(name, words)], { cwd: '/' });
  }

  /** Runs our `lttng` as that other user. */
  async lttngAsUser(...words: readonly string[]) {
    return await this.startLttngAsUser(...words).finished();
  }

  startLttngAsUser(...words: readonly string[]): Program {
    return this.environment.start([...AS_ATTACKER, commandOf('ours', 'lttng'), ...words], { cwd: '/' });
  }

  /** Starts one of them as the user of the witness, whose buffers and consumer it shares. */
  attackFromWithin(name: string, ...words: readonly string[]): Program {
    return this.environment.start(attacker(name, words));
  }

  /** Starts the C sample, which serves orders; `cpu` pins it. */
  async sample(cpu: number | null = null): Promise<Program> {
    const pin = cpu === null ? [] : ['taskset', '-c', String(cpu)];
    const sample = this.environment.start([...pin, sampleProgram(), 'serve']);
    await sample.printed(/ready/);
    return sample;
  }

  /** Makes and starts a session. */
  async session(name: string, wishes: SessionWishes = {}): Promise<HostileSession> {
    return await HostileSession.start(this, name, wishes);
  }

  async witness(): Promise<Witness> {
    const wishes = { rules: ['sample:tick'], filter: `writer == ${WITNESS_WRITER}` };
    return new Witness(await this.session('witness', wishes), await this.sample());
  }

  /** Sends a signal to a process inside. */
  async kill(signal: string, pid: number): Promise<void> {
    await this.environment.output(['kill', `-${signal}`, String(pid)]);
  }

  /** Process number inside of a program that runs there. */
  async pidOf(program: Program): Promise<number> {
    return await pidInside(program.process.pid ?? 0);
  }

  /** Processes inside of that name. */
  async pids(name: string): Promise<readonly number[]> {
    const { stdout } = await this.environment.run(['pgrep', '-x', name]);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map(Number);
  }

  /** Whether a process inside runs; one that has ended but was not waited for does not. */
  isRunning(pid: number): boolean {
    try {
      const status = readFileSync(this.environment.seenFromOutside(`/proc/${pid}/status`), 'utf8');
      return !/^State:\tZ/m.test(status);
    } catch {
      // No such process.
      return false;
    }
  }

  /** Memory that a process inside has now. */
  residentBytes(pid: number): number {
    const status = readFileSync(this.environment.seenFromOutside(`/proc/${pid}/status`), 'utf8');
    return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1]) * 1024;
  }

  /** Stops a program in the middle of whatever it does. */
  async freeze(program: Program): Promise<void> {
    await this.kill('STOP', await this.pidOf(program));
    // `nsenter` stops with its child.
    const nsenter = program.process.pid ?? 0;
    await until('the program is stopped', async () =>
      /^State:\tT/m.test(readFileSync(`/proc/${nsenter}/status`, 'utf8')) ? true : undefined,
    );
  }

  /** Lets a frozen program, or the shell of one that was killed, continue. */
  thaw(program: Program): void {
    // `nsenter` passes it on to its child.
    program.process.kill('SIGCONT');
  }

  /** Kills the daemon as nothing else does, and starts another one. */
  async restart(): Promise<void> {
    this.#control.close();
    await this.kill('KILL', this.daemonPid);
    await until('the daemon ends', async () => this.#daemon.process.exitCode !== null || undefined);
    this.#daemon = await startDaemon(this.environment, this.#options);
    this.#control = await connect(this.environment);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#control.close();
    await this.environment[Symbol.asyncDispose]();
  }
}

/** The healthy session with its healthy program. */
export class Witness {
  readonly session: HostileSession;
  readonly sample: Program;
  readonly #expected: number[] = [];

  constructor(session: HostileSession, sample: Program) {
    this.session = session;
    this.sample = sample;
  }

  /** Emits events now. */
  async emit(count = 500): Promise<void> {
    await order(this.sample, `ticks ${WITNESS_WRITER} ${count}`);
    for (let index = 0; index < count; index++) this.#expected.push(index);
  }

  /** Emits once more, ends the session and compares its trace with what was emitted. */
  async prove(): Promise<void> {
    await this.emit();
    const losses = await this.session.stop();
    assert.deepEqual(losses, [{ channel: 'channel0', discardedEventCount: 0, lostPacketCount: 0 }]);
    assert.deepEqual((await this.session.info()).faults, []);
    await this.session.destroy();
    const { events, said } = await this.session.read();
    assert.deepEqual(said, []);
    assert.deepEqual(
      events.map(({ index }) => index),
      this.#expected,
    );
  }
}

function attacker(name: string, words: readonly string[]): readonly string[] {
  return [process.execPath, join(import.meta.dirname, 'attackers', `${name}.js`), ...words];
}

async function startDaemon(
  environment: Environment,
  { env = {}, limits = ':', prepare = () => ({}) }: WorldOptions,
): Promise<Program> {
  const program = commandOf('ours', 'lttng-sessiond');
  const daemon = environment.start(['sh', '-c', `${limits}; exec "$0" --background -v`, program], {
    env: { ...env, ...prepare(environment) },
  });
  // The program that was started returns when its daemon is ready; the daemon keeps the streams.
  const [status] = await once(daemon.process, 'exit');
  assert.equal(status, 0, daemon.stderr);
  return daemon;
}

async function connect(environment: Environment): Promise<ControlClient> {
  return await ControlClient.connect(environment.seenFromOutside(CONTROL_SOCKET));
}

/** Number in its own pid namespace of the program that `nsenter` (number `outside`) runs. */
async function pidInside(outside: number): Promise<number> {
  return await until(`process ${outside} has a child`, async () => {
    const [child] = readFileSync(`/proc/${outside}/task/${outside}/children`, 'utf8').trim().split(' ');
    if (child === undefined || child === '') return undefined;
    const status = readFileSync(`/proc/${child}/status`, 'utf8');
    return Number(/^NSpid:.*\t(\d+)$/m.exec(status)?.[1]);
  });
}

/** Waits for something that can only be asked for. */
export async function until<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`Did not happen: ${what}`);
    await delay(10);
  }
}
