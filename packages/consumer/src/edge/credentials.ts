/**
 * Gives up the daemon's rights for the session owner's, for good, and proves it.
 */
import process from 'node:process';
import { SystemError, systemCall } from '@lttng-ts/base';

/** What Node's types forget. */
type PosixProcess = NodeJS.Process & {
  initgroups?(user: string | number, extraGroup: string | number): void;
};

/**
 * Becomes `uid` and `gid` with that user's supplementary groups. Throws `SystemError` when that fails, also
 * when the process could come back afterwards; the caller must then exit.
 */
export function becomeOwner(uid: number, gid: number): void {
  const { initgroups, setgid, setgroups, setuid } = process as PosixProcess;
  if (!initgroups || !setgid || !setgroups || !setuid) throw new SystemError('setuid', 'ENOSYS');
  // An unprivileged daemon serves only its own user: nothing to change, only to verify.
  if (process.geteuid?.() === 0) {
    systemCall({ uid, gid }, () => {
      try {
        initgroups.call(process, uid, gid);
      } catch (error) {
        // A user id without a name has no supplementary groups.
        if ((error as NodeJS.ErrnoException).code !== 'ERR_UNKNOWN_CREDENTIAL') throw error;
        setgroups.call(process, [gid]);
      }
      setgid.call(process, gid);
      setuid.call(process, uid);
    });
  }
  verify(uid, gid);
}

function verify(uid: number, gid: number): void {
  const uids = [process.getuid?.(), process.geteuid?.()];
  const gids = [process.getgid?.(), process.getegid?.()];
  if (uids.some((id) => id !== uid) || gids.some((id) => id !== gid)) {
    throw new SystemError('setuid', 'EPERM', { uid, gid, what: 'credentials differ from the owner' });
  }
  if (uid === 0) return;
  let isRegained = true;
  try {
    process.setuid?.(0);
  } catch {
    // What must happen: the saved user id is gone too.
    isRegained = false;
  }
  if (isRegained) throw new SystemError('setuid', 'EPERM', { uid, what: 'root could be regained' });
}
