/**
 * Runs sequences of command lines and records what they print: against the original to fill the case
 * files below `cases/`, against our commands to compare. Dates, paths and process numbers are masked, so
 * that two runs of one program give the same text.
 *
 * Everything runs as the current user in the current namespaces: the caller puts private ones around it
 * (`tools/record-transcripts.mjs` does), because a session daemon takes sockets with fixed names.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a command line printed, masked; each text split at its newlines. */
export interface Outcome {
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly exitCode: number;
}

/**
 * One command line and its outcome with the original. Besides shell lines (`lttng create x`, `rm -r …`)
 * there are three words of the runner: `app-start [ARGS]`, `app-stop` and `app-run [ARGS]` start a traced
 * C program in the background, end it, and run it to its end.
 */
export interface Step extends Partial<Outcome> {
  readonly line: string;
  /** Where ours answers otherwise on purpose: these members replace the recorded ones. */
  readonly ours?: Partial<Outcome> & { readonly why: string };
  /** Texts that are not compared (a manual page, an external program). */
  readonly uncompared?: readonly ('stdout' | 'stderr')[];
}

/** Steps that share one home folder and one daemon. */
export interface Sequence {
  readonly title: string;
  /** `false`: no daemon runs when the sequence starts. */
  readonly daemon?: boolean;
  /** Needs the traced C program. */
  readonly app?: boolean;
  /** Starts a daemon or a viewer: a daemon in memory is no use. */
  readonly needsRealDaemon?: boolean;
  readonly steps: readonly Step[];
}

/** The programs that a run uses. */
export interface Programs {
  /** Folder that comes first in PATH and holds `lttng` (and the daemons); `null` for what PATH has. */
  readonly binFolder: string | null;
  /** Command line that starts the daemon and returns when it is ready; `null`: one runs, and runs on. */
  readonly daemonLine: string | null;
  /** The traced C program. */
  readonly appPath: string | null;
  /** Runs a line without a process of its own, from a home folder; `null`: the line needs one. */
  readonly shortcut?: (line: string, home: string) => Promise<Outcome | null>;
}

export interface RunOptions {
  readonly timeoutMs: number;
}

/** Replaces what changes from run to run. */
export function mask(text: string, home: string, appPath: string | null = null): string {
  return (
    text
      .replaceAll(home, '<home>')
      .replaceAll(appPath ?? '<app>', '<app>')
      .replaceAll(/\b\d{8}-\d{6}\b/g, '<date>')
      .replaceAll(/\d{8}T\d{6}[+-]\d{4}/g, '<time>')
      .replaceAll(/\bPID: \d+/g, 'PID: <pid>')
      .replaceAll(/(<pid><id>)\d+(<\/id>)/g, '$1<pid>$2')
      .replaceAll(/(<pid>\s*<id>)\d+/g, '$1<pid>')
      .replaceAll(/(<creation_time>)\d+/g, '$1<time>')
      .replaceAll(/(lttng_ust_statedump|\[pid )\d+/g, '$1<pid>')
      .replaceAll(/\b[Pp]id:? \d+/g, 'pid <pid>')
      .replaceAll(hostname(), '<hostname>')
      // Dots are printed while polling: their number is a matter of speed.
      .replaceAll(
        /(Destroying session \S*?|Waiting for data availability|Waiting for rotation to complete|Waiting for clear of session "[^"]*")\.+/g,
        '$1<dots>',
      )
  );
}

/**
 * Brings an outcome into the form in which two programs are compared: channels and event rules, which
 * upstream lists in the order of a hash table, are sorted; counts of losses and progress are left out.
 */
export function comparable(line: string, outcome: Partial<Outcome>): Partial<Outcome> {
  const stdout = outcome.stdout
    ?.map(maskCounts)
    .map(maskEventTime)
    .map(sortTracked)
    // Upstream goes on in the line of its dots.
    .map((text) => text.replace(/^Destroying session .*<dots>(?=.)/, ''))
    .filter((text) => !/^(Destroying session|Waiting for clear of session) ?.*<dots>$/.test(text));
  const stderr = outcome.stderr?.filter(
    (text) =>
      !/^(DBG\d|PERROR| \(in config_destroy|error syntax|Parse error|\[error\]|Generate IR)/.test(text),
  );
  const isList = /\b(list|status)\b/.test(line);
  return {
    ...(stdout && { stdout: (isList ? sortBlocks(stdout) : stdout).map((text) => sortElements(text)) }),
    ...(stderr && { stderr }),
    ...(outcome.exitCode !== undefined && { exitCode: outcome.exitCode }),
  };
}

function maskCounts(line: string): string {
  return line
    .replace(/^(Warning: )\d+( events were discarded)/, '$1<count>$2')
    .replace(/^(Warning: )\d+( packets were lost)/, '$1<count>$2')
    .replace(/^( +(?:Discarded events|Lost packets): +)[1-9]\d*/, '$1<count>')
    .replaceAll(/(<(discarded_events|lost_packets)>)[1-9]\d*/g, '$1<count>')
    .replace(/^(Waiting for data availability)<dots>$/, '$1');
}

/** Time and processor of an event that a reader prints. */
function maskEventTime(line: string): string {
  return line.replace(/^\[[\d:.]+\] \(\+[\d.?]+\)(.*cpu_id = )\d+/, '[<time>] (<time>)$1<cpu>');
}

/** Upstream lists tracked processes in the order of a hash table. */
function sortTracked(line: string): string {
  const [, title, values] = /^( {2}Virtual (?:process|user|group) IDs: +)(.*)$/.exec(line) ?? [];
  return title === undefined ? line : `${title}${values?.split(', ').sort().join(', ')}`;
}

/** Sorts the channels of each domain, and the event rules of each channel. */
function sortBlocks(lines: readonly string[]): readonly string[] {
  const isRule = (line: string): boolean => / {6}\S.*\(type: /.test(line);
  const sorted: string[] = [];
  let channels: string[][] = [];
  let rules: string[] = [];
  const into = (): string[] => channels.at(-1) ?? sorted;
  const endRules = (): void => {
    into().push(...rules.sort());
    rules = [];
  };
  const endChannels = (): void => {
    endRules();
    const blocks = channels.map((block) => block.join('\n')).sort();
    channels = [];
    sorted.push(...blocks.flatMap((block) => block.split('\n')));
  };
  for (const line of lines) {
    if (isRule(line)) {
      rules.push(line);
      continue;
    }
    endRules();
    if (/^- .*: \[/.test(line)) channels.push([]);
    else if (/^===/.test(line) || (line === '' && into().at(-1) === '')) endChannels();
    into().push(line);
  }
  endChannels();
  return sorted;
}

/** The same for the elements of the machine interface. */
function sortElements(text: string): string {
  const sortRun = (run: string, name: string): string =>
    (run.match(new RegExp(`<${name}>.*?</${name}>`, 'g')) ?? []).sort().join('');
  return text
    .replaceAll(/(?:<event>.*?<\/event>)+/g, (run) => sortRun(run, 'event'))
    .replaceAll(/(?:<(v[pug]id)>.*?<\/\1>)+/g, (run, name: string) => sortRun(run, name))
    .replaceAll(/(?:<channel>.*?<\/channel>)+/g, (run) => sortRun(run, 'channel'));
}

/** The outcome that ours must have. */
export function expectedOfOurs(step: Step): Partial<Outcome> {
  const { stdout = [], stderr = [], exitCode = 0 } = { ...step, ...step.ours };
  const skipped = new Set(step.uncompared ?? []);
  return {
    ...(skipped.has('stdout') ? {} : { stdout }),
    ...(skipped.has('stderr') ? {} : { stderr }),
    exitCode,
  };
}

/** What is wrong with the outcomes of a sequence, a text for each step; `null` outcomes are not compared. */
export function faultsOf(
  sequence: Sequence,
  outcomes: readonly (Outcome | null | undefined)[],
): readonly string[] {
  return sequence.steps.flatMap((step, index) => {
    const outcome = outcomes[index] ?? null;
    if (outcome === null) return [];
    const expected = comparable(step.line, expectedOfOurs(step));
    const seen = comparable(step.line, outcome);
    const compared = Object.fromEntries(
      Object.keys(expected).map((key) => [key, seen[key as keyof Outcome]]),
    );
    const isEqual = JSON.stringify(compared) === JSON.stringify(expected);
    return isEqual ? [] : [`$ ${step.line}\n${differenceOf(expected, compared)}`];
  });
}

/** The lines that only one of two outcomes has. */
function differenceOf(expected: Partial<Outcome>, seen: Partial<Outcome>): string {
  const lines = ({ stdout = [], stderr = [], exitCode = -1 }: Partial<Outcome>): readonly string[] => [
    ...stdout.map((line) => `stdout ${line}`),
    ...stderr.map((line) => `stderr ${line}`),
    `exit code ${exitCode}`,
  ];
  const [wanted, got] = [lines(expected), lines(seen)];
  return [
    ...wanted.filter((line) => !got.includes(line)).map((line) => `  - ${line}`),
    ...got.filter((line) => !wanted.includes(line)).map((line) => `  + ${line}`),
    ...(wanted.length === got.length ? [] : [`  lines: ${wanted.length} expected, ${got.length} seen`]),
  ].join('\n');
}

/** Runs one sequence from a fresh home folder and gives the outcome of each step. */
export async function runSequence(
  sequence: Sequence,
  programs: Programs,
  { timeoutMs }: RunOptions,
): Promise<Outcome[]> {
  const home = mkdtempSync(join(tmpdir(), 'lttng-case-'));
  const folder = join(home, 'work');
  mkdirSync(folder);
  const world = new World(home, folder, programs, timeoutMs);
  const outcomes: Outcome[] = [];
  try {
    const { daemonLine } = programs;
    if (sequence.daemon !== false && daemonLine !== null) await world.shell(daemonLine);
    for (const step of sequence.steps) outcomes.push(await world.step(step.line));
    return outcomes;
  } finally {
    await world.end();
    rmSync(home, { recursive: true, force: true });
  }
}

/** One sequence's processes and its home. */
class World {
  readonly #home: string;
  readonly #folder: string;
  readonly #programs: Programs;
  readonly #timeoutMs: number;
  readonly #apps: ChildProcess[] = [];

  constructor(home: string, folder: string, programs: Programs, timeoutMs: number) {
    this.#home = home;
    this.#folder = folder;
    this.#programs = programs;
    this.#timeoutMs = timeoutMs;
  }

  get #environment(): NodeJS.ProcessEnv {
    const path = process.env['PATH'] ?? '/usr/bin:/bin';
    const { binFolder } = this.#programs;
    return {
      PATH: binFolder === null ? path : `${binFolder}:${path}`,
      HOME: this.#home,
      LTTNG_HOME: this.#home,
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      MANWIDTH: '80',
      ...(this.#programs.appPath === null ? {} : { APP: this.#programs.appPath }),
    };
  }

  async step(line: string): Promise<Outcome> {
    const [word = '', ...rest] = line.split(' ');
    if (word === 'app-start') return await this.#startApp(rest);
    if (word === 'app-stop') return await this.#stopApps();
    if (word === 'app-run') return await this.shell(`"$APP" ${rest.join(' ')}`);
    return (await this.#programs.shortcut?.(line, this.#home)) ?? (await this.shell(line));
  }

  async shell(line: string): Promise<Outcome> {
    const child = spawn('/bin/sh', ['-c', line], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const timer = setTimeout(() => child.kill('SIGKILL'), this.#timeoutMs);
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        // A daemon that the line started may keep the pipes: what is there at the exit is the outcome.
        setTimeout(() => resolve(signal === null ? (code ?? -1) : -1), 5);
      });
    });
    clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
    return {
      stdout: mask(stdout, this.#home, this.#programs.appPath).split('\n'),
      stderr: mask(stderr, this.#home, this.#programs.appPath).split('\n'),
      exitCode,
    };
  }

  async #startApp(args: readonly string[]): Promise<Outcome> {
    const app = spawn(this.#programs.appPath ?? '', ['--wait', ...args], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#apps.push(app);
    // The program says a word when it has registered.
    await Promise.race([new Promise((resolve) => app.stdout.once('data', resolve)), this.#deadline()]);
    return { stdout: [''], stderr: [''], exitCode: 0 };
  }

  async #stopApps(): Promise<Outcome> {
    for (const app of this.#apps.splice(0)) {
      if (app.exitCode !== null || app.signalCode !== null) continue;
      const exited = new Promise((resolve) => app.once('exit', resolve));
      app.stdin?.end();
      await Promise.race([exited, this.#deadline().then(() => app.kill('SIGKILL'))]);
    }
    return { stdout: [''], stderr: [''], exitCode: 0 };
  }

  /** Passes when a step has taken too long; it does not keep this process up when the step is over. */
  async #deadline(): Promise<void> {
    await sleep(this.#timeoutMs, undefined, { ref: false });
  }

  /** Ends what the sequence started: programs, then the daemon by its pid file. */
  async end(): Promise<void> {
    await this.#stopApps();
    if (this.#programs.daemonLine === null) return;
    for (const folder of ['/run/lttng', join(this.#home, '.lttng')]) {
      const pidFile = join(folder, 'lttng-sessiond.pid');
      if (!existsSync(pidFile)) continue;
      const pid = Number(readFileSync(pidFile, 'utf8'));
      if (Number.isInteger(pid) && pid > 1) await endProcess(pid, this.#timeoutMs);
    }
  }
}

/** Ends a process, by force when it does not end in time; returns when it is over. */
export async function endProcess(pid: number, timeoutMs: number): Promise<void> {
  const isAlive = (): boolean => {
    try {
      // A process that nobody has waited for (state Z) is over as well.
      return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      // No such process: it is over.
      return false;
    }
  };
  if (!isAlive()) return;
  process.kill(pid, 'SIGTERM');
  for (let waitedMs = 0; isAlive() && waitedMs < timeoutMs; waitedMs += 10) await sleep(10);
  if (isAlive()) process.kill(pid, 'SIGKILL');
}
