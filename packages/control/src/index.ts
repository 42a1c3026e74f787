export { ControlEvents } from './control-events.ts';
export type { ControlClientOptions } from './edge/control-client.ts';
export { ControlClient } from './edge/control-client.ts';
export { openSocketTransport } from './edge/socket-transport.ts';
export type { ControlTransport, OpenTransport, TransportListener } from './transport.ts';
