/**
 * Runs scenarios with one side's programs, and prints the outcomes as JSON: an array for each scenario. It runs inside an
 * environment, because a session daemon takes sockets with fixed names. Our commands run in this process: Node's start
 * is most of a command's time.
 *
 *   node scenario-runner.js SIDE random APP SEED…
 *   node scenario-runner.js SIDE sessions TITLE…
 *
 * Random scenarios have a daemon each. Scenarios of sessions share one, which a scenario leaves without a session.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import {
  endProcess,
  type Outcome,
  type Programs,
  runLineWithDaemon,
  runSequence,
  type Sequence,
  scenarioOf,
} from '@lttng-ts/cli/testing';
import { commandOf, repositoryPath, type Side } from '../harness/environment.ts';
import { ScenarioWords } from './scenario-words.ts';
import { sequenceOf, sessionScenarios } from './session-scenarios.ts';

const TIMEOUT_MS = 240_000;
const PID_FILE = '/run/lttng/lttng-sessiond.pid';
const DAEMON_WORDS = ['--daemonize', '--no-kernel'];
const [side, kind, ...words] = process.argv.slice(2) as [Side, 'random' | 'sessions', ...string[]];
const ownLine = side === 'ours' ? runLineWithDaemon : null;
const binFolder = side === 'ours' ? repositoryPath('bin') : null;

async function runWithDaemon(sequence: Sequence, programs: Partial<Programs>): Promise<readonly Outcome[]> {
  mkdirSync('/run/lttng', { recursive: true });
  const daemonLine = ['lttng-sessiond', ...DAEMON_WORDS].join(' ');
  const all = { binFolder, daemonLine, appPath: null, ...programs };
  return await runSequence(sequence, all, { timeoutMs: TIMEOUT_MS });
}

/** The number of the daemon that runs; the original's may have crashed. */
function daemonPid(): number | null {
  if (!existsSync(PID_FILE)) return null;
  const pid = Number(readFileSync(PID_FILE, 'utf8'));
  return existsSync(`/proc/${pid}/exe`) ? pid : null;
}

async function runShared(sequence: Sequence, programs: Partial<Programs>): Promise<readonly Outcome[]> {
  if (daemonPid() === null)
    execFileSync(commandOf(side, 'lttng-sessiond'), DAEMON_WORDS, { stdio: 'ignore' });
  const all = { binFolder, daemonLine: null, appPath: null, ...programs };
  return await runSequence(sequence, all, { timeoutMs: TIMEOUT_MS });
}

async function runSessionScenario(title: string): Promise<readonly Outcome[]> {
  const scenario = sessionScenarios.find((row) => row.title === title);
  if (scenario === undefined) throw new Error(`No such scenario: title="${title}"`);
  const words = new ScenarioWords();
  try {
    const shortcut: NonNullable<Programs['shortcut']> = async (line, home) =>
      (await words.run(line, home)) ?? (await ownLine?.(line, home)) ?? null;
    if (scenario.hasOwnDaemon !== true) return await runShared(sequenceOf(scenario), { shortcut });
    const pid = daemonPid();
    if (pid !== null) await endProcess(pid, TIMEOUT_MS);
    return await runWithDaemon(sequenceOf(scenario), { shortcut });
  } finally {
    await words.end();
  }
}

async function runRandomScenario(appPath: string, seed: string): Promise<readonly Outcome[]> {
  const shortcut = ownLine === null ? {} : { shortcut: ownLine };
  return await runWithDaemon(scenarioOf(Number(seed)), { appPath, ...shortcut });
}

const outcomes: (readonly Outcome[])[] = [];
if (kind === 'random') {
  const [appPath = '', ...seeds] = words;
  for (const seed of seeds) outcomes.push(await runRandomScenario(appPath, seed));
} else {
  for (const title of words) outcomes.push(await runSessionScenario(title));
  const pid = daemonPid();
  if (pid !== null) await endProcess(pid, TIMEOUT_MS);
}
process.stdout.write(JSON.stringify(outcomes));
