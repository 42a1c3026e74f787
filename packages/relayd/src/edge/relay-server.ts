/** The relay, opened: its files, its ports, and what it tells about itself. */
import { DisposalStack, describe, SystemError } from '@lttng-ts/base';
import { ControlConnection } from '../control-connection.ts';
import type { HostLimits } from '../core/host-quotas.ts';
import type { Grouping } from '../core/output-paths.ts';
import type { RelayTokens } from '../core/relay-tokens.ts';
import { DataConnection } from '../data-connection.ts';
import { LiveConnection } from '../live-connection.ts';
import type { Log } from '../ports.ts';
import { Relay } from '../relay.ts';
import { type RelayStatus, sessionsOf } from '../relay-status.ts';
import { serveControlSocket, serveMetrics } from './control-socket.ts';
import type { DirectReads } from './direct-reader.ts';
import { FilePool } from './file-pool.ts';
import { Links } from './links.ts';
import { FolderTree, removeLeftovers } from './output-tree.ts';
import { type MakeConnection, Port, type PortName } from './relay-port.ts';

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

/** Certificates of the ports, in PEM. */
export interface RelayTls {
  readonly certificate: Uint8Array;
  readonly key: Uint8Array;
  /** Authorities of peers' certificates, which are then demanded; null: any peer. */
  readonly peerAuthorities: Uint8Array | null;
  readonly ports: readonly PortName[];
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
  /** How long the rest of a message, or the taking of a reply, may take without any progress, or null for ever. */
  readonly stallTimeoutMs: number | null;
  /** How long a producer that is gone may come back, where it asked for it; 0: not at all. */
  readonly resumeTimeoutS: number;
  readonly hostLimits: HostLimits;
  /** Who may connect; null: everybody. */
  readonly tokens: RelayTokens | null;
  readonly tls: RelayTls | null;
  /** Unix socket of the control API, by the number of the control port; null without. */
  readonly controlSocketPath: ((controlPort: number) => string) | null;
  /** Where Prometheus finds `/metrics`, or null. */
  readonly metrics: RelayAddress | null;
  readonly keepAlive: KeepAlive;
  /**
   * Sets all of {@link keepAlive} on a listening socket, whose connections inherit it. Null: Node sets what it can, which
   * is the idle time.
   */
  readonly applyKeepAlive: ((listenerFd: number, keepAlive: KeepAlive) => void) | null;
  /** What reads plain data connections where the addon is; null: they are read as others are. */
  readonly directReads: DirectReads | null;
  readonly log: Log;
}

export interface RelayServer extends AsyncDisposable {
  /** Where it listens. */
  readonly control: RelayAddress;
  readonly data: RelayAddress;
  readonly live: RelayAddress;
  /** Port of `/metrics`; null without. */
  readonly metricsPort: number | null;
  /** What it is doing now. */
  readonly status: () => RelayStatus;
}

/** Opens the ports. Throws `SystemError` (EADDRINUSE, EACCES, ENOTFOUND) with nothing left open; `UsageError` for certificates. */
export async function openRelay(options: RelayServerOptions): Promise<RelayServer> {
  const { log, grouping, isClearAllowed, hostLimits, resumeTimeoutS } = options;
  tidy(options.outputPath, log);
  const pool = new FilePool(options.maxOpenFiles);
  const relay = new Relay({
    tree: new FolderTree(options.outputPath, pool),
    clock: {
      nowS: () => Math.floor(Date.now() / 1000),
      offsetMinutes: (timeS) => -new Date(timeS * 1000).getTimezoneOffset(),
    },
    log,
    grouping,
    isClearAllowed,
    hostLimits,
    resumeTimeoutS,
  });
  const connections: Readonly<Record<PortName, MakeConnection>> = {
    control: (peer) => new ControlConnection(relay, peer),
    data: (peer) => new DataConnection(relay, peer),
    live: (peer) => new LiveConnection(relay, peer),
  };
  const links = new Links(resumeTimeoutS, (error) => {
    relay.counters.faults++;
    log('error', `Fault at the end of a connection: ${error.stack ?? error.message}`);
  });
  const shared = { options, counters: relay.counters, quotas: relay.quotas, links };
  const ports = new Map<PortName, Port>();
  const status = (): RelayStatus => ({
    pid: process.pid,
    uptimeS: Math.floor(process.uptime()),
    outputPath: options.outputPath,
    openFiles: pool.openCount,
    maxOpenFiles: options.maxOpenFiles,
    openConnections: {
      control: ports.get('control')?.openCount ?? 0,
      data: ports.get('data')?.openCount ?? 0,
      live: ports.get('live')?.openCount ?? 0,
    },
    counters: relay.counters,
    sessions: sessionsOf(relay),
  });
  const stack = new DisposalStack();
  stack.defer(() => pool.close());
  stack.defer(() => links.close());
  stack.defer(() => {
    for (const session of [...relay.sessions.values()]) relay.endSession(session, false);
  });
  const listen = async (name: PortName): Promise<RelayAddress> => {
    const port = stack.use(await Port.listen(name, options[name], shared, connections[name]));
    ports.set(name, port);
    return port.address;
  };
  try {
    const [control, data, live] = [await listen('control'), await listen('data'), await listen('live')];
    await openControlSocket(stack, options.controlSocketPath?.(control.port) ?? null, status, log);
    const { metrics } = options;
    const page = metrics === null ? null : stack.use(await serveMetrics(metrics, status));
    return {
      control,
      data,
      live,
      metricsPort: page?.port ?? null,
      status,
      [Symbol.asyncDispose]: async () => await stack[Symbol.asyncDispose](),
    };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

/** Files that cannot be removed cost room, nothing else. */
function tidy(outputPath: string, log: Log): void {
  try {
    removeLeftovers(outputPath);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    log('warning', describe('Files of a former relay stay', { path: outputPath, errno: error.errnoName }));
  }
}

/** Traces come before what is told of them: without a control socket the relay serves all the same. */
async function openControlSocket(
  stack: DisposalStack,
  path: string | null,
  status: () => RelayStatus,
  log: Log,
): Promise<void> {
  if (path === null) return;
  try {
    stack.use(await serveControlSocket(path, status));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    log('warning', describe('No control socket', { path, errno: error.errnoName }));
  }
}
