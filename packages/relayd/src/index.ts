export type { Grouping } from './core/output-paths.ts';
export type { KeepAlive, RelayAddress, RelayServer, RelayServerOptions } from './edge/relay-server.ts';
export { openRelay } from './edge/relay-server.ts';
export type { Log, LogLevel } from './ports.ts';
