/**
 * One application that runs: its command queue and its notify socket. Commands are strictly one after
 * another, each with a deadline; notify requests are answered at once, whatever command is under way,
 * because applications register events while they perform commands.
 *
 * An application that breaks the rules, hangs or goes away ends; everything that waits for it then fails
 * with `ApplicationGoneError`, and nothing else is touched.
 */
import { type LttngError, ProtocolError, toError } from '@lttng-ts/base';
import type { ApplicationInfo } from '@lttng-ts/protocols';
import {
  encodeNotifyReply,
  NotifyRequestFramer,
  UST_ROOT_HANDLE,
  type UstCommandArgument,
  type UstCommandName,
  type UstNotifyReply,
  type UstNotifyRequest,
  type UstTracerVersion,
} from '@lttng-ts/protocols/ust-app';
import {
  type CommandCall,
  CommandConversation,
  type CommandResult,
  commandCall,
  type Transmission,
} from './core/command-conversation.ts';
import type { ApplicationIdentity } from './core/registration-table.ts';
import type { ApplicationSockets, ApplicationSocketsListener, Timers } from './ports.ts';

/** The application has ended, or was given up; not a fault of the one who waited for it. */
export class ApplicationGoneError extends Error {
  override readonly name = 'ApplicationGoneError';
}

export interface ApplicationOptions {
  readonly identity: ApplicationIdentity;
  /** Seconds since the epoch. */
  readonly registeredAtS: number;
  readonly sockets: ApplicationSockets;
  readonly timers: Timers;
  /** How long an application may take to answer, or null for ever. */
  readonly timeoutMs: number | null;
  /** Answers registrations. */
  readonly onNotify: (application: Application, request: UstNotifyRequest) => UstNotifyReply;
  /** Called once, when the application is gone. */
  readonly onEnd: (application: Application, reason: string) => void;
}

/** `isPatient`: without a deadline until somebody else waits for the application. */
interface CallOptions {
  readonly payload?: Uint8Array;
  readonly fds?: readonly number[];
  readonly isPatient?: boolean;
}

interface PendingCall {
  readonly call: CommandCall;
  readonly conversation: CommandConversation;
  readonly resolve: (result: CommandResult) => void;
  readonly reject: (error: Error) => void;
  cancelDeadline: () => void;
  /** Waits as long as nobody else waits. */
  isPatient: boolean;
}

/**
 * A program with ten thousand events registers all of them before it answers ENABLE: as long as it does, it has
 * so many times the time-out.
 */
const MAX_DEADLINES = 12;

export class Application implements ApplicationSocketsListener {
  readonly identity: ApplicationIdentity;
  readonly registeredAtS: number;
  /** Set while the application is prepared. */
  tracerVersion: UstTracerVersion = { major: 0, minor: 0, patchLevel: 0 };
  refusedRegistrationCount = 0;
  readonly #options: ApplicationOptions;
  readonly #notify = new NotifyRequestFramer();
  #pending: PendingCall | null = null;
  /** Tail of the queue of tasks. */
  #lastTask: Promise<unknown> = Promise.resolve();
  /** Tasks that wait for their turn. */
  #waitingCount = 0;
  #isSettling = false;
  #endReason: string | null = null;
  /** Since the deadline of the pending command was set. */
  #hasRegistered = false;

  constructor(options: ApplicationOptions) {
    this.identity = options.identity;
    this.registeredAtS = options.registeredAtS;
    this.#options = options;
  }

  get isGone(): boolean {
    return this.#endReason !== null;
  }

  get info(): ApplicationInfo {
    const { pid, uid, name, abiMajor, wordSizeBits } = this.identity;
    return { pid, uid, name, abiMajor, wordSizeBits, refusal: null };
  }

  /**
   * Runs `task` when every earlier task of this application has ended. Tasks are the only callers of
   * {@link call}, so two commands never meet.
   */
  async enqueue<T>(task: () => Promise<T>): Promise<T> {
    this.#waitingCount++;
    this.#endPatience();
    const run = this.#lastTask.then(async () => {
      this.#waitingCount--;
      this.#requirePresent();
      return await task();
    });
    // The next task runs whether this one fails or not; its failure goes to the caller.
    this.#lastTask = run.catch(() => undefined);
    return await run;
  }

  /**
   * Sends one command and waits for its answer. Throws `PeerError` when the application refuses,
   * {@link ApplicationGoneError} when it is gone or does not answer in time.
   */
  async call<C extends UstCommandName>(
    command: C,
    handle: number,
    argument: UstCommandArgument<C>,
    extra: CallOptions = {},
  ): Promise<CommandResult> {
    this.#requirePresent();
    if (this.#pending !== null) throw new ProtocolError('Two commands at once to one application');
    const call = commandCall(command, handle, argument, extra);
    const conversation = new CommandConversation(call);
    return await new Promise<CommandResult>((resolve, reject) => {
      const isPatient = extra.isPatient === true && this.#waitingCount === 0;
      this.#pending = { call, conversation, resolve, reject, cancelDeadline: () => undefined, isPatient };
      if (!isPatient) this.#armDeadline(this.#pending, command, 1);
      this.#send(conversation.opening);
    });
  }

  /** Gives the application up when it neither answers nor registers anything in time. */
  #armDeadline(pending: PendingCall, command: string, attempt: number): void {
    const { timeoutMs, timers } = this.#options;
    if (timeoutMs === null) return;
    this.#hasRegistered = false;
    pending.cancelDeadline = timers.after(timeoutMs, () => {
      const isAlive = this.#hasRegistered && attempt < MAX_DEADLINES;
      if (isAlive) this.#armDeadline(pending, command, attempt + 1);
      else this.end(`no answer to ${command} within ${attempt * timeoutMs} ms`);
    });
  }

  /** Whether {@link settle} waits for an answer. */
  get isSettling(): boolean {
    return this.#isSettling;
  }

  /**
   * Resolves when each thread has left the record in which it was, however long that takes while nobody else needs the
   * application. Throws as {@link call} does. Not while {@link isSettling}.
   */
  async settle(): Promise<void> {
    this.#isSettling = true;
    try {
      await this.enqueue(() => this.call('waitQuiescent', UST_ROOT_HANDLE, {}, { isPatient: true }));
    } finally {
      this.#isSettling = false;
    }
  }

  #endPatience(): void {
    const pending = this.#pending;
    if (pending === null || !pending.isPatient) return;
    pending.isPatient = false;
    this.#armDeadline(pending, pending.call.command, 1);
  }

  /** Like {@link call}, for commands that make an object: returns its handle. */
  async create<C extends UstCommandName>(
    command: C,
    handle: number,
    argument: UstCommandArgument<C>,
    extra: { readonly payload?: Uint8Array; readonly fds?: readonly number[] } = {},
  ): Promise<number> {
    const { reply } = await this.call(command, handle, argument, extra);
    return reply.value;
  }

  receiveCommandBytes(bytes: Uint8Array): void {
    this.#guard(() => {
      const pending = this.#pending;
      if (pending === null) throw new ProtocolError(`Bytes without a command: bytes=${bytes.length}`);
      const step = pending.conversation.push(bytes);
      switch (step.kind) {
        case 'waiting':
          return;
        case 'send':
          return this.#send(step.transmissions);
        case 'done':
          this.#finish(pending);
          return pending.resolve(step.result);
        case 'refused':
          this.#finish(pending);
          return pending.reject(step.error);
      }
    });
  }

  receiveNotifyBytes(bytes: Uint8Array): void {
    this.#guard(() => {
      for (const request of this.#notify.push(bytes)) {
        this.#hasRegistered = true;
        const reply = this.#options.onNotify(this, request);
        this.#options.sockets.sendNotify(encodeNotifyReply(reply));
      }
    });
  }

  /** The application is gone, or is given up. */
  end(reason: string): void {
    if (this.#endReason !== null) return;
    this.#endReason = reason;
    this.#options.sockets.close();
    const pending = this.#pending;
    if (pending !== null) this.#finish(pending);
    this.#options.onEnd(this, reason);
    pending?.reject(this.#goneError());
  }

  #finish(pending: PendingCall): void {
    pending.cancelDeadline();
    this.#pending = null;
  }

  #send(transmissions: readonly Transmission[]): void {
    for (const { bytes, fds } of transmissions) this.#options.sockets.sendCommand(bytes, fds);
  }

  #requirePresent(): void {
    if (this.#endReason !== null) throw this.#goneError();
  }

  #goneError(): ApplicationGoneError {
    const { pid, name } = this.identity;
    return new ApplicationGoneError(
      `Application is gone: pid=${pid}, name="${name}", reason="${this.#endReason}"`,
    );
  }

  /** What breaks the protocol ends this application and nothing else. */
  #guard(step: () => void): void {
    if (this.isGone) return;
    try {
      step();
    } catch (error) {
      if (!isPeerFault(error)) throw error;
      this.end(toError(error).message);
    }
  }
}

function isPeerFault(error: unknown): error is LttngError {
  return error instanceof ProtocolError;
}
