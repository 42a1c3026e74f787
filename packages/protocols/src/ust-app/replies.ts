/** Replies of an application to commands: a message of fixed size on the command socket. */
import { bytes, i32, packed, padding, type TypeOf, u32 } from '@lttng-ts/wire';
import { findUstErrorName } from './errors.ts';
import { tracepointEntry, type UstTracepointEntry } from './tracepoint-lists.ts';

const BODY_BYTES = 276;

export const ustReplyMessage = packed('ustcomm_ust_reply', 'host', {
  /** Handle and number of the command, echoed. */
  handle: u32,
  number: u32,
  /** 0, or a negative code (`errors.ts`). */
  code: i32,
  /** The new handle; a negative errno when the command failed. */
  value: u32,
  reserved: padding(32),
  body: bytes(BODY_BYTES),
});
export type UstReply = TypeOf<typeof ustReplyMessage>;

const versionBody = packed('lttng_ust_abi_tracer_version', 'host', {
  major: u32,
  minor: u32,
  patchLevel: u32,
});
export type UstTracerVersion = TypeOf<typeof versionBody>;

/** Version in the reply to TRACER_VERSION. */
export function decodeTracerVersion(reply: UstReply): UstTracerVersion {
  return versionBody.decode(reply.body);
}

/** Entry in the reply to TRACEPOINT_LIST_GET. */
export function decodeTracepointEntry(reply: UstReply): UstTracepointEntry {
  return tracepointEntry.decode(reply.body);
}

/** What an application answers. */
export interface UstAnswer {
  readonly code: number;
  readonly value?: number;
  readonly version?: UstTracerVersion;
  readonly tracepoint?: UstTracepointEntry;
}

/** Encodes the reply to the command that had this handle and number. */
export function encodeUstReply(
  command: { readonly handle: number; readonly number: number },
  { code, value = 0, version, tracepoint }: UstAnswer,
): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(BODY_BYTES);
  if (version !== undefined) body.set(versionBody.encode(version));
  if (tracepoint !== undefined) body.set(tracepointEntry.encode(tracepoint));
  // A failed command carries the negative errno as an unsigned number.
  return ustReplyMessage.encode({ ...command, code, value: value >>> 0, body });
}

/** `EXIST (object …)`-like name of a reply's code, for messages. */
export function ustCodeName(code: number): string {
  return findUstErrorName(code) ?? String(code);
}
