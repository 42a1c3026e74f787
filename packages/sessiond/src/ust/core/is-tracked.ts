/** Whether a session records a process: each inclusion set must have it. */
import type { ProcessTrackers } from '@lttng-ts/protocols';
import type { Credentials } from './registration-table.ts';

export function isTracked({ vpid, vuid, vgid }: ProcessTrackers<number>, process: Credentials): boolean {
  return (
    (vpid === null || vpid.includes(process.pid)) &&
    (vuid === null || vuid.includes(process.uid)) &&
    (vgid === null || vgid.includes(process.gid))
  );
}
