/** `lttng clear`: drops what sessions have recorded since their last rotation. */
import type { SessionInfo } from '@lttng-ts/protocols';
import { type CommandContext, refuseExtraWords, SESS_NOT_FOUND, sessionName } from '../command.ts';
import { attempt } from '../control-caller.ts';
import { whileWaiting } from '../progress.ts';
import { failed, type Outcome, succeeded } from '../results.ts';

/**
 * Clears sessions.
 * Differs from upstream: several names are accepted, because what is true of one is of use for several.
 */
export async function clear(context: CommandContext): Promise<Outcome> {
  const { client, options, reporter } = context;
  const isAll = options.has('all');
  if (isAll && refuseExtraWords(context, 0)) return failed();
  const listed = await attempt(client, 'session.list', {});
  if (listed.failure !== null) {
    reporter.error(listed.failure.text);
    return failed();
  }
  // Upstream's list begins with the newest session.
  const sessions = [...listed.result.sessions].reverse();
  if (isAll) return await clearAll(context, sessions);
  const current = options.positionals.length > 0 ? null : sessionName(context, null);
  const names = current === null ? options.positionals : [current];
  if (names.length === 0) return failed();
  for (const name of names) {
    const session = sessions.find((candidate) => candidate.name === name);
    if (session === undefined) {
      reporter.error(`Session name ${name} not found`);
      return failed(SESS_NOT_FOUND);
    }
    const outcome = await clearOne(context, session);
    if (outcome.exitCode !== 0) return outcome;
  }
  return succeeded;
}

async function clearAll(context: CommandContext, sessions: readonly SessionInfo[]): Promise<Outcome> {
  if (sessions.length === 0) context.reporter.item({ kind: 'no-session-to-destroy' });
  for (const session of sessions) {
    const outcome = await clearOne(context, session);
    if (outcome.exitCode !== 0) return outcome;
  }
  return succeeded;
}

async function clearOne(context: CommandContext, session: SessionInfo): Promise<Outcome> {
  const { client, reporter } = context;
  const { failure } = await whileWaiting(
    context,
    { text: `Waiting for clear of session "${session.name}"`, session: session.name },
    () => attempt(client, 'session.clear', { session: session.name }),
  );
  if (failure !== null) {
    reporter.error(failure.text);
    return failed(failure.number);
  }
  reporter.item({ kind: 'session-cleared', session });
  return succeeded;
}
