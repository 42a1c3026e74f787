/**
 * Loads sessions from files: which files, which of their sessions, and when a failure ends it. The rules are
 * those of LTTng-tools 2.13, found by running it.
 */
import type { Failure } from '../lttng/control-caller.ts';
import { type LoadFailure, type RestoreOptions, restoreSession } from './restore.ts';
import { type SessionFiles, SYSTEM_SESSIONS, USER_SESSIONS } from './session-files.ts';

export interface LoadRequest extends RestoreOptions {
  readonly files: SessionFiles;
  /** A file or a folder, of which all files count. */
  readonly path: string;
  /** Only the session of this name; null: all. */
  readonly session: string | null;
}

const IO_FAIL: Failure = {
  number: 88,
  name: 'LOAD_IO_FAIL',
  text: 'IO error while reading a session configuration',
};
const INVALID_CONFIG: Failure = {
  number: 87,
  name: 'LOAD_INVALID_CONFIG',
  text: 'Invalid session configuration',
};
/** No file holds the session. */
const NOT_THERE: LoadFailure = {
  number: 89,
  name: 'LOAD_SESSION_NOENT',
  text: 'Session file not found',
  lines: [],
};

/**
 * Loads what `load` without a path loads: the sessions of the user, then those of the system. A session that
 * is in neither is no failure, as upstream has it; whoever asks is warned.
 */
export async function loadDefaultSessions(
  request: Omit<LoadRequest, 'path'>,
  userHome: string | null,
): Promise<LoadFailure | null> {
  const folders = [...(userHome === null ? [] : [`${userHome}/${USER_SESSIONS}`]), SYSTEM_SESSIONS];
  for (const path of folders) {
    if (request.files.look(path).kind === 'missing') continue;
    const failure = await loadSessions({ ...request, path });
    if (failure === NOT_THERE) continue;
    if (failure !== null || request.session !== null) return failure;
  }
  if (request.session !== null) request.warn(`Not loaded: ${NOT_THERE.text}: session="${request.session}"`);
  return null;
}

/** Loads from a path that exists; gives what went wrong, or null. */
export async function loadSessions(request: LoadRequest): Promise<LoadFailure | null> {
  const { files, path, session } = request;
  const place = files.look(path);
  if (place.kind !== 'folder') return await loadFile(request, path);
  for (const file of place.files) {
    const failure = await loadFile(request, file);
    if (session === null) {
      if (failure !== null) return failure;
      continue;
    }
    if (failure === null) return null;
    if (failure === NOT_THERE) continue;
    // Upstream says that all went well when the file that holds the session does not load, and so do we, with
    // a word of what was wrong.
    request.warn(`Not loaded: ${failure.text}: path="${file}"`);
    return null;
  }
  return session === null ? null : NOT_THERE;
}

async function loadFile(request: LoadRequest, path: string): Promise<LoadFailure | null> {
  const { files, session: wanted } = request;
  const text = files.read(path);
  if (text === null) return { ...IO_FAIL, lines: [] };
  // The reader of XML is loaded when it is needed: other commands must start fast.
  const { readSavedSessions } = await import('./read.ts');
  const read = readSavedSessions(text);
  switch (read.kind) {
    case 'malformed':
      return {
        ...IO_FAIL,
        lines: [{ kind: 'detail', text: `${path}:${read.line}: parser error : ${read.reason}` }],
      };
    case 'invalid':
      return {
        ...INVALID_CONFIG,
        lines: [
          { kind: 'detail', text: `XML Error: ${read.reason}` },
          { kind: 'error', text: 'Session configuration file validation failed' },
        ],
      };
    case 'sessions': {
      const sessions = read.sessions.filter(({ name }) => wanted === null || name === wanted);
      if (sessions.length === 0) return NOT_THERE;
      for (const session of sessions) {
        const failure = await restoreSession(session, request);
        if (failure !== null) return failure;
      }
      return null;
    }
  }
}
