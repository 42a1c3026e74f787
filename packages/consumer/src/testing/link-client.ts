/**
 * The session daemon's part in tests: starts a consumer process on a link and sends it commands.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { assert } from '@lttng-ts/base';
import type { Fd, FdWatch, Native } from '@lttng-ts/native';
import {
  type ConsumerCommand,
  type ConsumerCommands,
  ConsumerFramer,
  type ConsumerMessage,
  encodeFrame,
  type RecordingFault,
} from '@lttng-ts/protocols';

export interface ClientReply<C extends ConsumerCommand> {
  readonly result: ConsumerCommands[C]['result'];
  readonly fds: readonly Fd[];
}

interface Pending {
  readonly resolve: (reply: { readonly result: unknown; readonly fds: readonly Fd[] }) => void;
  readonly reject: (error: Error) => void;
}

export class LinkClient {
  readonly process: ChildProcess;
  readonly faults: RecordingFault[] = [];
  readonly #native: Native;
  readonly #fd: Fd;
  readonly #watch: FdWatch;
  readonly #framer = new ConsumerFramer();
  readonly #pending = new Map<number, Pending>();
  readonly #buffer = new Uint8Array(64 << 10);
  readonly #onFault = new Set<() => void>();
  #lastId = 0;
  #isClosed = false;

  /** Runs `script` with the link as descriptor 3. */
  constructor(native: Native, script: string, env: NodeJS.ProcessEnv) {
    const [ours, theirs] = native.socketPair();
    this.process = spawn(process.execPath, [script], {
      stdio: ['ignore', 'ignore', 'inherit', theirs],
      env: { ...process.env, ...env },
    });
    native.close(theirs);
    native.setNonblocking(ours);
    this.#native = native;
    this.#fd = ours;
    this.#watch = native.fdWatcher.watch(ours, { isReadable: true }, () => this.#receive());
  }

  get pid(): number {
    assert(this.process.pid !== undefined, 'The consumer did not start');
    return this.process.pid;
  }

  async call<C extends ConsumerCommand>(
    command: C,
    params: ConsumerCommands[C]['params'],
  ): Promise<ClientReply<C>> {
    const id = ++this.#lastId;
    const reply = new Promise<ClientReply<C>>((resolve, reject) => {
      this.#pending.set(id, { resolve: (value) => resolve(value as ClientReply<C>), reject });
    });
    this.sendBytes(encodeFrame({ kind: 'request', id, command, params }, 0));
    return await reply;
  }

  sendBytes(bytes: Uint8Array): void {
    const sent = this.#native.sendMessage(this.#fd, bytes);
    assert(sent === bytes.length, `The link did not take a request: sent=${sent}`);
  }

  /** Resolves when a fault of that kind is or was reported as ongoing or over. */
  async fault(kind: RecordingFault['kind'], isOngoing: boolean): Promise<RecordingFault> {
    for (;;) {
      const found = this.faults.find((fault) => fault.kind === kind && fault.isOngoing === isOngoing);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#onFault.add(resolve));
    }
  }

  /** Resolves when nothing is pending any more. */
  async drained(sessionId: number): Promise<void> {
    while ((await this.call('session.data-pending', { sessionId })).result.isPending) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Hangs up; resolves with the exit status, or the name of the signal that ended it. */
  async hangUp(): Promise<number | string> {
    const { exitCode, signalCode } = this.process;
    const ended =
      exitCode === null && signalCode === null ? once(this.process, 'exit') : [exitCode, signalCode];
    this.close();
    const [code, signal] = await ended;
    return (code as number | null) ?? (signal as string);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.close();
    this.#native.close(this.#fd);
    for (const { reject } of this.#pending.values()) reject(new Error('The link is closed'));
  }

  #receive(): void {
    for (;;) {
      const message = this.#native.receiveMessage(this.#fd, this.#buffer, 253);
      if (message === 'again') return;
      if (message.lengthBytes === 0) {
        this.close();
        return;
      }
      const bytes = this.#buffer.slice(0, message.lengthBytes);
      for (const frame of this.#framer.push(bytes, message.fds))
        this.#handle(frame.message, frame.fds as Fd[]);
    }
  }

  #handle(message: ConsumerMessage, fds: readonly Fd[]): void {
    if (message.kind === 'notification') {
      if (message.name !== 'session.fault') return;
      this.faults.push((message.params as { fault: RecordingFault }).fault);
      for (const resolve of this.#onFault) resolve();
      this.#onFault.clear();
      return;
    }
    assert(message.kind !== 'request', 'A consumer never asks');
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === 'reply') pending?.resolve({ result: message.result, fds });
    else pending?.reject(new Error(`${message.errnoName} ${message.message}`));
  }
}
