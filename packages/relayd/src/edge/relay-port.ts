/**
 * A port of the relay: connections of producers (control and data) or viewers (live), each handed to its connection
 * object. What one peer may cost is bounded here: one that does not take its replies is not read from, one that says
 * nothing, or stops within a message, is dropped, and so is one without the token, or with too many connections.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { describe, ProtocolError, SystemError, toError, UsageError } from '@lttng-ts/base';
import { RelayBeginningFramer } from '@lttng-ts/protocols/relay';
import type { ConnectionPeer } from '../control-connection.ts';
import type { HostQuotas } from '../core/host-quotas.ts';
import type { RelayCounters } from '../relay-status.ts';
import { DirectReader, type DirectReaderOwner } from './direct-reader.ts';
import { readIntoSharedBuffer, writeNow } from './direct-socket.ts';
import type { Connection, Link, LinkSocket, Links } from './links.ts';
import type { RelayAddress, RelayServerOptions, RelayTls } from './relay-server.ts';

export const PORT_NAMES = ['control', 'data', 'live'] as const;
export type PortName = (typeof PORT_NAMES)[number];

export type MakeConnection = (peer: ConnectionPeer) => Connection;

/** What all ports share. */
export interface PortWorld {
  readonly options: RelayServerOptions;
  readonly counters: RelayCounters;
  readonly quotas: HostQuotas;
  readonly links: Links;
}

/** Bytes of replies that may wait for the peer to take them. */
const MAX_UNSENT_BYTES = 1 << 20;
/** Bytes of requests that are not whole, of all connections of a port; the one that would pass it is closed. */
const MAX_BUFFERED_BYTES = 256 << 20;

export class Port implements AsyncDisposable {
  readonly name: PortName;
  readonly address: RelayAddress;
  readonly #server: Server;
  readonly #world: PortWorld;
  readonly #make: MakeConnection;
  /** By the socket of TCP, also those whose TLS has not begun. */
  readonly #sockets = new Set<Socket>();
  /** Those that have said nothing and may be silent, by their host, the one that came first in front. */
  readonly #silent = new Map<Socket, string>();
  #bufferedBytes = 0;

  private constructor(name: PortName, world: PortWorld, make: MakeConnection, listener: Listener) {
    this.name = name;
    this.#world = world;
    this.#make = make;
    this.#server = listener.server;
    this.address = listener.address;
  }

  get openCount(): number {
    return this.#sockets.size;
  }

  /** Opens the port. Throws `SystemError`, and `UsageError` for certificates that are none. */
  static async listen(
    name: PortName,
    { host, port }: RelayAddress,
    world: PortWorld,
    make: MakeConnection,
  ): Promise<Port> {
    const { options } = world;
    const { log, tls, firstBytesTimeoutMs } = options;
    const isTls = tls?.ports.includes(name) === true;
    const server = isTls
      ? tlsServer(tls, firstBytesTimeoutMs)
      : createServer({ noDelay: true, pauseOnConnect: true });
    server.maxConnections = options.maxConnections;
    server.on('drop', () => {
      world.counters.refusedConnections++;
      log('warning', describe('Too many connections', { port: name }));
    });
    await new Promise<void>((settle, fail) => {
      server.once('error', (cause: NodeJS.ErrnoException) =>
        fail(
          new SystemError(
            cause.syscall ?? 'listen',
            cause.code ?? 'EIO',
            { what: name, host, port },
            { cause },
          ),
        ),
      );
      server.listen({ host, port, exclusive: true }, settle);
    });
    server.removeAllListeners('error');
    server.on('error', (error) => log('error', describe('Port', { port: name, reason: error.message })));
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('No TCP port');
    const address = { host: bound.address, port: bound.port };
    const opened = new Port(name, world, make, { server, address });
    if (options.keepAlive.isEnabled) options.applyKeepAlive?.(descriptorOf(server), options.keepAlive);
    server.on('connection', (socket: Socket) => opened.#admit(socket, isTls));
    if (isTls) {
      server.on('secureConnection', (socket: Socket) => opened.#attach(socket));
      server.on('tlsClientError', (error: Error, socket: Socket) => {
        world.counters.refusedConnections++;
        log('warning', describe('TLS refused', { port: name, reason: error.message }));
        socket.destroy();
      });
    }
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((settle) => this.#server.close(() => settle()));
  }

  /** A connection of TCP: counted, and refused when its host has its share. */
  #admit(socket: Socket, isTls: boolean): void {
    const { counters, quotas, options } = this.#world;
    const host = socket.remoteAddress ?? '?';
    if (!quotas.take('connections', host)) {
      counters.refusedConnections++;
      options.log('warning', describe('Host has its share of connections', { port: this.name, host }));
      socket.destroy();
      return;
    }
    counters.connections++;
    const { keepAlive } = options;
    if (keepAlive.isEnabled && options.applyKeepAlive === null) {
      socket.setKeepAlive(true, (keepAlive.idleS ?? 0) * 1000);
    }
    if (isTls) socket.setNoDelay(true);
    const kept = isTls ? socket : this.#attach(socket);
    this.#sockets.add(kept);
    if (this.#sockets.size >= options.maxConnections) this.#giveUpSilent(kept);
    kept.once('close', () => {
      this.#sockets.delete(kept);
      quotas.release('connections', host);
    });
  }

  /**
   * `newest` has taken the last place. Of those that have said nothing one goes, so that silence cannot hold a port: the
   * last before it, of the host that has most of them. Producers that are silent for long stay.
   */
  #giveUpSilent(newest: Socket): void {
    const others = [...this.#silent].filter(([socket]) => socket !== newest);
    const counts = new Map<string, number>();
    for (const [, host] of others) counts.set(host, (counts.get(host) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const [given] = others.findLast(([, host]) => counts.get(host) === most) ?? [];
    if (given === undefined) return;
    const { counters, options } = this.#world;
    counters.refusedConnections++;
    options.log('warning', describe('Place of a silent connection is needed', { port: this.name }));
    this.#silent.delete(given);
    given.destroy();
  }

  /** A connection that may speak. Gives the socket that stands for it. */
  #attach(accepted: Socket): Socket {
    const { options, counters, links } = this.#world;
    const { log, tokens, firstBytesTimeoutMs, stallTimeoutMs } = options;
    const address = accepted.remoteAddress ?? '?';
    const peer = `${address}:${accepted.remotePort ?? 0}`;
    log('debug', describe('Connection', { port: this.name, peer }));
    let isEnding = false;
    let timeoutMs = 0;
    let bufferedBytes = 0;
    const beginning = new RelayBeginningFramer();
    /** Null until the connection has begun. */
    let link: Link | null = null;
    const refuse = (reason: string): void => {
      counters.refusedConnections++;
      log('warning', describe('Connection refused', { port: this.name, peer, reason }));
      isEnding = true;
      // What it was told goes first.
      socket.destroySoon();
    };
    const own: LinkSocket = {
      address,
      send: (bytes) => {
        const sentBytes = socket.writableLength === 0 ? writeNow(socket, bytes) : 0;
        if (sentBytes === bytes.length) return;
        // Replies that are kept for a producer that comes back are not to change.
        socket.write(bytes.subarray(sentBytes));
        if (socket.writableLength > MAX_UNSENT_BYTES) (reader ?? socket).pause();
      },
      get isCongested() {
        return socket.writableLength > MAX_UNSENT_BYTES;
      },
      readNow: () => reader?.readNow() ?? false,
      close: (reason) => {
        log('debug', describe('Connection ends', { port: this.name, peer, reason }));
        isEnding = true;
        socket.destroySoon();
      },
      detach: () => {
        isEnding = true;
        link = null;
        socket.destroy();
      },
    };
    const begin = (chunk: Uint8Array): void => {
      const begun = beginning.push(chunk);
      if (begun === null) return;
      const role = this.name === 'live' ? 'viewer' : 'producer';
      if (tokens !== null && !tokens.accepts(role, begun.token)) {
        refuse('Token');
        return;
      }
      if (begun.continuation === null) link = links.make(this.#make, own);
      else if (this.name === 'live') refuse('Live readers do not come back');
      else link = links.continue(this.name, begun.continuation, this.#make, own);
      if (link === null && !isEnding) refuse('Nothing to come back to');
      if (begun.rest.length > 0) link?.receive(begun.rest);
    };
    /** The original's producers say nothing on a data connection before their first packet, which may be hours. */
    const mayBeSilent = (): boolean =>
      this.name === 'data' && beginning.isEmpty && (tokens === null || beginning.hasToken);
    /** Sets the time that may pass without a byte, and counts what waits. */
    const settle = (): void => {
      if (link === null && mayBeSilent() && !isEnding) this.#silent.set(socket, address);
      else this.#silent.delete(socket);
      const isWaiting = link?.isMidMessage === true || socket.writableLength > 0;
      const usualMs = isWaiting ? stallTimeoutMs : null;
      const wantedMs = link === null && !mayBeSilent() ? firstBytesTimeoutMs : usualMs;
      if ((wantedMs ?? 0) !== timeoutMs) {
        timeoutMs = wantedMs ?? 0;
        socket.setTimeout(timeoutMs);
      }
      const nowBytes = link?.bufferedBytes ?? 0;
      this.#bufferedBytes += nowBytes - bufferedBytes;
      bufferedBytes = nowBytes;
      if (bufferedBytes === 0 || this.#bufferedBytes <= MAX_BUFFERED_BYTES) return;
      counters.faults++;
      log('error', describe('Too much that is not whole', { port: this.name, peer, bufferedBytes }));
      isEnding = true;
      socket.destroy();
    };
    const guarded = (work: () => void): void => {
      try {
        work();
        settle();
      } catch (error) {
        if (error instanceof ProtocolError) {
          refuse(error.message);
          return;
        }
        // A bug that this peer's bytes bring to light is not to take the sessions of others with it.
        counters.faults++;
        log('error', `Fault of a connection: ${toError(error).stack ?? String(error)}`);
        isEnding = true;
        link?.abandon();
        socket.destroy();
      }
    };
    const take = (chunk: Uint8Array): void => {
      if (isEnding) return;
      guarded(() => {
        if (link === null) begin(chunk);
        else link.receive(chunk);
      });
    };
    const reader = this.#directReader(accepted, {
      get link() {
        return link;
      },
      get isEnding() {
        return isEnding || accepted.destroyed;
      },
      take,
      takeContent: (from, source) => {
        let sizeBytes = 0;
        guarded(() => {
          sizeBytes = from.receiveContent(source);
        });
        // Time begins anew.
        if (timeoutMs > 0 && sizeBytes > 0) accepted.setTimeout(timeoutMs);
        return sizeBytes;
      },
      end: (error) => accepted.destroy(error ?? undefined),
    });
    const socket =
      reader !== null
        ? accepted
        : (readIntoSharedBuffer(accepted, take) ?? accepted.on('data', take).resume());
    settle();
    socket.on('timeout', () => {
      counters.timeouts++;
      const what = link === null ? 'Connection says nothing' : 'Connection has stopped';
      log('warning', describe(what, { port: this.name, peer, timeoutMs }));
      isEnding = true;
      socket.destroy();
    });
    socket.on('drain', () => {
      if (!isEnding) guarded(() => link?.resume());
      if (socket.writableLength <= MAX_UNSENT_BYTES) (reader ?? socket).resume();
    });
    // Resets are ends like others: 'close' follows.
    socket.on('error', (error) =>
      log('debug', describe('Connection fails', { port: this.name, peer, reason: error.message })),
    );
    socket.once('close', () => {
      this.#silent.delete(socket);
      reader?.[Symbol.dispose]();
      this.#bufferedBytes -= bufferedBytes;
      link?.leave(own);
    });
    return socket;
  }

  /** Of a plain data connection, where the addon is. */
  #directReader(accepted: Socket, owner: DirectReaderOwner): DirectReader | null {
    const { directReads } = this.#world.options;
    if (directReads === null || this.name !== 'data' || accepted instanceof TLSSocket) return null;
    return DirectReader.open(directReads, accepted, owner);
  }
}

interface Listener {
  readonly server: Server;
  readonly address: RelayAddress;
}

function tlsServer(tls: RelayTls, handshakeTimeout: number | null): Server {
  try {
    return createTlsServer({
      cert: Buffer.from(tls.certificate),
      key: Buffer.from(tls.key),
      ...(tls.peerAuthorities === null ? {} : { ca: Buffer.from(tls.peerAuthorities) }),
      requestCert: tls.peerAuthorities !== null,
      rejectUnauthorized: tls.peerAuthorities !== null,
      ...(handshakeTimeout === null ? {} : { handshakeTimeout }),
    });
  } catch (cause) {
    // What OpenSSL does not take: no PEM, a key of another certificate.
    const reason = toError(cause).message;
    throw new UsageError(describe('Certificate or key is not taken', { reason }), { cause });
  }
}

/** The descriptor that a server listens on: Node has no public way to it. */
function descriptorOf(server: Server): number {
  const { _handle: handle } = server as unknown as { readonly _handle: { readonly fd: number } };
  return handle.fd;
}
