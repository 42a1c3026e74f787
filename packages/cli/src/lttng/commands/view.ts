/** `lttng view`: prints a session's trace with our reader, or starts the viewer that the user names. */
import { type CommandContext, refuseExtraWords, sessionName } from '../command.ts';
import { attempt } from '../control-caller.ts';
import { type Outcome, refused } from '../results.ts';

/** Shows the events of a session or of the traces below a folder. */
export async function view(context: CommandContext): Promise<Outcome> {
  const { general, machine, options, reporter } = context;
  if (general.form !== 'text') reporter.warning('mi does not apply to view command');
  if (refuseExtraWords(context, 1)) return refused();
  const path = options.find('trace-path') ?? (await findSessionPath(context));
  if (path === null) return refused();
  const viewer = options.find('viewer');
  // Differs from upstream: the built-in reader is the default; upstream starts babeltrace2 or babeltrace.
  if (viewer === null) return refused(await machine.printTrace(path));
  const [program = '', ...args] = viewer.split(' ').filter((word) => word !== '');
  const end = await machine.run(program, [...args, path], 'inherited');
  switch (end.kind) {
    case 'exited':
      return refused(end.exitCode);
    case 'killed':
      return refused(128 + end.signal);
    case 'not-started':
      reporter.note(`Trace directory: ${path}\n`);
      reporter.error(`Failed to launch "${viewer}" viewer: ${end.reason}`);
      return refused();
  }
}

/** The output folder of the named or current session; `null` after a report. */
async function findSessionPath(context: CommandContext): Promise<string | null> {
  const { client, options, reporter } = context;
  const name = sessionName(context, options.positionals[0]);
  if (name === null) return null;
  const answer = await attempt(client, 'session.list', {});
  if (answer.failure !== null) {
    reporter.error(`Unable to list sessions. Session name ${name} not found.`);
    reporter.note('Is there a session daemon running?');
    return null;
  }
  const session = answer.result.sessions.find((candidate) => candidate.name === name);
  if (session === undefined) {
    reporter.note(`Session name ${name} not found`);
    return null;
  }
  if (session.isActive) {
    reporter.warning(`Session ${name} is running. Please stop it before reading it.`);
    return null;
  }
  return session.outputPath;
}
