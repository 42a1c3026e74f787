export type { HostLimits } from './core/host-quotas.ts';
export type { Grouping } from './core/output-paths.ts';
export { RelayTokens } from './core/relay-tokens.ts';
export { askRelayStatus } from './edge/control-socket.ts';
export { PORT_NAMES, type PortName } from './edge/relay-port.ts';
export type {
  KeepAlive,
  RelayAddress,
  RelayServer,
  RelayServerOptions,
  RelayTls,
} from './edge/relay-server.ts';
export { openRelay } from './edge/relay-server.ts';
export type { Log, LogLevel } from './ports.ts';
export type { RelayStatus, SessionStatus, StreamStatus } from './relay-status.ts';
