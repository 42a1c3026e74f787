/** Sessions that `--all` and `--glob` choose, as LTTng-tools 2.14 has these options. */
import type { SessionInfo } from '@lttng-ts/protocols';
import type { CommandContext } from './command.ts';
import { attempt } from './control-caller.ts';
import { exitCodes, failed, type Outcome, succeeded } from './results.ts';
import { shellGlob } from './values/shell-glob.ts';

/** Whether the options choose sessions by themselves; otherwise one is named, or the current one is meant. */
export const choosesSessions = ({ options }: CommandContext): boolean =>
  options.has('all') || options.has('glob');

/** The sessions, newest first as upstream lists them; null after a report. The last of the options counts. */
export async function chosenSessions(context: CommandContext): Promise<readonly SessionInfo[] | null> {
  const { client, options, reporter } = context;
  const pattern = options.positionals[0];
  const isAll = options.lastOf(['all', 'glob']) === 'all';
  if (!isAll && pattern === undefined) {
    reporter.error('Missing pattern of session names.');
    return null;
  }
  const listed = await attempt(client, 'session.list', {});
  if (listed.failure !== null) {
    reporter.error(listed.failure.text);
    return null;
  }
  const sessions = [...listed.result.sessions].reverse();
  if (isAll) return sessions;
  const matches = shellGlob(pattern ?? '');
  return sessions.filter(({ name }) => matches(name));
}

/**
 * Does the same to all chosen sessions, also when one of them fails. What a session is already (`isFine`) is
 * no failure then, because nobody named it.
 */
export async function doForChosen(
  context: CommandContext,
  isFine: (exitCode: number) => boolean,
  work: (session: SessionInfo) => Promise<Outcome>,
): Promise<Outcome> {
  const sessions = await chosenSessions(context);
  if (sessions === null) return failed();
  if (sessions.length === 0) context.reporter.item({ kind: 'no-session-to-destroy' });
  let outcome = succeeded;
  for (const session of sessions) {
    const { exitCode } = await work(session);
    if (exitCode !== 0 && !isFine(exitCode)) outcome = failed(exitCodes.error);
  }
  return outcome;
}
