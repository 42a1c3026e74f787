/** `lttng stop`: stops recording and waits until the recorded data can be read. */
import type { ChannelLosses } from '@lttng-ts/protocols';
import { choosesSessions, doForChosen } from '../chosen-sessions.ts';
import { type CommandContext, refuseExtraWords, reportFailure, sessionName } from '../command.ts';
import { attempt } from '../control-caller.ts';
import { ProgressLine } from '../progress.ts';
import { failed, type Outcome, succeeded } from '../results.ts';

const TRACE_ALREADY_STOPPED = 81;
/** Upstream asks this often, and prints a dot each time. */
const POLL_PERIOD_MS = 200;

/** Stops recording in one session, or in all that the options choose. */
export async function stop(context: CommandContext): Promise<Outcome> {
  const { options } = context;
  if (refuseExtraWords(context, options.has('all') ? 0 : 1)) return failed();
  if (choosesSessions(context)) {
    const isFine = (exitCode: number): boolean => exitCode === TRACE_ALREADY_STOPPED;
    return await doForChosen(context, isFine, ({ name }) => stopOne(context, name));
  }
  const session = sessionName(context, options.positionals[0]);
  return session === null ? failed() : await stopOne(context, session);
}

async function stopOne(context: CommandContext, session: string): Promise<Outcome> {
  const { client, options, reporter } = context;
  const answer = await attempt(client, 'session.stop', { session });
  if (answer.failure !== null) {
    const { number, text } = answer.failure;
    if (number === TRACE_ALREADY_STOPPED) reporter.warning(`Tracing already stopped for session ${session}`);
    else reporter.error(text);
    return failed(number);
  }
  try {
    const losses = options.has('no-wait') ? answer.result.losses : await waitForData(context, session);
    reporter.item({ kind: 'session-stopped', session, losses });
    return succeeded;
  } catch (error) {
    return reportFailure(context, error);
  }
}

/** Polls until everything recorded is in the output; gives the losses that are final then. */
async function waitForData(context: CommandContext, session: string): Promise<readonly ChannelLosses[]> {
  const { client, machine } = context;
  const line = new ProgressLine(context, session, 'Waiting for data availability');
  line.begin();
  try {
    for (;;) {
      const { isPending, losses } = await client.call('session.data-pending', { session });
      if (!isPending) return losses;
      await machine.sleep(POLL_PERIOD_MS);
      line.tick();
    }
  } finally {
    line.end();
  }
}
