/** Composition root of `babeltrace2`: the process's words, streams, signals and exit status. */
import { spawnSync } from 'node:child_process';
import { LttngError, toError } from '@lttng-ts/base';
import { nodeHost } from '@lttng-ts/plugins/node';
import { runBabeltrace2 } from '../run-babeltrace2.ts';
import { nodeWorld, untilClosed } from './node-world.ts';

/** Exit status of a program that aborted: 128 + SIGABRT. */
const ABORTED = 134;

/** Runs the command line of this process and sets its exit status. */
export async function runMain(): Promise<void> {
  process.title = 'babeltrace2';
  using host = nodeHost();
  const { stdout, stderr } = process;
  const world = nodeWorld({
    host: { ...host, standardOutput: untilClosed(host.standardOutput) },
    columns: stderr.isTTY ? stderr.columns : stdout.isTTY ? stdout.columns : null,
  });
  process.on('SIGINT', () => world.interrupt());
  try {
    process.exitCode = await runBabeltrace2(process.argv.slice(2), world);
  } catch (error) {
    // A bug: the story helps whoever reports it.
    const story = error instanceof LttngError ? error.story : (toError(error).stack ?? String(error));
    host.standardError.write(Buffer.from(`${story}\n`));
    const onAbort = process.env['BABELTRACE_EXEC_ON_ABORT'];
    if (onAbort !== undefined) spawnSync('/bin/sh', ['-c', onAbort], { stdio: 'inherit' });
    process.exitCode = ABORTED;
  }
}
