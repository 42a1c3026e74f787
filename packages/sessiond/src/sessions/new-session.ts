/** Makes a session of what its creator says: names, output, owner. */
import type { ParamsOf } from '@lttng-ts/protocols';
import type { Caller } from './caller.ts';
import { Session } from './session.ts';
import type { Moment } from './session-chunks.ts';
import { requireAbsolutePath, requirePath, sessionNames } from './session-names.ts';

const TRACES_FOLDER = 'lttng-traces';

/** Throws upstream's refusal of names and paths that no session can have. */
export function newSession(
  {
    name: asked,
    output,
    sharedMemoryPath,
    isSharedMemoryPathWhole,
    isSnapshotMode,
    traceFormat = 'ctf-1.8',
  }: ParamsOf<'session.create'>,
  caller: Caller,
  id: number,
  { timeS, utcOffsetMinutes }: Moment,
): Session {
  const { name, traceName, folderName } = sessionNames(asked, timeS, utcOffsetMinutes);
  const path = outputPathOf(output, folderName);
  if (path !== null) requireAbsolutePath(path);
  const session = new Session({
    id,
    name,
    traceName,
    ownerUid: caller.uid,
    ownerGid: caller.gid,
    creationTimeS: timeS,
    outputPath: isSnapshotMode ? null : path,
    sharedMemoryPath:
      sharedMemoryPath === null
        ? null
        : requirePath(
            isSharedMemoryPathWhole === true ? sharedMemoryPath : `${sharedMemoryPath}/${folderName}`,
          ),
    isSnapshotMode,
    traceFormat,
  });
  if (isSnapshotMode && path !== null) {
    session.snapshotOutputs.add({ name: null, path, maxSizeBytes: null });
  }
  return session;
}

function outputPathOf(output: ParamsOf<'session.create'>['output'], folderName: string): string | null {
  switch (output.kind) {
    case 'default':
      return `${output.homePath}/${TRACES_FOLDER}/${folderName}`;
    case 'path':
      return output.path;
    case 'none':
      return null;
  }
}
