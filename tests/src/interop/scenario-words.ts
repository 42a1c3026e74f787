/**
 * The words of session scenarios besides shell lines: traced programs, and looks at what sessions left below the home
 * folder. They print what both sides must have in common; dates and process numbers are masked.
 *
 *   program NAME c|node [USER]   starts the sample program on processor 0; its number is in the file NAME.pid
 *   order NAME WORDS…            lets it do something: `ticks WRITER COUNT`, `kinds`
 *   end NAME                     ends it
 *   run c|node USER WORDS…       runs the sample program to its end on processor 0, as a user with this number
 *   await COUNT chunks           waits until so many chunks are archived
 *   await COUNT bytes STREAM     waits until a stream's file has so many
 *   crash                        kills the daemons, then the programs, without a word
 *   look                         files with sizes and packets; events and losses by stream
 *   counts                       events and losses in all, where streams and chunks are a matter of time
 *   events                       the events' texts, of each trace
 *   metadata                     the metadata's text, of each trace
 *   modes                        who may do what with every file
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '@lttng-ts/cli/testing';
import { readMessages, unpackMetadata } from '@lttng-ts/ctf';
import { openTraceFolders } from '@lttng-ts/ctf/node';
import { eventually } from '../harness/eventually.ts';
import { type Language, samples } from '../harness/programs.ts';
import { comparableLines, lines, readWithOurs, withoutProcess } from '../harness/reading.ts';

const INDEX_HEADER_BYTES = 16;
const INDEX_ENTRY_BYTES = 72;
const POLL_MS = 5;
/** Files of the scenario itself: process numbers, and what daemons keep in the home folder. */
const NOT_LEFT = /(^|\/)[^/]*\.pid$|^\.lttng/;

/** Exit code of a word that could not do what it is to do: no side's behaviour. */
export const WORD_FAILED = 70;

interface Running {
  readonly child: ChildProcess;
  output: string;
}

export class ScenarioWords {
  readonly #programs = new Map<string, Running>();

  /** What a line prints; `null` when it is not one of these words. */
  async run(line: string, home: string): Promise<Outcome | null> {
    const [word = '', ...rest] = line.split(' ');
    try {
      const text = await this.#textOf(word, rest, home);
      return text === null ? null : { stdout: text, stderr: [''], exitCode: 0 };
    } catch (error) {
      // The other scenarios are of use all the same.
      const { stack } = error as Error;
      return { stdout: [''], stderr: (stack ?? '').split('\n'), exitCode: WORD_FAILED };
    }
  }

  /** Ends the programs that run. */
  async end(): Promise<void> {
    for (const name of [...this.#programs.keys()]) await this.#end(name);
  }

  async #textOf(word: string, rest: readonly string[], home: string): Promise<readonly string[] | null> {
    switch (word) {
      case 'program':
        return await this.#start(rest, home);
      case 'order':
        return await this.#order(rest);
      case 'end':
        await this.#end(rest[0] ?? '');
        return [];
      case 'run':
        return run(rest, home);
      case 'await':
        await awaitCount(rest, home);
        return [];
      case 'crash':
        await this.#crash();
        return [];
      case 'look':
        return look(home);
      case 'counts':
        return counts(home);
      case 'events':
        return tracesBelow(home).flatMap((trace) => [mask(trace), ...eventsOf(join(home, trace))]);
      case 'metadata':
        return tracesBelow(home).flatMap((trace) => [mask(trace), ...metadataOf(join(home, trace))]);
      case 'modes':
        return modes(home);
      default:
        return null;
    }
  }

  async #start(
    [name = '', language = '', user = '0']: readonly string[],
    home: string,
  ): Promise<readonly string[]> {
    const pidFile = join(home, 'work', `${name}.pid`);
    const [file = '', ...words] = command(language, user, ['serve']);
    const env = { ...environmentOf(home), ...(language === 'node' ? { LTTNG_UST_DEBUG: '1' } : {}) };
    const child = spawn(file, words, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const running: Running = { child, output: '' };
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (running.output += text));
    }
    this.#programs.set(name, running);
    await printed(running, /ready\n/, 0);
    // Node.js programs register while they run.
    if (language === 'node') await printed(running, /name="registerDone"/, 0);
    // All who come before it replace themselves.
    writeFileSync(pidFile, String(child.pid));
    return [];
  }

  async #order([name = '', ...words]: readonly string[]): Promise<readonly string[]> {
    const running = this.#programs.get(name);
    if (running === undefined) throw new Error(`No such program: name="${name}"`);
    const from = running.output.length;
    running.child.stdin?.write(`${words.join(' ')}\n`);
    await printed(running, /done/, from);
    return [];
  }

  async #end(name: string): Promise<void> {
    const running = this.#programs.get(name);
    if (running === undefined) return;
    this.#programs.delete(name);
    const { child } = running;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.stdin?.end('quit\n');
    await exited;
  }

  async #crash(): Promise<void> {
    const daemons = processes().filter(({ words }) => /lttng-(sessiond|consumerd)/.test(words));
    // Stopped first: whoever is left must not put anything in order.
    for (const { pid } of daemons) process.kill(pid, 'SIGSTOP');
    for (const { pid } of daemons) process.kill(pid, 'SIGKILL');
    for (const { child } of this.#programs.values()) child.kill('SIGKILL');
    await eventually('the daemons are gone', () =>
      daemons.every(({ pid }) => !existsSync(`/proc/${pid}/exe`)) ? true : null,
    );
  }
}

async function printed(running: Running, pattern: RegExp, from: number): Promise<void> {
  const { child } = running;
  for (const end = performance.now() + 240_000; !pattern.test(running.output.slice(from)); ) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > end) {
      throw new Error(`A program did not print ${pattern}: output="${running.output}"`);
    }
    await sleep(POLL_MS);
  }
}

/** Processes of the namespace, this one aside. */
function processes(): readonly { readonly pid: number; readonly words: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        return [{ pid: Number(name), words: readFileSync(`/proc/${name}/cmdline`, 'latin1') }];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
}

const environmentOf = (home: string): NodeJS.ProcessEnv => ({
  ...process.env,
  HOME: home,
  LTTNG_HOME: home,
  LTTNG_UST_ALLOW_BLOCKING: '1',
});

function command(language: string, user: string, words: readonly string[]): readonly string[] {
  const identity = user === '0' ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
  return ['taskset', '-c', '0', ...identity, ...samples[language as Language](), ...words];
}

function run([language = '', user = '', ...words]: readonly string[], home: string): readonly string[] {
  // Users other than root reach their files.
  chmodSync(home, 0o755);
  const [file = '', ...rest] = command(language, user, words);
  const { stdout, status } = spawnSync(file, rest, { env: environmentOf(home), encoding: 'utf8' });
  return [...lines(stdout), `exit code ${status}`];
}

/** Names without what differs from run to run. */
function mask(name: string): string {
  return name
    .replaceAll(/\d{8}-\d{6}/g, '<date>')
    .replaceAll(/\d{8}T\d{6}[+-]\d{4}/g, '<time>')
    .replaceAll(/\b(sample|node)-\d+-/g, '$1-<pid>-');
}

/** Paths below the home folder, links to nowhere included. */
const pathsBelow = (home: string): readonly string[] =>
  readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((path) => !NOT_LEFT.test(path));

/** Folders of traces, those of archived chunks in the order of their numbers. */
function tracesBelow(home: string): readonly string[] {
  const folders = pathsBelow(home)
    .filter((path) => basename(path) === 'metadata')
    .map(dirname);
  return folders.toSorted((a, b) => (mask(a) < mask(b) || (mask(a) === mask(b) && a < b) ? -1 : 1));
}

function look(home: string): readonly string[] {
  const files = pathsBelow(home).map((path) => {
    const stat = statSync(join(home, path));
    const name = mask(path);
    if (stat.isDirectory()) return `${name}/`;
    if (basename(path) === 'metadata') return name;
    const packets = (stat.size - INDEX_HEADER_BYTES) / INDEX_ENTRY_BYTES;
    return `${name} ${name.endsWith('.idx') ? `${packets} packets` : `${stat.size} bytes`}`;
  });
  const events = tracesBelow(home).flatMap((trace) =>
    [...countsOf(join(home, trace)).byStream].map(([what, count]) => `${mask(trace)} ${what}: ${count}`),
  );
  return [...files.toSorted(), ...events.toSorted(), withBabeltrace2(home)];
}

function counts(home: string): readonly string[] {
  let [events, discarded] = [0, 0];
  for (const trace of tracesBelow(home)) {
    const found = countsOf(join(home, trace));
    events += found.events;
    discarded += found.discarded;
  }
  return [`${events} events`, `${discarded} discarded`, withBabeltrace2(home)];
}

interface Counts {
  readonly events: number;
  readonly discarded: number;
  /** By stream and name of the event, or `discarded`. */
  readonly byStream: ReadonlyMap<string, number>;
}

function countsOf(folder: string): Counts {
  const byStream = new Map<string, number>();
  let [events, discarded] = [0, 0];
  using open = openTraceFolders([folder]);
  for (const message of readMessages(open.traces)) {
    const stream = basename(message.dataStream.name);
    const add = (what: string, count: number): void => {
      byStream.set(`${stream} ${what}`, (byStream.get(`${stream} ${what}`) ?? 0) + count);
    };
    if (message.kind === 'event-record') {
      events++;
      add(message.eventRecordClass.name ?? 'unnamed', 1);
    } else if (message.kind === 'discarded-event-records') {
      discarded += Number(message.count);
      add('discarded events', Number(message.count));
    } else if (message.kind === 'discarded-packets') add('discarded packets', Number(message.count));
  }
  return { events, discarded, byStream };
}

/** How many events the original reader sees in all traces together. */
function withBabeltrace2(home: string): string {
  const folders = tracesBelow(home).map((trace) => join(home, trace));
  if (folders.length === 0) return 'babeltrace2: no trace';
  const { stdout, status, signal } = spawnSync('babeltrace2', folders, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return `babeltrace2: ${lines(stdout).length} events, ${signal ?? status}`;
}

function eventsOf(folder: string): readonly string[] {
  return comparableLines(readWithOurs(folder).stdout).map(
    (line) =>
      // Namespaces and users' sessions are of the environment.
      `  ${withoutProcess(line).replaceAll(/(_ns = )\d+/g, '$1N')}`,
  );
}

/** The text of metadata, without what is of this trace alone and of a build of ours. */
function metadataOf(folder: string): readonly string[] {
  const { text } = unpackMetadata(readFileSync(join(folder, 'metadata')));
  return text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>')
    .replaceAll(/^\tlttng_ts_\w+ = .*\n/gm, '')
    .replaceAll(/\d{8}T\d{6}[+-]\d{4}/g, '<time>')
    .replaceAll(/\d{8}-\d{6}/g, '<date>')
    .replaceAll(/^(\t(?:offset|vpid) = )\d+;/gm, '$1N;')
    .split('\n');
}

function modes(home: string): readonly string[] {
  return pathsBelow(home)
    .map((path) => {
      const { mode, uid, gid } = statSync(join(home, path));
      return `${(mode & 0o7777).toString(8)} ${uid}:${gid} ${mask(relative('.', path))}`;
    })
    .toSorted();
}

const chunkCount = (home: string): number =>
  pathsBelow(home).filter((path) => /\/archives\/[^/]+$/.test(path)).length;

const bytesOf = (home: string, stream: string): number =>
  pathsBelow(home)
    .filter((path) => basename(path) === stream)
    .reduce((sum, path) => sum + statSync(join(home, path)).size, 0);

async function awaitCount(words: readonly string[], home: string): Promise<void> {
  const [wanted = '', what, stream = ''] = words;
  await eventually(words.join(' '), () => {
    try {
      const count = what === 'chunks' ? chunkCount(home) : bytesOf(home, stream);
      return count >= Number(wanted) ? true : null;
    } catch {
      // A folder moves at this moment.
      return null;
    }
  });
}
