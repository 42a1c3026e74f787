/**
 * The control API on a socket: lines in, checked against the table, answered in order. Whatever one
 * connection sends harms that connection only. Who asks is what the kernel says of the socket's peer.
 */
import type { Socket } from 'node:net';
import { describe, LttngError, PeerError, ProtocolError, toError } from '@lttng-ts/base';
import {
  type AnsweredMethod,
  type ControlEvent,
  type ControlHandlers,
  type ControlMethod,
  EVENT_METHOD,
  encodeJsonLine,
  JsonLines,
  MAX_REQUEST_BYTES,
  type ParamsOf,
  type RpcErrorObject,
  rpcErrors,
} from '@lttng-ts/protocols';
import { controlApi } from '@lttng-ts/protocols/control-api';
import { ConnectionLimit } from '../../connection-limit.ts';
import type { Caller } from '../../sessions/caller.ts';
import type { EventHub } from '../../sessions/event-hub.ts';
import type { Log } from '../../ust/ports.ts';

export interface ControlServerOptions {
  readonly handlers: ControlHandlers<Caller>;
  readonly events: EventHub;
  readonly log: Log;
  readonly limits?: { readonly perUser: number; readonly total: number };
  /** How long a peer may take to read one answer. */
  readonly sendTimeoutMs?: number;
}

/** Far above what commands and viewers of one user need, and far below a process's descriptors. */
const DEFAULT_LIMITS = { perUser: 64, total: 512 };
const SEND_TIMEOUT_MS = 30_000;
/** Events that wait for a peer that does not read: what comes beyond is counted instead. */
const MAX_WAITING_EVENT_BYTES = 256 << 10;
/** How long the end of the daemon waits for requests that are under way. */
const CLOSE_DEADLINE_MS = 3000;

export class ControlServer implements AsyncDisposable {
  readonly #handlers: ControlHandlers<Caller>;
  readonly #events: EventHub;
  readonly #log: Log;
  readonly #sendTimeoutMs: number;
  readonly #limit: ConnectionLimit<ControlConnection>;
  #isClosed = false;

  constructor({
    handlers,
    events,
    log,
    limits = DEFAULT_LIMITS,
    sendTimeoutMs = SEND_TIMEOUT_MS,
  }: ControlServerOptions) {
    this.#handlers = handlers;
    this.#events = events;
    this.#log = log;
    this.#limit = new ConnectionLimit(limits);
    this.#sendTimeoutMs = sendTimeoutMs;
  }

  /** Serves a connection until it ends; takes ownership of the socket. */
  serve(socket: Socket, caller: Caller): void {
    const connection = new ControlConnection(socket, caller, {
      handlers: this.#handlers,
      events: this.#events,
      log: this.#log,
      sendTimeoutMs: this.#sendTimeoutMs,
      onActivity: (from) => this.#limit.touch(from),
    });
    const admission = this.#isClosed ? { isAdmitted: false, evicted: null } : this.#limit.admit(connection);
    admission.evicted?.destroy();
    if (!admission.isAdmitted) {
      connection.destroy();
      return;
    }
    void connection.run().finally(() => this.#limit.remove(connection));
  }

  /** Ends idle connections; those whose request is under way get their answer, if it comes soon. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const members = [...this.#limit.members];
    const { promise: deadline, cancel } = after(CLOSE_DEADLINE_MS);
    await Promise.race([Promise.all(members.map((connection) => connection.close())), deadline]);
    cancel();
    for (const connection of members) connection.destroy();
  }
}

function after(delayMs: number): { readonly promise: Promise<void>; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, delayMs);
  });
  return { promise, cancel: () => clearTimeout(timer) };
}

interface ConnectionOptions {
  readonly handlers: ControlHandlers<Caller>;
  readonly events: EventHub;
  readonly log: Log;
  readonly sendTimeoutMs: number;
  readonly onActivity: (connection: ControlConnection) => void;
}

class ControlConnection {
  readonly uid: number;
  readonly #socket: Socket;
  readonly #caller: Caller;
  readonly #options: ConnectionOptions;
  #isBusy = false;
  #isEnding = false;
  #unsubscribe: (() => void) | null = null;
  #skippedEventCount = 0;
  #ended: Promise<void> = Promise.resolve();

  constructor(socket: Socket, caller: Caller, options: ConnectionOptions) {
    this.#socket = socket;
    this.#caller = caller;
    this.#options = options;
    this.uid = caller.uid;
  }

  /** A request is under way. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Settles when the connection is over; never fails. */
  run(): Promise<void> {
    // The socket ends in the middle of something: nobody is there to be told.
    this.#ended = this.#serve()
      .catch(() => this.destroy())
      .finally(() => this.#unsubscribe?.());
    return this.#ended;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Takes no further request; settles when the one under way is answered. */
  async close(): Promise<void> {
    this.#isEnding = true;
    // A listener still gets what it was told; it hangs up then.
    if (this.#unsubscribe !== null) this.#socket.end();
    else if (!this.#isBusy) this.destroy();
    await this.#ended;
  }

  async #serve(): Promise<void> {
    const socket = this.#socket;
    const lines = new JsonLines(MAX_REQUEST_BYTES);
    // Reading waits while a request is carried out: a connection has one request under way.
    for await (const chunk of socket) {
      this.#options.onActivity(this);
      try {
        for (const value of lines.push(chunk)) {
          this.#isBusy = true;
          await this.#send(await this.#answerTo(value));
          this.#isBusy = false;
          if (this.#isEnding) return;
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        // Leaving the loop destroys the socket, so the answer goes out first.
        await this.#send(failure(null, { code: rpcErrors.parse, message: error.message }));
        return;
      }
    }
    socket.end();
  }

  /** Settles when the peer's buffer has taken it, so that a slow reader holds one answer of ours at most. */
  async #send(answer: unknown): Promise<void> {
    const socket = this.#socket;
    const deadline = setTimeout(() => socket.destroy(), this.#options.sendTimeoutMs);
    try {
      // A socket that is destroyed meanwhile calls back with an error.
      await new Promise<void>((settle, fail) => {
        socket.write(encodeJsonLine(answer), (error) => (error == null ? settle() : fail(error)));
      });
    } finally {
      clearTimeout(deadline);
    }
  }

  async #answerTo(value: unknown): Promise<unknown> {
    const request = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
    const { id, method, params } = request;
    if (request['jsonrpc'] !== '2.0' || !Number.isSafeInteger(id) || typeof method !== 'string') {
      return failure(null, { code: rpcErrors.invalidRequest, message: 'Not a request of JSON-RPC 2.0' });
    }
    if (!Object.hasOwn(controlApi, method)) {
      return failure(id, { code: rpcErrors.methodNotFound, message: 'Unknown method' });
    }
    const known = method as ControlMethod;
    const checked = await controlApi[known].params['~standard'].validate(params);
    if (checked.issues !== undefined) {
      const message = checked.issues[0]?.message ?? 'Invalid parameters';
      return failure(id, { code: rpcErrors.invalidParams, message });
    }
    if (known === 'events.subscribe') {
      this.#subscribe((checked.value as ParamsOf<'events.subscribe'>).session);
      return { jsonrpc: '2.0', id, result: {} };
    }
    return await this.#call(id, known, checked.value);
  }

  /** A connection has one subscription: another one takes its place. */
  #subscribe(session: string | null): void {
    this.#unsubscribe?.();
    this.#unsubscribe = this.#options.events.subscribe(this.#caller, session, (event) => this.#tell(event));
  }

  #tell(event: ControlEvent): void {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return;
    this.#options.onActivity(this);
    if (socket.writableLength > MAX_WAITING_EVENT_BYTES) {
      this.#skippedEventCount++;
      return;
    }
    const count = this.#skippedEventCount;
    this.#skippedEventCount = 0;
    const { sequence, timeMs } = event;
    if (count > 0) socket.write(notification({ kind: 'events-skipped', count, sequence, timeMs }));
    socket.write(notification(event));
  }

  async #call(id: unknown, method: AnsweredMethod, params: unknown): Promise<unknown> {
    const { uid, gid } = this.#caller;
    this.#options.log('info', describe('Request', { method, uid, gid }));
    try {
      // The table ties each method to its parameters; the compiler cannot follow it through a variable.
      const handle = this.#options.handlers[method] as (params: unknown, caller: Caller) => Promise<unknown>;
      return { jsonrpc: '2.0', id, result: await handle(params, this.#caller) };
    } catch (error) {
      if (error instanceof PeerError) {
        return failure(id, { code: error.number, message: error.message, data: { name: error.peerName } });
      }
      // The caller learns nothing of the daemon's inside; the log has the story.
      this.#options.log('error', `${describe('Request failed', { method })}, ${storyOf(error)}`);
      return failure(id, { code: rpcErrors.internal, message: 'Internal error' });
    }
  }
}

function notification(params: ControlEvent): Uint8Array {
  return encodeJsonLine({ jsonrpc: '2.0', method: EVENT_METHOD, params });
}

function storyOf(error: unknown): string {
  if (error instanceof LttngError) return error.story;
  return toError(error).stack ?? String(error);
}

function failure(id: unknown, error: RpcErrorObject): unknown {
  return { jsonrpc: '2.0', id, error };
}
