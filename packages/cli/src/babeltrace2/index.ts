export { nodeWorld } from './edge/node-world.ts';
export { runBabeltrace2 } from './run-babeltrace2.ts';
export type { Babeltrace2World } from './world.ts';
