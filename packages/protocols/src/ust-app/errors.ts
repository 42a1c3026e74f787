/**
 * Error codes of replies. An application answers 0 or a negative code; errno values that have no code of
 * their own become `ERR` there.
 */

/** Codes by upstream's name (without the prefix `LTTNG_UST_ERR_`), as positive numbers. */
export const ustErrors = {
  ERR: { number: 1024, meaning: 'general error' },
  NOENT: { number: 1025, meaning: 'no entry' },
  EXIST: { number: 1026, meaning: 'object exists already' },
  INVAL: { number: 1027, meaning: 'invalid argument' },
  PERM: { number: 1028, meaning: 'permission denied' },
  NOSYS: { number: 1029, meaning: 'not implemented' },
  EXITING: { number: 1030, meaning: 'process is exiting' },
  INVAL_MAGIC: { number: 1031, meaning: 'invalid magic number' },
  INVAL_SOCKET_TYPE: { number: 1032, meaning: 'invalid socket type' },
  UNSUP_MAJOR: { number: 1033, meaning: 'unsupported major version' },
  PEERCRED: { number: 1034, meaning: 'peer credentials cannot be read' },
  PEERCRED_PID: { number: 1035, meaning: 'peer is in another pid namespace' },
} as const;

export type UstErrorName = keyof typeof ustErrors;

const namesByNumber = new Map(
  Object.entries(ustErrors).map(([name, { number }]) => [number as number, name as UstErrorName]),
);

/** The code of a reply for an error: `ustErrorCode('EXIST')` is −1026. */
export function ustErrorCode(name: UstErrorName): number {
  return -ustErrors[name].number;
}

/** Name of a reply's (negative) code, or `null` when it is none of the table's. */
export function findUstErrorName(code: number): UstErrorName | null {
  return namesByNumber.get(-code) ?? null;
}

/** How an application turns a failed system call into a code. */
export function ustErrorOfErrno(errnoName: string): UstErrorName {
  switch (errnoName) {
    case 'EEXIST':
      return 'EXIST';
    case 'EINVAL':
      return 'INVAL';
    case 'ENOENT':
      return 'NOENT';
    case 'EPERM':
      return 'PERM';
    case 'ENOSYS':
      return 'NOSYS';
    default:
      return 'ERR';
  }
}
