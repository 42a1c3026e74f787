/**
 * What a channel of the user space domain is like when its maker does not say, and what is refused.
 * Defaults and checks are those of lttng-sessiond 2.13, found by running it.
 */
import type { BufferOwnership, ChannelAttributes } from '@lttng-ts/protocols';
import { refuse } from './refusal.ts';

/** Attributes as a caller gives them. */
export type AskedAttributes = { readonly [K in keyof ChannelAttributes]?: ChannelAttributes[K] | undefined };

const PAGE_BYTES = 4096;
/** Nothing larger can be mapped here; upstream finds out when it allocates. */
const MAX_SUBBUFFER_BYTES = 2 ** 33;
const MAX_NAME_BYTES = 255;

const common = {
  mode: 'discard',
  subbufferCount: 4,
  switchTimerUs: 0,
  readTimerUs: 0,
  monitorTimerUs: 1_000_000,
  blockingTimeoutUs: 0,
  traceFileSizeBytes: 0,
  traceFileCount: 0,
  output: 'mmap',
} as const;

const defaults: Readonly<Record<BufferOwnership, ChannelAttributes>> = {
  user: { ...common, ownership: 'user', subbufferSizeBytes: 524_288 },
  process: { ...common, ownership: 'process', subbufferSizeBytes: 16_384 },
};

/** Throws the refusal of a name that would leave the trace's folder or be hidden in it. */
export function requireChannelName(name: string): void {
  if (name === '' || Buffer.byteLength(name) > MAX_NAME_BYTES) refuse('INVALID');
  if (/^\.|[/\0]/.test(name)) refuse('INVALID_CHANNEL_NAME');
}

/** The attributes of a new channel. Throws the refusal of those that no channel can have. */
export function channelAttributes(asked: AskedAttributes): ChannelAttributes {
  const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  const made: ChannelAttributes = { ...defaults[asked.ownership ?? 'user'], ...given };
  const { subbufferSizeBytes, subbufferCount, traceFileSizeBytes } = made;
  if (subbufferSizeBytes < PAGE_BYTES || !isPowerOfTwo(subbufferSizeBytes)) refuse('INVALID');
  if (subbufferCount < 1 || !isPowerOfTwo(subbufferCount)) refuse('INVALID');
  // A reader holds one sub-buffer while writers go round the others.
  if (made.mode === 'overwrite' && subbufferCount < 2) refuse('INVALID');
  // As upstream: sizes come first.
  if (made.output === 'splice') refuse('NOT_SUPPORTED');
  if (subbufferSizeBytes > MAX_SUBBUFFER_BYTES) refuse('NOMEM');
  if (traceFileSizeBytes === 0) return made;
  return { ...made, traceFileSizeBytes: Math.max(traceFileSizeBytes, subbufferSizeBytes) };
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
