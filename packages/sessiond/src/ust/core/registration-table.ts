/**
 * Connections on their way to be an application: each application makes two, and they are paired by the
 * process id that the kernel tells. Pure: connections are opaque here, closing them is the caller's part.
 */
import { describe } from '@lttng-ts/base';
import type { ApplicationInfo } from '@lttng-ts/protocols';
import {
  refusalOf,
  type UstAlignments,
  type UstRegistration,
  type UstSocketType,
  ustSocketTypes,
} from '@lttng-ts/protocols/ust-app';

/** Who an application is: credentials from the kernel, the rest as it declared itself. */
export interface ApplicationIdentity extends UstAlignments {
  readonly pid: number;
  /** As declared, or 0 when the declared pid is another one than the kernel's. */
  readonly ppid: number;
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly abiMajor: number;
  readonly abiMinor: number;
  readonly wordSizeBits: number;
}

export interface Credentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** What a registration message leads to. `replaced`: an older connection that must be closed. */
export type RegistrationStep<C> =
  | { readonly kind: 'refused'; readonly identity: ApplicationIdentity; readonly reason: string }
  | { readonly kind: 'waiting'; readonly replaced: C | null }
  | {
      readonly kind: 'complete';
      readonly identity: ApplicationIdentity;
      readonly command: C;
      readonly notify: C;
      readonly replaced: C | null;
    };

interface Pending<C> {
  readonly identity: ApplicationIdentity;
  readonly command?: C;
  readonly notify?: C;
}

/** Refused applications that are remembered; they try again every few seconds. */
const MAX_REFUSED = 256;

export class RegistrationTable<C> {
  readonly #pending = new Map<number, Pending<C>>();
  readonly #refused = new Map<number, ApplicationInfo>();

  /** Applications that were refused, the oldest first. */
  get refused(): readonly ApplicationInfo[] {
    return [...this.#refused.values()];
  }

  /** Forgets a refused application: its process has ended. */
  forgetRefused(pid: number): void {
    this.#refused.delete(pid);
  }

  /** Takes the registration message of a connection. */
  register(connection: C, registration: UstRegistration, peer: Credentials): RegistrationStep<C> {
    const identity = identityOf(registration, peer);
    // The kernel says 0 for a process that this daemon's pid namespace does not contain.
    const reason = peer.pid === 0 ? 'process is in another pid namespace' : refusalOf(registration);
    if (reason !== null) {
      this.#refuse(identity, reason);
      return { kind: 'refused', identity, reason };
    }
    this.#refused.delete(peer.pid);
    const type: UstSocketType = registration.socketType === ustSocketTypes.command ? 'command' : 'notify';
    const before = this.#pending.get(peer.pid);
    const replaced = before?.[type] ?? null;
    const pending: Pending<C> = { ...before, identity, [type]: connection };
    const { command, notify } = pending;
    if (command === undefined || notify === undefined) {
      this.#pending.set(peer.pid, pending);
      return { kind: 'waiting', replaced };
    }
    this.#pending.delete(peer.pid);
    return { kind: 'complete', identity: pending.identity, command, notify, replaced };
  }

  /** Forgets a connection that ended or came to its deadline before its partner came. */
  drop(connection: C): void {
    for (const [pid, { identity, command, notify }] of this.#pending) {
      if (command !== connection && notify !== connection) continue;
      const left = command === connection ? notify : command;
      if (left === undefined) this.#pending.delete(pid);
      else this.#pending.set(pid, { identity, [command === connection ? 'notify' : 'command']: left });
    }
  }

  #refuse({ pid, uid, name, abiMajor, wordSizeBits }: ApplicationIdentity, refusal: string): void {
    // Random bytes are no application that a user would look for.
    if (refusal === refusalOf(noRegistration)) return;
    this.#refused.delete(pid);
    this.#refused.set(pid, { pid, uid, name, abiMajor, wordSizeBits, refusal });
    for (const oldest of this.#refused.keys()) {
      if (this.#refused.size <= MAX_REFUSED) break;
      this.#refused.delete(oldest);
    }
  }
}

const noRegistration = { magic: 0, abiMajor: 0, bitsPerLong: 0, socketType: 0 } as UstRegistration;

function identityOf(registration: UstRegistration, { pid, uid, gid }: Credentials): ApplicationIdentity {
  const { ppid, name, abiMajor, abiMinor, bitsPerLong, ...rest } = registration;
  const { u8AlignBits, u16AlignBits, u32AlignBits, u64AlignBits, longAlignBits } = rest;
  return {
    pid,
    ppid: registration.pid === pid ? ppid : 0,
    uid,
    gid,
    name,
    abiMajor,
    abiMinor,
    wordSizeBits: bitsPerLong,
    u8AlignBits,
    u16AlignBits,
    u32AlignBits,
    u64AlignBits,
    longAlignBits,
  };
}

/** An application in the words of log lines. */
export function describeApplication(
  what: string,
  { pid, uid, name }: ApplicationIdentity,
  reason?: string,
): string {
  return describe(what, { pid, uid, name, ...(reason === undefined ? {} : { reason }) });
}
