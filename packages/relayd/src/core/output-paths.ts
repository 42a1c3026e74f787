/**
 * Where the traces of a producer go below the relay's output folder, and which names of a peer are taken. Pure.
 * Dates are in the relay's time zone (`offsetMinutes`, east of Greenwich), as upstream has them.
 */
import { folderDateTime, isoBasicDateTime, ProtocolError } from '@lttng-ts/base';
import type { RelayCreateSession } from '@lttng-ts/protocols/relay';

export type Grouping = 'host' | 'session';

/** NAME_MAX of Linux, in bytes. */
const MAX_NAME_BYTES = 255;

/** Whether the name of a session or host may become a folder's. */
export function isPathSafe(name: string): boolean {
  return isPlainName(name) && !name.startsWith('.');
}

function isPlainName(name: string): boolean {
  const isPlain = name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
  return isPlain && new TextEncoder().encode(name).length <= MAX_NAME_BYTES;
}

/**
 * The names of a path from a peer; throws `ProtocolError` when it could lead out of the folder that it is relative to.
 * Slashes at the start and doubled ones are passed over: peers before 2.11 send them.
 */
// Differs from upstream: `../` in a stream's path is refused; 2.13 means to and has the test's arguments swapped.
export function namesOf(path: string): readonly string[] {
  const names = path.split('/').filter((name) => name !== '');
  const odd = names.find((name) => !isPlainName(name));
  if (odd !== undefined)
    throw new ProtocolError(`Path leads out of the output folder: path=${JSON.stringify(path)}`);
  return names;
}

export interface SessionPlace {
  readonly session: RelayCreateSession;
  readonly grouping: Grouping;
  readonly offsetMinutes: number;
}

/** The folder of a session of a peer from 2.11 on, relative to the output folder. */
export function sessionFolder({ session, grouping, offsetMinutes }: SessionPlace): string {
  const { sessionName, hostname, basePath, nameHasCreationTime, daemon } = session;
  const date = folderDateTime(daemon?.creationTimeS ?? 0, offsetMinutes);
  const below = namesOf(basePath);
  if (grouping === 'session') return [sessionName, `${hostname}-${date}`, ...below].join('/');
  if (below.length > 0) return [hostname, ...below].join('/');
  return `${hostname}/${nameHasCreationTime ? sessionName : `${sessionName}-${date}`}`;
}

const DATE_SUFFIX = /-\d{8}-\d{6}$/;

/**
 * The folder of a stream of a peer before 2.11, which sends `/host/session-date//ust/…` and knows no grouping.
 * `creationTimeS` is when the relay made the session.
 */
export function oldStreamPath(
  pathName: string,
  session: RelayCreateSession,
  { grouping, creationTimeS, offsetMinutes }: OldPlace,
): string {
  const names = namesOf(pathName);
  if (grouping === 'host') return names.join('/');
  const [host = '', second = '', ...rest] = names;
  const { sessionName } = session;
  const date = DATE_SUFFIX.exec(second)?.[0] ?? null;
  const isOwnFolder = date !== null && second.slice(0, -date.length) === sessionName.replace(DATE_SUFFIX, '');
  if (isOwnFolder) return [second.slice(0, -date.length), `${host}${date}`, ...rest].join('/');
  const made = folderDateTime(creationTimeS, offsetMinutes);
  return [sessionName, `${host}-${made}`, second, ...rest].join('/');
}

interface OldPlace {
  readonly grouping: Grouping;
  readonly creationTimeS: number;
  readonly offsetMinutes: number;
}

/** Folder of the current chunk once the session has rotated. */
export function chunkName(chunkId: bigint, creationTimeS: number, offsetMinutes: number): string {
  return `${isoBasicDateTime(creationTimeS, offsetMinutes)}-${chunkId}`;
}

/** Name of a chunk among the archives. */
export function archiveName(
  chunkId: bigint,
  creationTimeS: number,
  closeTimeS: number,
  offsetMinutes: number,
): string {
  const begin = isoBasicDateTime(creationTimeS, offsetMinutes);
  return `${begin}-${isoBasicDateTime(closeTimeS, offsetMinutes)}-${chunkId}`;
}

/** Name of the `turn`th file of a stream, from 0. */
export function streamFileName(
  channelName: string,
  { traceFileSizeBytes, traceFileCount }: { traceFileSizeBytes: number; traceFileCount: number },
  turn: number,
): string {
  if (traceFileSizeBytes === 0) return channelName;
  return `${channelName}_${traceFileCount === 0 ? turn : turn % traceFileCount}`;
}
