export type { ControlClient, ControlOptions } from './edge/connect-control.ts';
export { connectControl } from './edge/connect-control.ts';
