/**
 * The daemon's side of one command as a pure state machine: which bytes and descriptors to send next, and
 * what the bytes that come back mean. One conversation is under way per application.
 */
import { PeerError, ProtocolError } from '@lttng-ts/base';
import {
  encodeUstCommand,
  fieldEntry,
  type UstCommandArgument,
  type UstCommandName,
  type UstFieldEntry,
  type UstReply,
  ustCodeName,
  ustCommandRow,
  ustErrorCode,
  ustReplyMessage,
} from '@lttng-ts/protocols/ust-app';
import { ByteQueue } from '@lttng-ts/wire';

/** A command with everything that is sent for it. */
export interface CommandCall {
  readonly command: UstCommandName;
  readonly handle: number;
  readonly message: Uint8Array;
  readonly payload: Uint8Array | null;
  /** Stay the caller's. */
  readonly fds: readonly number[];
}

/** Makes a call; the argument's type follows from the command. */
export function commandCall<C extends UstCommandName>(
  command: C,
  handle: number,
  argument: UstCommandArgument<C>,
  extra: { readonly payload?: Uint8Array; readonly fds?: readonly number[] } = {},
): CommandCall {
  const message = encodeUstCommand(command, handle, argument);
  return { command, handle, message, payload: extra.payload ?? null, fds: extra.fds ?? [] };
}

/** Bytes for the command socket; descriptors go with a byte of their own. */
export interface Transmission {
  readonly bytes: Uint8Array;
  readonly fds: readonly number[];
}

export interface CommandResult {
  readonly reply: UstReply;
  /** What follows the reply to `getField`. */
  readonly field: UstFieldEntry | null;
}

export type ConversationStep =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'send'; readonly transmissions: readonly Transmission[] }
  | { readonly kind: 'done'; readonly result: CommandResult }
  /** The application refused; the connection is in order. */
  | { readonly kind: 'refused'; readonly error: PeerError };

type State =
  | { readonly kind: 'go-ahead' }
  | { readonly kind: 'reply' }
  | { readonly kind: 'field'; readonly reply: UstReply };

export class CommandConversation {
  readonly #call: CommandCall;
  readonly #bytes = new ByteQueue();
  #state: State;

  constructor(call: CommandCall) {
    this.#call = call;
    this.#state = ustCommandRow(call.command).isTwoPhase ? { kind: 'go-ahead' } : { kind: 'reply' };
  }

  /** What to send at once. */
  get opening(): readonly Transmission[] {
    const message = { bytes: this.#call.message, fds: [] };
    return this.#state.kind === 'go-ahead' ? [message] : [message, ...this.#payload];
  }

  /** Takes bytes of the command socket; throws `ProtocolError` when the application breaks the rules. */
  push(chunk: Uint8Array): ConversationStep {
    this.#bytes.push(chunk);
    const state = this.#state;
    if (state.kind === 'field') return this.#takeField(state.reply);
    const bytes = this.#bytes.take(ustReplyMessage.sizeBytes);
    if (bytes === null) return { kind: 'waiting' };
    const reply = this.#checkedReply(bytes);
    if (reply.code !== 0) return { kind: 'refused', error: this.#refusal(reply) };
    if (state.kind === 'go-ahead') {
      this.#state = { kind: 'reply' };
      this.#checkNothingLeft();
      return { kind: 'send', transmissions: this.#payload };
    }
    if (ustCommandRow(this.#call.command).reply !== 'field') return this.#done(reply, null);
    this.#state = { kind: 'field', reply };
    return this.#takeField(reply);
  }

  #takeField(reply: UstReply): ConversationStep {
    const bytes = this.#bytes.take(fieldEntry.sizeBytes);
    return bytes === null ? { kind: 'waiting' } : this.#done(reply, fieldEntry.decode(bytes));
  }

  #done(reply: UstReply, field: UstFieldEntry | null): ConversationStep {
    this.#checkNothingLeft();
    return { kind: 'done', result: { reply, field } };
  }

  #checkNothingLeft(): void {
    if (this.#bytes.lengthBytes > 0) {
      throw new ProtocolError(
        `Bytes after a reply: command="${this.#name}", bytes=${this.#bytes.lengthBytes}`,
      );
    }
  }

  #checkedReply(bytes: Uint8Array): UstReply {
    const reply = ustReplyMessage.decode(bytes);
    const { number } = ustCommandRow(this.#call.command);
    if (reply.handle !== this.#call.handle || reply.number !== number) {
      throw new ProtocolError(
        `Reply to another command: command="${this.#name}", handle=${reply.handle}, number=${reply.number}`,
      );
    }
    if (reply.code > 0)
      throw new ProtocolError(`Positive reply code: command="${this.#name}", code=${reply.code}`);
    // An application that does not know a command has not read its payload: the stream is out of step.
    if (reply.code === ustErrorCode('NOSYS') && this.#call.payload !== null && this.#state.kind === 'reply') {
      throw new ProtocolError(`Command with payload is not known: command="${this.#name}"`);
    }
    return reply;
  }

  #refusal(reply: UstReply): PeerError {
    this.#checkNothingLeft();
    const name = ustCodeName(reply.code);
    return new PeerError(reply.code, name, `Application refused: command="${this.#name}", code="${name}"`);
  }

  get #name(): string {
    return ustCommandRow(this.#call.command).name;
  }

  get #payload(): readonly Transmission[] {
    const { payload, fds } = this.#call;
    return [
      ...(payload === null || payload.length === 0 ? [] : [{ bytes: payload, fds: [] }]),
      ...(fds.length === 0 ? [] : [{ bytes: new Uint8Array(1), fds }]),
    ];
  }
}
