/** `lttng destroy`: one session, the current one, or all of the user's. */
import type { SessionInfo } from '@lttng-ts/protocols';
import { doForChosen } from '../chosen-sessions.ts';
import { type CommandContext, refuseExtraWords, SESS_NOT_FOUND, sessionName } from '../command.ts';
import { attempt } from '../control-caller.ts';
import { whileWaiting } from '../progress.ts';
import { failed, type Outcome, succeeded } from '../results.ts';
import { forgetCurrentSession } from '../session-file.ts';

/** Destroys sessions. */
export async function destroy(context: CommandContext): Promise<Outcome> {
  const { client, options, reporter } = context;
  const listed = await attempt(client, 'session.list', {});
  if (listed.failure !== null) {
    reporter.error(listed.failure.text);
    return failed();
  }
  // Upstream's list begins with the newest session.
  const sessions = [...listed.result.sessions].reverse();
  if (options.lastOf(['all', 'glob']) === 'glob') {
    const outcome = await doForChosen(
      context,
      () => false,
      (session) => destroyOne(context, session),
    );
    return outcome.exitCode === 0 && refuseExtraWords(context, 1) ? failed() : outcome;
  }
  const outcome = options.has('all')
    ? await destroyAll(context, sessions)
    : await destroyNamed(context, sessions);
  // Upstream looks at the words that are left only when the work is done.
  const isWordLeft = outcome.exitCode === 0 && refuseExtraWords(context, options.has('all') ? 0 : 1);
  return isWordLeft ? failed() : outcome;
}

async function destroyAll(context: CommandContext, sessions: readonly SessionInfo[]): Promise<Outcome> {
  if (sessions.length === 0) context.reporter.item({ kind: 'no-session-to-destroy' });
  for (const session of sessions) {
    const outcome = await destroyOne(context, session);
    if (outcome.exitCode !== 0) return outcome;
  }
  return succeeded;
}

async function destroyNamed(context: CommandContext, sessions: readonly SessionInfo[]): Promise<Outcome> {
  const name = sessionName(context, context.options.positionals[0]);
  if (name === null) return failed();
  const session = sessions.find((candidate) => candidate.name === name);
  if (session !== undefined) return await destroyOne(context, session);
  context.reporter.error(`Session name ${name} not found`);
  return failed(SESS_NOT_FOUND);
}

async function destroyOne(context: CommandContext, session: SessionInfo): Promise<Outcome> {
  const { client, machine, options, reporter } = context;
  const wait = !options.has('no-wait');
  const answer = await whileWaiting(
    context,
    { text: `Destroying session ${session.name}`, session: session.name },
    () => attempt(client, 'session.destroy', { session: session.name, wait }),
  );
  if (answer.failure !== null) {
    const { number, text } = answer.failure;
    reporter.error(number === SESS_NOT_FOUND ? `Session name ${session.name} not found` : text);
    return failed(number);
  }
  // Losses of a session that was stopped before were told when it stopped.
  const losses = session.isActive ? answer.result.losses : [];
  const { archivePath } = answer.result;
  reporter.item({ kind: 'session-destroyed', session, losses, archivePath });
  forgetCurrentSession(machine, session.name);
  return succeeded;
}
