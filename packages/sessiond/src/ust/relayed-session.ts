/** What a relay daemon is told of a session. */
import type { NetworkOutput, RelayedSession } from '@lttng-ts/protocols';
import type { DesiredSession } from './ust-domain.ts';

export interface RelayedSessionParts {
  readonly network: NetworkOutput;
  readonly hostname: string;
  /** 32 hexadecimal digits. */
  readonly daemonUuid: string;
  readonly isSnapshot: boolean;
}

export function relayedSession(
  { id, name, folderName, liveTimerUs, creationTimeS }: DesiredSession,
  { network, hostname, daemonUuid, isSnapshot }: RelayedSessionParts,
): RelayedSession {
  return {
    output: network,
    sessionName: name,
    hostname,
    liveTimerUs,
    isSnapshot,
    nameHasCreationTime: name === folderName,
    daemonUuid,
    daemonSessionId: id,
    creationTimeS,
    folderName,
  };
}
