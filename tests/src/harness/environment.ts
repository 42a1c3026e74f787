/**
 * A private world for one test: mount, pid, net and ipc namespaces with its own `/run`, `/dev/shm`,
 * loopback and LTTNG_HOME. Everything that runs in it ends with it, because the kernel kills a
 * pid namespace with its first process. Tests wait for events (output, files, exits), never for time; a
 * wait has a deadline that prints what happened so far.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Of what never takes so long: a busy machine may be fifty times slower than an idle one. */
const DEADLINE_MS = 240_000;
const repository = join(import.meta.dirname, '../../..');

/** What a finished program gave. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status, or 128 + signal number as a shell says it. */
  readonly status: number;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** User and group with this number; default: root. */
  readonly uid?: number;
  /** Further groups of that user. */
  readonly groups?: readonly number[];
  readonly input?: string;
}

/** A program that runs in the environment. */
export class Program {
  readonly name: string;
  readonly process: ChildProcess;
  #stdout = '';
  #stderr = '';
  #outcome: Outcome | null = null;
  readonly #watchers = new Set<() => void>();

  constructor(name: string, process: ChildProcess) {
    this.name = name;
    this.process = process;
    process.stdout?.on('data', (chunk) => {
      this.#stdout += String(chunk);
      this.#wake();
    });
    process.stderr?.on('data', (chunk) => {
      this.#stderr += String(chunk);
      this.#wake();
    });
    process.on('close', (code, signal) => {
      this.#outcome = {
        stdout: this.#stdout,
        stderr: this.#stderr,
        status: code ?? 128 + (signal === 'SIGKILL' ? 9 : 15),
      };
      this.#wake();
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Waits until the program has ended. */
  async finished(deadlineMs = DEADLINE_MS): Promise<Outcome> {
    return await this.#before(deadlineMs, 'end', () => this.#outcome);
  }

  /** Waits until standard output or standard error holds a match, and returns it. */
  async printed(pattern: RegExp, deadlineMs = DEADLINE_MS): Promise<RegExpMatchArray> {
    return await this.#before(
      deadlineMs,
      `print ${pattern}`,
      () => this.#stdout.match(pattern) ?? this.#stderr.match(pattern),
    );
  }

  /** Writes to the program's standard input. */
  write(text: string): void {
    this.process.stdin?.write(text);
  }

  async #before<T>(deadlineMs: number, what: string, probe: () => T | null): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => finish(null), deadlineMs);
      const check = () => {
        const found = probe();
        if (found !== null) finish(found);
        else if (this.#outcome !== null) finish(null);
      };
      const finish = (found: T | null) => {
        clearTimeout(timer);
        this.#watchers.delete(check);
        if (found !== null) resolve(found);
        else reject(new Error(`${this.name} did not ${what}\n${this.#report()}`));
      };
      this.#watchers.add(check);
      check();
    });
  }

  #report(): string {
    const end = this.#outcome === null ? 'still running' : `status ${this.#outcome.status}`;
    return `${end}\n--- stdout\n${this.#stdout.slice(-4000)}\n--- stderr\n${this.#stderr.slice(-4000)}`;
  }

  #wake(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/**
 * Sets up the namespaces' inside, says so with its number outside, and stays until its standard input closes. As long as
 * `/proc` is that of the outside, it has the numbers of the outside.
 */
const INIT = `
set -e
read outside rest < /proc/self/stat
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mkdir -p /run/lttng
ip link set lo up
[ -z "$1" ] || hostname "$1"
echo ready $outside
exec cat
`;

export class Environment implements AsyncDisposable {
  /** A folder that is removed with the environment; also HOME and LTTNG_HOME. */
  readonly folder: string;
  readonly #init: ChildProcess;
  readonly #initPid: number;

  private constructor(folder: string, init: ChildProcess, initPid: number) {
    this.folder = folder;
    this.#init = init;
    this.#initPid = initPid;
  }

  /** `hostname`: what the machine is called inside. */
  static async create({ hostname = '' }: { readonly hostname?: string } = {}): Promise<Environment> {
    const folder = mkdtempSync(join(tmpdir(), 'lttng-ts-'));
    const init = spawn(
      'unshare',
      [
        '--mount',
        '--pid',
        '--net',
        '--ipc',
        '--uts',
        '--fork',
        '--kill-child',
        'sh',
        '-c',
        INIT,
        'init',
        hostname,
      ],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    const [, pid] = await new Program('init', init).printed(/ready (\d+)\n/);
    return new Environment(folder, init, Number(pid));
  }

  /** Starts a program inside. */
  start(command: readonly string[], options: RunOptions = {}): Program {
    const { uid, groups = [] } = options;
    const further = groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`;
    const identity = uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, further];
    const child = spawn(
      'nsenter',
      [
        '-t',
        String(this.#initPid),
        '-m',
        '-p',
        '-n',
        '-i',
        '-u',
        `--wd=${options.cwd ?? this.folder}`,
        ...identity,
        ...command,
      ],
      {
        env: { ...this.variables, ...options.env },
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    if (options.input !== undefined) child.stdin.end(options.input);
    return new Program(command.join(' '), child);
  }

  /** Runs a program inside to its end, whatever its exit status. */
  async run(command: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const program = this.start(command, options);
    program.process.stdin?.end();
    return await program.finished();
  }

  /** Runs a program that must succeed, and returns what it printed. */
  async output(command: readonly string[], options: RunOptions = {}): Promise<string> {
    const { stdout, stderr, status } = await this.run(command, options);
    if (status !== 0) throw new Error(`${command.join(' ')}: status ${status}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Environment variables of everything that runs inside. */
  get variables(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: this.folder,
      LTTNG_HOME: this.folder,
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      // However busy the machine is: a program waits until it is registered, a daemon until it is answered.
      LTTNG_UST_REGISTER_TIMEOUT: '-1',
      LTTNG_APP_SOCKET_TIMEOUT: '60',
    };
  }

  /** For programs of root whose own temporary files are to go with the environment. */
  get temporary(): RunOptions {
    return { env: { TMPDIR: this.folder } };
  }

  /** Runs `ip` on the inside's network; names of other environments are {@link pidOutside}. */
  ip(...words: readonly string[]): void {
    const command = ['-t', String(this.#initPid), '-n', 'ip', ...words];
    const { status, stderr } = spawnSync('nsenter', command, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`ip ${words.join(' ')}: status ${status}\n${stderr}`);
  }

  /** The number of the inside's first process, as the outside sees it. */
  get pidOutside(): number {
    return this.#initPid;
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** Where a file of the inside is seen from the test: sockets below `/run`, memory in `/dev/shm`, private mounts. */
  seenFromOutside(path: string): string {
    return `/proc/${this.#initPid}/root${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#init.once('close', resolve));
    process.kill(this.#initPid, 'SIGKILL');
    await closed;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Path of a file of this repository. */
export function repositoryPath(...parts: readonly string[]): string {
  return join(repository, ...parts);
}

/** The two implementations of each command; `ours` and `upstream` are exchangeable in every test. */
export type Side = 'ours' | 'upstream';
export const sides: readonly Side[] = ['ours', 'upstream'];

type Command = 'lttng' | 'lttng-sessiond' | 'lttng-consumerd' | 'lttng-relayd' | 'babeltrace2';

export function commandOf(side: Side, name: Command): string {
  if (side === 'upstream') return name;
  const path = repositoryPath('bin', name);
  if (!existsSync(path)) throw new Error(`Not built: ${path}`);
  return path;
}
