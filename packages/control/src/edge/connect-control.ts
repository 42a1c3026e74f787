/** A typed client of the control API: calls may overlap, each answer finds its call by its id. */
import { createConnection } from 'node:net';
import { PeerError, ProtocolError, SystemError, toError } from '@lttng-ts/base';
import type { ControlMethod, ParamsOf, ResultOf, RpcResponse } from '@lttng-ts/protocols';
import { encodeJsonLine, JsonLines, MAX_REPLY_BYTES } from '@lttng-ts/protocols';

export interface ControlOptions {
  readonly socketPath: string;
  /** How long one call may take; `null`: for ever, as `session.destroy` may wait for the output. */
  readonly timeoutMs: number | null;
}

export interface ControlClient {
  /** Throws `PeerError` when the daemon refuses, `ProtocolError` when it goes away or answers nonsense. */
  call<M extends ControlMethod>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>>;
  close(): void;
}

interface Waiting {
  settle(result: unknown): void;
  fail(error: Error): void;
}

/** Connects; throws `SystemError` where no daemon listens. */
export async function connectControl(options: ControlOptions): Promise<ControlClient> {
  const { socketPath, timeoutMs } = options;
  const socket = createConnection({ path: socketPath });
  await new Promise<void>((settle, fail) => {
    socket.once('connect', settle);
    socket.once('error', (cause: NodeJS.ErrnoException) =>
      fail(new SystemError('connect', cause.code ?? 'EIO', { path: socketPath }, { cause })),
    );
  });
  const lines = new JsonLines(MAX_REPLY_BYTES);
  const waiting = new Map<number, Waiting>();
  let ended: Error | null = null;
  let nextId = 1;

  const end = (error: Error): void => {
    ended ??= error;
    socket.destroy();
    for (const { fail } of waiting.values()) fail(ended);
    waiting.clear();
  };
  socket.on('error', (cause) => end(new ProtocolError('The session daemon went away', { cause })));
  socket.on('close', () => end(new ProtocolError('The session daemon went away')));
  socket.on('data', (chunk) => {
    try {
      for (const value of lines.push(chunk)) settleCall(value, waiting);
    } catch (error) {
      end(toError(error));
    }
  });

  return {
    call: <M extends ControlMethod>(method: M, params: ParamsOf<M>) =>
      new Promise<ResultOf<M>>((settle, fail) => {
        if (ended !== null) return fail(ended);
        const id = nextId++;
        const late = () => end(new ProtocolError(`No answer in time: method="${method}"`));
        const timer = timeoutMs === null ? undefined : setTimeout(late, timeoutMs);
        waiting.set(id, {
          settle: (result) => {
            clearTimeout(timer);
            settle(result as ResultOf<M>);
          },
          fail: (error) => {
            clearTimeout(timer);
            fail(error);
          },
        });
        socket.write(encodeJsonLine({ jsonrpc: '2.0', id, method, params }));
      }),
    close: () => end(new ProtocolError('The connection was closed')),
  };
}

function settleCall(value: unknown, waiting: Map<number, Waiting>): void {
  const answer = (typeof value === 'object' && value !== null ? value : {}) as Partial<
    Extract<RpcResponse, { result: unknown }> & Extract<RpcResponse, { error: unknown }>
  >;
  const call = typeof answer.id === 'number' ? waiting.get(answer.id) : undefined;
  if (call === undefined) throw new ProtocolError('Unexpected answer of the session daemon');
  if (answer.error == null && !('result' in answer)) throw new ProtocolError('Answer without a result');
  waiting.delete(answer.id as number);
  if (answer.error == null) {
    call.settle(answer.result);
    return;
  }
  const { code, message, data } = answer.error;
  call.fail(new PeerError(code, data?.name ?? String(code), message));
}
