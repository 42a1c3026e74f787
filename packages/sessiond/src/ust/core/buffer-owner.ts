/**
 * Who shares a set of ring buffers: all programs of a user with one word size, or one process alone.
 */
import { assertNever, folderDateTime } from '@lttng-ts/base';
import type { BufferSetOwner } from '@lttng-ts/protocols';

export type BufferOwner =
  | Extract<BufferSetOwner, { kind: 'user' }>
  | (Extract<BufferSetOwner, { kind: 'process' }> & {
      /** Of the registration, with the offset of local time from UTC then: part of the folder's name. */
      readonly registeredAtS: number;
      readonly utcOffsetMinutes: number;
    });

/** One text per owner, for maps; also what log lines show. */
export function bufferOwnerKey(owner: BufferOwner): string {
  const id = owner.kind === 'user' ? `uid ${owner.uid}` : `pid ${owner.pid}`;
  return `${id} ${owner.wordSizeBits}-bit`;
}

/** The owner as callers of the daemon see it. */
export function bufferSetOwner(owner: BufferOwner): BufferSetOwner {
  const { wordSizeBits } = owner;
  return owner.kind === 'user'
    ? { kind: 'user', uid: owner.uid, wordSizeBits }
    : { kind: 'process', pid: owner.pid, name: owner.name, wordSizeBits };
}

/** Folder of the owner's trace below the chunk's root. */
export function tracePathOf(owner: BufferOwner): string {
  switch (owner.kind) {
    case 'user':
      return `ust/uid/${owner.uid}/${owner.wordSizeBits}-bit`;
    case 'process':
      return `ust/pid/${owner.name}-${owner.pid}-${folderDateTime(owner.registeredAtS, owner.utcOffsetMinutes)}`;
    default:
      return assertNever(owner);
  }
}
