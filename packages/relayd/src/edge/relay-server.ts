/**
 * The relay's ports: connections of producers (control and data) and viewers (live), each handed to its connection
 * object. A peer that does not take its replies is not read from, so that nobody's replies pile up; one that says
 * nothing at first is dropped.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { describe, SystemError } from '@lttng-ts/base';
import { type ConnectionPeer, ControlConnection } from '../control-connection.ts';
import type { Grouping } from '../core/output-paths.ts';
import { DataConnection } from '../data-connection.ts';
import { LiveConnection } from '../live-connection.ts';
import type { Log } from '../ports.ts';
import { Relay } from '../relay.ts';
import { readIntoSharedBuffer, writeNow } from './direct-socket.ts';
import { FilePool } from './file-pool.ts';
import { FolderTree } from './output-tree.ts';

export interface RelayAddress {
  /** Name or address; IPv6 without brackets. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Probes of idle connections by TCP; null: as the system has it. */
export interface KeepAlive {
  readonly isEnabled: boolean;
  readonly idleS: number | null;
  readonly intervalS: number | null;
  readonly probeCount: number | null;
}

export interface RelayServerOptions {
  /** Folder below which everything is written; made when it is needed. */
  readonly outputPath: string;
  readonly control: RelayAddress;
  readonly data: RelayAddress;
  readonly live: RelayAddress;
  readonly grouping: Grouping;
  readonly isClearAllowed: boolean;
  /** Files that are open at once, whatever the number of streams. */
  readonly maxOpenFiles: number;
  /** Connections of each port; further ones are closed at once. */
  readonly maxConnections: number;
  /** How long a new connection may say nothing, or null for ever. */
  readonly firstBytesTimeoutMs: number | null;
  readonly keepAlive: KeepAlive;
  /**
   * Sets all of {@link keepAlive} on a listening socket, whose connections inherit it. Null: Node sets what it can, which
   * is the idle time.
   */
  readonly applyKeepAlive: ((listenerFd: number, keepAlive: KeepAlive) => void) | null;
  readonly log: Log;
}

export interface RelayServer extends AsyncDisposable {
  /** Where it listens. */
  readonly control: RelayAddress;
  readonly data: RelayAddress;
  readonly live: RelayAddress;
}

/** What is at the other end of a socket. */
interface Connection {
  /** Takes bytes that are valid until it returns. */
  receive(chunk: Uint8Array): void;
  resume(): void;
  end(): void;
}

/** Bytes of replies that may wait for the peer to take them. */
const MAX_UNSENT_BYTES = 1 << 20;

/** Opens the ports. Throws `SystemError` (EADDRINUSE, EACCES, ENOTFOUND) with nothing left open. */
export async function openRelay(options: RelayServerOptions): Promise<RelayServer> {
  const pool = new FilePool(options.maxOpenFiles);
  const relay = new Relay({
    tree: new FolderTree(options.outputPath, pool),
    clock: {
      nowS: () => Math.floor(Date.now() / 1000),
      offsetMinutes: (timeS) => -new Date(timeS * 1000).getTimezoneOffset(),
    },
    log: options.log,
    grouping: options.grouping,
    isClearAllowed: options.isClearAllowed,
  });
  const ports: Port[] = [];
  const listen = async (address: RelayAddress, what: string, make: MakeConnection): Promise<Port> => {
    const port = await Port.listen(address, what, options, make);
    ports.push(port);
    return port;
  };
  const close = async (): Promise<void> => {
    await Promise.all(ports.map(async (port) => await port.close()));
    for (const session of [...relay.sessions.values()]) relay.endSession(session, false);
    pool.close();
  };
  try {
    const control = await listen(options.control, 'control', (peer) => new ControlConnection(relay, peer));
    const data = await listen(options.data, 'data', (peer) => new DataConnection(relay, peer));
    const live = await listen(options.live, 'live', (peer) => new LiveConnection(relay, peer));
    return {
      control: control.address,
      data: data.address,
      live: live.address,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type MakeConnection = (peer: ConnectionPeer) => Connection;

class Port {
  readonly address: RelayAddress;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>) {
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('No TCP port');
    this.address = { host: bound.address, port: bound.port };
    this.#server = server;
    this.#sockets = sockets;
  }

  static async listen(
    { host, port }: RelayAddress,
    what: string,
    options: RelayServerOptions,
    make: MakeConnection,
  ): Promise<Port> {
    const sockets = new Set<Socket>();
    const server = createServer({ noDelay: true, pauseOnConnect: true }, (accepted) => {
      const socket = attach(accepted, what, options, make);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    server.maxConnections = options.maxConnections;
    server.on('drop', () => options.log('warning', describe('Too many connections', { port: what })));
    await new Promise<void>((settle, fail) => {
      server.once('error', (cause: NodeJS.ErrnoException) =>
        fail(
          new SystemError(cause.syscall ?? 'listen', cause.code ?? 'EIO', { what, host, port }, { cause }),
        ),
      );
      server.listen({ host, port, exclusive: true }, settle);
    });
    server.removeAllListeners('error');
    if (options.keepAlive.isEnabled) options.applyKeepAlive?.(descriptorOf(server), options.keepAlive);
    server.on('error', (error) =>
      options.log('error', describe('Port', { port: what, reason: error.message })),
    );
    return new Port(server, sockets);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((settle) => this.#server.close(() => settle()));
  }
}

/** The descriptor that a server listens on: Node has no public way to it. */
function descriptorOf(server: Server): number {
  const { _handle: handle } = server as unknown as { readonly _handle: { readonly fd: number } };
  return handle.fd;
}

function attach(accepted: Socket, what: string, options: RelayServerOptions, make: MakeConnection): Socket {
  const { log, firstBytesTimeoutMs, keepAlive } = options;
  const peer = `${accepted.remoteAddress ?? '?'}:${accepted.remotePort ?? 0}`;
  let hasSpoken = false;
  const take = (chunk: Uint8Array): void => {
    if (!hasSpoken) socket.setTimeout(0);
    hasSpoken = true;
    if (!isEnding) connection.receive(chunk);
  };
  const socket = readIntoSharedBuffer(accepted, take) ?? accepted.on('data', take).resume();
  log('debug', describe('Connection', { port: what, peer }));
  if (keepAlive.isEnabled && options.applyKeepAlive === null) {
    socket.setKeepAlive(true, (keepAlive.idleS ?? 0) * 1000);
  }
  let isEnding = false;
  const connection = make({
    send: (bytes) => {
      const sentBytes = socket.writableLength === 0 ? writeNow(socket, bytes) : 0;
      if (sentBytes === bytes.length) return;
      socket.write(bytes.subarray(sentBytes));
      if (socket.writableLength > MAX_UNSENT_BYTES) socket.pause();
    },
    get isCongested() {
      return socket.writableLength > MAX_UNSENT_BYTES;
    },
    close: (reason) => {
      log('debug', describe('Connection ends', { port: what, peer, reason }));
      isEnding = true;
      socket.destroySoon();
    },
  });
  if (firstBytesTimeoutMs !== null) {
    socket.setTimeout(firstBytesTimeoutMs, () => {
      log(
        'warning',
        describe('Connection says nothing', { port: what, peer, timeoutMs: firstBytesTimeoutMs }),
      );
      socket.destroy();
    });
  }
  socket.on('drain', () => {
    if (!isEnding) connection.resume();
    if (socket.writableLength <= MAX_UNSENT_BYTES) socket.resume();
  });
  // Resets are ends like others: 'close' follows.
  socket.on('error', (error) =>
    log('debug', describe('Connection fails', { port: what, peer, reason: error.message })),
  );
  socket.once('close', () => connection.end());
  return socket;
}
