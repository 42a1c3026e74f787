/** `lttng save`: writes what sessions are to files that `load`, ours or upstream's, makes them of again. */
import type { SessionInfo } from '@lttng-ts/protocols';
import type { SessionFiles } from '../../saved-sessions/session-files.ts';
import { SAVED_SUFFIX, USER_SESSIONS } from '../../saved-sessions/session-files.ts';
import { savedSessionOf, savedSessionText } from '../../saved-sessions/write.ts';
import { type CommandContext, refuseExtraWords, SESS_NOT_FOUND } from '../command.ts';
import { attempt, type Failure } from '../control-caller.ts';
import { failed, type Outcome, refused, succeeded } from '../results.ts';
import { MAX_NAME_BYTES, nameBytes } from '../values/names.ts';
import { parseOutputUrl } from '../values/output-url.ts';

const NOT_FOUND: Failure = { number: SESS_NOT_FOUND, name: 'SESS_NOT_FOUND', text: 'Session name not found' };
const FILE_EXISTS: Failure = { number: 85, name: 'SAVE_FILE_EXIST', text: 'Session file already exists' };
const NOT_WRITTEN: Failure = {
  number: 86,
  name: 'SAVE_IO_FAIL',
  text: 'IO error while writing session configuration',
};
const NO_FOLDER: Failure = { number: 20, name: 'SET_URL', text: 'Error setting URL' };
/** Upstream's LTTNG_PATH_MAX with the NUL. */
const MAX_PATH_BYTES = 4095;

/**
 * Saves sessions.
 * Differs from upstream: the files are written by this process and not by the daemon, so that they are its
 * user's also when a member of the tracing group saves sessions of root's daemon.
 */
export async function save(context: CommandContext): Promise<Outcome> {
  const { options, reporter } = context;
  if (refuseExtraWords(context, options.has('all') ? 0 : 1)) return refused();
  const session = options.has('all') ? null : (options.positionals[0] ?? null);
  const given = options.find('output-path');
  const folder = given === null ? null : folderOf(context, given);
  if (folder === 'refused') return refused();
  if (session !== null && nameBytes(session) > MAX_NAME_BYTES - 1) return refused();
  const failure = await saveSessions(context, session, folder);
  reporter.item({ kind: 'sessions-saved', session, path: given, failure });
  if (failure === null) return succeeded;
  reporter.error(failure.text);
  return failed(failure.number);
}

/** The folder that a URL says; places of relay daemons are refused without a word, as upstream does. */
function folderOf({ reporter }: CommandContext, url: string): string | 'refused' {
  if (url === '' || nameBytes(url) > MAX_PATH_BYTES) return 'refused';
  const parsed = parseOutputUrl(url);
  if (parsed.kind === 'path') return parsed.path;
  if (parsed.kind === 'wrong') for (const line of parsed.lines.slice(0, -1)) reporter.error(line);
  return 'refused';
}

async function saveSessions(
  context: CommandContext,
  name: string | null,
  folder: string | null,
): Promise<Failure | null> {
  const { client, machine } = context;
  const listed = await attempt(client, 'session.list', {});
  if (listed.failure !== null) return listed.failure;
  // An empty name means all, too.
  const isAll = name === null || name === '';
  const sessions = listed.result.sessions.filter((session) => isAll || session.name === name);
  if (sessions.length === 0) return isAll ? null : NOT_FOUND;
  const files = await machine.sessionFiles();
  // Upstream's daemon does not look at LTTNG_HOME here.
  const home = files.systemHome;
  const target = folder ?? (home === null ? null : `${home}/${USER_SESSIONS}`);
  if (target === null || !files.makeFolder(target)) return NO_FOLDER;
  for (const session of sessions) {
    const failure = await saveOne(context, files, session, `${target}/${session.name}${SAVED_SUFFIX}`);
    if (failure !== null) return failure;
  }
  return null;
}

async function saveOne(
  { client, options }: CommandContext,
  files: SessionFiles,
  session: SessionInfo,
  path: string,
): Promise<Failure | null> {
  const listed = session.isSnapshotMode
    ? await attempt(client, 'snapshot.list-outputs', { session: session.name })
    : { result: { outputs: [] }, failure: null };
  if (listed.failure !== null) return listed.failure;
  const text = savedSessionText(savedSessionOf(session, listed.result.outputs));
  switch (files.write(path, text, options.has('force'))) {
    case 'written':
      return null;
    case 'exists':
      return FILE_EXISTS;
    case 'failed':
      return NOT_WRITTEN;
  }
}
