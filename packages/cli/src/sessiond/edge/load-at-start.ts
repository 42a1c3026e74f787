/** Sessions that the daemon makes of saved configurations before it is ready: `--load`, or the `auto` folders. */
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { AnsweredMethod, ControlHandlers, ParamsOf, ResultOf } from '@lttng-ts/protocols';
import type { Caller, Log } from '@lttng-ts/sessiond';
import type { ControlCaller, Failure } from '../../lttng/control-caller.ts';
import { resolveHost } from '../../lttng/edge/resolve-host.ts';
import { nodeSessionFiles } from '../../saved-sessions/edge/node-session-files.ts';
import { loadSessions } from '../../saved-sessions/load.ts';
import { SYSTEM_SESSIONS, USER_SESSIONS } from '../../saved-sessions/session-files.ts';

const AUTO_FOLDER = 'auto';
const NO_PATH: Failure = { number: 97, name: 'INVALID', text: 'Invalid parameter' };

export interface LoadAtStartOptions {
  /** What `--load` names, or null. */
  readonly loadPath: string | null;
  readonly home: string | null;
  readonly log: Log;
  /** A line that tells more of the error that follows. */
  readonly writeDetail: (line: string) => void;
}

/** Loads; gives the failure with which the daemon is to end, or null. */
export async function loadAtStart(
  handlers: ControlHandlers<Caller>,
  { loadPath, home, log, writeDetail }: LoadAtStartOptions,
): Promise<Failure | null> {
  const files = nodeSessionFiles(process.cwd());
  const paths = loadPath === null ? automaticFiles(home, process.getuid?.() ?? 0) : [resolve(loadPath)];
  if (loadPath !== null && files.look(loadPath).kind === 'missing') {
    log('warning', 'Session configuration path does not exist.');
    return NO_PATH;
  }
  for (const path of paths) {
    const failure = await loadSessions({
      client: directCaller(handlers),
      resolveHost,
      files,
      path,
      session: null,
      overrides: { name: null, output: null },
      isForced: true,
      warn: (text) => log('warning', text),
    });
    for (const { kind, text } of failure?.lines ?? []) {
      if (kind === 'error') log('error', text);
      else writeDetail(text);
    }
    if (failure !== null) return failure;
  }
  return null;
}

/**
 * Files in the folders of this user and of the system; only those that are the user's own.
 * Differs from upstream: root, too, loads nothing of other users.
 */
export function automaticFiles(home: string | null, uid: number): readonly string[] {
  const files = nodeSessionFiles('/');
  const isOwn = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.uid === uid;
  const folders = [...(home === null ? [] : [join(home, USER_SESSIONS)]), SYSTEM_SESSIONS];
  return folders.flatMap((folder) => {
    const path = join(folder, AUTO_FOLDER);
    const place = files.look(path);
    return place.kind === 'folder' && isOwn(path) ? place.files.filter(isOwn) : [];
  });
}

/** The control API without a socket, in the name of the daemon's own user. */
function directCaller(handlers: ControlHandlers<Caller>): Pick<ControlCaller, 'call'> {
  const caller: Caller = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return {
    call: async <M extends AnsweredMethod>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> => {
      const handler = handlers[method] as (given: ParamsOf<M>, from: Caller) => Promise<ResultOf<M>>;
      return await handler(params, caller);
    },
  };
}
