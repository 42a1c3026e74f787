/**
 * Runs random scenarios with one side's programs, and prints the outcomes as JSON: an array for each seed. It runs inside
 * an environment, because a session daemon takes sockets with fixed names. Our commands run in this process: Node's start
 * is most of a command's time.
 *
 *   node scenario-runner.js SIDE APP SEED…
 */
import { mkdirSync } from 'node:fs';
import { type Outcome, runLineWithDaemon, runSequence, scenarioOf } from '@lttng-ts/cli/testing';
import { repositoryPath } from '../harness/environment.ts';

const TIMEOUT_MS = 60_000;
const [side, appPath = '', ...seeds] = process.argv.slice(2);
const programs = {
  appPath,
  daemonLine: 'lttng-sessiond --daemonize --no-kernel',
  ...(side === 'ours'
    ? { binFolder: repositoryPath('bin'), shortcut: runLineWithDaemon }
    : { binFolder: null }),
};
const outcomes: (readonly Outcome[])[] = [];
for (const seed of seeds) {
  mkdirSync('/run/lttng', { recursive: true });
  outcomes.push(await runSequence(scenarioOf(Number(seed)), programs, { timeoutMs: TIMEOUT_MS }));
}
process.stdout.write(JSON.stringify(outcomes));
