/** Who has shared memory in its address space, from /proc. */
import { fstatSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import type { MemoryUser, MemoryUsers } from '../ports.ts';

/** The unit of times in /proc/PID/stat, the same on every architecture. */
const TICKS_PER_S = 100;
/** Field 22 of /proc/PID/stat, counted from the one behind the name in parentheses. */
const START_TIME_FIELD = 19;

export const memoryUsers: MemoryUsers = {
  async usersOf(fds, sinceS) {
    const places = fds.map(placeInMaps);
    const users: MemoryUser[] = [];
    for (const entry of await readdir('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      const pid = Number(entry);
      const maps = await readMaps(pid);
      const isUser = maps === null ? startOf(pid) > sinceS : places.some((place) => maps.includes(place));
      if (isUser) users.push({ pid, name: nameOf(pid) });
    }
    return users;
  },
  stateOf(pid) {
    if (pid === 0) return 'running';
    const [state = 'X'] = statFields(pid);
    if (/[Tt]/.test(state)) return 'stopped';
    return /[ZXx]/.test(state) ? 'gone' : 'running';
  },
};

/** How a file is named in /proc/PID/maps: device and inode. */
function placeInMaps(fd: number): string {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xffff_f000n);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffff_ff00n);
  const hex = (value: bigint): string => value.toString(16).padStart(2, '0');
  return ` ${hex(major)}:${hex(minor)} ${ino} `;
}

/** The mappings of a process; null for one that may not be looked into, nothing for one that is gone. */
async function readMaps(pid: number): Promise<string | null> {
  try {
    return await readFile(`/proc/${pid}/maps`, 'latin1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ENOENT and ESRCH: it has ended meanwhile.
    return code === 'EACCES' || code === 'EPERM' ? null : '';
  }
}

/** When a process began, in seconds since the epoch; 0 when it is gone. */
function startOf(pid: number): number {
  const ticks = Number(statFields(pid)[START_TIME_FIELD]);
  const bootS = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1]);
  return Number.isFinite(ticks) ? bootS + ticks / TICKS_PER_S : 0;
}

/** Fields of /proc/PID/stat behind the name; none of a process that is gone. */
function statFields(pid: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    // It has ended.
    return [];
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    // It has ended.
    return '';
  }
}
