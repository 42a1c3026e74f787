/** Requests of a live reader, as bytes. */
import { encodeLiveRequest, liveConnect } from '@lttng-ts/protocols/live';

export const liveConnectRequest = (): Uint8Array =>
  encodeLiveRequest('connect', liveConnect.encode({ viewerSessionId: 0n, major: 2, minor: 4, type: 1 }));

export const listSessions = (): Uint8Array => encodeLiveRequest('listSessions', new Uint8Array(0));
