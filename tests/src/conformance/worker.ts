/** A worker of `in-process.ts`: runs the command inside this process, once for each request. */
import { toError } from '@lttng-ts/base';
import { nodeWorld, runBabeltrace2 } from '@lttng-ts/cli/babeltrace2';
import type { Host } from '@lttng-ts/plugins';
import { nodeHost } from '@lttng-ts/plugins/node';
import type { WorkerAnswer, WorkerRequest } from './in-process.ts';
import { type RunCommandLine, runCase } from './run-case.ts';

const run: RunCommandLine = async ({ words, environment, workingFolder }) => {
  process.chdir(workingFolder);
  // Components read the time zone from the process; assigning it takes effect at once.
  process.env['TZ'] = environment['TZ'] ?? 'UTC';
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  using node = nodeHost();
  const host: Host = {
    ...node,
    standardOutput: { write: (bytes) => output.push(Buffer.from(bytes)) },
    standardError: { write: (bytes) => errors.push(Buffer.from(bytes)) },
    hasColours: false,
    environment: (name) => environment[name],
  };
  const status = await runBabeltrace2(words, nodeWorld({ host }));
  return { status, stdout: Buffer.concat(output), stderr: Buffer.concat(errors).toString() };
};

process.on('message', async ({ theCase, folders }: WorkerRequest) => {
  let answer: WorkerAnswer;
  try {
    answer = { faults: await runCase(theCase, folders, run) };
  } catch (error) {
    // The command itself must never throw: that it did is the case's fault.
    answer = { faults: [`thrown: ${toError(error).stack}`] };
  }
  process.send?.(answer);
});
