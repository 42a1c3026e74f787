/**
 * The registration message: what an application sends first on each of its two sockets
 * (`ustctl_reg_msg` in upstream's words). There is no reply. A refusal is a closed connection.
 */
import { arrayOf, ByteQueue, fixedString, packed, padding, type TypeOf, u8, u32 } from '@lttng-ts/wire';

export const UST_REGISTRATION_MAGIC = 0xc57c57c5;
/** What the magic looks like when the peer has the other byte order. */
export const UST_REGISTRATION_MAGIC_SWAPPED = 0xc5577cc5;

/** ABI major of lttng-ust 2.13: what our tracer says, and the newest that our daemon traces. */
export const UST_ABI_MAJOR = 9;
/** That of lttng-ust 2.12, whose messages and buffers are the same; it knows no triggers. */
export const UST_OLDEST_ABI_MAJOR = 8;
export const UST_ABI_MINOR = 0;

/** What a socket is for. */
export const ustSocketTypes = { command: 0, notify: 1 } as const;
export type UstSocketType = keyof typeof ustSocketTypes;

export const registrationMessage = packed('ust_register_msg', 'host', {
  magic: u32,
  abiMajor: u32,
  abiMinor: u32,
  /** Declared by the application; only SO_PEERCRED is believed. */
  pid: u32,
  ppid: u32,
  uid: u32,
  gid: u32,
  bitsPerLong: u32,
  /** Alignment of integers inside ring buffers, in bits: 8 where unaligned access is cheap. */
  u8AlignBits: u32,
  u16AlignBits: u32,
  u32AlignBits: u32,
  u64AlignBits: u32,
  longAlignBits: u32,
  socketType: u32,
  name: fixedString(16),
  reserved: padding(64),
});
export type UstRegistration = TypeOf<typeof registrationMessage>;

/** Alignments of integers in ring buffers, in bits. */
export interface UstAlignments {
  readonly u8AlignBits: number;
  readonly u16AlignBits: number;
  readonly u32AlignBits: number;
  readonly u64AlignBits: number;
  readonly longAlignBits: number;
}

/** x86: records are packed. */
export const PACKED_ALIGNMENTS: UstAlignments = {
  u8AlignBits: 8,
  u16AlignBits: 8,
  u32AlignBits: 8,
  u64AlignBits: 8,
  longAlignBits: 8,
};
/** arm64 and others without cheap unaligned access. */
export const NATURAL_ALIGNMENTS: UstAlignments = {
  u8AlignBits: 8,
  u16AlignBits: 16,
  u32AlignBits: 32,
  u64AlignBits: 64,
  longAlignBits: 64,
};

/** Alignments that liblttng-ust uses on an architecture, by Node's name of it (`process.arch`). */
export function alignmentsOf(architecture: string): UstAlignments {
  return architecture === 'x64' || architecture === 'ia32' ? PACKED_ALIGNMENTS : NATURAL_ALIGNMENTS;
}

/** Why a registration is refused, in the words that `lttng list` and the log show; `null`: it is not. */
export function refusalOf(registration: UstRegistration): string | null {
  const { magic, abiMajor, bitsPerLong, socketType } = registration;
  if (magic === UST_REGISTRATION_MAGIC_SWAPPED) return 'byte order differs from the session daemon';
  if (magic !== UST_REGISTRATION_MAGIC) return 'not a registration message';
  if (abiMajor < UST_OLDEST_ABI_MAJOR || abiMajor > UST_ABI_MAJOR) {
    return `UST ABI major ${abiMajor} is not supported (only ${UST_OLDEST_ABI_MAJOR} and ${UST_ABI_MAJOR})`;
  }
  if (bitsPerLong !== 64) return `${bitsPerLong}-bit applications are not supported`;
  if (socketType !== ustSocketTypes.command && socketType !== ustSocketTypes.notify) {
    return `unknown socket type ${socketType}`;
  }
  return null;
}

const swapped32 = arrayOf(u8, 4);

/** Reverses the byte order of the numbers of a message whose magic is swapped, so that it can be shown. */
export function unswapRegistration(message: Uint8Array): Uint8Array {
  const result = message.slice();
  for (const { name, offsetBytes, sizeBytes } of registrationMessage.places) {
    if (name === 'name' || name === 'reserved' || sizeBytes !== swapped32.sizeBytes) continue;
    result.subarray(offsetBytes, offsetBytes + sizeBytes).reverse();
  }
  return result;
}

/** Bytes in, at most one registration message out; what follows it stays for the next protocol. */
export class RegistrationFramer {
  readonly #bytes = new ByteQueue();

  /** How many bytes to read at most, so that nothing after the message is taken. */
  get missingBytes(): number {
    return registrationMessage.sizeBytes - this.#bytes.lengthBytes;
  }

  /** Gives the message when it is whole; call it never with more than {@link missingBytes} bytes. */
  push(chunk: Uint8Array): UstRegistration | null {
    this.#bytes.push(chunk);
    const message = this.#bytes.take(registrationMessage.sizeBytes);
    if (message === null) return null;
    const registration = registrationMessage.decode(message);
    if (registration.magic !== UST_REGISTRATION_MAGIC_SWAPPED) return registration;
    return { ...registrationMessage.decode(unswapRegistration(message)), magic: registration.magic };
  }
}
