/** What lies at a path. */
import { type Stats, statSync } from 'node:fs';
import { SystemError, systemCall } from '@lttng-ts/base';

/** Links are followed; `null` when nothing is there, also where a link leads nowhere or in a circle. Throws `SystemError`. */
export function findStat(path: string): Stats | null {
  try {
    return systemCall({ path }, () => statSync(path, { throwIfNoEntry: false })) ?? null;
  } catch (error) {
    if (error instanceof SystemError && error.errnoName === 'ELOOP') return null;
    throw error;
  }
}
