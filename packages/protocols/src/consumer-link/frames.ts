/**
 * Frames of the consumer link: a header of fixed size, then JSON. Descriptors are passed with the first
 * byte of their frame; since ancillary data never overtakes bytes, the receiver keeps one queue of
 * descriptors and gives each frame as many as its header says.
 */
import { ProtocolError } from '@lttng-ts/base';
import { ByteQueue, packed, toSafeSize, u32 } from '@lttng-ts/wire';
import type { ConsumerMessage } from './commands.ts';

/** The largest body: metadata text is appended in pieces below this. */
export const MAX_BODY_BYTES = 16 << 20;
/** SCM_MAX_FD of Linux. */
export const MAX_FRAME_FDS = 253;

const MAGIC = 0x4c54_5453;

const frameHeader = packed('lttng_ts_consumer_frame', 'host', { magic: u32, bodyBytes: u32, fdCount: u32 });

export interface ConsumerFrame {
  readonly message: ConsumerMessage;
  readonly fds: readonly number[];
}

/** Encodes one frame; send `fds` together with its first byte. */
export function encodeFrame(message: ConsumerMessage, fdCount: number): Uint8Array {
  const body = new TextEncoder().encode(JSON.stringify(message));
  toSafeSize(body.length, 'consumer frame body', MAX_BODY_BYTES);
  toSafeSize(fdCount, 'consumer frame descriptors', MAX_FRAME_FDS);
  const frame = new Uint8Array(frameHeader.sizeBytes + body.length);
  frame.set(frameHeader.encode({ magic: MAGIC, bodyBytes: body.length, fdCount }));
  frame.set(body, frameHeader.sizeBytes);
  return frame;
}

/** Bytes and descriptors in, frames out. */
export class ConsumerFramer {
  readonly #bytes = new ByteQueue();
  readonly #fds: number[] = [];
  #header: { readonly bodyBytes: number; readonly fdCount: number } | null = null;

  /** Descriptors that arrived and belong to no frame yet; the owner closes them when the link ends. */
  get pendingFds(): readonly number[] {
    return this.#fds;
  }

  *push(chunk: Uint8Array, fds: readonly number[]): Generator<ConsumerFrame> {
    this.#bytes.push(chunk);
    this.#fds.push(...fds);
    for (let frame = this.#next(); frame !== null; frame = this.#next()) yield frame;
  }

  #next(): ConsumerFrame | null {
    if (this.#header === null) {
      const bytes = this.#bytes.take(frameHeader.sizeBytes);
      if (bytes === null) return null;
      const { magic, bodyBytes, fdCount } = frameHeader.decode(bytes);
      if (magic !== MAGIC) throw new ProtocolError(`Wrong magic of consumer frame: magic=${magic}`);
      this.#header = {
        bodyBytes: toSafeSize(bodyBytes, 'consumer frame body', MAX_BODY_BYTES),
        fdCount: toSafeSize(fdCount, 'consumer frame descriptors', MAX_FRAME_FDS),
      };
    }
    const { bodyBytes, fdCount } = this.#header;
    const body = this.#bytes.take(bodyBytes);
    if (body === null) return null;
    if (this.#fds.length < fdCount) {
      throw new ProtocolError(
        `Descriptors missing in consumer frame: expected=${fdCount}, got=${this.#fds.length}`,
      );
    }
    this.#header = null;
    const message = JSON.parse(new TextDecoder().decode(body)) as ConsumerMessage;
    return { message, fds: this.#fds.splice(0, fdCount) };
  }
}
