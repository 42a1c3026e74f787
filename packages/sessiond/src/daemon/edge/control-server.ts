/**
 * The control API on a socket: lines in, checked against the table, answered in order. Whatever one
 * connection sends harms that connection only.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { PeerError, ProtocolError } from '@lttng-ts/base';
import {
  type ControlHandlers,
  type ControlMethod,
  encodeJsonLine,
  JsonLines,
  MAX_REQUEST_BYTES,
  type RpcErrorObject,
  rpcErrors,
} from '@lttng-ts/protocols';
import { controlApi } from '@lttng-ts/protocols/control-api';

/** A server that answers with `handlers`; the caller lets it listen and closes it. */
export function controlServer(handlers: ControlHandlers<null>): Server {
  // A peer may end its side and still wait for its answers.
  return createServer({ allowHalfOpen: true }, (socket) => {
    // A peer that went away is no matter of the daemon's.
    socket.on('error', () => socket.destroy());
    void serve(socket, handlers).catch(() => socket.destroy());
  });
}

async function serve(socket: Socket, handlers: ControlHandlers<null>): Promise<void> {
  const lines = new JsonLines(MAX_REQUEST_BYTES);
  // Reading waits while a request is carried out: a connection has one request under way.
  for await (const chunk of socket) {
    try {
      for (const value of lines.push(chunk)) await send(socket, await answerTo(value, handlers));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // Leaving the loop destroys the socket, so the answer goes out first.
      await send(socket, failure(null, { code: rpcErrors.parse, message: error.message }));
      return;
    }
  }
  socket.end();
}

/** Settles when the peer's buffer has taken it, so that a slow reader holds one answer of ours at most. */
async function send(socket: Socket, answer: unknown): Promise<void> {
  await new Promise<void>((settle, fail) => {
    socket.write(encodeJsonLine(answer), (error) => (error == null ? settle() : fail(error)));
  });
}

async function answerTo(value: unknown, handlers: ControlHandlers<null>): Promise<unknown> {
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
  try {
    // The table ties each method to its parameters; the compiler cannot follow it through a variable.
    const handle = handlers[known] as (checkedParams: unknown, context: null) => Promise<unknown>;
    return { jsonrpc: '2.0', id, result: await handle(checked.value, null) };
  } catch (error) {
    if (!(error instanceof PeerError)) {
      return failure(id, { code: rpcErrors.internal, message: 'Internal error' });
    }
    return failure(id, { code: error.number, message: error.message, data: { name: error.peerName } });
  }
}

function failure(id: unknown, error: RpcErrorObject): unknown {
  return { jsonrpc: '2.0', id, error };
}
