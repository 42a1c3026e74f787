/** Makes a session of what its creator says: names, output, owner. */
import type { ParamsOf } from '@lttng-ts/protocols';
import type { Caller } from './caller.ts';
import { networkOutputText, requireNetworkOutput, snapshotOutputText } from './network-output.ts';
import { refuse } from './refusal.ts';
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
    liveTimerUs = 0,
    traceFormat = 'ctf-1.8',
  }: ParamsOf<'session.create'>,
  caller: Caller,
  id: number,
  { timeS, utcOffsetMinutes }: Moment,
): Session {
  const { name, traceName, folderName } = sessionNames(asked, timeS, utcOffsetMinutes);
  const network = output.kind === 'network' ? requireNetworkOutput(output.network) : null;
  const path = outputPathOf(output, folderName);
  if (path !== null && network === null) requireAbsolutePath(path);
  // Whoever follows a session does so on a relay daemon.
  if (liveTimerUs > 0 && (network === null || isSnapshotMode)) refuse('INVALID');
  const session = new Session({
    id,
    name,
    traceName,
    ownerUid: caller.uid,
    ownerGid: caller.gid,
    creationTimeS: timeS,
    outputPath: isSnapshotMode ? null : path,
    network: isSnapshotMode ? null : network,
    liveTimerUs,
    folderName,
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
    const place = network === null ? path : snapshotOutputText(network);
    session.snapshotOutputs.add({ name: null, path: place, network, maxSizeBytes: null });
  }
  return session;
}

function outputPathOf(output: ParamsOf<'session.create'>['output'], folderName: string): string | null {
  switch (output.kind) {
    case 'default':
      return `${output.homePath}/${TRACES_FOLDER}/${folderName}`;
    case 'path':
      return output.path;
    case 'network':
      return networkOutputText(output.network);
    case 'none':
      return null;
  }
}
