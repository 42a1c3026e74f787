/**
 * The relay's control API: JSON-RPC 2.0, one text a line, on a Unix socket of the relay's user. It has one method,
 * `relay.status`, without parameters. And the same as an HTTP page for Prometheus.
 */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { ProtocolError, SystemError, systemCall, toError } from '@lttng-ts/base';
import {
  encodeJsonLine,
  JsonLines,
  MAX_REPLY_BYTES,
  MAX_REQUEST_BYTES,
  type RpcRequest,
  type RpcResponse,
  rpcErrors,
} from '@lttng-ts/protocols';
import { metricsText, type RelayStatus } from '../relay-status.ts';
import type { RelayAddress } from './relay-server.ts';

/** What others may not: the socket has mode 0600 from the start. */
const OWNER_ONLY_MASK = 0o177;
const FOLDER_MODE = 0o750;
const METHOD = 'relay.status';
const ANSWER_TIMEOUT_MS = 10_000;
/** Answers that a client has not taken, besides the last one. */
const MAX_UNREAD_BYTES = 1 << 20;
/** Connections to either at a time. */
const MAX_CONNECTIONS = 16;

/** Serves the status at `path`. A socket there that nobody answers at is replaced. Throws `SystemError`. */
export async function serveControlSocket(path: string, status: () => RelayStatus): Promise<AsyncDisposable> {
  systemCall({ path }, () => mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE }));
  if (await isAnswered(path)) throw new SystemError('bind', 'EADDRINUSE', { path });
  systemCall({ path }, () => {
    if (statSync(path, { throwIfNoEntry: false })?.isSocket() === true) rmSync(path);
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    answerRequests(socket, status);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listening(server, () => listenForOwner(server, path), { path });
  return { [Symbol.asyncDispose]: async () => await closed(server, sockets) };
}

/** Node makes the socket before `listen` returns. */
function listenForOwner(server: Server, path: string): void {
  const before = process.umask(OWNER_ONLY_MASK);
  try {
    server.listen(path);
  } finally {
    process.umask(before);
  }
}

function answerRequests(socket: Socket, status: () => RelayStatus): void {
  const lines = new JsonLines(MAX_REQUEST_BYTES);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Uint8Array) => {
    try {
      for (const value of lines.push(chunk)) {
        // Whoever asks on without reading is not answered for ever.
        if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy();
        if (socket.destroyed) return;
        socket.write(encodeJsonLine(responseTo(value, status)));
      }
    } catch (error) {
      // Not JSON: there is nothing to answer.
      if (!(error instanceof ProtocolError)) throw error;
      socket.destroy();
    }
  });
}

function responseTo(value: unknown, status: () => RelayStatus): RpcResponse {
  const { id = null, method } = (value ?? {}) as Partial<RpcRequest>;
  if (typeof id !== 'number' || typeof method !== 'string') {
    return { jsonrpc: '2.0', id: null, error: { code: rpcErrors.invalidRequest, message: 'Not a request' } };
  }
  if (method !== METHOD) {
    return { jsonrpc: '2.0', id, error: { code: rpcErrors.methodNotFound, message: 'Unknown method' } };
  }
  return { jsonrpc: '2.0', id, result: status() };
}

/** Serves `/metrics`. Throws `SystemError`. */
export async function serveMetrics(
  { host, port }: RelayAddress,
  status: () => RelayStatus,
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createHttpServer({ requestTimeout: ANSWER_TIMEOUT_MS }, ({ url, method }, response) => {
    const isKnown = method === 'GET' && url?.split('?')[0] === '/metrics';
    response.writeHead(isKnown ? 200 : 404, {
      'content-type': isKnown ? 'text/plain; version=0.0.4; charset=utf-8' : 'text/plain',
    });
    response.end(isKnown ? metricsText(status()) : 'Only GET /metrics\n');
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listening(server, () => server.listen({ host, port }), { what: 'metrics', host, port });
  const bound = server.address();
  return {
    port: bound === null || typeof bound === 'string' ? 0 : bound.port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await closed(server, new Set());
    },
  };
}

/** Asks the relay whose control socket is at `path`. Throws `SystemError` when nobody answers there, `ProtocolError` for other answers. */
export async function askRelayStatus(path: string): Promise<RelayStatus> {
  const socket = createConnection(path);
  const lines = new JsonLines(MAX_REPLY_BYTES);
  return await new Promise((settle, fail) => {
    const end = (finish: () => void): void => {
      socket.destroy();
      finish();
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () =>
      end(() => fail(new SystemError('read', 'ETIMEDOUT', { path }))),
    );
    socket.on('error', (cause: NodeJS.ErrnoException) =>
      end(() => fail(new SystemError(cause.syscall ?? 'connect', cause.code ?? 'EIO', { path }, { cause }))),
    );
    socket.on('close', () => fail(new SystemError('read', 'ECONNRESET', { path })));
    socket.on('data', (chunk: Uint8Array) => {
      try {
        for (const value of lines.push(chunk)) {
          // The socket's folder is the user's own: what answers there is a relay of this project.
          const { result } = (value ?? {}) as { readonly result?: RelayStatus };
          end(() => (result === undefined ? fail(new ProtocolError('Status refused')) : settle(result)));
          return;
        }
      } catch (error) {
        // Something else answers there, or another version.
        end(() => fail(toError(error)));
      }
    });
    socket.write(encodeJsonLine({ jsonrpc: '2.0', id: 1, method: METHOD, params: {} }));
  });
}

async function isAnswered(path: string): Promise<boolean> {
  return await new Promise((settle) => {
    const socket = createConnection(path, () => {
      socket.destroy();
      settle(true);
    });
    socket.once('error', () => settle(false));
  });
}

async function listening(
  server: Server,
  listen: () => void,
  details: Readonly<Record<string, string | number>>,
): Promise<void> {
  await new Promise<void>((settle, fail) => {
    // For good: later ones (no descriptor is left for a connection) have no listener else, and would end the daemon.
    server.on('error', (cause: NodeJS.ErrnoException) =>
      fail(new SystemError(cause.syscall ?? 'listen', cause.code ?? 'EIO', details, { cause })),
    );
    server.once('listening', settle);
    listen();
  });
}

async function closed(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((settle) => server.close(() => settle()));
}
