/**
 * Client of the session daemon's control API: JSON-RPC 2.0, one JSON text a line, over a unix socket.
 * Calls may overlap; each answer finds its call by its id. The schemas of the API stay with the daemon.
 */
import { PeerError, ProtocolError, SystemError, toError } from '@lttng-ts/base';
import type { ControlEvent, ControlMethod, ParamsOf, ResultOf, RpcResponse } from '@lttng-ts/protocols';
import { EVENT_METHOD, encodeJsonLine, JsonLines, MAX_REPLY_BYTES } from '@lttng-ts/protocols';
import { ControlEvents } from '../control-events.ts';
import type { ControlTransport, OpenTransport } from '../transport.ts';
import { openSocketTransport } from './socket-transport.ts';

export interface ControlClientOptions {
  /** How long a call may take, in milliseconds; null (the default): for ever, as `destroy` may wait. */
  readonly callTimeoutMs?: number | null;
  /** How to connect; default: by Node's sockets. */
  readonly openTransport?: OpenTransport;
}

interface PendingCall {
  settle(answer: RpcResponse): void;
  fail(error: Error): void;
}

/** One connection to a session daemon. Close it: an open one keeps the process alive. */
export class ControlClient {
  readonly #lines = new JsonLines(MAX_REPLY_BYTES);
  readonly #pending = new Map<number, PendingCall>();
  readonly #callTimeoutMs: number | null;
  #end: Error | null = null;
  #events: ControlEvents | null = null;
  #lastId = 0;
  #transport: ControlTransport | null = null;

  private constructor(callTimeoutMs: number | null) {
    this.#callTimeoutMs = callTimeoutMs;
  }

  /** Connects to a control socket. Throws `SystemError` (ENOENT, ECONNREFUSED, EACCES). */
  static async connect(path: string, options: ControlClientOptions = {}): Promise<ControlClient> {
    const { callTimeoutMs = null, openTransport = openSocketTransport } = options;
    const client = new ControlClient(callTimeoutMs);
    client.#transport = await openTransport(path, {
      receive: (chunk) => client.#receive(chunk),
      end: (cause) => client.#finish(connectionEnded(cause)),
    });
    return client;
  }

  /**
   * Calls a method. Throws `PeerError` with upstream's number and name when the daemon refuses, `ProtocolError`
   * when it answers nonsense or too late, and `SystemError` when it goes away.
   */
  async call<M extends ControlMethod>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    if (this.#end !== null) throw this.#end;
    const id = ++this.#lastId;
    let timer: NodeJS.Timeout | undefined;
    try {
      const answer = await new Promise<RpcResponse>((settle, fail) => {
        this.#pending.set(id, { settle, fail });
        const timeoutMs = this.#callTimeoutMs;
        if (timeoutMs !== null) {
          const late = (): void => fail(new ProtocolError(`No answer in time: method=${method}`));
          timer = setTimeout(late, timeoutMs);
        }
        this.#transport?.send(encodeJsonLine({ jsonrpc: '2.0', id, method, params }));
      });
      if ('error' in answer) {
        const { code, message, data } = answer.error;
        throw new PeerError(code, data?.name ?? String(code), message);
      }
      return answer.result as ResultOf<M>;
    } finally {
      clearTimeout(timer);
      this.#pending.delete(id);
    }
  }

  /**
   * Tells what happens from now on, to one session or to all (null), in order; calls may be made meanwhile. The
   * iterator ends with the connection: quietly when this side closed it, with `SystemError` when the daemon went
   * away. A second subscription takes the place of the first, which ends.
   */
  async events(session: string | null = null): Promise<AsyncIterableIterator<ControlEvent>> {
    this.#events?.end(null);
    const events = new ControlEvents();
    this.#events = events;
    await this.call('events.subscribe', { session });
    return events;
  }

  close(): void {
    this.#finish(new ProtocolError('Connection to the session daemon is closed'));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #receive(chunk: Uint8Array): void {
    try {
      for (const value of this.#lines.push(chunk)) this.#answer(value);
    } catch (error) {
      // Whatever the line was, this peer cannot be understood any more.
      this.#finish(toError(error));
    }
  }

  #answer(value: unknown): void {
    if (isEvent(value)) {
      this.#events?.push(value.params);
      return;
    }
    if (!isResponse(value) || value.id === null || value.id > this.#lastId) {
      throw new ProtocolError('Unexpected answer of the session daemon');
    }
    this.#pending.get(value.id)?.settle(value);
  }

  #finish(error: Error): void {
    if (this.#end !== null) return;
    this.#end = error;
    this.#transport?.close();
    for (const call of this.#pending.values()) call.fail(error);
    this.#events?.end(error instanceof SystemError ? error : null);
  }
}

function connectionEnded(cause: Error | null): SystemError {
  const what = 'the session daemon ended the connection';
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? 'ECONNRESET';
  return new SystemError('read', code, { what }, cause === null ? {} : { cause });
}

/** The daemon is trusted with the form of its events, as with that of its results. */
function isEvent(value: unknown): value is { readonly params: ControlEvent } {
  if (typeof value !== 'object' || value === null || !('method' in value)) return false;
  return value.method === EVENT_METHOD && 'params' in value && typeof value.params === 'object';
}

function isResponse(value: unknown): value is RpcResponse {
  if (typeof value !== 'object' || value === null || !('id' in value)) return false;
  if (value.id !== null && typeof value.id !== 'number') return false;
  if ('result' in value) return true;
  const error: unknown = 'error' in value ? value.error : null;
  if (typeof error !== 'object' || error === null) return false;
  return (
    'code' in error &&
    typeof error.code === 'number' &&
    'message' in error &&
    typeof error.message === 'string'
  );
}
