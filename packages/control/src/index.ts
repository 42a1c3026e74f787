export { ControlEvents } from './control-events.ts';
export type { ControlClientOptions } from './edge/control-client.ts';
export { ControlClient } from './edge/control-client.ts';
