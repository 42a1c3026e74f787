/**
 * The answer to upstream's private client protocol, which this daemon does not speak: the original `lttng`
 * and programs with liblttng-ctl are told so at once, instead of waiting. Pure.
 *
 * A request begins with the number of its command; its length depends on version and command, and does not
 * matter here. Layout seen on the socket of lttng-sessiond 2.13.9 (`lttcomm_lttng_msg`).
 */
import { lttngErrors } from '@lttng-ts/protocols';
import { ByteQueue, packed, u32 } from '@lttng-ts/wire';

export const clientReplyHeader = packed('lttcomm_lttng_msg', 'host', {
  /** The command of the request. */
  commandNumber: u32,
  /** A number of `lttngErrors`, `OK` included. */
  resultCode: u32,
  pid: u32,
  commandHeaderBytes: u32,
  dataBytes: u32,
  fdCount: u32,
});

/** What every request begins with; that much is enough to answer it. */
const requestStart = packed('lttcomm_session_msg', 'host', { commandNumber: u32 });

/** Waits for the number of the command. */
export class ClientRequestStart {
  readonly #queue = new ByteQueue();
  #isAnswered = false;

  /** Takes what arrived; gives the refusal once it is known what is refused, and null before and after. */
  push(chunk: Uint8Array): Uint8Array | null {
    if (this.#isAnswered) return null;
    this.#queue.push(chunk);
    const start = this.#queue.take(requestStart.sizeBytes);
    if (start === null) return null;
    this.#isAnswered = true;
    const { commandNumber } = requestStart.decode(start);
    return clientReplyHeader.encode({
      commandNumber,
      resultCode: lttngErrors.NOT_SUPPORTED.number,
      pid: 0,
      commandHeaderBytes: 0,
      dataBytes: 0,
      fdCount: 0,
    });
  }
}
