/**
 * The application's side of the command socket: bytes and descriptors in, whole commands out. It says how
 * many bytes it wants next, because descriptors come with a byte of their own and must not be read past.
 */
import { ProtocolError } from '@lttng-ts/base';
import { ByteQueue } from '@lttng-ts/wire';
import {
  decodeUstCommand,
  type UnknownUstCommand,
  type UstCommand,
  ustCommandMessage,
  ustCommandRow,
  ustPayloadBytes,
} from './commands.ts';

/** What an application has to do next. */
export type UstCommandEvent =
  /** A two-phase command: answer with the go-ahead (code 0) or refuse; then call `continueAnnounced`. */
  | { readonly kind: 'announced'; readonly request: UstCommand }
  /** A command with everything that belongs to it: perform and answer. The receiver owns `fds`. */
  | {
      readonly kind: 'complete';
      readonly request: UstCommand | UnknownUstCommand;
      readonly payload: Uint8Array;
      readonly fds: readonly number[];
    };

type State =
  | { readonly kind: 'message' }
  | { readonly kind: 'announced'; readonly request: UstCommand }
  | { readonly kind: 'payload'; readonly request: UstCommand; readonly sizeBytes: number }
  | { readonly kind: 'descriptors'; readonly request: UstCommand; readonly payload: Uint8Array };

export class UstCommandFramer {
  readonly #bytes = new ByteQueue();
  #state: State = { kind: 'message' };

  /** How many bytes to read at most; 0 while an announced command waits for its go-ahead. */
  get missingBytes(): number {
    const state = this.#state;
    if (state.kind === 'message') return ustCommandMessage.sizeBytes - this.#bytes.lengthBytes;
    if (state.kind === 'payload') return state.sizeBytes - this.#bytes.lengthBytes;
    return state.kind === 'announced' ? 0 : 1;
  }

  /**
   * Takes what one receive gave: at most {@link missingBytes} bytes. Throws `ProtocolError` when the number of
   * descriptors is not what the command needs; the caller still owns `fds` then.
   */
  push(chunk: Uint8Array, fds: readonly number[]): UstCommandEvent | null {
    const state = this.#state;
    if (state.kind === 'descriptors') return this.#takeDescriptors(state, fds);
    if (fds.length > 0) throw new ProtocolError(`Unexpected descriptors: count=${fds.length}`);
    this.#bytes.push(chunk);
    if (state.kind === 'payload') return this.#takePayload(state.request, state.sizeBytes);
    const message = this.#bytes.take(ustCommandMessage.sizeBytes);
    if (message === null) return null;
    const request = decodeUstCommand(message);
    if (request.kind === 'unknown') return { kind: 'complete', request, payload: new Uint8Array(0), fds: [] };
    if (ustCommandRow(request.command).isTwoPhase) {
      this.#state = { kind: 'announced', request };
      return { kind: 'announced', request };
    }
    return this.#takePayload(request, ustPayloadBytes(request.command, request.argument));
  }

  /** After the first answer to an announced command: `isAccepted` tells whether the rest follows. */
  continueAnnounced(isAccepted: boolean): void {
    const state = this.#state;
    if (state.kind !== 'announced') return;
    const { request } = state;
    if (!isAccepted) {
      this.#state = { kind: 'message' };
      return;
    }
    const sizeBytes = ustPayloadBytes(request.command, request.argument);
    this.#state =
      sizeBytes > 0
        ? { kind: 'payload', request, sizeBytes }
        : { kind: 'descriptors', request, payload: new Uint8Array(0) };
  }

  #takePayload(request: UstCommand, sizeBytes: number): UstCommandEvent | null {
    const payload = this.#bytes.take(sizeBytes);
    if (payload === null) {
      this.#state = { kind: 'payload', request, sizeBytes };
      return null;
    }
    if (ustCommandRow(request.command).fdCount > 0) {
      this.#state = { kind: 'descriptors', request, payload };
      return null;
    }
    this.#state = { kind: 'message' };
    return { kind: 'complete', request, payload, fds: [] };
  }

  #takeDescriptors(
    { request, payload }: { readonly request: UstCommand; readonly payload: Uint8Array },
    fds: readonly number[],
  ): UstCommandEvent {
    const { fdCount, name } = ustCommandRow(request.command);
    if (fds.length !== fdCount) {
      throw new ProtocolError(
        `Wrong number of descriptors: command="${name}", expected=${fdCount}, got=${fds.length}`,
      );
    }
    this.#state = { kind: 'message' };
    return { kind: 'complete', request, payload, fds };
  }
}
