/**
 * An application over the real sockets without liblttng-ust, so that it can misbehave: it keeps the shared
 * memory that it is given, and what it sends passes through functions of the attack.
 */
import { SystemError } from '@lttng-ts/base';
import { type Fd, loadNative, type Native, type ReceivedMessage } from '@lttng-ts/native';
import type { UstNotifyReply, UstNotifyRequest, UstRegistration } from '@lttng-ts/protocols/ust-app';
import { FakeApplication, type FakeApplicationOptions, fakeRegistration } from '@lttng-ts/sessiond/testing';

const SOCKET = '/var/run/lttng/lttng-ust-sock-8';
const MAX_FDS = 4;

export interface HandMadeOptions
  extends Pick<FakeApplicationOptions, 'tracepoints' | 'faults' | 'isOlder' | 'onChannel'> {
  readonly registration?: Partial<UstRegistration>;
  /** Changes what goes to the daemon after the registration. */
  readonly tamper?: (socket: 'command' | 'notify', bytes: Uint8Array) => Uint8Array;
}

export function requireNative(): Native {
  const native = loadNative();
  if (native === null) throw new Error('No native addon');
  return native;
}

export class HandMadeApplication {
  /** Descriptors in order of arrival: channel's pipe, then memory and pipe of each stream. */
  readonly fds: Fd[] = [];
  /** Resolves when the daemon has closed a socket. */
  readonly closed: Promise<void>;
  readonly #native: Native;
  readonly #fake: FakeApplication;
  readonly #watchers = new Set<() => void>();
  #close: () => void;

  constructor(options: HandMadeOptions = {}) {
    const native = requireNative();
    this.#native = native;
    const { tamper = (_socket, bytes) => bytes } = options;
    const sockets = { command: native.connectUnix(SOCKET), notify: native.connectUnix(SOCKET) };
    const send = (socket: 'command' | 'notify', bytes: Uint8Array): void => {
      try {
        // What the daemon does not take at once is lost: an attack needs no more.
        native.sendMessage(sockets[socket], bytes);
      } catch {
        // It has closed the connection, which the watch tells too.
      }
    };
    this.#fake = new FakeApplication({
      ...options,
      sendCommandBytes: (bytes) => send('command', tamper('command', bytes)),
      sendNotifyBytes: (bytes) => send('notify', tamper('notify', bytes)),
      onFds: (fds) => this.fds.push(...(fds as readonly Fd[])),
    });
    for (const type of ['command', 'notify'] as const) {
      send(type, fakeRegistration(type, { name: 'hand-made', ...options.registration }));
    }
    const { promise, resolve } = withResolvers();
    this.closed = promise;
    const watches = (['command', 'notify'] as const).map((type) =>
      native.fdWatcher.watch(sockets[type], { isReadable: true }, () => {
        if (!this.#receive(type, sockets[type])) this.#close();
      }),
    );
    this.#close = () => {
      for (const watch of watches) watch.close();
      for (const fd of [sockets.command, sockets.notify, ...this.fds.splice(0)]) native.close(fd);
      this.#close = () => undefined;
      resolve();
      this.#wake();
    };
  }

  /** Commands as text, in order of arrival. */
  get commands(): readonly string[] {
    return this.#fake.commands;
  }

  /** The daemon's answers to what was registered, in order. */
  get notifyReplies(): readonly UstNotifyReply[] {
    return this.#fake.notifyReplies;
  }

  /** Registers something and waits for the answer. */
  async register(request: UstNotifyRequest): Promise<UstNotifyReply> {
    return await this.#fake.register(request);
  }

  /** Resolves when a command with this beginning has come. */
  async commanded(beginning: string): Promise<void> {
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (!this.commands.some((command) => command.startsWith(beginning))) return;
        this.#watchers.delete(check);
        resolve();
      };
      this.#watchers.add(check);
      check();
    });
  }

  close(): void {
    this.#close();
  }

  /** Gives `false` at the end. */
  #receive(type: 'command' | 'notify', socket: Fd): boolean {
    for (;;) {
      const wanted = type === 'command' ? this.#fake.missingBytes : 4096;
      const into = new Uint8Array(wanted);
      const message = this.#receiveMessage(socket, into);
      if (message === 'again') return true;
      if (message.lengthBytes === 0) return false;
      const bytes = into.subarray(0, message.lengthBytes);
      if (type === 'command') this.#fake.receiveCommandBytes(bytes, message.fds);
      else this.#fake.receiveNotifyBytes(bytes);
      this.#wake();
    }
  }

  #receiveMessage(socket: Fd, into: Uint8Array): ReceivedMessage | 'again' {
    try {
      return this.#native.receiveMessage(socket, into, MAX_FDS);
    } catch (error) {
      // The daemon has closed with something of ours unread.
      if (error instanceof SystemError && error.errnoName === 'ECONNRESET')
        return { lengthBytes: 0, fds: [] };
      throw error;
    }
  }

  #wake(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
