/** `lttng set-session`: makes another session the current one. */
import type { CommandContext } from '../command.ts';
import { attempt } from '../control-caller.ts';
import { failed, type Outcome, succeeded } from '../results.ts';
import { writeCurrentSession } from '../session-file.ts';
import { MAX_NAME_BYTES, nameBytes } from '../values/names.ts';

/** Writes the current session's name, after asking the daemon whether there is such a session. */
export async function setSession({ client, machine, options, reporter }: CommandContext): Promise<Outcome> {
  const [name] = options.positionals;
  if (name === undefined) {
    reporter.error('Missing session name');
    return failed();
  }
  if (nameBytes(name) > MAX_NAME_BYTES) {
    reporter.error(`Session name too long. Length must be lower or equal to ${MAX_NAME_BYTES}`);
    return failed();
  }
  const listed = await attempt(client, 'session.list', {});
  if (listed.failure !== null) {
    reporter.error(listed.failure.text);
    return failed();
  }
  if (!listed.result.sessions.some((session) => session.name === name)) {
    reporter.error(`Session '${name}' not found`);
    return failed();
  }
  if (!writeCurrentSession(machine, reporter, name)) return failed();
  reporter.item({ kind: 'session-set', session: name });
  return succeeded;
}
