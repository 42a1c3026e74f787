/** For tests of other packages: traces by chance. */
export { checkColumns } from './check-columns.ts';
export { Random } from './random.ts';
export type { Format } from './random-classes.ts';
export { randomTraceClass } from './random-classes.ts';
export type { Written } from './random-packets.ts';
export { writePacket } from './random-packets.ts';
