/**
 * The control API over the daemon's socket, as small as one command needs it: connect at the first call,
 * one request at a time, closed at the end.
 */
import type { Socket } from 'node:net';
import { PeerError, ProtocolError } from '@lttng-ts/base';
import type { ControlMethod, ParamsOf, ResultOf, RpcResponse } from '@lttng-ts/protocols';
import { encodeJsonLine, JsonLines, MAX_REPLY_BYTES } from '@lttng-ts/protocols';
import { type ControlCaller, noDaemonError } from '../control-caller.ts';

interface Waiting {
  readonly id: number;
  settle(answer: RpcResponse): void;
  fail(error: Error): void;
}

/** A client that connects to the first of `paths` where a daemon listens. */
export class ControlConnection implements ControlCaller {
  readonly #paths: readonly string[];
  #socket: Socket | null = null;
  #lines = new JsonLines(MAX_REPLY_BYTES);
  #waiting: Waiting | null = null;
  #nextId = 1;

  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  async call<M extends ControlMethod>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    const socket = this.#socket ?? (await this.#connect());
    const id = this.#nextId++;
    const answer = await new Promise<RpcResponse>((settle, fail) => {
      this.#waiting = { id, settle, fail };
      socket.write(encodeJsonLine({ jsonrpc: '2.0', id, method, params }));
    });
    if ('error' in answer) {
      const { code, message, data } = answer.error;
      throw new PeerError(code, data?.name ?? String(code), message);
    }
    return answer.result as ResultOf<M>;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  async #connect(): Promise<Socket> {
    for (const path of this.#paths) {
      const socket = await connectTo(path);
      if (socket !== null) return this.#adopt(socket);
    }
    throw noDaemonError();
  }

  #adopt(socket: Socket): Socket {
    this.#socket = socket;
    this.#lines = new JsonLines(MAX_REPLY_BYTES);
    socket.on('data', (chunk) => this.#receive(chunk));
    // A daemon that goes away is no daemon, as upstream says it.
    socket.on('error', (cause) => this.#fail(noDaemonError({ cause })));
    socket.on('close', () => {
      this.#socket = null;
      this.#fail(noDaemonError());
    });
    return socket;
  }

  #receive(chunk: Uint8Array): void {
    try {
      for (const value of this.#lines.push(chunk)) this.#answer(value);
    } catch (error) {
      this.#socket?.destroy();
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #answer(value: unknown): void {
    const waiting = this.#waiting;
    if (!isResponse(value) || waiting === null || value.id !== waiting.id) {
      throw new ProtocolError('Unexpected answer of the session daemon');
    }
    this.#waiting = null;
    waiting.settle(value);
  }

  #fail(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.fail(error);
  }
}

function isResponse(value: unknown): value is RpcResponse {
  if (typeof value !== 'object' || value === null || !('id' in value)) return false;
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

/** Connects, or gives `null` where nobody listens or nobody may connect. */
async function connectTo(path: string): Promise<Socket | null> {
  // Loaded when it is needed: it is most of what `lttng` loads, and some commands ask no daemon.
  const { createConnection } = await import('node:net');
  const socket = createConnection(path);
  return await new Promise((settle) => {
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      settle(socket);
    });
    socket.once('error', () => settle(null));
  });
}
