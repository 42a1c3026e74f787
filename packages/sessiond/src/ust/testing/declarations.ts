/** Declarations that registry tests start from. */
import { type LttngTraceHeader, lttngEnvironment, lttngMonotonicClock } from '@lttng-ts/ctf';
import { signedInteger, type UstNotifyRequest } from '@lttng-ts/protocols/ust-app';

export const BYTE_ALIGNED_HEADER: LttngTraceHeader = {
  uuid: 'cc0df762-2a2d-4311-bdc7-f961999470d1',
  byteOrder: 'little-endian',
  longBits: 64,
  environment: lttngEnvironment({
    tracerMajor: 2,
    tracerMinor: 13,
    buffering: { scheme: 'uid', uid: 0 },
    longBits: 64,
    traceName: 'test',
    creationDatetime: '20261123T162225+0000',
    hostname: 'host',
  }),
  clockClass: lttngMonotonicClock(0n, null),
};

/** An event with one integer. */
export function eventRequest(name: string): Extract<UstNotifyRequest, { kind: 'event' }> {
  return {
    kind: 'event',
    sessionHandle: 1,
    channelHandle: 2,
    name,
    logLevel: 13,
    signature: 'int, value',
    fields: [{ name: 'value', type: signedInteger(32, 8) }],
    modelEmfUri: null,
  };
}
