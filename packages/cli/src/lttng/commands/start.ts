/** `lttng start`. */
import { type CommandContext, refuseExtraWords, sessionName } from '../command.ts';
import { attempt } from '../control-caller.ts';
import { failed, type Outcome, succeeded } from '../results.ts';

const TRACE_ALREADY_STARTED = 80;

/** Starts recording in a session. */
export async function start(context: CommandContext): Promise<Outcome> {
  if (refuseExtraWords(context, 1)) return failed();
  const session = sessionName(context, context.options.positionals[0]);
  if (session === null) return failed();
  const { failure } = await attempt(context.client, 'session.start', { session });
  if (failure === null) {
    context.reporter.item({ kind: 'session-started', session });
    return succeeded;
  }
  if (failure.number === TRACE_ALREADY_STARTED) {
    context.reporter.warning(`Tracing already started for session ${session}`);
  } else {
    context.reporter.error(failure.text);
  }
  return failed(failure.number);
}
