/** `lttng start`. */
import { choosesSessions, doForChosen } from '../chosen-sessions.ts';
import { type CommandContext, refuseExtraWords, sessionName } from '../command.ts';
import { attempt } from '../control-caller.ts';
import { failed, type Outcome, succeeded } from '../results.ts';

const TRACE_ALREADY_STARTED = 80;

/** Starts recording in one session, or in all that the options choose. */
export async function start(context: CommandContext): Promise<Outcome> {
  if (refuseExtraWords(context, context.options.has('all') ? 0 : 1)) return failed();
  if (choosesSessions(context)) {
    const isFine = (exitCode: number): boolean => exitCode === TRACE_ALREADY_STARTED;
    return await doForChosen(context, isFine, ({ name }) => startOne(context, name));
  }
  const session = sessionName(context, context.options.positionals[0]);
  return session === null ? failed() : await startOne(context, session);
}

async function startOne({ client, reporter }: CommandContext, session: string): Promise<Outcome> {
  const { failure } = await attempt(client, 'session.start', { session });
  if (failure === null) {
    reporter.item({ kind: 'session-started', session });
    return succeeded;
  }
  if (failure.number === TRACE_ALREADY_STARTED) {
    reporter.warning(`Tracing already started for session ${session}`);
  } else {
    reporter.error(failure.text);
  }
  return failed(failure.number);
}
